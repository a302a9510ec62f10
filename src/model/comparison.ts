import { z } from 'zod';
import { Finding } from './assessment.ts';
import { Sha256 } from './fact.ts';
import { State } from './target.ts';
import { CriterionVerdict } from './verdict.ts';

/**
 * What became of a finding (rule 8 of `verdict-fold/1`), in the order in which it is told.
 * - `worse`: it passed or was open, and is worse now; or it failed as an indication, and fails conclusively.
 * - `less-covered`: it passed, and passes with less tried, or nobody looked at it again. Counts as worse.
 * - `new`: a failure or a gap that was not there.
 * - `not-re-tested`: it failed, and nobody looked as far again.
 * - `moved`: it fails on another port now.
 * - `fixed`: it failed, and the same check looked again at least as far, or its port is closed in a whole pass.
 * - `better`: what was open now passes, or a gap is gone.
 * - `more-covered`: it passes as before, with more tried.
 * - `same`: unchanged.
 */
export const CHANGES = [
  'worse',
  'less-covered',
  'new',
  'not-re-tested',
  'moved',
  'fixed',
  'better',
  'more-covered',
  'same',
] as const;
export const ChangeKind = z.enum(CHANGES);
export type ChangeKind = z.infer<typeof ChangeKind>;

/** What became of one finding. `before` is shown where its component is now. */
export const Change = z.strictObject({
  kind: ChangeKind,
  /** The finding's name, without the run. */
  id: z.string(),
  check: z.string(),
  component: z.string(),
  because: z.string(),
  before: Finding.optional(),
  after: Finding.optional(),
  /** Whether anything is known to have changed on the device at this place; absent where that is not known. */
  deviceChanged: z.boolean().optional(),
});
export type Change = z.infer<typeof Change>;

export const DEVICE_PARTS = ['item', 'port', 'service', 'channel', 'offer', 'certificate', 'key', 'identity'] as const;

/**
 * One thing that is another one on the device: a port, a service and its version, what it offers (TLS versions, suites),
 * a certificate, a host key, what it tells of itself, or what was stated of the item. `is`:
 * - `came`, `went`, `changed`: both runs looked, and saw that;
 * - `not-seen-before`: it is there now, and the older run did not look;
 * - `not-seen-again`: it was there, and the newer run did not look, or got no answer: silence is never "gone".
 */
export const DeviceChange = z.strictObject({
  what: z.enum(DEVICE_PARTS),
  is: z.enum(['came', 'went', 'changed', 'not-seen-before', 'not-seen-again']),
  component: z.string(),
  /** `tcp/443`, with the address in front where the component has several; empty for the whole component. */
  place: z.string(),
  /** What it is of: `tls suite in TLS 1.2`, `firmware via http`. Empty for ports. */
  name: z.string(),
  before: z.array(z.string()),
  after: z.array(z.string()),
  /** Set where the runs are of several states of the item. */
  state: State.optional(),
});
export type DeviceChange = z.infer<typeof DeviceChange>;

/** What is known of changes on the device. `known: false` where the runs of a side are not there to read. */
export const DeviceChanges = z.strictObject({
  known: z.boolean(),
  because: z.string().optional(),
  changes: z.array(DeviceChange),
});
export type DeviceChanges = z.infer<typeof DeviceChanges>;

export const TEST_PARTS = [
  'tool',
  'profile',
  'policy',
  'crosswalk',
  'state',
  'run',
  'probe',
  'source',
  'limit',
  'permission',
  'declaration',
  'person',
  'coverage',
] as const;

/** One thing that is another one in how it was tested and judged: a verdict may have changed by it alone. */
export const TestChange = z.strictObject({
  what: z.enum(TEST_PARTS),
  name: z.string(),
  before: z.string().optional(),
  after: z.string().optional(),
});
export type TestChange = z.infer<typeof TestChange>;

/** One of the two assessments. */
export const ComparedSide = z.strictObject({
  report: z.uuid().optional(),
  target: z.string(),
  tool: z.string(),
  judgedAt: z.iso.datetime(),
  profile: z.strictObject({ id: z.string(), edition: z.string(), digest: Sha256.optional() }),
  verdict: CriterionVerdict,
  runs: z.array(z.strictObject({ id: z.string(), seal: Sha256.optional(), state: State })),
});
export type ComparedSide = z.infer<typeof ComparedSide>;

/** Two assessments of one item by one profile, the older first. */
export const Comparison = z.strictObject({
  schema: z.literal(1),
  /** Whether anything is worse than it was: a lost pass, less coverage of one, a new failure or a new gap. */
  worse: z.boolean(),
  old: ComparedSide,
  new: ComparedSide,
  /** What a reader has to know of the two sides before anything else, a sentence each. */
  notes: z.array(z.string()),
  /** How many findings of each kind. */
  counts: z.record(ChangeKind, z.int().min(0)),
  changes: z.array(Change),
  /** Criteria whose verdict is another one now, or that only one of the two has. */
  criteria: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string().optional(),
      before: CriterionVerdict.optional(),
      after: CriterionVerdict.optional(),
    }),
  ),
  /** What changed on the device: apart from what changed in the verdict. */
  device: DeviceChanges,
  /** What changed in the test: tool, probes, profile, lists, limits, states, declarations, persons' words, coverage. */
  test: z.array(TestChange),
});
export type Comparison = z.infer<typeof Comparison>;
