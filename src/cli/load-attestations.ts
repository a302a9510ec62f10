import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, normalize } from 'node:path';
import { z } from 'zod';
import { FOUND, isBlanket, reaches } from '../judge/attested.ts';
import { oneItem } from '../judge/one-item.ts';
import { personOf } from '../judge/withdraw.ts';
import type { Assessment } from '../model/assessment.ts';
import { Sha256 } from '../model/fact.ts';
import type { Attestation, EvidenceFile } from '../model/person.ts';
import type { Criterion, Profile } from '../model/profile.ts';
import type { LoadedProfile, SealedRun } from './assess.ts';
import { digested, isOutside } from './evidence-beside.ts';
import { BadFile, type Loaded, parseYaml, readBytes, textOf } from './load-yaml.ts';
import { judgedOnce, namesFor } from './open-items.ts';
import { type Signer, signerOf, unableAt } from './signers.ts';

const Instant = z.iso.datetime({ offset: true, error: 'an instant with its zone, such as 2026-11-22T12:00:00Z' });

/** One statement. While `decision` is empty it says nothing, and its other fields may be empty too. */
const Entry = z.strictObject({
  criterion: z.string().min(1),
  /** The profile that the criterion is of; may be left out where only one of those judged by has it. */
  profile: z.string().nullish(),
  /** Left out where the product has one component, and for what is judged once. */
  component: z.string().nullish(),
  /** A person's item, a finding's id, `coverage:<what>`; in a failure also `found:<what was found by hand>`. */
  settles: z.array(z.string()).nullish(),
  decision: z.enum(['pass', 'fail']).nullish(),
  who: z.string().nullish(),
  role: z.string().nullish(),
  when: Instant.nullish(),
  statement: z.string().nullish(),
  /** Files, by their paths from this one, each with its digest: what is signed is what they hold, not their names. */
  evidence: z.array(z.strictObject({ file: z.string().nullish(), sha256: Sha256.nullish() })).nullish(),
  /** When it ends, where it does. */
  until: Instant.nullish(),
});
type Entry = z.output<typeof Entry>;

const said = z.string().nullish();

/** What persons state of the runs of one item (`attestations.yaml`); its signature stands beside it, in `<file>.sig`. */
export const AttestationsFile = z.strictObject({
  schema: z.literal(1),
  item: z.strictObject({ model: said, serial: said, hardware: said, firmware: said, sample: said }).nullish(),
  /** Seals of the runs that it speaks of. */
  runs: z.array(Sha256).nullish(),
  attestations: z.array(Entry),
});
type AttestationsFile = z.output<typeof AttestationsFile>;

/** What is judged, and the instant it is judged at (ms). The assessments are those without what persons say. */
export interface Held {
  readonly signers: readonly Signer[];
  readonly profiles: readonly LoadedProfile[];
  readonly assessments: readonly Assessment[];
  readonly runs: readonly SealedRun[];
  readonly now: number;
}

const LARGEST_SIGNATURE = 16 * 1024;

const isBlank = (value: string | null | undefined): value is null | undefined => (value ?? '').trim() === '';

/** The listed signer of a file's bytes. */
const requireSigned = (file: string, bytes: Buffer, signers: readonly Signer[]): Signer => {
  const beside = `${file}.sig`;
  if (!fs.existsSync(beside)) throw new BadFile(file, `it is not signed: there is no "${basename(beside)}" beside it`);
  const signer = signerOf(signers, bytes, readBytes(beside, LARGEST_SIGNATURE));
  if (signer === undefined)
    throw new BadFile(
      file,
      `its signature fits none of the listed keys (${signers.map(({ name }) => name).join(', ')}): it was altered after it was signed, or signed by a key that is not listed`,
    );
  return signer;
};

const FIELDS = ['model', 'serial', 'hardware', 'firmware', 'sample'] as const;

const requireItem = (loaded: Loaded<AttestationsFile>, runs: readonly SealedRun[]): Attestation['item'] => {
  const item = loaded.value.item ?? {};
  for (const { run } of runs)
    for (const field of FIELDS) {
      const [says, is] = [item[field], run.item[field]];
      if (isBlank(says) ? field !== 'firmware' || is === undefined : says === is) continue;
      throw loaded.bad(
        ['item', field],
        isBlank(says)
          ? `item.firmware is missing, and run ${run.id} is of firmware "${is}": an attestation is bound to it`
          : `item.${field} is "${says}", and run ${run.id} is of ${is === undefined ? `an item whose ${field} is not stated` : `"${is}"`}: it speaks of another ${field === 'firmware' ? 'firmware' : 'item'}`,
      );
    }
  return Object.fromEntries(FIELDS.filter((field) => !isBlank(item[field])).map((field) => [field, item[field]!]));
};

