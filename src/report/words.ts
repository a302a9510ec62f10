import type {
  Assessment,
  Carried,
  CheckResult,
  Disposed,
  LabelResult,
  Missing,
  Withdrawn,
} from '../model/assessment.ts';
import type { Disposition } from '../model/person.ts';
import type { Criterion, Reach } from '../model/profile.ts';
import type { Reason } from '../model/run.ts';
import type { Component, Endpoint, Impact, State } from '../model/target.ts';
import type { Basis, CriterionVerdict } from '../model/verdict.ts';

/** Verdicts in the order in which reports list them: what needs attention first. */
export const FAILING_FIRST = [
  'fail',
  'inconclusive',
  'not-assessed',
  'pass',
  'not-applicable',
] as const satisfies readonly CriterionVerdict[];

/** The one name of each verdict; every report and table uses these. */
export const VERDICT_NAMES: Record<CriterionVerdict, string> = {
  fail: 'Fail',
  inconclusive: 'Could not tell',
  'not-assessed': 'Not assessed',
  pass: 'Pass',
  'not-applicable': 'Not applicable',
};

/** One glyph a verdict, so that none is told by its colour alone. */
export const VERDICT_GLYPHS: Record<CriterionVerdict, string> = {
  fail: '✕',
  inconclusive: '?',
  'not-assessed': '·',
  pass: '✓',
  'not-applicable': '–',
};

/** What each verdict says, and what it does not. */
export const VERDICT_MEANINGS: Record<CriterionVerdict, string> = {
  fail: 'Something was observed that the criterion or check does not allow, and the evidence decides it.',
  inconclusive:
    'It was looked at, or should have been, and what was seen does not decide it: an answer did not come, a port or a ' +
    'service was not covered, or a failure is only indicated. It is neither a pass nor a fail.',
  'not-assessed': 'Nobody has looked: no required check completed, nothing failed and no person has signed for it.',
  pass: 'It was looked at and holds within the stated coverage. Silence, an error or a missing test is never a pass.',
  'not-applicable':
    'What it speaks about was shown not to be there, by tests that completed, or was declared so and accepted by the laboratory.',
};

export type Theme = CheckResult['theme'];
export const THEMES = ['access', 'interfaces', 'transport', 'update', 'product'] as const satisfies readonly Theme[];
export const THEME_TITLES: Record<Theme, string> = {
  access: 'Access',
  interfaces: 'Interfaces',
  transport: 'Transport',
  update: 'Update',
  product: 'Product',
};

export const REASON_WORDS: Record<Reason, string> = {
  timeout: 'no answer in time',
  refused: 'connection refused',
  reset: 'connection reset',
  protocol: 'the answer was not of this protocol',
  unsupported: 'our side cannot speak what it asks for',
  locked: 'the device locked or slowed further tries',
  scope: 'outside the permitted scope',
  budget: 'the limits allowed no more',
  aborted: 'the run was ended before it was done',
  bug: 'an error of the tool',
};

export const STATE_WORDS: Record<State, string> = {
  'factory-default': 'factory default',
  onboarding: 'during onboarding',
  operational: 'operational',
  reconnected: 'reconnected after an outage',
  reset: 'after a reset',
  service: 'service mode',
};

export const IMPACT_WORDS: Record<Impact, string> = {
  passive: 'watching only',
  connect: 'connections, no logins',
  login: 'connections and logins',
  disruptive: 'disruptive tests',
};

export const BASIS_WORDS: Record<Basis, string> = {
  automated: 'by automated tests',
  manual: 'by a person',
  document: 'by documents',
  mixed: 'by tests and a person',
  mapped: 'by a verdict carried over a crosswalk',
  none: 'nothing yet',
};

export const MISSING_TITLES: Record<Missing['what'], string> = {
  person: 'To be examined by a person',
  declaration: 'To be declared by the maker',
  state: 'To be observed in another state of the item',
  coverage: 'To be covered more widely',
  control: 'To be controlled with a working account or a genuine image',
  finding: 'To be settled',
};

