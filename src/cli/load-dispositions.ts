import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { z } from 'zod';
import { areTwo, personOf } from '../judge/withdraw.ts';
import { Disposition, type EvidenceFile, Withdrawal } from '../model/person.ts';
import { type Loaded, loadYaml } from './load-yaml.ts';
import { looseChecks, nearest } from './product-hints.ts';

const SCHEMA = 1;

/** A dispositions file (`dispositions.yaml`): what is done about findings, and which findings were the tool's mistake. */
export const DispositionsFile = z.strictObject({
  schema: z.literal(SCHEMA).default(SCHEMA),
  dispositions: z.array(Disposition).default([]),
  withdrawals: z.array(Withdrawal).default([]),
});
type DispositionsFile = z.output<typeof DispositionsFile>;

/** What a dispositions file may name. */
export interface Known {
  /** The ids of all checks, built or not. */
  readonly checks: readonly string[];
  /** The ids of the criteria of every profile that is judged by. */
  readonly criteria: readonly string[];
}

export interface LoadedDispositions {
  readonly dispositions: readonly Disposition[];
  readonly withdrawals: readonly Withdrawal[];
}

type Path = readonly PropertyKey[];

const refuseNewer = (file: string): void => {
  const loaded = loadYaml(file, z.looseObject({ schema: z.unknown().optional() }));
  const { schema } = loaded.value;
  if (typeof schema === 'number' && schema > SCHEMA)
    throw loaded.bad(['schema'], `it is of schema ${schema}; this version of probity reads ${SCHEMA}`);
};

const requireIds = (loaded: Loaded<DispositionsFile>): void => {
  const seen = new Set<string>();
  for (const part of ['dispositions', 'withdrawals'] as const)
    loaded.value[part].forEach(({ id }, index) => {
      if (seen.has(id)) throw loaded.bad([part, index, 'id'], `the id "${id}" is given twice`);
      seen.add(id);
    });
};

const requireWords = (loaded: Loaded<DispositionsFile>): void => {
  const require = (words: string, at: Path): void => {
    if (words.trim() === '') throw loaded.bad(at, `${String(at.at(-1))} is blank, expected words`);
  };
  const person = (name: string, at: Path): void => {
    if (personOf(name) === '') throw loaded.bad(at, `"${name}" is nobody's name`);
  };
  loaded.value.dispositions.forEach(({ justification, approvedBy }, index) => {
    require(justification, ['dispositions', index, 'justification']);
    person(approvedBy, ['dispositions', index, 'approvedBy']);
  });
  loaded.value.withdrawals.forEach(({ why, by }, index) => {
    const at = ['withdrawals', index];
    require(why, [...at, 'why']);
    for (const [position, one] of by.entries()) person(one, [...at, 'by', position]);
    if (!areTwo(by)) throw loaded.bad([...at, 'by'], `${by.join(' and ')} are one person: two withdraw a finding`);
  });
};

/** `<run id>:<check>@<component>…`, the run's id only where several runs were judged together. */
const FINDING = /^(?:[^:@]+:)?([^:@]+)@([a-z0-9][a-z0-9._-]*)/;
const COMPONENT = /^[a-z0-9][a-z0-9._-]*$/;

const requireKnown = (
  loaded: Loaded<DispositionsFile>,
  at: Path,
  what: string,
  name: string,
  known: readonly string[],
) => {
  if (known.includes(name)) return;
  const meant = nearest(name, known);
  throw loaded.bad(at, `"${name}" is no known ${what}${meant === undefined ? '' : `; did you mean "${meant}"?`}`);
};

/** A finding's id names a check that there is, and one component: a wildcard in either would select everything. */
const requireFinding = (
  loaded: Loaded<DispositionsFile>,
  at: Path,
  id: string,
  check: string | undefined,
  known: Known,
) => {
  const named = FINDING.exec(id)?.[1];
  if (named === undefined)
    throw loaded.bad(at, `"${id}" is no finding's id, expected such as ssh-algorithms-strong@camera/tcp/22`);
  requireKnown(loaded, at, 'check', named, known.checks);
  if (check !== undefined && check !== named)
    throw loaded.bad(at, `"${id}" is a finding of ${named}, and not of ${check}`);
};

