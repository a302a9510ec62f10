import type { Fact, FactOf } from '../../model/fact.ts';
import { type CheckView, defineCheck, type FindingDraft, type SeenAttempt, type SeenFact } from '../check.ts';
import { around, LOGIN_PROTOCOLS, type LoginService, loginServicesAt, loginsOf } from './logins.ts';
import { about, attemptsAt, factsAt, ids, lookedBy, notThere, placesOf, serviceText } from './place.ts';

export type View = CheckView<'login' | 'throttle' | 'service' | 'port'>;
type Login = SeenFact<'login'>;

const EXPECTED = 'Every listed default credential is rejected.';

const of = (logins: readonly Login[], ...arms: FactOf<'login'>['arm'][]): Login[] =>
  logins.filter(({ fact }) => arms.includes(fact.arm));

/** Which list entries were tried here, over all attempts at the place. */
const coverage = (
  attempts: readonly SeenAttempt[],
  candidates: readonly Login[],
): NonNullable<FindingDraft['coverage']> => {
  const lists = attempts.flatMap(({ attempt }) => (attempt.credentials ? [attempt.credentials] : []));
  const due = new Set(lists.flatMap(({ matched, common }) => [...matched, ...common]));
  const tried = new Set([
    ...lists.flatMap((list) => list.tried),
    ...candidates.flatMap(({ fact }) => fact.secret ?? []),
  ]);
  const unnamed = lists.reduce((most, list) => Math.max(most, list.unnamed ?? 0), 0);
  return { tried: tried.size, of: Math.max(due.size, tried.size) + unnamed, what: 'list entries' };
};

/** A declared account was accepted before the first candidate and after the last: we can log in there, and still could. */
const controlHeld = (logins: readonly Login[]): boolean => {
  const candidates = logins.flatMap(({ fact }, index) => (fact.arm === 'candidate' ? [index] : []));
  const declared = logins.flatMap(({ fact }, index) => (fact.arm === 'declared' && fact.accepted ? [index] : []));
  const [first, last] = [candidates[0], candidates.at(-1)];
  if (first === undefined || last === undefined) return false;
  return declared.some((index) => index < first) && declared.some((index) => index > last);
};

const forAccount = (account: string): string =>
  account === '' ? 'without a user name' : `for the account "${account}"`;

/** What broke the controls, in words: then "rejected" and "accepted" say nothing. */
const brokenControl = (logins: readonly Login[]): { because: string; basis: Login[] } | undefined => {
  const none = of(logins, 'none').filter(({ fact }) => fact.accepted);
  if (none.length > 0)
    return { because: 'lets everybody in without credentials, so that none of the defaults was sent', basis: none };
  const random = of(logins, 'random').filter(({ fact }) => fact.accepted);
  if (random.length > 0)
    return { because: 'accepted random credentials, so that an accepted default would prove nothing', basis: random };
  const any = of(logins, 'known-user-random').filter(({ fact }) => fact.accepted);
  if (any.length > 0)
    return {
      because: `accepted a random password ${forAccount(any[0]!.fact.account)}, so that its default proves nothing`,
      basis: any,
    };
  const refused = of(logins, 'declared').filter(({ fact }) => !fact.accepted);
  if (refused.length > 0)
    return {
      because: `refused the declared account "${refused[0]!.fact.account}", so that a rejected default proves nothing`,
      basis: refused,
    };
  return undefined;
};

const GRANTS = ['full', 'unknown', 'change-only'] as const;

/** The proven defaults of a service, those that let one do most first. */
export const provenAt = (logins: readonly Login[]): Login[] =>
  of(logins, 'repeat')
    .filter(({ fact }) => fact.accepted && fact.proven === true)
    .sort((a, b) => GRANTS.indexOf(a.fact.grants ?? 'unknown') - GRANTS.indexOf(b.fact.grants ?? 'unknown'));