/** What is still to be done, in the order in which a laboratory would do it. */
export const MISSING_ORDER = ['declaration', 'control', 'state', 'coverage', 'finding', 'person'] as const;

/** `verdict-fold/1` in sentences, for the reader of a report. */
export const DECISION_RULES: Record<Assessment['decisionRule'], readonly string[]> = {
  'verdict-fold/1': [
    'A check on a component is the worst of its findings: fail, then could not tell, then pass, then not applicable. ' +
      'Wherever a test that it needs did not finish, a port was not covered or a service was not recognised, a finding ' +
      '“could not tell” is added. A check without any finding could not tell.',
    'A criterion fails if a conclusive finding of a check that it names fails, or if a person has failed it.',
    'A criterion passes only positively: every required check passes or is stated not applicable and at least one ' +
      'passes or is attested; each item for a person is attested; the declarations, states of the item and coverage ' +
      'that it asks for are there; and nothing indicated or open is left.',
    'It is not applicable only where the criterion allows that, the claim is justified and accepted by the laboratory, ' +
      'and the tests that could contradict it completed. It is not assessed where nothing required completed and nobody ' +
      'signed. In every other case it could not be told.',
    'A product is folded from its components: one fail fails it, and it passes only with a complete list of components. ' +
      'The assessment’s verdict is that of all criteria that must hold. There are no scores.',
    'A person’s statement settles what it names: an item, a gap or an indicated failure. It overturns no conclusive ' +
      'failure, and statements that contradict each other leave the criterion open.',
    'A disposition (a waiver, an accepted risk, a compensating measure) changes no verdict. It changes what a gate does ' +
      'with a finding, until the day on which it ends; both are shown. One that has ended, or that selects nothing, is ' +
      'a finding itself.',
    'Two persons may withdraw a finding in which the tool was wrong, with evidence against it. The finding stays printed ' +
      'and no longer counts, and its check could not tell there; the withdrawal ends when the check has a new version.',
    'A verdict is carried over a crosswalk only where the relationship that is printed and the one that a named person ' +
      'read both force it, once, for components of kind device, and never “not applicable”. Where a criterion has ' +
      'checks or statements of its own, these decide, and what was carried stands beside them.',
  ],
};

/** What could still be wrong where a report says pass: the risk of a false accept, of each decision rule. */
export const FALSE_ACCEPT: Record<Assessment['decisionRule'], readonly string[]> = {
  'verdict-fold/1': [
    'Simple acceptance: a check compares what was observed with what has to hold, and nothing is kept back as a guard ' +
      'band, because results are yes or no and not measured quantities with an uncertainty. No number for the risk of a ' +
      'false accept can be given; what follows is where it comes from.',
    'What was not covered may hold a failure: a port that was not asked, a service that was not recognised, a path that ' +
      'was not tried, a credential that is on no list, another state of the item, another firmware. The coverage that is ' +
      'stated is the limit of every pass.',
    'Silence can be made to look like absence: a device that drops packets, limits their rate, answers some addresses only ' +
      'or is on another network shows fewer open ports than it has. A TCP port that stays silent on a host that answers ' +
      'counts as closed and is counted apart; where a whole host is silent, nothing counts as covered.',
    'A device that knows it is being tested can behave for as long as the test lasts. Nothing here shows what it does later.',
    'A pass that rests on a declaration is as true as the declaration, and says so wherever it stands. A pass that rests ' +
      'on a person’s statement is as true as that.',
    'An error, a timeout, a missing check and a missing declaration are never taken as a pass: they leave it open. The risk ' +
      'of a false reject is small in turn: a conclusive failure has its controls, and a failure without them is only indicated.',
  ],
};

export const REMEDIES_LEFT_OUT =
  'Steps to mend what was found are left out of this report: who certifies does not consult. They change no result.';

/** Words of a report for what was seen, which no reader may take for one another. */
export const SEEN_WORDS: readonly (readonly [said: string, meaning: string])[] = [
  [
    'Not offered',
    'It was asked for, the question was answered, and the answer was no. This takes a completed attempt.',
  ],
  [
    'Invalid',
    'It was offered, and does not hold: a certificate out of date, a signature that does not verify, a login refused.',
  ],
  [
    'Could not tell',
    'The question was not answered, or not in a form that was understood. It says nothing either way.',
  ],
];

