import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { catalogue, checks } from '../judge/checks/index.ts';
import { judge } from '../judge/judge.ts';
import { passOf, referenceOf, suitabilityOf, type TestedBetween } from '../judge/suitability.ts';
import type { Run } from '../model/run.ts';
import { type ReferenceDevice, Suitability, type SuitabilityPass } from '../model/suitability.ts';
import { digestOf, SUMS } from '../observe/seal.ts';
import { isSimulated } from '../report/view.ts';
import { readSealed, type SealedRun } from './assess.ts';
import { readPolicies } from './load-policy.ts';
import { BadFile, readText } from './load-yaml.ts';
import { NO_CRITERIA } from './suitability.ts';

/** When runs were made, for `suitabilityOf`; undefined where there is none, or one that never ended. */
export const testedBetween = (runs: readonly Pick<Run, 'startedAt' | 'endedAt'>[]): TestedBetween | undefined => {
  const ends = runs.flatMap(({ endedAt }) => endedAt ?? []).sort();
  const from = runs.map(({ startedAt }) => startedAt).sort()[0];
  return from === undefined || ends.length < runs.length ? undefined : { from, to: ends.at(-1)! };
};

/** The sealed run of a reference, beside its pass: `<pass>/<reference>/run`. */
const sealedRun = (dir: string, seal: string | undefined): SealedRun | undefined => {
  const found = fs
    .readdirSync(dir)
    .map((name) => join(dir, name, 'run'))
    .find((run) => fs.existsSync(join(run, SUMS)) && digestOf(join(run, SUMS)) === seal);
  return found === undefined ? undefined : readSealed(found);
};

/** What a reference's own sealed run shows of it, judged again: nobody's word for it is read. */
const foundAgainIn = (path: string, { at, endedAt }: SuitabilityPass, reference: ReferenceDevice): ReferenceDevice => {
  const { name, kind, how, addresses, checks: expected } = reference;
  const bad = (why: string): BadFile => new BadFile(path, `reference "${name}": ${why}`);
  const sealed = sealedRun(dirname(path), reference.run?.seal);
  if (sealed === undefined)
    throw bad('its sealed run does not lie beside this file, and nothing else shows what was found');
  const { run } = sealed;
  if (run.startedAt < at || (run.endedAt ?? run.startedAt) > endedAt) throw bad(`run ${run.id} is not of this pass`);
  if (how === 'declared' && isSimulated(run))
    throw bad('it is said to be declared, and its run is of a simulated device');
  const { checks: results } = judge({
    runs: [sealed],
    profile: NO_CRITERIA,
    checks,
    catalogue,
    judgedAt: endedAt,
    policies: readPolicies(),
  });
  const expect = new Map(
    expected.flatMap(({ check, expected: known }) => (known === 'fail' || known === 'pass' ? [[check, known]] : [])),
  );
  return referenceOf({ name, kind, how, addresses, expect }, { ...sealed, checks: results });
};

const readOne = (file: string): Suitability => {
  const path = fs.existsSync(file) && fs.statSync(file).isDirectory() ? join(file, 'suitability.json') : file;
  let value: unknown;
  try {
    value = JSON.parse(readText(path));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new BadFile(path, 'it is not JSON; expected the suitability.json of a pass over references');
  }
  const parsed = Suitability.safeParse(value);
  if (parsed.success) {
    const passes = parsed.data.passes.map((pass) => {
      const references = pass.references.map((one) => foundAgainIn(path, pass, one));
      return passOf(pass.when, pass.at, pass.endedAt, references);
    });
    return { ...parsed.data, passes };
  }
  const [issue] = parsed.error.issues;
  throw new BadFile(path, `${issue?.path.join('.') || 'value'}: ${issue?.message}; expected a suitability.json`);
};

/**
 * Reads the passes of files or folders together, and holds them to the time of the runs that they were made around.
 * Whether they suit is found again from the sealed runs beside them, not read. Throws BadFile, and StoreError for a run
 * that is not what was sealed.
 */
export const readSuitability = (
  files: string | readonly string[],
  runs: readonly Pick<Run, 'startedAt' | 'endedAt'>[] = [],
): Suitability => {
  const all = [files].flat().map(readOne);
  const passes = new Map(all.flatMap((one) => one.passes).map((pass) => [JSON.stringify(pass), pass]));
  const tested = testedBetween(runs);
  const tools = [...new Set(all.map(({ tool }) => tool))];
  return suitabilityOf([...passes.values()], {
    tool: tools.join(', '),
    ...(tested === undefined ? {} : { tested }),
  });
};
