import type { Profile } from '../model/profile.ts';
import { visible } from '../report/text.ts';
import { assess, type LoadedProfile, readItem, type SealedRun } from './assess.ts';
import { Usage } from './limits.ts';
import { readKnownKeys } from './load-known-keys.ts';
import { readPolicies } from './load-policy.ts';
import { judgedOnce, type OpenCriterion, type OpenItem, openBefore, openIn } from './open-items.ts';
import { otherRuns } from './other-runs.ts';
import { readProfiles } from './profiles.ts';
import { resultsOf } from './results.ts';
import { writeNew } from './write-out.ts';

const WIDTH = 110;

const toStdout = (text: string): void => {
  process.stdout.write(text);
};

/** Text as comment lines. What a device or a profile says stays inside them. */
const comment = (text: string, indent = ''): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of visible(text.replace(/\s+/g, ' ').trim(), 600).split(' ')) {
    if (line !== '' && line.length + word.length >= WIDTH) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line].map((one) => `${indent}# ${one}`.trimEnd());
};

/** A YAML double-quoted scalar that reads back as these very characters. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  );

const HEAD = `
What persons state of an item: one entry for each thing that only a person can say, or that the probes left open. An
entry whose decision is empty says nothing: leave those that nobody examined. One with a decision (pass or fail) needs
every other field: who says it, in which role, when (an instant with its zone, 2026-11-22T12:00:00Z), a statement of what
was done and seen, and at least one evidence file beside this one with its SHA-256 (sha256sum FILE). "settles" names what it settles, and it settles
nothing else. What was found by hand and has no name here is a fail that settles found:<what>, such as
found:root-shell-on-uart. Then sign the file as it stands and keep the signature beside it, as FILE.sig:
`.trim();

const SIGN = `openssl pkeyutl -sign -rawin -inkey lab.key.pem -in FILE -out FILE.sig   (Ed25519), or
openssl dgst -sha256 -sign lab.key.pem -out FILE.sig FILE                  (ECDSA, RSA)`;

const FIELDS = ['model', 'serial', 'hardware', 'firmware', 'sample'] as const;

const headLines = (runs: readonly SealedRun[]): string[] => {
  const item = runs.at(-1)?.run.item;
  const stated = FIELDS.filter((field) => item === undefined || item[field] !== undefined);
  return [
    ...HEAD.split('\n').map((line) => `# ${line}`),
    ...SIGN.split('\n').map((line) => `#   ${line}`),
    'schema: 1',
    ...(item === undefined ? ['# What was on the bench; firmware as in the run, no more and no less.'] : []),
    ...(stated.length === 0
      ? [
          '# The run does not say what was on the bench: these statements are bound to it by its seal alone.',
          'item: {}',
        ]
      : ['item:', ...stated.map((field) => `  ${field}: ${item === undefined ? '' : quoted(item[field]!)}`.trimEnd())]),
    ...(runs.length === 0
      ? ['# Seals of the runs that this speaks of: the SHA-256 of each SHA256SUMS.', 'runs: []']
      : ['runs:', ...runs.flatMap(({ run, seal }) => [`  # ${run.id}, ${run.state}`, `  - ${seal}`])]),
  ];
};

const entryLines = ({ profile, persons }: Profile, open: OpenCriterion, item: OpenItem): string[] => {
  const { criterion, component } = open;
  return [
    ...comment(item.what === 'person' ? (persons?.[item.name] ?? item.name) : `Open: ${item.why}`, '  '),
    `  - criterion: ${quoted(criterion.id)}`,
    `    profile: ${quoted(profile)}`,
    ...(judgedOnce(criterion) ? [] : [`    component: ${component === undefined ? '' : quoted(component)}`.trimEnd()]),
    `    settles: [${quoted(item.name)}]`,
    '    decision:',
    '    who:',
    '    role:',
    '    when:',
    '    statement:',
    '    evidence:',
    '      - file:',
    '        sha256:',
  ];
};

const criterionLines = (profile: Profile, open: OpenCriterion): string[] => {
  const { criterion, component, verdict, items, toBeDone } = open;
  const on = component === undefined ? '' : ` on ${component}`;
  return [
    '',
    ...comment(`${criterion.id}${on}: ${criterion.title}${verdict === undefined ? '' : ` (${verdict})`}`, '  '),
    ...(criterion.text === undefined ? [] : comment(criterion.text, '  ')),
    ...(criterion.reading === undefined ? [] : comment(`Reading: ${criterion.reading}`, '  ')),
    ...(criterion.evidence ?? []).flatMap((one) => comment(`Evidence that would do: ${one}`, '  ')),
    ...toBeDone.flatMap((one) => comment(`No signature settles this: ${one}`, '  ')),
    ...items.flatMap((item) => entryLines(profile, open, item)),
  ];
};

/** The form as YAML. Without runs it asks for the profiles' persons' items, and leaves item and seals to be filled in. */
export const questionnaire = (
  profiles: readonly LoadedProfile[],
  runs: readonly SealedRun[],
  openOf: (profile: LoadedProfile) => readonly OpenCriterion[],
): string => {
  const asked = profiles.flatMap((loaded) => openOf(loaded).flatMap((open) => criterionLines(loaded.profile, open)));
  // A comment beside nothing leaves the list empty: then it has to say so.
  const none = !asked.some((line) => line.startsWith('  - '));
  return [...headLines(runs), none ? 'attestations: []' : 'attestations:', ...asked, ''].join('\n');
};

