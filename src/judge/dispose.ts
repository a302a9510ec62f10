import type { Assessment, CriterionResult, Disposed, Finding } from '../model/assessment.ts';
import type { ACCESS_CLASSES } from '../model/fact.ts';
import type { Disposition, Selector } from '../model/person.ts';
import type { Criterion, Profile } from '../model/profile.ts';

/** What is wrong with a disposition or a withdrawal itself is a finding of this check, which no criterion links. */
export const IN_FORCE = 'dispositions-in-force';

type Class = (typeof ACCESS_CLASSES)[number];

/** Credentials, commands and customer data: no acceptance reaches a channel that carries them (CRITERIA A.4). */
const BEYOND: readonly Class[] = ['shell', 'secret', 'customer-data', 'setting', 'function'];
/** A password was tried there, so that passwords travel there. */
const OF_LOGINS = ['default-credentials-rejected', 'login-guessing-limited', 'default-credentials-change-forced'];

/** What a finding comes to: a withdrawn one is open, whatever it said. */
const verdictOf = ({ verdict, withdrawn }: Finding): Finding['verdict'] =>
  withdrawn === undefined ? verdict : 'inconclusive';

/** Whether an id names a finding: exactly, with or without its run's id in front. */
export const isNamed = ({ id, run }: Finding, name: string): boolean =>
  id === name || id === `${run}:${name}` || `${run}:${id}` === name;

/** Whether every field of a selector agrees with a finding; `listed` are the findings of the criterion that it names. */
const agrees = (selects: Selector, finding: Finding, listed: ReadonlySet<string>): boolean => {
  const { check, component, transport, port, subject, criterion } = selects;
  const same = <T>(wanted: T | undefined, is: T | undefined): boolean => wanted === undefined || wanted === is;
  return (
    (selects.finding !== undefined || (check !== undefined && component !== undefined)) &&
    (selects.finding === undefined || isNamed(finding, selects.finding)) &&
    same(check, finding.check) &&
    same(component, finding.component) &&
    same(transport, finding.about.transport) &&
    same(port, finding.about.port) &&
    same(subject, finding.about.subject) &&
    (criterion === undefined || listed.has(finding.id))
  );
};

/** Whether a criterion lets the risk of a finding be accepted: it says for which data, and the finding says that it is those. */
const accepts = ({ riskAcceptance }: Criterion, { facets, verdict }: Finding): boolean =>
  riskAcceptance !== undefined && verdict === 'fail' && facets.class === riskAcceptance.class;

const onOneChannel = (a: Finding, b: Finding): boolean =>
  a.component === b.component && a.about.transport === b.about.transport && a.about.port === b.about.port;

/** What of credentials, commands or customer data was seen on the channel of a finding. */
const carriesMore = (finding: Finding, all: readonly Finding[]): Finding | undefined =>
  all.find((other) => {
    const verdict = verdictOf(other);
    if (other.about.port === undefined || !onOneChannel(finding, other) || verdict === 'not-applicable') return false;
    if (other.facets.class !== undefined && BEYOND.includes(other.facets.class)) return true;
    if (other.facets.grants !== undefined || other.conditions.includes('login-in-clear')) return true;
    return OF_LOGINS.includes(other.check) && (verdict === 'pass' || verdict === 'fail');
  });

interface Judged {
  readonly profile: Profile;
  readonly criteria: readonly CriterionResult[];
  readonly findings: readonly Finding[];
  readonly judgedAt: string;
}

const listedUnder = ({ criteria }: Judged, id: string | undefined): ReadonlySet<string> =>
  new Set(
    criteria.filter((one) => one.id === id).flatMap(({ components }) => components.flatMap(({ findings }) => findings)),
  );

/** Why a risk acceptance does not count for a finding that it selects; undefined where it does. */
const refusedFor = (finding: Finding, { selects }: Disposition, judged: Judged): string | undefined => {
  const serving = judged.profile.criteria.filter(
    (criterion) =>
      (selects.criterion === undefined || selects.criterion === criterion.id) &&
      accepts(criterion, finding) &&
      listedUnder(judged, criterion.id).has(finding.id),
  );
  if (serving.length === 0)
    return `${finding.id}: no criterion lets this risk be accepted; one may only for a channel that is declared public`;
  const more = carriesMore(finding, judged.findings);
  return more === undefined
    ? undefined
    : `${finding.id}: credentials, commands or customer data travel on that channel too (${more.id})`;
};

