import type { Run } from '../model/run.ts';

/** The runs given together are not of one item: nothing can be said of them as one. */
export class NotOneItem extends Error {
  override readonly name = 'NotOneItem';
}

/** A run with its seal, the digest of its SHA256SUMS. */
export interface GivenRun {
  readonly run: Run;
  readonly seal?: string;
}

/** The runs in the order of their ids, with one and the same target. Throws NotOneItem where they do not belong together. */
export const oneItem = (given: readonly GivenRun[]): readonly GivenRun[] => {
  const [first, ...rest] = given.map(({ run }) => run);
  if (first === undefined) throw new NotOneItem('there is no run to judge');
  for (const run of rest) {
    if (run.target.id !== first.target.id)
      throw new NotOneItem(`run ${run.id} is of ${run.target.id}, run ${first.id} of ${first.target.id}`);
    for (const field of ['model', 'serial', 'hardware', 'firmware'] as const)
      if (run.item[field] !== first.item[field])
        throw new NotOneItem(`runs ${first.id} and ${run.id} differ in ${field}: they are not of the same item`);
  }
  const ids = given.map(({ run }) => run.id);
  if (new Set(ids).size < ids.length) throw new NotOneItem('one run is given twice');
  return [...given].sort((a, b) => (a.run.id < b.run.id ? -1 : 1));
};