/** Titles of what the judge says that is no check of a device. */
export const NOTE_TITLES: Readonly<Record<string, string>> = {
  'dispositions-in-force': 'Dispositions and withdrawals are in force',
  'crosswalk-conflict': 'Rows of a crosswalk agree with each other',
  'crosswalk-disagreement': 'What was carried agrees with what was found',
};

/** How a criterion is folded over the components of a product. */
export const QUANTIFIER_WORDS: Record<Criterion['quantifier'], string> = {
  each: 'every component has to meet it; one that fails, fails the product',
  any: 'one component that meets it is enough',
  provided: 'every component has to meet it, or another has to be declared to provide the means for it',
  product: 'judged once for the whole product, on the component that shows it',
  developer: 'about the developer; no component is looked at',
};

export const REACH_WORDS: Record<Reach['can'], string> = {
  decide: 'A probe can decide it, beside what a person signs.',
  partial: 'A probe can show a part of it.',
  none: 'No probe can see it.',
};

export const COMPONENT_WORDS: Record<Component['kind'], string> = {
  device: 'device',
  hub: 'hub',
  accessory: 'accessory',
  app: 'app',
  cloud: 'cloud service',
};

/** What a label’s level comes to. Plain words on purpose: nothing here looks like a mark. */
export const LEVEL_WORDS: Record<LabelResult['levels'][number]['is'], string> = {
  met: 'Met',
  'not-met': 'Not met',
  open: 'Open',
};

export const LABEL_DISCLAIMER =
  'This states what stands on the day of the judgement. No mark is earned by it: that is for the scheme’s owner to say.';

/** What was decided of a finding; stands after its verdict: “Fail, risk accepted until …”. */
export const DISPOSITION_WORDS: Record<Disposition['kind'], string> = {
  waiver: 'waived',
  'risk-acceptance': 'risk accepted',
  compensating: 'compensated by another measure',
};

export const DISPOSITION_KINDS: Record<Disposition['kind'], string> = {
  waiver: 'waiver',
  'risk-acceptance': 'risk acceptance',
  compensating: 'compensating measure',
};

export const DISPOSED_WORDS: Record<Disposed['is'], string> = {
  'in-force': 'in force',
  expired: 'expired',
  unmatched: 'selects nothing',
  'not-allowed': 'not allowed',
};

export const WITHDRAWN_WORDS: Record<Withdrawn['is'], string> = {
  'in-force': 'in force',
  ended: 'ended: the check has another version',
  unmatched: 'names no finding of this assessment',
};

export const DIRECTION_WORDS: Record<Carried['direction'], string> = {
  'focal-to-reference': 'from the focal document to the reference document, as the crosswalk is written',
  'reference-to-focal': 'from the reference document back to the focal document',
};

const shownHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** `tcp/22 (ssh)`, or the host where no port is meant. */
export const placeWords = (endpoint: Endpoint & { subject?: string }): string => {
  const at = endpoint.port === undefined ? shownHost(endpoint.host) : `${endpoint.transport ?? 'tcp'}/${endpoint.port}`;
  const inside = endpoint.security && endpoint.security !== 'none' ? ` over ${endpoint.security.toUpperCase()}` : '';
  const spoken = endpoint.protocol ? ` (${endpoint.protocol}${inside})` : '';
  return `${at}${spoken}${endpoint.subject ? `, ${endpoint.subject}` : ''}`;
};

/** `2027-01-31T00:00:00+01:00` as `2027-01-31 00:00 +01:00`: the zone is part of what was said. */
export const instantWords = (at: string): string =>
  at
    .replace('T', ' ')
    .replace(/(:\d\d)(:00(\.0+)?)?(Z|[+-]\d\d:\d\d)$/, '$1 $4')
    .replace(/ ?Z$/, ' UTC');

/** `2026-11-22T10:15:00.000Z` as `2026-11-22 10:15:00 UTC`. */
export const timeWords = (at: string): string => at.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
