import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const find = (): string => {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    const file = join(dir, 'package.json');
    if (fs.existsSync(file) && JSON.parse(fs.readFileSync(file, 'utf8')).name === 'probity') return dir;
    if (dir === dirname(dir)) throw new Error('the package.json of probity is nowhere above this file');
  }
};

/** The folder that holds `package.json` and `profiles/`, from sources and from a build alike. */
export const packageRoot: string = find();

export const version = (): string => JSON.parse(fs.readFileSync(join(packageRoot, 'package.json'), 'utf8')).version;

/** `probity 0.1.0`. */
export const toolName = (): string => `probity ${version()}`;
