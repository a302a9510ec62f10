import * as fs from 'node:fs';
import { attempting } from '../observe/run-store.ts';
import { readSealed } from './assess.ts';
import { draftProduct } from './draft-product.ts';
import { Usage } from './limits.ts';
import { findRun } from './results.ts';

/**
 * `probity init`: drafts a product file from a sealed run, to stdout or to a file that is not there yet. Throws BadFile
 * and Usage (exit 2), StoreError (exit 3).
 */
export const initVerb = async (run: string, { out }: { out?: string }): Promise<number> => {
  const text = draftProduct(readSealed(findRun(run)).run);
  if (out === undefined) process.stdout.write(text);
  else {
    if (fs.existsSync(out))
      throw new Usage(`--out ${out}: it is there already, and what somebody may have confirmed is not written over`);
    attempting(`write "${out}"`, () => fs.writeFileSync(out, text, { flag: 'wx' }));
  }
  return 0;
};
