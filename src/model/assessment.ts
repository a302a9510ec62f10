import { z } from 'zod';
import { RELATIONSHIPS } from './crosswalk.ts';
import { ACCESS_CLASSES, ACTIONS, Sha256 } from './fact.ts';
import { Lab } from './lab.ts';
import { Attachment, Attestation, Disposition, Withdrawal } from './person.ts';
import { Chosen } from './profile.ts';
import { Suitability } from './suitability.ts';
import { Endpoint, State, Transport } from './target.ts';
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
  /** The id of the withdrawal that takes it out of the fold: it stays printed, and its check is inconclusive there. */
  withdrawn: z.string().optional(),
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

/**
 * A verdict that came over a crosswalk (`basis: mapped`). `rows` are those that carry it or leave it open, with the
 * relationship as printed and as read, and who read it; `because` names them.
 */
export const Carried = z.strictObject({
  crosswalk: z.string(),
  direction: z.enum(['focal-to-reference', 'reference-to-focal']),
  verdict: CriterionVerdict,
  because: z.string(),
  rows: z.array(
    z.strictObject({
      row: z.string(),
      printed: z.enum(RELATIONSHIPS).optional(),
      readAs: z.enum([...RELATIONSHIPS, 'none']),
      readBy: z.string().optional(),
      from: z.array(z.strictObject({ criterion: z.string(), verdict: CriterionVerdict })),
    }),
  ),
  source: z.strictObject({ profile: z.string(), judgedAt: z.string(), seal: Sha256.optional() }),
  /** The components that it speaks of: those of kind `device`. */
  components: z.array(z.string()),
});
export type Carried = z.infer<typeof Carried>;

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
  /** What a crosswalk says of it: its verdict where nothing of its own decides, else shown beside. */
  carried: Carried.optional(),
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

/**
 * What became of a disposition at the instant of judging: the findings that it selects, and whether the gate heeds it.
 * `not-allowed`: a risk acceptance where the criterion allows none.
 */
export const Disposed = z.strictObject({
  disposition: Disposition,
  is: z.enum(['in-force', 'expired', 'unmatched', 'not-allowed']),
  why: z.string(),
  findings: z.array(z.string()),
});
export type Disposed = z.infer<typeof Disposed>;

/** What became of a withdrawal: `ended` where the check has another version now. */
export const Withdrawn = z.strictObject({
  withdrawal: Withdrawal,
  is: z.enum(['in-force', 'ended', 'unmatched']),
  why: z.string(),
});
export type Withdrawn = z.infer<typeof Withdrawn>;

/**
 * A label's levels over the criteria (`met`: every criterion of the level and of those below passes or does not apply;
 * `not-met`: one fails; else `open`). It says what stands; no mark is earned by it.
 */
export const LabelResult = z.strictObject({
  kind: z.enum(['binary', 'tiered']),
  title: z.string(),
  levels: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      is: z.enum(['met', 'not-met', 'open']),
      failing: z.array(z.string()),
      open: z.array(z.string()),
      criteria: z.int().min(1),
    }),
  ),
});
export type LabelResult = z.infer<typeof LabelResult>;

export const Assessment = z.strictObject({
  schema: z.literal(1),
  /** The unique id of the report, the same in every format; absent where nobody filed the assessment. */
  report: z.uuid().optional(),
  tool: z.string(),
  runs: z.array(
    z.strictObject({
      id: z.string(),
      seal: Sha256.optional(),
      state: State,
      status: z.enum(['running', 'completed', 'aborted']),
      /** Addresses that findings show as those of the newest run, and that were others when this one was observed. */
      moves: z.array(z.strictObject({ component: z.string(), from: z.string(), to: z.string() })).optional(),
    }),
  ),
  judgedAt: z.iso.datetime(),
  profile: z.strictObject({
    id: z.string(),
    title: z.string(),
    edition: z.string(),
    digest: Sha256.optional(),
    /** What the profile was filtered from. */
    extends: z.strictObject({ profile: z.string(), edition: z.string() }).optional(),
    excluded: z.array(Chosen).optional(),
  }),
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
  /** Lists of publicly known keys that keys were compared with. */
  knownKeys: z.array(z.strictObject({ name: z.string(), digest: z.string() })).optional(),
  /** Policies that algorithms were held to. */
  policies: z.array(z.strictObject({ name: z.string(), digest: z.string() })).optional(),
  attestations: z.array(Attestation).optional(),
  dispositions: z.array(Disposed).optional(),
  withdrawals: z.array(Withdrawn).optional(),
  /** Evidence that persons filed under a criterion: shown, deciding nothing. */
  attachments: z.array(Attachment).optional(),
  label: LabelResult.optional(),
  /** The crosswalk that verdicts were carried over. */
  via: z.strictObject({ crosswalk: z.string(), edition: z.string(), digest: Sha256.optional() }).optional(),
  /** What the laboratory says of the test, and the digest of the file that it stood in. */
  lab: Lab.optional(),
  labDigest: Sha256.optional(),
  suitability: Suitability.optional(),
  /** Set where remedies were left out of the findings: a certification body must not consult. */
  remedies: z.literal('left-out').optional(),
  signed: z.boolean().default(false),
  /** Set where the time was stamped on its seal. */
  stamped: z.literal(true).optional(),
});
export type Assessment = z.infer<typeof Assessment>;
