import { join } from 'node:path';
import { assess, filed, readSealed, reportInput } from '../../src/cli/assess.ts';
import { loadCrosswalk } from '../../src/cli/load-crosswalk.ts';
import { readProfiles } from '../../src/cli/profiles.ts';
import type { ReportInput } from '../../src/report/report.ts';
import { KEPT, keptFolder } from '../kept-runs.ts';
import { sampleInput } from '../sample.ts';
import { wholeInput } from '../sample-whole.ts';

/** Inputs that every format is held to: the samples, the kept runs by NIST's profile, one by ETSI's and one carried over. */

const JUDGED_AT = Date.parse('2026-12-01T00:00:00.000Z');

const FILING = {
  formats: [],
  sealing: {},
  remedies: true,
  crosswalks: [],
} as const;

/** A kept run judged by a shipped profile, as it is filed beside its run. */
export const keptInput = (name: string, profile = 'nist-consumer-iot-2022', via?: string): ReportInput => {
  const sealed = readSealed(join(keptFolder(name), 'run'));
  const [loaded] = readProfiles([profile]);
  if (loaded === undefined) throw new Error(`no profile ${profile}`);
  const carried = () => {
    if (via === undefined) return {};
    const source = keptInput(name).assessment;
    const from = { assessment: source, item: sealed.run.item };
    return { via: { crosswalk: loadCrosswalk(via), digest: '0'.repeat(64), source: from } };
  };
  const assessment = filed(assess([sealed], loaded, JUDGED_AT, [], carried()), [sealed], FILING);
  return reportInput(assessment, [sealed], loaded, { dir: join(keptFolder(name), 'assessments', profile) });
};

type Named = readonly (readonly [string, ReportInput])[];

let inputs: Named | undefined;
let others: Named | undefined;

/** One of each shape by name, each judged once: what a format's own tests are held to. */
export const reportInputs = (): Named => {
  inputs ??= [
    ['the sample', sampleInput()],
    ['the whole sample', wholeInput()],
    ['weak-camera', keptInput('weak-camera')],
    ['weak-camera carried to CTA', keptInput('weak-camera', 'cta-2088-a', 'cta-pilot-annex-a')],
  ];
  return inputs;
};

/** Those, and the rest of what is kept: for the test that compares all formats. */
export const allReportInputs = (): Named => {
  others ??= [
    ...KEPT.filter((name) => name !== 'weak-camera').map((name) => [name, keptInput(name)] as const),
    ['weak-camera by ETSI', keptInput('weak-camera', 'etsi-en-303-645-2020')],
    ['open-hub by the catalogue', keptInput('open-hub', 'nist-technical-catalog-2021')],
  ];
  return [...reportInputs(), ...others];
};
