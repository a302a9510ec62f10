import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataPath } from '../fixtures/data.ts';
import { readSealed } from '../src/cli/assess.ts';
import { readPolicies } from '../src/cli/load-policy.ts';
import { packageRoot, shippedProfiles } from '../src/cli/load-profile.ts';
import { readProfiles } from '../src/cli/profiles.ts';
import { catalogue, checks } from '../src/judge/checks/index.ts';
import { judge } from '../src/judge/judge.ts';
import { json } from '../src/report/json.ts';

/** The runs that are kept for ever: what was observed of these devices once, sealed. */
export const KEPT = ['weak-camera', 'sound-gateway', 'open-hub', 'silent-sensor', 'flaky-bulb'] as const;

/** The instant they are judged at, whenever that is. */
const JUDGED_AT = '2026-12-01T00:00:00.000Z';

export const keptFolder = (name: string): string => join(packageRoot(), 'fixtures', 'runs', name);

export const keptAssessment = (name: string): string => readFileSync(dataPath(`runs/${name}/assessment.json`), 'utf8');

export const keptVerdicts = (name: string): string => readFileSync(dataPath(`runs/${name}/verdicts.json`), 'utf8');

/** What every shipped profile says of a kept run, criterion by criterion, as the file `verdicts.json`. */
export const verdictsText = (name: string): string => {
  const { run, seal } = readSealed(join(keptFolder(name), 'run'));
  const said = readProfiles(shippedProfiles()).map(({ profile }) => {
    const { verdict, criteria } = judge({
      runs: [{ run, seal }],
      profile,
      checks,
      catalogue,
      judgedAt: JUDGED_AT,
      others: [],
      policies: readPolicies(),
    });
    return [profile.profile, { verdict, criteria: Object.fromEntries(criteria.map((one) => [one.id, one.verdict])) }];
  });
  return `${JSON.stringify(Object.fromEntries(said), null, 1)}\n`;
};

/**
 * Judges a kept run by the shipped profile, as the file `assessment.json`. The profile's digest is left out, so that
 * only what is said of the run changes these bytes. Throws StoreError where the run is not what was sealed.
 */
export const judgeKept = (name: string): string => {
  const { run, seal } = readSealed(join(keptFolder(name), 'run'));
  const [{ profile }] = readProfiles(['nist-consumer-iot-2022']) as [ReturnType<typeof readProfiles>[number]];
  const assessment = judge({
    runs: [{ run, seal }],
    profile,
    checks,
    catalogue,
    judgedAt: JUDGED_AT,
    others: [],
    policies: readPolicies(),
  });
  return String(json.render({ assessment, runs: [{ run, seal }], profile, evidence: 'run/' }));
};
