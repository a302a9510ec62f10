import * as fs from 'node:fs';
import { join } from 'node:path';
import type { OtherRun } from '../judge/judge.ts';
import { likeness, type Marks, marksOf } from '../judge/same-item.ts';
import { Attempt, Run } from '../model/run.ts';
import { digestOf, SUMS } from '../observe/seal.ts';
import type { SealedRun } from './assess.ts';

const folders = (path: string): string[] =>
  fs.existsSync(path)
    ? fs
        .readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort()
    : [];

type Head = Pick<Run, 'id' | 'target' | 'item' | 'neighbours'>;

/** Nothing sealed is ever written again: each is read once, or a scan of many devices would read all of them for each. */
const once = <T>(read: (dir: string) => T): ((dir: string) => T) => {
  const known = new Map<string, { value: T }>();
  return (dir) => {
    const { value } = known.get(dir) ?? { value: read(dir) };
    known.set(dir, { value });
    return value;
  };
};

const HeadOfRun = Run.omit({ attempts: true });

const headOf = once((dir): Head | undefined => {
  const head = HeadOfRun.safeParse(jsonOf(fs.readFileSync(join(dir, 'run.json'), 'utf8')));
  if (!head.success) return undefined;
  const { id, target, item, neighbours } = head.data;
  return { id, target, item, ...(neighbours === undefined ? {} : { neighbours }) };
});

/** The value of a JSON text; undefined for what is none. */
const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const sealOf = once((dir) => digestOf(join(dir, SUMS)));

/** The keys of a run, and by what its item is known again. Of the attempts only those lines are parsed that can hold one. */
const factsOf = once((dir): { keys: OtherRun['keys']; marks: Marks } => {
  const attempts = fs
    .readFileSync(join(dir, 'attempts.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"kind":"key"') || line.includes('"kind":"identity"'))
    .flatMap((line) => {
      const attempt = Attempt.safeParse(jsonOf(line));
      return attempt.success ? [attempt.data] : [];
    });
  return {
    keys: attempts.flatMap(({ endpoint, observations }) =>
      observations.flatMap(({ fact }) => (fact.kind === 'key' ? [{ endpoint, fact }] : [])),
    ),
    marks: marksOf({ ...headOf(dir)!, attempts }),
  };
});

/** What tells one item from another: its target, and its serial number where one is declared. */
const itemName = ({ target, item }: Head): string => JSON.stringify([target.id, item.serial]);

/**
 * Whether two runs are of one item, so that equal keys say nothing: what the devices themselves tell says so, or what is
 * stated and declared does and nothing contradicts it (CRITERIA A.2).
 */
const isOne = (a: Marks, b: Marks): boolean => {
  const { one, told, differs } = likeness(a, b);
  return told !== undefined || (one !== undefined && differs === undefined);
};

/**
 * The keys seen in the newest sealed run of every other item of a results folder: what `keys-unique-per-device`
 * compares with. One item at two addresses is one. Folders of others are passed over.
 */
export const otherRuns = (out: string, own: SealedRun): OtherRun[] => {
  const taken = [marksOf(own.run)];
  return folders(out).flatMap((device) => {
    const seen = new Set([itemName(own.run)]);
    return folders(join(out, device))
      .reverse()
      .flatMap((id): OtherRun[] => {
        const dir = join(out, device, id, 'run');
        const whole = [SUMS, 'run.json', 'attempts.jsonl'].every((name) => fs.existsSync(join(dir, name)));
        const head = whole ? headOf(dir) : undefined;
        if (head === undefined || seen.has(itemName(head))) return [];
        seen.add(itemName(head));
        const { keys, marks } = factsOf(dir);
        if (keys.length === 0 || taken.some((one) => isOne(one, marks))) return [];
        taken.push(marks);
        return [{ run: head.id, seal: sealOf(dir), target: head.target.id, item: head.item, keys }];
      });
  });
};
