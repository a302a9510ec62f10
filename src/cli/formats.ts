import { reporters } from '../report/index.ts';
import { Usage } from './limits.ts';

/** The formats asked for, each once. Throws Usage for one that does not exist. */
export const formatsFrom = (text: string): string[] => {
  const formats = text
    .split(',')
    .map((format) => format.trim())
    .filter((format) => format !== '');
  for (const format of formats) {
    if (!reporters.has(format))
      throw new Usage(`--format ${format}: expected one of ${[...reporters.keys()].join(', ')}`);
  }
  return [...new Set(formats)];
};