const requireSeals = (loaded: Loaded<AttestationsFile>, runs: readonly SealedRun[]): string[] => {
  const seals = loaded.value.runs ?? [];
  if (seals.length === 0) throw loaded.bad(['runs'], 'runs is empty, expected the seal of each run that it speaks of');
  for (const [index, seal] of seals.entries()) {
    if (!runs.some((run) => run.seal === seal))
      throw loaded.bad(
        ['runs', index],
        `runs[${index}] is the seal ${seal}, which none of the runs that are judged has`,
      );
    if (seals.indexOf(seal) < index) throw loaded.bad(['runs', index], `runs[${index}] is there twice`);
  }
  return seals;
};

/** A statement with a decision, and how to refuse it. */
interface Statement {
  readonly entry: Entry;
  readonly refuse: (field: keyof Entry | readonly PropertyKey[], why: string) => BadFile;
  readonly held: Held;
}

const LACKING: readonly (readonly [keyof Entry, string])[] = [
  ['who', 'the person who says it'],
  ['role', 'what that person is to the lab or the maker'],
  ['when', 'the instant that it was said at'],
  ['statement', 'what was done and seen'],
];

const requireWhole = ({ entry, refuse }: Statement): void => {
  for (const [field, what] of LACKING)
    if (isBlank(entry[field] as string | null | undefined))
      throw refuse(field, `says ${entry.decision} and leaves "${field}" empty, expected ${what}`);
  if (personOf(entry.who!) === '') throw refuse('who', `says ${entry.decision}, and "${entry.who}" is nobody's name`);
};

/** The profile and criterion that a statement is about. */
const requireCriterion = ({ entry, refuse, held }: Statement): { profile: Profile; criterion: Criterion } => {
  const given = held.profiles.map(({ profile }) => profile);
  const named = isBlank(entry.profile) ? given : given.filter(({ profile }) => profile === entry.profile);
  if (named.length === 0)
    throw refuse(
      'profile',
      `is for the profile ${entry.profile}, and it is judged by ${given.map(({ profile }) => profile).join(', ')}`,
    );
  const found = named.flatMap((profile) => {
    const criterion = profile.criteria.find(({ id }) => id === entry.criterion);
    return criterion === undefined ? [] : [{ profile, criterion }];
  });
  if (found.length > 1)
    throw refuse('criterion', `does not say its profile, and ${found.length} of those judged by have that criterion`);
  if (found[0] === undefined)
    throw refuse('criterion', `is of a criterion that ${named.map(({ profile }) => profile).join(', ')} does not have`);
  return found[0];
};

const requireComponent = ({ entry, refuse, held }: Statement, criterion: Criterion): string | undefined => {
  const { components } = oneItem(held.runs).at(-1)!.run.target;
  const ids = components.map(({ id }) => id);
  if (judgedOnce(criterion)) {
    if (isBlank(entry.component)) return undefined;
    throw refuse('component', `names the component "${entry.component}", and it is judged once: leave it empty`);
  }
  if (isBlank(entry.component)) {
    if (ids.length === 1) return ids[0];
    throw refuse('component', `names no component, and the product has ${ids.join(', ')}`);
  }
  if (ids.includes(entry.component!)) return entry.component!;
  throw refuse('component', `names the component "${entry.component}", expected one of ${ids.join(', ')}`);
};

/** What it settles, each thing by a name of its own. */
const requireNames = (
  { entry, refuse, held }: Statement,
  { profile, criterion }: { profile: Profile; criterion: Criterion },
  component: string | undefined,
  seals: readonly string[],
): string[] => {
  const settles = entry.settles ?? [];
  if (settles.length === 0) throw refuse('settles', 'settles nothing by name: a blanket attestation settles nothing');
  const { target } = oneItem(held.runs).at(-1)!.run;
  const assessment = held.assessments.find((one) => one.profile.id === profile.profile);
  if (assessment === undefined) throw new Error(`there is no assessment by ${profile.profile}`);
  const names = namesFor(criterion, component, target, assessment);
  const ids = new Set(profile.criteria.flatMap(({ id, checks }) => [id, ...checks.map(({ check }) => check)]));
  for (const [index, name] of settles.entries()) {
    const at = ['settles', index];
    if (isBlanket(name, criterion.id) || ids.has(name))
      throw refuse(at, `settles "${name}", which is a blanket: name each person's item, finding or coverage by itself`);
    if (name.startsWith(FOUND) && name.length > FOUND.length) {
      if (entry.decision === 'fail') continue;
      throw refuse(at, `settles "${name}" with a pass: what was found by hand is only ever a failure`);
    }
    if (!names.has(name))
      throw refuse(
        at,
        `settles "${name}", which is no person's item, finding or coverage of ${criterion.id}${component === undefined ? '' : ` on ${component}`}`,
      );
    if (entry.decision === 'pass' && !reaches(seals, name, held.runs))
      throw refuse(at, `settles "${name}", which is of a run that the form does not name: list its seal under runs`);
  }
  return settles;
};

