import { readPolicies } from '../../src/cli/load-policy.ts';
import { readProfiles } from '../../src/cli/profiles.ts';
import { catalogue, checks } from '../../src/judge/checks/index.ts';
import { type JudgeInput, judge, type OtherRun } from '../../src/judge/judge.ts';
import type { Assessment } from '../../src/model/assessment.ts';
import type { Attestation } from '../../src/model/person.ts';
import { Run } from '../../src/model/run.ts';
import type { Component, Product } from '../../src/model/target.ts';
import { type RunDraft, run, sha } from './run.ts';

/** What was on a bench, run by run, and who says what: for tables of situations with the verdict that an assessor would give. */

export const SEAL = sha('5');
const JUDGED_AT = '2026-12-01T00:00:00.000Z';

/** A component beside the camera: what its attempts would be if it were the camera (`at: 'camera/…'`). */
export interface Beside {
  readonly id: string;
  readonly kind: Component['kind'];
  /** Absent: out of the lab's reach. */
  readonly address?: string;
  readonly draft?: RunDraft;
}

export interface Situation {
  readonly runs: readonly RunDraft[];
  readonly beside?: readonly Beside[];
  /** Absent: one camera, in a product with a complete list. `null`: a bare address, nothing declared of a product. */
  readonly product?: Partial<Product> | null;
  readonly attestations?: readonly Partial<Attestation>[];
  readonly dispositions?: JudgeInput['dispositions'];
  readonly others?: readonly OtherRun[];
  readonly profile?: string;
}

const besideOf = ({ id, kind, address, draft }: Beside): { component: Component; attempts: Run['attempts'] } => {
  const built = run({ ...draft, component: { ...draft?.component, kind, addresses: [address ?? '198.18.0.99'] } });
  const text = JSON.stringify(built.attempts).replaceAll('@camera', `@${id}`).replaceAll('198.18.0.10"', `${address}"`);
  return {
    component: { ...built.target.components[0]!, id, addresses: address === undefined ? [] : [address] },
    attempts:
      address === undefined
        ? []
        : (JSON.parse(text) as Run['attempts']).map((attempt) => ({ ...attempt, component: id })),
  };
};

const runsOf = ({ runs, beside = [], product }: Situation): Run[] =>
  runs.map((draft, index) => {
    const own = run({ item: { model: 'C1', serial: '1', firmware: '1.0' }, ...draft }, index);
    const others = beside.map(besideOf);
    return Run.parse({
      ...own,
      target: {
        ...own.target,
        ...(product === null ? {} : { product: { name: 'Camera', complete: true, notApplicable: [], ...product } }),
        components: [...own.target.components, ...others.map(({ component }) => component)],
      },
      attempts: [...own.attempts, ...others.flatMap(({ attempts }) => attempts)],
    });
  });

/** A signed statement of the lab, of this item and these runs, unless said otherwise. */
const attestation = (over: Partial<Attestation>, index: number): Attestation => ({
  id: `a${index}`,
  criterion: 'IAC-1b',
  settles: ['declaration-reviewed'],
  verdict: 'pass',
  statement: 'examined',
  by: 'A. Tester',
  for: 'lab',
  at: '2026-11-23T00:00:00.000Z',
  item: { model: 'C1', serial: '1', firmware: '1.0' },
  seals: [SEAL],
  evidence: [{ file: 'notes.pdf', sha256: sha('e') }],
  ...over,
});

const profiles = new Map<string, ReturnType<typeof readProfiles>[number]>();
const POLICIES = readPolicies();

export const assessed = (situation: Situation): Assessment => {
  const id = situation.profile ?? 'nist-consumer-iot-2022';
  const loaded = profiles.get(id) ?? readProfiles([id])[0]!;
  profiles.set(id, loaded);
  return judge({
    runs: runsOf(situation).map((each) => ({ run: each, seal: SEAL })),
    profile: loaded.profile,
    checks,
    catalogue,
    judgedAt: JUDGED_AT,
    others: situation.others ?? [],
    policies: POLICIES,
    attestations: (situation.attestations ?? []).map(attestation),
    ...(situation.dispositions === undefined ? {} : { dispositions: situation.dispositions }),
  });
};

/** A criterion's verdict; `IAC-1a camera` for that of one component. */
export const verdictOf = (assessment: Assessment, name: string): string => {
  const [id, component] = name.split(' ');
  const criterion = assessment.criteria.find((one) => one.id === id);
  if (component === undefined) return criterion?.verdict ?? 'no such criterion';
  return criterion?.components.find((one) => one.component === component)?.verdict ?? 'no such component';
};
