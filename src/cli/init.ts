import { readSealed } from './assess.ts';
import { labTemplate } from './draft-lab.ts';
import { draftProduct } from './draft-product.ts';
import { Usage } from './limits.ts';
import { findRun } from './results.ts';
import { writeNew } from './write-out.ts';

/**
 * `probity init`: drafts a product file from a sealed run, or with `--lab` a laboratory's file, to stdout or to a file
 * that is not there yet. Throws BadFile and Usage (exit 2), StoreError (exit 3).
 */
export const initVerb = async (
  path: string | undefined,
  { out, lab = false }: { out?: string; lab?: boolean },
): Promise<number> => {
  if (path === undefined && !lab) throw new Usage('init: give the run that a product file is drafted from, or --lab');
  const run = path === undefined ? undefined : readSealed(findRun(path)).run;
  const text = lab ? labTemplate(run) : draftProduct(run!);
  if (out === undefined) process.stdout.write(text);
  else writeNew(out, text);
  return 0;
};
