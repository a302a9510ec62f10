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
  compare: z.literal('onboarding-to-operational').optional(),
  when: z.literal('events.sink-declared').optional(),
});
export type Link = z.infer<typeof Link>;

export const NOT_APPLICABLE_WHEN = [
  'one-component',
  'stores-no-data',
  'no-interface',
  'no-onboarding',
  'immutable-software',
  'stated',
] as const;

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
  notApplicable: z.union([z.literal('never'), z.strictObject({ when: z.enum(NOT_APPLICABLE_WHEN) })]).default('never'),
  riskAcceptance: z.strictObject({ class: z.literal('public') }).optional(),
  checks: z.array(Link).default([]),
  person: z.array(z.string()).default([]),
});
export type Criterion = z.infer<typeof Criterion>;

/** A scheme's criteria, as data. `id` is `<standard>-<edition>`. */
export const Profile = z.strictObject({
  profile: z.string().min(1),
  title: z.string().min(1),
  edition: z.string().min(1),
  decisionRule: z.literal('verdict-fold/1'),
  source: z.string().optional(),
  /** What a person signs, in words, by the item's id; a report prints the id of one that has none. */
  persons: z.record(z.string().min(1), z.string().min(1)).optional(),
  criteria: z.array(Criterion).min(1),
});
export type Profile = z.infer<typeof Profile>;
