import { z } from 'zod';
import { ACCESS_CLASSES, ACTIONS } from './fact.ts';
import { State } from './target.ts';
import { Strength } from './verdict.ts';

export const QUANTIFIERS = ['each', 'any', 'provided', 'product', 'developer'] as const;

/** The least that must have been looked at; less is inconclusive and says what is missing. */
export const Coverage = z.strictObject({
  tcp: z.literal('all').optional(),
  udp: z.literal('list').optional(),
  families: z.array(z.enum(['ipv4', 'ipv6'])).optional(),
  credentials: z.strictObject({ matched: z.literal('all'), common: z.int().min(0) }).optional(),
  capture: z.record(z.string(), z.unknown()).optional(),
});
export type Coverage = z.infer<typeof Coverage>;

/** Conditions under which a capped finding is conclusive all the same; a finding lists those that it meets in `conditions`. */
export const CONDITIONS = [
  'same-identifier-on-two-samples',
  'marker-or-recognised-secret',
  'against-declared-or-given-trust',
  'login-in-clear',
  'fetched-by-device-over-unauthenticated-channel',
  'fetched-by-device-and-unsigned',
  'own-input',
] as const;

/**
 * What a criterion asks of a check (CRITERIA A.1). `class`, `action`, `in` select findings by facet; `fail`,
 * `conclusiveWhen`, `indicativeFor`, `indicativeIn` and `grants` cap a failing finding's strength; `control` asks for a
 * positive control; the rest are parameters of one check each.
 */
export const Link = z.strictObject({
  check: z.string().min(1),
  as: z.enum(['required', 'counter', 'supports']),
  fail: Strength.optional(),
  conclusiveWhen: z.enum(CONDITIONS).optional(),
  class: z.array(z.enum(ACCESS_CLASSES)).optional(),
  action: z.array(z.enum(ACTIONS)).optional(),
  in: z.array(State).optional(),
  indicativeFor: z.array(z.enum(ACCESS_CLASSES)).optional(),
  indicativeIn: z.array(State).optional(),
  grants: z.partialRecord(z.enum(['full', 'unknown', 'change-only']), Strength).optional(),
  control: z.enum(['required', 'genuine-image-applied']).optional(),
  want: z.array(z.enum(['unique', 'model', 'firmware'])).optional(),
  over: z.literal('samples').optional(),
  rules: z.array(z.enum(['login-in-clear', 'cookie-secure', 'hsts'])).optional(),
  /** What is refused although the check passes it: a pass that carries it as a condition counts as a failure. */
  refuse: z
    .array(z.enum(['static-rsa', 'cbc']))
    .min(1)
    .optional(),
  compare: z.literal('onboarding-to-operational').optional(),
  when: z.literal('events.sink-declared').optional(),
});
export type Link = z.infer<typeof Link>;

/**
 * When "not applicable" may be claimed: a condition of the declaration. The last thirteen are the conditions of
 * EN 303 645 V2.1.1, table B.1, each said the way round in which its provisions do not apply.
 */
export const NOT_APPLICABLE_WHEN = [
  'one-component',
  'stores-no-data',
  'no-interface',
  'no-onboarding',
  'immutable-software',
  'stated',
  'no-passwords',
  'no-pre-installed-passwords',
  'all-software-updatable',
  'not-constrained',
  'constrained',
  'no-telemetry',
  'no-consent-based-personal-data',
  'no-user-authentication',
  'no-automatic-updates-or-notices',
  'no-hard-coded-identity',
  'no-updates-over-network',
  'no-update-mechanism',
  'no-physical-debug-interface',
] as const;
export const NotApplicableWhen = z.enum(NOT_APPLICABLE_WHEN);
export type NotApplicableWhen = z.infer<typeof NotApplicableWhen>;

/** What a probe can do for a criterion: `decide` it beside what a person signs, give `partial` evidence, or see nothing of it. */
export const Reach = z.strictObject({ can: z.enum(['decide', 'partial', 'none']), why: z.string().min(1) });
export type Reach = z.infer<typeof Reach>;

