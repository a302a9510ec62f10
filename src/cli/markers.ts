import { Marker } from '../model/run.ts';
import { Usage } from './limits.ts';

const MOST = 100;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,99}$/u;

/**
 * What `--marker` gives: `NAME=VALUE`, or a bare value, which is called `marker-1` and so on. Throws Usage for a value that
 * would be met by chance, for a name that says two things, and for a name that a report could not print.
 */
export const markersFrom = (given: readonly string[]): Marker[] => {
  if (given.length > MOST) throw new Usage(`--marker: ${given.length} were given, and at most ${MOST} are looked for`);
  const markers = new Map<string, Marker>();
  for (const [index, text] of given.entries()) {
    const at = text.indexOf('=');
    const name = at < 0 ? `marker-${index + 1}` : text.slice(0, at).trim();
    if (!NAME.test(name))
      throw new Usage(
        `--marker ${text.slice(0, 60)}: expected NAME=VALUE, the name of letters, digits, blanks, ".", "-" and "_"`,
      );
    const marker = Marker.safeParse({ name, value: text.slice(at + 1) });
    if (!marker.success)
      throw new Usage(`--marker ${name}: expected a value of 4 to 200 characters; a shorter one is met by chance`);
    if (markers.has(name)) throw new Usage(`--marker ${name}: this name was given twice`);
    markers.set(name, marker.data);
  }
  return [...markers.values()];
};
