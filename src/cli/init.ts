import { readSealed } from './assess.ts';
import { draftProduct } from './draft-product.ts';
import { findRun } from './results.ts';
import { writeNew } from './write-out.ts';

/**
 * `probity init`: drafts a product file from a sealed run, to stdout or to a file that is not there yet. Throws BadFile
 * and Usage (exit 2), StoreError (exit 3).
 */
export const initVerb = async (run: string, { out }: { out?: string }): Promise<number> => {
  const text = draftProduct(readSealed(findRun(run)).run);
  if (out === undefined) process.stdout.write(text);
  else writeNew(out, text);
  return 0;
};