const requireSelectors = (loaded: Loaded<DispositionsFile>, known: Known): void => {
  loaded.value.dispositions.forEach(({ selects }, index) => {
    const at = ['dispositions', index, 'selects'];
    for (const [key, value] of Object.entries(selects))
      if (typeof value === 'string' && /^[\s*?.]+$/.test(value))
        throw loaded.bad([...at, key], `${key} "${value}" selects everything: there are no wildcards, name it whole`);
    const { finding, check, component, criterion } = selects;
    if (check !== undefined) requireKnown(loaded, [...at, 'check'], 'check', check, known.checks);
    if (finding !== undefined) requireFinding(loaded, [...at, 'finding'], finding, check, known);
    if (component !== undefined && !COMPONENT.test(component))
      throw loaded.bad([...at, 'component'], `"${component}" is no component's id`);
    if (criterion !== undefined) requireKnown(loaded, [...at, 'criterion'], 'criterion', criterion, known.criteria);
  });
  loaded.value.withdrawals.forEach(({ finding, check }, index) => {
    const at = ['withdrawals', index];
    requireKnown(loaded, [...at, 'check'], 'check', check, known.checks);
    requireFinding(loaded, [...at, 'finding'], finding, check, known);
  });
};

const requireTimes = (loaded: Loaded<DispositionsFile>): void => {
  loaded.value.dispositions.forEach(({ approvedAt, expires }, index) => {
    if (Date.parse(expires) <= Date.parse(approvedAt))
      throw loaded.bad(
        ['dispositions', index, 'expires'],
        `it expires at ${expires}, before it is approved (${approvedAt})`,
      );
  });
};

/** The SHA-256 of a file's bytes, read piece by piece: evidence may be large, and need not be text. */
const digestOf = (file: string): string => {
  // A pipe would never end, and is not evidence that anybody could look at again.
  if (!fs.statSync(file).isFile()) throw new Error('it is not a regular file');
  const hash = createHash('sha256');
  const handle = fs.openSync(file, 'r');
  try {
    const piece = Buffer.alloc(1 << 16);
    for (let size = fs.readSync(handle, piece); size > 0; size = fs.readSync(handle, piece))
      hash.update(piece.subarray(0, size));
  } finally {
    fs.closeSync(handle);
  }
  return hash.digest('hex');
};

const requireEvidence = (loaded: Loaded<DispositionsFile>, at: Path, { file, sha256 }: EvidenceFile): void => {
  let digest: string;
  try {
    digest = digestOf(path.resolve(path.dirname(loaded.file), file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw loaded.bad([...at, 'file'], `"${file}": ${code === 'ENOENT' ? 'there is no such file' : message}`);
  }
  if (digest !== sha256)
    throw loaded.bad(
      [...at, 'sha256'],
      `"${file}" is not what was named: its SHA-256 is ${digest}, expected ${sha256}`,
    );
};

/**
 * Loads a dispositions file; the evidence that it names is read relative to it, and held to its digests. Throws BadFile
 * with the file and the line for whatever could make one count for more, or for other things, than was approved.
 */
export const loadDispositions = (file: string, known: Known): LoadedDispositions => {
  refuseNewer(file);
  looseChecks(file, DispositionsFile);
  const loaded = loadYaml(file, DispositionsFile);
  const { dispositions, withdrawals } = loaded.value;
  requireIds(loaded);
  requireWords(loaded);
  requireSelectors(loaded, known);
  requireTimes(loaded);
  dispositions.forEach(({ riskAssessment }, index) => {
    if (riskAssessment !== undefined)
      requireEvidence(loaded, ['dispositions', index, 'riskAssessment'], riskAssessment);
  });
  withdrawals.forEach(({ counterEvidence }, index) => {
    for (const [position, evidence] of counterEvidence.entries())
      requireEvidence(loaded, ['withdrawals', index, 'counterEvidence', position], evidence);
  });
  return { dispositions, withdrawals };
};
