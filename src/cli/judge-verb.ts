import { join } from 'node:path';
import { NoCrosswalk, type Via } from '../judge/carry.ts';
import type { JudgeInput } from '../judge/judge.ts';
import type { Assessment } from '../model/assessment.ts';
import { assess, filed, type LoadedProfile, readItem, writeAssessment } from './assess.ts';
import { readAttachments } from './attachments.ts';
import { type FilingOptions, readFiling } from './filing.ts';
import { exitCodeOf, gateFrom } from './gate.ts';
import { Usage } from './limits.ts';
import { readKnownKeys } from './load-known-keys.ts';
import { readPolicies } from './load-policy.ts';
import { otherRuns } from './other-runs.ts';
import { type PersonsFiles, readPersons } from './persons.ts';
import { readProfiles } from './profiles.ts';
import { lockResults, resultsOf } from './results.ts';
import { readSuitability } from './suitability-kept.ts';
import { addToIndex, closingText, readSummary, type Written } from './summary.ts';
import { readVia, viaOf } from './view-via.ts';

export interface JudgeOptions extends PersonsFiles, FilingOptions {
  profile?: string[];
  via?: string;
  from?: string;
  gate: string;
  suitability?: string[];
  knownKeys?: string[];
  policy?: string[];
}

const toStdout = (text: string): void => {
  process.stdout.write(text);
};

/**
 * `probity judge`: judges sealed runs of one item again, without the device, by each profile; with `--via`, shows what
 * is on the other side of a crosswalk too. Everything is read before anything is written. Throws Usage and BadFile (exit
 * 2), and StoreError (exit 3).
 */
export const judgeVerb = async (
  paths: string[],
  options: JudgeOptions,
  json: boolean,
  print: (text: string) => void = toStdout,
): Promise<number> => {
  const gate = gateFrom(options.gate);
  const loaded = readProfiles(options.profile ?? ['nist-consumer-iot-2022']);
  const view = readVia(options, loaded);
  const runs = readItem(paths);
  const around = options.suitability === undefined ? {} : { suitability: readSuitability(options.suitability).passes };
  const filing = { ...readFiling(options), ...around };
  const knownKeys = readKnownKeys(options.knownKeys);
  const policies = readPolicies(options.policy);
  const newest = runs.at(-1)!;
  const out = resultsOf(newest.dir, newest.run.target.id, newest.run.id);
  const base = join(newest.dir, '..');
  const attachments = runs.flatMap(({ dir }) => readAttachments(dir));
  const attached = attachments.length === 0 ? {} : { attachments };
  // A run that lies alone is locked by itself: two that judge it write one after the other.
  const lock = lockResults(out ?? base);
  try {
    if (out !== undefined) readSummary(out);
    const now = Date.now();
    const keys = out === undefined ? [] : otherRuns(out, newest);
    const judged = (profile: LoadedProfile, more: Partial<JudgeInput> = {}): Assessment => {
      try {
        return filed(assess(runs, profile, now, keys, { knownKeys, policies, ...attached, ...more }), runs, filing);
      } catch (error) {
        if (error instanceof NoCrosswalk) throw new Usage(`--via ${options.via}: ${error.message}`);
        throw error;
      }
    };
    const crosswalks = view === undefined ? [] : [view.crosswalk];
    const write = async (profile: LoadedProfile, assessment: Assessment): Promise<Written> => ({
      assessment,
      dir: await writeAssessment(join(base, 'assessments'), assessment, runs, profile, { ...filing, crosswalks }),
      sealed: newest,
      profile: profile.profile,
    });

    // What persons name are the findings that there are without them.
    const all = [...loaded, ...(view?.targets ?? [])];
    const persons = readPersons(options, { profiles: all, assessments: all.map((one) => judged(one)), runs, now });
    const from: { via?: Via } = view?.from === undefined ? {} : { via: view.from };
    const own = loaded.map((profile) => ({ profile, assessment: judged(profile, { ...persons, ...from }) }));
    const written: Written[] = [];
    for (const { profile, assessment } of own) written.push(await write(profile, assessment));
    for (const target of view?.targets ?? []) {
      const via = viaOf(view!, target, written);
      if (via !== undefined) written.push(await write(target, judged(target, { ...persons, via })));
    }

    if (json) for (const one of written) print(`${JSON.stringify(one.assessment)}\n`);
    else {
      const folders = written.map(({ dir }) => `${dir}\n`).join('');
      print(`${closingText(out ?? base, written, process.stdout.isTTY)}\n${folders}`);
    }
    if (out !== undefined) addToIndex(out, written);
    // What a crosswalk shows is a view: only what was asked for with --profile passes or fails.
    const codes = own.map(({ profile, assessment }) => exitCodeOf(assessment, profile.profile, gate));
    return codes.includes(1) ? 1 : codes.includes(4) ? 4 : 0;
  } finally {
    lock.release();
  }
};
