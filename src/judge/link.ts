import type { Finding } from '../model/assessment.ts';
import type { Link } from '../model/profile.ts';
import type { Component, State } from '../model/target.ts';
import type { Strength } from '../model/verdict.ts';
import { BROKE_OFF } from './gaps.ts';

/** Set by a check on a passing finding whose positive control held: a working login was accepted before and after. */
export const CONTROL_HELD = 'control-held';

/**
 * How a finding bears on a criterion through a link: `fails` decides, `suspect` is an indicative failure that somebody
 * has to answer, `open` is inconclusive, `uncontrolled` passes without the control that the link asks for.
 */
export type Bearing = 'fails' | 'suspect' | 'open' | 'uncontrolled' | 'passes' | 'not-applicable';

export interface Weighed {
  readonly link: Link;
  readonly finding: Finding;
  readonly bears: Bearing;
  /** Why it bears so: what the finding says, and what the link refuses of it. */
  readonly because: string;
}

const AFTER_ONBOARDING: readonly State[] = ['operational', 'reconnected'];
const BEFORE_OPERATION: readonly State[] = ['factory-default', 'onboarding'];

/** A subject that is one of the words the link selects by (`model`, `cookie-secure`), alone or before a colon. */
const chosen = (finding: Finding, all: readonly string[], wanted: readonly string[] | undefined): boolean => {
  if (wanted === undefined) return true;
  const said = [finding.about.subject?.split(':')[0] ?? '', ...finding.conditions].filter((word) => all.includes(word));
  return said.length === 0 || said.some((word) => wanted.includes(word));
};

const WANTS = ['unique', 'model', 'firmware'];
const RULES = ['login-in-clear', 'cookie-secure', 'hsts'];

/** What a passing finding may carry as a condition and a criterion may refuse all the same, in words. */
const REFUSALS: Readonly<Record<string, string>> = {
  'static-rsa': 'key exchange by static RSA',
  cbc: 'suites in CBC mode',
  'hsts-missing': 'HTTPS without HSTS',
};

/** What of a pass a link refuses: by `refuse`, and by the rule `hsts`, which only a criterion that asks for it knows. */
const refused = (link: Link, finding: Finding): readonly string[] =>
  finding.verdict === 'pass'
    ? [...(link.refuse ?? []), ...(link.rules?.includes('hsts') ? ['hsts-missing'] : [])].filter((word) =>
        finding.conditions.includes(word),
      )
    : [];

const because = (link: Link, finding: Finding): string => {
  const words = refused(link, finding).map((word) => REFUSALS[word] ?? word);
  return words.length === 0 ? finding.because : `${finding.because} This criterion refuses ${words.join(' and ')}.`;
};

/** A service that was open before operation and still is. */
const stillOpen = (finding: Finding, all: readonly Finding[]): boolean =>
  AFTER_ONBOARDING.includes(finding.facets.state ?? 'operational') &&
  all.some(
    (other) =>
      other.facets.state !== undefined &&
      BEFORE_OPERATION.includes(other.facets.state) &&
      other.about.host === finding.about.host &&
      other.about.transport === finding.about.transport &&
      other.about.port === finding.about.port,
  );

/**
 * Whether a link takes in a finding. A gap has no facets and is always taken in; so is a finding that says nothing of
 * what the link selects by, since it cannot be known to lie elsewhere.
 */
export const selects = (link: Link, finding: Finding, all: readonly Finding[]): boolean => {
  if (finding.gap) return true;
  const { class: kind, action, state } = finding.facets;
  if (link.class !== undefined && kind !== undefined && ![...link.class, ...(link.indicativeFor ?? [])].includes(kind))
    return false;
  if (link.action !== undefined && action !== undefined && !link.action.includes(action)) return false;
  if (link.in !== undefined && state !== undefined && !link.in.includes(state)) return false;
  if (!chosen(finding, WANTS, link.want) || !chosen(finding, RULES, link.rules)) return false;
  return link.compare === undefined || stillOpen(finding, all);
};

/** The strength of a failing finding for this criterion: the weaker of its own and the link's cap. */
export const capped = (link: Link, finding: Finding): Strength => {
  const { class: kind, state, grants } = finding.facets;
  const met = link.conclusiveWhen !== undefined && finding.conditions.includes(link.conclusiveWhen);
  const caps: Strength[] = [finding.strength, met ? 'conclusive' : (link.fail ?? 'conclusive')];
  if (kind !== undefined && link.class?.includes(kind) !== true && link.indicativeFor?.includes(kind))
    caps.push('indicative');
  if (state !== undefined && link.indicativeIn?.includes(state)) caps.push('indicative');
  // A grant that the link does not speak of is another check's to decide; until somebody has, it is open.
  if (link.grants !== undefined) caps.push(link.grants[grants ?? 'unknown'] ?? 'indicative');
  return caps.includes('indicative') ? 'indicative' : 'conclusive';
};

const bearing = (link: Link, finding: Finding): Bearing => {
  if (finding.withdrawn !== undefined) return 'open';
  switch (refused(link, finding).length > 0 ? 'fail' : finding.verdict) {
    case 'fail':
      return capped(link, finding) === 'conclusive' ? 'fails' : 'suspect';
    case 'inconclusive':
      return 'open';
    case 'not-applicable':
      return 'not-applicable';
    case 'pass': {
      const wanted = link.control === 'required' ? CONTROL_HELD : link.control;
      return wanted === undefined || finding.conditions.includes(wanted) ? 'passes' : 'uncontrolled';
    }
  }
};

/** Whether a finding decides against the criterion through a link that takes it in. */
export const decides = (link: Link, finding: Finding, all: readonly Finding[] = [finding]): boolean =>
  selects(link, finding, all) && bearing(link, finding) === 'fails';

/** Whether a link is in force on this component (`when`). */
export const inForce = (link: Link, component: Component): boolean =>
  link.when === undefined ||
  (component.declares.events ?? []).some((event) => typeof event === 'object' && 'sink' in event);

/**
 * What a link takes from the findings of its check. A counter takes only what can count against: failures, and attempts
 * that began and broke off. What supports, decides nothing.
 */
export const weigh = (link: Link, findings: readonly Finding[]): readonly Weighed[] => {
  if (link.as === 'supports') return [];
  return findings
    .filter((finding) => selects(link, finding, findings))
    .map((finding) => ({ link, finding, bears: bearing(link, finding), because: because(link, finding) }))
    .filter(
      ({ finding, bears }) =>
        link.as === 'required' ||
        bears === 'fails' ||
        bears === 'suspect' ||
        (finding.gap === true && finding.conditions.includes(BROKE_OFF)),
    );
};