/** Nobody knows a run's seal before it has ended; and a date before it would make a key that had ended good again. */
const requireTime = ({ entry, refuse, held }: Statement, signer: Signer, seals: readonly string[]): void => {
  const when = Date.parse(entry.when!);
  if (when > held.now) throw refuse('when', `is of ${entry.when}, after the instant it is judged at`);
  for (const { run } of held.runs.filter(({ seal }) => seals.includes(seal))) {
    const end = run.endedAt ?? run.startedAt;
    if (when < Date.parse(end))
      throw refuse(
        'when',
        `is of ${entry.when}, and run ${run.id}, which the form names, ended at ${end}: say when it was stated of that run`,
      );
  }
  const unable = unableAt(signer, when);
  if (unable !== undefined) throw refuse('when', `is of ${entry.when}, and ${unable}`);
  if (entry.until != null && Date.parse(entry.until) <= when) throw refuse('until', 'ends before it begins');
};

/** A signature over a file's name alone would leave its bytes to whoever writes last: the digest is signed too. */
const evidenceOf = ({ entry, refuse }: Statement, file: string): EvidenceFile[] => {
  const evidence = entry.evidence ?? [];
  if (evidence.length === 0) throw refuse('evidence', `says ${entry.decision} and names no evidence file`);
  return evidence.map((one, index) => {
    const at = ['evidence', index];
    if (isBlank(one.file)) throw refuse(at, `says ${entry.decision} and leaves an evidence file empty`);
    const path = normalize(one.file!);
    if (isOutside(path)) throw refuse(at, `names the evidence "${path}", expected a path beside this file or below`);
    const [sha256, why] = digested(dirname(file), path);
    if (sha256 === undefined) throw refuse(at, `names the evidence "${path}", ${why}`);
    if (one.sha256 == null)
      throw refuse(at, `names the evidence "${path}" without its digest, expected sha256: ${sha256}`);
    if (one.sha256 !== sha256)
      throw refuse([...at, 'sha256'], `names the evidence "${path}" with another SHA-256 than it has (${sha256})`);
    return { file: path, sha256 };
  });
};

/**
 * Reads signed attestations, and holds them to what is judged (rule 5): the item, its firmware, the runs' seals, the
 * profiles' criteria and what is open in them. Whether the lab or a maker speaks is the list's to say, never the file's.
 * Throws BadFile, with file and line, for each that cannot count; an entry without a decision is none.
 */
export const loadAttestations = (file: string, held: Held): Attestation[] => {
  const bytes = readBytes(file);
  const signer = requireSigned(file, bytes, held.signers);
  const loaded = parseYaml(textOf(bytes, file), file, AttestationsFile);
  const decided = [...loaded.value.attestations.entries()].filter(([, { decision }]) => decision != null);
  if (decided.length === 0) return [];
  const item = requireItem(loaded, held.runs);
  const seals = requireSeals(loaded, held.runs);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const taken = new Map<string, number>();
  return decided.map(([index, entry]): Attestation => {
    const refuse: Statement['refuse'] = (field, why) =>
      loaded.bad(
        ['attestations', index, ...(typeof field === 'string' ? [field] : field)],
        `attestations[${index}] (${entry.criterion}) ${why}`,
      );
    const statement: Statement = { entry, refuse, held };
    requireWhole(statement);
    const about = requireCriterion(statement);
    const component = requireComponent(statement, about.criterion);
    const settles = requireNames(statement, about, component, seals);
    requireTime(statement, signer, seals);
    for (const [position, name] of settles.entries()) {
      const key = JSON.stringify([about.profile.profile, entry.criterion, component, name, personOf(entry.who!)]);
      const before = taken.get(key);
      if (before !== undefined)
        throw refuse(['settles', position], `says the same thing twice: "${name}", as attestations[${before}]`);
      taken.set(key, index);
    }
    return {
      id: `${digest.slice(0, 12)}#${index + 1}`,
      criterion: entry.criterion,
      profile: about.profile.profile,
      ...(component === undefined ? {} : { component }),
      settles,
      verdict: entry.decision!,
      statement: entry.statement!,
      by: entry.who!,
      role: entry.role!,
      for: signer.as,
      at: entry.when!,
      ...(entry.until == null ? {} : { until: entry.until }),
      item,
      seals,
      evidence: evidenceOf(statement, file),
      signedBy: { name: signer.name, key: signer.digest },
    };
  });
};
