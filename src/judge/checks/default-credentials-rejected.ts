import type { FactOf } from '../../model/fact.ts';
import { type CheckView, defineCheck, type FindingDraft, type SeenAttempt, type SeenFact } from '../check.ts';
import { LOGIN_PROTOCOLS, type LoginService, loginServicesAt, loginsOf } from './logins.ts';
import { about, attemptsAt, factsAt, ids, lookedBy, notThere, placesOf, serviceText } from './place.ts';

type Needs = 'login' | 'throttle' | 'service' | 'port';
type View = CheckView<Needs>;
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
  return { tried: tried.size, of: Math.max(due.size, tried.size), what: 'list entries' };
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

function* judgeService(view: View, service: LoginService): Generator<FindingDraft> {
  const { seen } = view;
  const { place, protocol } = service;
  const name = serviceText(protocol, place);
  const attempts = attemptsAt(seen, 'login', place);
  const logins = loginsOf(seen, service);
  const candidates = of(logins, 'candidate');
  const common = { ...about(place, undefined, service), expected: EXPECTED };
  const tried = coverage(attempts, candidates);

  const proven = of(logins, 'repeat').find(({ fact }) => fact.accepted && fact.proven === true);
  if (proven !== undefined) {
    const { account, secret } = proven.fact;
    const grants = proven.fact.grants ?? 'unknown';
    yield {
      ...common,
      facets: { grants },
      verdict: 'fail',
      strength: 'conclusive',
      because: `${name} accepts the listed default ${secret ?? 'of the list'} ${forAccount(account)}, refuses a random password for it, and accepted the default again.`,
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
    ({ fact }) => fact.protocol === protocol && (fact.response === 'lock' || fact.response === 'refuse'),
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

/** An HTTP or RTSP service is without a login if whoever tried to log in was done and met none. */
const withoutLogin = (view: View, service: LoginService): boolean =>
  !service.certain && lookedBy(attemptsAt(view.seen, 'login', service.place), 'login') === 'settled';

export default defineCheck({
  id: 'default-credentials-rejected',
  version: '1.0.0',
  title: 'Listed default credentials are rejected',
  theme: 'access',
  needs: ['login', 'throttle', 'service', 'port'],
  protocols: LOGIN_PROTOCOLS,
  *judge(view) {
    const { seen } = view;
    const services = placesOf(seen, seen.facts('login')).flatMap((place) =>
      loginServicesAt(
        place,
        factsAt(seen, 'login', place).map(({ fact }) => fact.protocol),
      ),
    );
    const without = services.filter((service) => withoutLogin(view, service));
    const withLogin = services.filter((service) => !without.includes(service));
    for (const service of withLogin) yield* judgeService(view, service);
    if (withLogin.length === 0)
      yield* notThere(view, 'service with a login', EXPECTED, {
        basis: ids(...without.map(({ place }) => attemptsAt(seen, 'login', place))),
      });
  },
});