/** What is said of the listed defaults at one service; nothing where the judge adds the gap. */
export function* judgeService(view: View, service: LoginService): Generator<FindingDraft> {
  const { seen } = view;
  const { place, protocol } = service;
  const name = serviceText(protocol, place);
  const attempts = attemptsAt(seen, 'login', place);
  const logins = loginsOf(seen, service);
  const candidates = of(logins, 'candidate');
  const common = { ...about(place, undefined, service), expected: EXPECTED };
  const tried = coverage(attempts, candidates);

  const [proven] = provenAt(logins);
  if (proven !== undefined) {
    const { account, secret } = proven.fact;
    const grants = proven.fact.grants ?? 'unknown';
    yield {
      ...common,
      facets: { grants },
      verdict: 'fail',
      strength: 'conclusive',
      because: `${name} accepts the listed default ${secret ?? 'of the list'} ${forAccount(account)}, refuses a random password for it, and accepted the default again${grants === 'change-only' ? ', for nothing but the choice of a new password' : ''}.`,
      remedy:
        'Give every device a password of its own, or have the user choose one before anything else can be reached.',
      basis: ids(logins.filter(({ fact }) => fact.account === account || fact.arm === 'random')),
      coverage: tried,
    };
    return;
  }

  const inconclusive = (because: string, basis: readonly string[]): FindingDraft => ({
    ...common,
    verdict: 'inconclusive',
    because,
    basis: [...basis],
    coverage: tried,
  });

  const broken = brokenControl(logins);
  if (broken !== undefined) {
    yield inconclusive(`${name} ${broken.because}.`, ids(broken.basis));
    return;
  }
  const unproven = candidates.filter(({ fact }) => fact.accepted);
  if (unproven.length > 0) {
    const { account, secret } = unproven[0]!.fact;
    yield inconclusive(
      `${name} seemed to accept the listed default ${secret ?? 'of the list'} ${forAccount(account)}, but its controls did not hold.`,
      ids(unproven, of(logins, 'known-user-random', 'repeat')),
    );
    return;
  }
  const looked = lookedBy(attempts, 'login');
  if (looked === 'open') return; // the judge adds the gap, with the attempt's reason
  if (looked === 'never') {
    yield inconclusive(`Nobody tried to log in over ${name}.`, ids(place.services));
    return;
  }
  const stopped = factsAt(seen, 'throttle', place).filter(
    (each) =>
      each.fact.protocol === protocol &&
      (each.fact.response === 'lock' || each.fact.response === 'refuse') &&
      !candidatesWereDone(each),
  );
  if (stopped.length > 0) {
    yield inconclusive(
      `${name} stopped answering logins after ${stopped[0]!.fact.after} failures, so that what it rejected then proves nothing.`,
      ids(stopped, attempts),
    );
    return;
  }
  const random = of(logins, 'random');
  if (candidates.length === 0 || random.length === 0) {
    yield inconclusive(
      candidates.length === 0
        ? `No listed default was tried over ${name}.`
        : `Defaults were rejected over ${name}, but no random login was tried beside them.`,
      ids(logins, attempts),
    );
    return;
  }
  yield {
    ...common,
    verdict: 'pass',
    conditions: controlHeld(logins) ? ['control-held'] : [],
    because: `${name} rejected each of the ${tried.tried} listed defaults that were tried, out of ${tried.of}.`,
    basis: ids(candidates, random, of(logins, 'declared'), attempts),
    coverage: tried,
  };
}

/** A lock that was brought about once the candidates were done, for an account that had just worked, took none of them back. */
const candidatesWereDone = (throttle: SeenFact<'throttle'>): boolean => {
  const isCandidate = (fact: Fact): boolean => fact.kind === 'login' && fact.arm === 'candidate';
  const { before, after } = around(throttle);
  const since = before.slice(before.findLastIndex(isCandidate) + 1);
  return (
    !after.some(isCandidate) &&
    since.length < before.length &&
    since.some(
      (fact) =>
        fact.kind === 'login' && fact.arm === 'declared' && fact.accepted && fact.account === throttle.fact.account,
    )
  );
};

/** An HTTP or RTSP service is without a login if whoever tried to log in was done and met none. */
const withoutLogin = (view: View, service: LoginService): boolean =>
  !service.certain && lookedBy(attemptsAt(view.seen, 'login', service.place), 'login') === 'settled';

/** The services over which one logs in, or may, and those of which somebody saw that one does not. */
export const servicesOf = (view: View): { withLogin: LoginService[]; without: LoginService[] } => {
  const { seen } = view;
  const services = placesOf(seen, seen.facts('login')).flatMap((place) =>
    loginServicesAt(
      place,
      factsAt(seen, 'login', place).map(({ fact }) => fact.protocol),
    ),
  );
  const without = services.filter((service) => withoutLogin(view, service));
  return { without, withLogin: services.filter((service) => !without.includes(service)) };
};

export default defineCheck({
  id: 'default-credentials-rejected',
  version: '1.0.0',
  title: 'Listed default credentials are rejected',
  theme: 'access',
  needs: ['login', 'throttle', 'service', 'port'],
  protocols: LOGIN_PROTOCOLS,
  *judge(view) {
    const { withLogin, without } = servicesOf(view);
    for (const service of withLogin) yield* judgeService(view, service);
    if (withLogin.length === 0)
      yield* notThere(view, 'service with a login', EXPECTED, {
        basis: ids(...without.map(({ place }) => attemptsAt(view.seen, 'login', place))),
      });
  },
});