/** What becomes of one disposition. Anything but a clear "in force at this instant" is not. */
const standing = (
  disposition: Disposition,
  selected: readonly Finding[],
  judged: Judged,
): Omit<Disposed, 'findings'> => {
  const { kind, approvedAt, expires, riskAssessment } = disposition;
  const at = Date.parse(judged.judgedAt);
  const is = (what: Disposed['is'], why: string) => ({ disposition, is: what, why });
  if (!(Date.parse(expires) > at)) return is('expired', `it expired at ${expires}`);
  if (!(Date.parse(approvedAt) <= at)) return is('not-allowed', `it is approved only from ${approvedAt} on`);
  if (selected.length === 0) return is('unmatched', 'no failing or open finding is what it selects');
  if (kind === 'risk-acceptance') {
    if (riskAssessment === undefined) return is('not-allowed', 'it names no risk assessment');
    for (const finding of selected) {
      const why = refusedFor(finding, disposition, judged);
      if (why !== undefined) return is('not-allowed', why);
    }
  }
  return is('in-force', `until ${expires}, approved by ${disposition.approvedBy}`);
};

/** The finding about a disposition or withdrawal that counts for nothing. `near`: a finding of the place that it is for. */
export const noteOf = (
  name: string,
  because: string,
  { component, run, host }: { component: string; run: string; host: string },
): Finding => ({
  id: `${IN_FORCE}@${component}/${name}`,
  run,
  check: IN_FORCE,
  facets: {},
  conditions: [],
  verdict: 'inconclusive',
  strength: 'indicative',
  component,
  about: { host, subject: name },
  because,
  expected: 'Every disposition and every withdrawal that is given is in force.',
  remedy: 'Have it approved anew, mend what it selects, or take it out of the file.',
  basis: [],
});

/** Gives findings of one name a number each. */
export const numbered = (findings: readonly Finding[]): Finding[] => {
  const times = new Map<string, number>();
  return findings.map((finding) => {
    const count = (times.get(finding.id) ?? 0) + 1;
    times.set(finding.id, count);
    return count === 1 ? finding : { ...finding, id: `${finding.id}~${count}` };
  });
};

const placeFor = ({ selects }: Disposition, selected: readonly Finding[], { findings, criteria }: Judged) => {
  const near = selected[0] ?? findings.find(({ component }) => component === selects.component) ?? findings[0];
  const component = near?.component ?? criteria[0]?.components[0]?.component ?? 'developer';
  return { component, run: near?.run ?? '', host: near?.about.host ?? component };
};

const IS_NOT: Readonly<Record<Exclude<Disposed['is'], 'in-force'>, string>> = {
  expired: 'has expired',
  unmatched: 'selects nothing',
  'not-allowed': 'is not allowed',
};

/**
 * What dispositions come to at the instant of judging (rule 4). They change no verdict: gates and reports read this. One
 * that has expired, selects nothing or is not allowed is itself a finding, and enters no criterion.
 */
export const dispose = (
  dispositions: readonly Disposition[],
  judged: Judged,
): { dispositions: Disposed[]; findings: Finding[] } => {
  const open = judged.findings.filter(
    (finding) => finding.check !== IN_FORCE && ['fail', 'inconclusive'].includes(verdictOf(finding)),
  );
  const notes: Finding[] = [];
  const all = dispositions.map((disposition): Disposed => {
    const listed = listedUnder(judged, disposition.selects.criterion);
    const selected = open.filter((finding) => agrees(disposition.selects, finding, listed));
    const one = { ...standing(disposition, selected, judged), findings: selected.map(({ id }) => id) };
    if (one.is !== 'in-force') {
      const because = `The ${disposition.kind} "${disposition.id}" ${IS_NOT[one.is]}: ${one.why}.`;
      notes.push(noteOf(disposition.id, because, placeFor(disposition, selected, judged)));
    }
    return one;
  });
  return { dispositions: all, findings: numbered(notes) };
};

/**
 * Whether a gate passes a finding over under a criterion: a disposition in force selects it, and counts there. One that
 * names a criterion counts under that one only, and a risk acceptance only under criteria that allow it.
 */
export const isPassedOver = (
  finding: Finding,
  criterion: Criterion,
  { dispositions = [] }: Pick<Assessment, 'dispositions'>,
): boolean =>
  dispositions.some(
    ({ disposition: { kind, selects }, is, findings }) =>
      is === 'in-force' &&
      findings.includes(finding.id) &&
      (selects.criterion === undefined || selects.criterion === criterion.id) &&
      (kind !== 'risk-acceptance' || accepts(criterion, finding)),
  );
