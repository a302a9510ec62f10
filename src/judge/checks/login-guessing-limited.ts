import { type CheckView, defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import { around, LOGIN_PROTOCOLS, type LoginService, loginServicesAt, metALogin } from './logins.ts';
import { about, attemptsAt, factsAt, ids, lookedBy, notThere, placesOf, serviceText } from './place.ts';

/** So many wrong logins in a row for one account, at full speed, and nothing is done: guessing is not limited. A choice. */
export const FAILURES = 10;

const EXPECTED = `Within ${FAILURES} wrong logins in a row, the service delays, locks or refuses.`;
const DOES = { delay: 'delays', lock: 'locks', refuse: 'refuses' } as const;
const MORE =
  'declare an account for tests alone, and for this service alone (`test: true`, `on`), to have more of them tried';
const REMEDY = 'Make each further failure cost time, or lock the account for a while.';

type View = CheckView<'throttle' | 'service' | 'port' | 'liveness'>;
type Throttle = SeenFact<'throttle'>;

/** Whether the account's own password was accepted after these failures, in the same attempt: then no lock was silent. */
const workedAfter = (throttle: Throttle): boolean =>
  around(throttle).after.some(
    (fact) =>
      fact.kind === 'login' &&
      fact.arm === 'declared' &&
      fact.accepted &&
      fact.protocol === throttle.fact.protocol &&
      fact.account === throttle.fact.account,
  );

/** Whether a login was answered over the service after the throttle, in the same attempt. */
const answeredAfter = (throttle: Throttle): boolean =>
  around(throttle).after.some((fact) => fact.kind === 'login' && fact.protocol === throttle.fact.protocol);

/** How the device's stop was seen, where a refusal may be nothing but that: it was the last that the service said. */
const diedWith = ({ seen }: View, throttle: Throttle): readonly SeenFact<'liveness'>[] =>
  throttle.fact.response !== 'refuse' || answeredAfter(throttle)
    ? []
    : seen
        .facts('liveness')
        .filter(
          ({ run, endpoint, fact }) =>
            fact.state === 'stopped' && run === throttle.run && endpoint.host === throttle.endpoint.host,
        );

const failures = (count: number): string => `${count} ${count === 1 ? 'failure' : 'failures'}`;

/** Whether whoever owns the account gets in again, where its password was given. */
const afterwards = ({ component }: View, throttle: Throttle): string => {
  const { account } = throttle.fact;
  if (account === undefined || !(component.declares.accounts ?? []).some(({ user }) => user === account)) return '';
  return workedAfter(throttle)
    ? ` The account "${account}" worked again afterwards.`
    : ` That the account "${account}" works again was not seen.`;
};

const most = (throttles: readonly Throttle[]): number => throttles.reduce((n, { fact }) => Math.max(n, fact.after), 0);

function* judgeService(view: View, service: LoginService): Generator<FindingDraft> {
  const { seen } = view;
  const { place, protocol } = service;
  const name = serviceText(protocol, place);
  const attempts = attemptsAt(seen, 'throttle', place);
  const throttles = factsAt(seen, 'throttle', place).filter(({ fact }) => fact.protocol === protocol);
  const common = { ...about(place, undefined, service), expected: EXPECTED };

  const unlimited = throttles.filter(({ fact }) => fact.response === 'none' && fact.account !== undefined);
  const enough = unlimited.filter(({ fact }) => fact.after >= FAILURES);
  // Of `none`, milliseconds are a delay that is there from the first failure on and does not grow.
  const fixed = enough.filter(({ fact }) => fact.milliseconds !== undefined);
  const shown = enough.filter((each) => each.fact.milliseconds === undefined && workedAfter(each));
  const throttled = throttles.filter(({ fact }) => fact.response !== 'none');
  const limited = throttled.find((each) => each.fact.broken !== true && diedWith(view, each).length === 0);

  const [refused] = throttled;
  if (limited === undefined && refused !== undefined) {
    yield {
      ...common,
      verdict: 'inconclusive',
      because: `${name} gave no more answers after ${failures(refused.fact.after)}, ${diedWith(view, refused).length > 0 ? 'and the device stopped' : 'and took no more connections'}: whether it refuses further logins is not known.`,
      basis: ids([refused], diedWith(view, refused)),
    };
    return;
  }
  if (limited !== undefined && limited.fact.response !== 'none') {
    const { response, after, milliseconds } = limited.fact;
    const late = response === 'delay' && milliseconds !== undefined ? ` by ${Math.round(milliseconds)} ms` : '';
    const does = `${name} ${DOES[response]} further logins${late} after ${failures(after)}`;
    if (shown.length === 0)
      yield {
        ...common,
        verdict: 'pass',
        because: `${does}.${afterwards(view, limited)}`,
        basis: ids([limited]),
      };
    else
      yield {
        ...common,
        verdict: 'inconclusive',
        because: `${does}, and did nothing about ${most(shown)} in a row for the account "${shown[0]!.fact.account}".`,
        basis: ids([limited], shown),
      };
    return;
  }
  const coverage = { tried: FAILURES, of: FAILURES, what: 'wrong logins in a row' };
  if (shown.length > 0 && fixed.length === 0) {
    yield {
      ...common,
      verdict: 'fail',
      strength: 'conclusive',
      because: `${name} answered ${most(shown)} wrong logins in a row for the account "${shown[0]!.fact.account}" at full speed, and took its own password right after them.`,
      remedy: REMEDY,
      basis: ids(shown, attempts),
      coverage,
    };
    return;
  }
  if (lookedBy(attempts, 'throttle') === 'open') return; // the judge adds the gap
  if (fixed.length > 0) {
    yield {
      ...common,
      verdict: 'inconclusive',
      because: `${name} answered each of ${most(fixed)} wrong logins in a row only after ${Math.round(fixed[0]!.fact.milliseconds!)} ms, and no later for being many: whether several at once wait as long was not tried.`,
      basis: ids(fixed),
      coverage,
    };
    return;
  }
  const tried = most(unlimited);
  if (tried >= FAILURES)
    yield {
      ...common,
      verdict: 'fail',
      // A lock may be silent: only the right password, sent after them, would show that there is none.
      strength: 'indicative',
      because: `${name} answered ${tried} wrong logins in a row for one account and did nothing that could be seen about them.`,
      remedy: REMEDY,
      basis: ids(unlimited),
      coverage,
    };
  else
    yield {
      ...common,
      verdict: 'inconclusive',
      because:
        attempts.length === 0
          ? `Nobody tried to log in over ${name}.`
          : tried === 0
            ? `No wrong logins in a row were tried for one account over ${name}; ${MORE}.`
            : `At most ${tried} wrong logins in a row were tried for one account over ${name}, and nothing was done about them; ${MORE}.`,
      basis: ids(throttles, attempts.length === 0 ? place.services : attempts),
      coverage: { ...coverage, tried },
    };
}

export default defineCheck({
  id: 'login-guessing-limited',
  version: '1.1.0',
  title: 'Guessing of passwords is limited',
  theme: 'access',
  // Not `login`: a lock leaves that kind open, and is itself what passes here.
  needs: ['throttle', 'service', 'port', 'liveness'],
  protocols: LOGIN_PROTOCOLS,
  *judge(view) {
    const { seen } = view;
    const services = placesOf(seen, seen.facts('throttle')).flatMap((place) =>
      loginServicesAt(place, [
        ...metALogin(seen, place),
        ...factsAt(seen, 'throttle', place).map(({ fact }) => fact.protocol),
      ]),
    );
    const without = services.filter(
      ({ certain, place }) => !certain && lookedBy(attemptsAt(seen, 'throttle', place), 'throttle') === 'settled',
    );
    const withLogin = services.filter((service) => !without.includes(service));
    for (const service of withLogin) yield* judgeService(view, service);
    if (withLogin.length === 0)
      yield* notThere(view, 'service with a login', EXPECTED, {
        basis: ids(...without.map(({ place }) => attemptsAt(seen, 'throttle', place))),
      });
  },
});