/** A test case of a test specification, with its units by letter. */
export const TestCase = z.strictObject({
  id: z.string().min(1),
  kind: z.enum(['conceptual', 'functional', 'conceptual/functional']),
  units: z.array(z.string().min(1)),
});
export type TestCase = z.infer<typeof TestCase>;

/** One criterion. Headings have `children` in the profile's order through `parent`, and links of their own only where printed. */
export const Criterion = z.strictObject({
  id: z.string().min(1),
  title: z.string().min(1),
  text: z.string().min(1).optional(),
  parent: z.string().optional(),
  heading: z.boolean().default(false),
  kind: z.enum(['technical', 'non-technical']).default('technical'),
  level: z.enum(['must', 'should', 'info']).default('must'),
  quantifier: z.enum(QUANTIFIERS).default('each'),
  aboutDeclaration: z.boolean().default(false),
  reading: z.string().optional(),
  declares: z.array(z.string()).default([]),
  states: z.array(State).default(['operational']),
  statesWhenDeclared: z.array(State).default([]),
  coverage: Coverage.optional(),
  /** `or`: further conditions, each of which is enough by itself. */
  notApplicable: z
    .union([
      z.literal('never'),
      z.strictObject({ when: NotApplicableWhen, or: z.array(NotApplicableWhen).min(1).optional() }),
    ])
    .default('never'),
  riskAcceptance: z.strictObject({ class: z.literal('public') }).optional(),
  checks: z.array(Link).default([]),
  person: z.array(z.string()).default([]),
  /** What a probe can see of it, and why not more. */
  reach: Reach.optional(),
  /** As the standard prints it: `M`, `R C`. */
  status: z.string().min(1).optional(),
  testCases: z.array(TestCase).optional(),
  /** Tables of the maker's information that its tests read (TS 103 701: `7-UpdMech`). */
  ixit: z.array(z.string().min(1)).optional(),
  /** SP 800-53 controls, and subcategories of the NIST Cybersecurity Framework 1.1. */
  controls: z.array(z.string().min(1)).optional(),
  csf: z.array(z.string().min(1)).optional(),
  /** What evidence would settle it, for whoever has to bring it. */
  evidence: z.array(z.string().min(1)).optional(),
});
export type Criterion = z.infer<typeof Criterion>;

/** Why a criterion was taken from another profile, or left out of it (NISTIR 8259C). */
export const Chosen = z.strictObject({ id: z.string().min(1), why: z.string().min(1) });
export type Chosen = z.infer<typeof Chosen>;

/**
 * A label as levels of criteria. `binary` has one level; the levels of a `tiered` one stand lowest first, and each takes
 * in the ones before it. Which levels there are is the scheme owner's to say; nothing here awards a mark.
 */
export const Label = z.strictObject({
  kind: z.enum(['binary', 'tiered']),
  title: z.string().min(1),
  levels: z
    .array(
      z.strictObject({ id: z.string().min(1), title: z.string().min(1), criteria: z.array(z.string().min(1)).min(1) }),
    )
    .min(1),
});
export type Label = z.infer<typeof Label>;

/** A scheme's criteria, as data. `id` is `<standard>-<edition>`. */
export const Profile = z.strictObject({
  profile: z.string().min(1),
  title: z.string().min(1),
  edition: z.string().min(1),
  decisionRule: z.literal('verdict-fold/1'),
  source: z.string().optional(),
  /** What a person signs, in words, by the item's id; a report prints the id of one that has none. */
  persons: z.record(z.string().min(1), z.string().min(1)).optional(),
  /** The profile that this one was filtered from, and what was chosen of it. */
  extends: z.strictObject({ profile: z.string().min(1), edition: z.string().min(1) }).optional(),
  included: z.array(Chosen).optional(),
  excluded: z.array(Chosen).optional(),
  label: Label.optional(),
  criteria: z.array(Criterion).min(1),
});
export type Profile = z.infer<typeof Profile>;