/** Which part of the form is wanted; a heading stands for what is under it. */
interface Wanted {
  criterion?: string[];
  component?: string[];
}

/** What of an open criterion is wanted. Throws Usage for a criterion or component that there is not. */
const wantedOf = (
  { criterion, component }: Wanted,
  profiles: readonly LoadedProfile[],
  runs: readonly SealedRun[],
): ((profile: Profile, open: OpenCriterion) => boolean) => {
  const all = profiles.flatMap(({ profile }) => profile.criteria);
  for (const id of criterion ?? [])
    if (!all.some((one) => one.id === id)) throw new Usage(`--criterion ${id}: no profile that is given has it`);
  const components = runs.at(-1)?.run.target.components.map(({ id }) => id) ?? [];
  for (const id of component ?? [])
    if (!components.includes(id))
      throw new Usage(
        `--component ${id}: ${runs.length === 0 ? 'give the runs too' : `expected one of ${components.join(', ')}`}`,
      );
  const isUnder = (profile: Profile, id: string | undefined): boolean =>
    id !== undefined &&
    (criterion!.includes(id) || isUnder(profile, profile.criteria.find((one) => one.id === id)?.parent));
  return (profile, open) =>
    (criterion === undefined || isUnder(profile, open.criterion.id)) &&
    (component === undefined || (open.component !== undefined && component.includes(open.component)));
};

/**
 * `probity questionnaire [<run>...] --profile P [--out FILE]`: the form that persons fill in and sign, to stdout or a new
 * file. With sealed runs of one item it asks for what these leave open. Throws Usage, BadFile and StoreError.
 */
export const questionnaireVerb = async (
  paths: readonly string[],
  options: { profile?: string[]; out?: string } & Wanted,
  print: (text: string) => void = toStdout,
  now: () => number = Date.now,
): Promise<number> => {
  const profiles = readProfiles(options.profile ?? ['nist-consumer-iot-2022']);
  const runs = paths.length === 0 ? [] : readItem(paths);
  const newest = runs.at(-1);
  const out = newest && resultsOf(newest.dir, newest.run.target.id, newest.run.id);
  const others = newest === undefined || out === undefined ? [] : otherRuns(out, newest);
  const isWanted = wantedOf(options, profiles, runs);
  const text = questionnaire(profiles, runs, (loaded) => {
    const open =
      newest === undefined
        ? openBefore(loaded.profile)
        : openIn(
            loaded.profile,
            assess(runs, loaded, now(), others, { knownKeys: readKnownKeys(), policies: readPolicies() }),
            newest.run.target,
          );
    return open.filter((one) => isWanted(loaded.profile, one));
  });
  if (options.out === undefined) print(text);
  else {
    writeNew(options.out, text);
    print(`${options.out}\n`);
  }
  return 0;
};
