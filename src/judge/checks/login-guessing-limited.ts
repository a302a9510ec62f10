import { type CheckView, defineCheck, type FindingDraft } from '../check.ts';
import { LOGIN_PROTOCOLS, type LoginService, loginServicesAt, metALogin } from './logins.ts';
import { about, attemptsAt, factsAt, ids, lookedBy, notThere, placesOf, serviceText } from './place.ts';

/** So many wrong logins in a row for one account, at full speed, and nothing is done: guessing is not limited. A choice. */
export const FAILURES = 10;

const EXPECTED = `Within ${FAILURES} wrong logins in a row, the service delays, locks or refuses.`;
const DOES = { delay: 'delays', lock: 'locks', refuse: 'refuses' } as const;

function* judgeService(
  { seen }: CheckView<'throttle' | 'service' | 'port'>,
  service: LoginService,
): Generator<FindingDraft> {
  const { place, protocol } = service;
  const name = serviceText(protocol, place);
  const attempts = attemptsAt(seen, 'throttle', place);
  const throttles = factsAt(seen, 'throttle', place).filter(({ fact }) => fact.protocol === protocol);
  const common = { ...about(place, undefined, service), expected: EXPECTED };

  const limited = throttles.find(({ fact }) => fact.response !== 'none');
  if (limited !== undefined && limited.fact.response !== 'none') {
    const { response, after, milliseconds } = limited.fact;
    const late = response === 'delay' && milliseconds !== undefined ? ` by ${Math.round(milliseconds)} ms` : '';
    yield {
      ...common,
      verdict: 'pass',
      because: `${name} ${DOES[response]} further logins${late} after ${after} ${after === 1 ? 'failure' : 'failures'}.`,
      basis: ids([limited]),
    };
    return;
  }
  if (lookedBy(attempts, 'throttle') === 'open') return; // the judge adds the gap
  const unlimited = throttles.filter(({ fact }) => fact.account !== undefined);
  const most = unlimited.reduce((n, { fact }) => Math.max(n, fact.after), 0);
  if (most >= FAILURES)
    yield {
      ...common,
      verdict: 'fail',
      // A lock may be silent: only the right password, sent after them, would show that there is none.
      strength: 'indicative',
      because: `${name} answered ${most} wrong logins in a row for one account and did nothing that could be seen about them.`,
      remedy: 'Make each further failure cost time, or lock the account for a while.',
      basis: ids(unlimited),
      coverage: { tried: FAILURES, of: FAILURES, what: 'wrong logins in a row' },
    };
  else
    yield {
      ...common,
      verdict: 'inconclusive',
      because:
        attempts.length === 0
          ? `Nobody tried to log in over ${name}.`
          : most === 0
            ? `No wrong logins in a row were tried for one account over ${name}.`
            : `At most ${most} wrong logins in a row were tried for one account over ${name}, and nothing was done about them.`,
      basis: ids(throttles, attempts.length === 0 ? place.services : attempts),
      coverage: { tried: most, of: FAILURES, what: 'wrong logins in a row' },
    };
}

export default defineCheck({
  id: 'login-guessing-limited',
  version: '1.0.0',
  title: 'Guessing of passwords is limited',
  theme: 'access',
  // Not `login`: a lock leaves that kind open, and is itself what passes here.
  needs: ['throttle', 'service', 'port'],
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
