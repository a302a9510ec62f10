import * as fs from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { digestOf } from '../observe/seal.ts';

/** Whether a path leads out of the folder that it is seen from. */
export const isOutside = (path: string): boolean => isAbsolute(path) || path === '..' || path.startsWith(`..${sep}`);

/** The SHA-256 of an evidence file by its path from a folder, in it or below; or what is wrong with it. */
export const digested = (folder: string, path: string): [sha256: string] | [undefined, why: string] => {
  try {
    const file = fs.realpathSync(join(folder, path));
    if (isOutside(relative(fs.realpathSync(folder), file)))
      return [undefined, 'which is a symbolic link to elsewhere, expected a file beside this one or below'];
    const stat = fs.statSync(file);
    if (!stat.isFile()) return [undefined, 'which is not a regular file'];
    return stat.size === 0 ? [undefined, 'which is empty'] : [digestOf(file)];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return [undefined, code === 'ENOENT' ? 'and there is no such file' : `which cannot be read (${code ?? message})`];
  }
};
