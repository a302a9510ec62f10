import { z } from 'zod';
import { ACCESS_CLASSES, ACTIONS, Sha256 } from './fact.ts';
import { Endpoint, Item, State, Transport } from './target.ts';
import { Basis, CriterionVerdict, Strength, Verdict } from './verdict.ts';

/** How much was tried, of how much. */
export const FindingCoverage = z.strictObject({ tried: z.int().min(0), of: z.int().min(0), what: z.string() });

/** One thing a check says of one place. `basis` holds observation or attempt ids: it leads to bytes. */
export const Finding = z.strictObject({
  id: z.string(),
  run: z.string(),
  check: z.string(),
  facets: z.strictObject({
    class: z.enum(ACCESS_CLASSES).optional(),
    action: z.enum(ACTIONS).optional(),
    grants: z.enum(['full', 'change-only', 'unknown']).optional(),
    state: State.optional(),
  }),
  /** Names of `conclusiveWhen` conditions that hold for it. */
  conditions: z.array(z.string()),
  verdict: Verdict,
  strength: Strength,
  component: z.string(),
  about: Endpoint.extend({ subject: z.string().optional() }),
  because: z.string(),
  expected: z.string(),
  remedy: z.string().optional(),
  basis: z.array(z.string()),
  restsOn: z.literal('declaration').optional(),
  coverage: FindingCoverage.optional(),
  /** Set on what the judge added itself. */
  gap: z.boolean().optional(),
});
export type Finding = z.infer<typeof Finding>;

/** What the criterion still needs, in one line each: a person's item, a declaration, a state, coverage, a gap. */
export const Missing = z.strictObject({
  what: z.enum(['person', 'declaration', 'state', 'coverage', 'control', 'finding']),
  detail: z.string(),
});
export type Missing = z.infer<typeof Missing>;

export const ComponentVerdict = z.strictObject({
  component: z.string(),
  verdict: CriterionVerdict,
  findings: z.array(z.string()),
  because: z.string(),
  missing: z.array(Missing).default([]),
  restsOn: z.literal('declaration').optional(),
});
export type ComponentVerdict = z.infer<typeof ComponentVerdict>;

export const CriterionResult = z.strictObject({
  id: z.string(),
  title: z.string(),
  level: z.enum(['must', 'should', 'info']),
  kind: z.enum(['technical', 'non-technical']),
  heading: z.boolean(),
  parent: z.string().optional(),
  verdict: CriterionVerdict,
  basis: Basis,
  because: z.string(),
  reading: z.string().optional(),
  components: z.array(ComponentVerdict),
});
export type CriterionResult = z.infer<typeof CriterionResult>;

/** One check on one component, over its findings and the judge's gaps. */
export const CheckResult = z.strictObject({
  check: z.string(),
  title: z.string(),
  theme: z.enum(['access', 'interfaces', 'transport', 'update', 'product']),
  built: z.boolean(),
  component: z.string(),
  verdict: Verdict,
  findings: z.array(z.string()),
});
export type CheckResult = z.infer<typeof CheckResult>;

/**
 * A signed statement of a person (rule 5). `settles` names each thing that it settles: a person's item of the
 * criterion, the id of a gap or of an indicative failing finding, or what coverage misses (`coverage:ipv6`). It is bound
 * to the item and to the seals of the runs that it speaks of. `until` ends it.
 */
export const Attestation = z.strictObject({
  id: z.string().min(1),
  criterion: z.string().min(1),
  component: z.string().optional(),
  settles: z.array(z.string().min(1)).min(1),
  verdict: z.enum(['pass', 'fail']),
  statement: z.string().min(1),
  by: z.string().min(1),
  for: z.enum(['lab', 'maker']),
  at: z.iso.datetime({ offset: true }),
  until: z.iso.datetime({ offset: true }).optional(),
  item: Item,
  seals: z.array(Sha256).min(1),
  evidence: z.array(z.strictObject({ file: z.string().min(1), sha256: Sha256 })).min(1),
});
export type Attestation = z.infer<typeof Attestation>;

/** What was covered of one address and transport in one state, as ranges (`1-21,23`); `run` is the first of that state. */
export const PortsCovered = z.strictObject({
  component: z.string(),
  run: z.string(),
  state: State,
  host: z.string(),
  transport: Transport,
  whole: z.boolean(),
  open: z.string(),
  uncovered: z.string(),
  silent: z.string(),
});
export type PortsCovered = z.infer<typeof PortsCovered>;

export const Assessment = z.strictObject({
  schema: z.literal(1),
  tool: z.string(),
  runs: z.array(
    z.strictObject({
      id: z.string(),
      seal: Sha256.optional(),
      state: State,
      status: z.enum(['running', 'completed', 'aborted']),
    }),
  ),
  judgedAt: z.iso.datetime(),
  profile: z.strictObject({ id: z.string(), title: z.string(), edition: z.string(), digest: Sha256.optional() }),
  decisionRule: z.literal('verdict-fold/1'),
  target: z.string(),
  verdict: CriterionVerdict,
  criteria: z.array(CriterionResult),
  checks: z.array(CheckResult),
  findings: z.array(Finding),
  /** Port coverage, so that a report can state it and a comparison can tell closed from not asked. */
  ports: z.array(PortsCovered).optional(),
  /** Runs of other samples that keys were compared with. */
  others: z.array(z.strictObject({ run: z.string(), seal: z.string() })).optional(),
  attestations: z.array(Attestation).optional(),
  signed: z.boolean().default(false),
});
export type Assessment = z.infer<typeof Assessment>;
