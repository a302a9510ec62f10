import type { State } from '../../model/target.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { judgeService, provenAt, servicesOf, type View } from './default-credentials-rejected.ts';
import { LOGIN_PROTOCOLS, type LoginService, loginsOf } from './logins.ts';
import { about, attemptsAt, ids, notThere, serviceText } from './place.ts';

const EXPECTED = 'A listed default that is accepted lets one do nothing but choose a new password.';
/** Before it is set up, a device that asks for no new password may ask for one as part of being set up. */
const BEFORE_SET_UP: readonly State[] = ['factory-default', 'onboarding', 'reset'];

/** What is said of one service; `rejected` where every default was, with what that rests on. */
function* judgeChange(view: View, service: LoginService, rejected: FindingDraft[]): Generator<FindingDraft> {
  const { place, protocol } = service;
  const name = serviceText(protocol, place);
  const logins = loginsOf(view.seen, service);
  const common = { ...about(place, undefined, service), expected: EXPECTED };
  const [proven] = provenAt(logins);
  if (proven === undefined) {
    for (const said of judgeService(view, service))
      if (said.verdict === 'pass') rejected.push(said);
      else yield { ...said, expected: EXPECTED };
    return;
  }
  const { account, secret = 'of the list', grants = 'unknown', changeAsked } = proven.fact;
  const takes = `${name} takes the listed default ${secret} ${account === '' ? 'without a user name' : `for the account "${account}"`}`;
  const basis = ids(logins.filter(({ fact }) => fact.account === account || fact.arm === 'random'));
  if (grants === 'change-only')
    yield {
      ...common,
      facets: { grants },
      verdict: 'pass',
      because: `${takes} for nothing but the choice of a new password; whether that may be the old one was not tried.`,
      basis,
    };
  else if (grants === 'unknown')
    yield {
      ...common,
      facets: { grants },
      verdict: 'inconclusive',
      because: `${takes}${changeAsked ? ' and asks for a new password' : ''}; what is reached before it is changed was not seen.`,
      basis,
    };
  else
    yield {
      ...common,
      facets: { grants },
      verdict: 'fail',
      strength: changeAsked || !BEFORE_SET_UP.includes(place.state) ? 'conclusive' : 'indicative',
      because: changeAsked
        ? `${takes}, asks for a new password, and lets one do more without giving one.`
        : `${takes} and lets one in without asking for a new password.`,
      remedy: 'Let nothing be reached with the default but the choice of a new password.',
      basis,
    };
}

export default defineCheck({
  id: 'default-credentials-change-forced',
  version: '1.0.0',
  title: 'A default credential must be changed first',
  theme: 'access',
  needs: ['login', 'throttle', 'service', 'port'],
  protocols: LOGIN_PROTOCOLS,
  *judge(view) {
    const { withLogin, without } = servicesOf(view);
    const rejected: FindingDraft[] = [];
    let others = 0;
    for (const service of withLogin) {
      const before = rejected.length;
      yield* judgeChange(view, service, rejected);
      if (rejected.length === before) others += 1;
    }
    const basis = ids(...without.map(({ place }) => attemptsAt(view.seen, 'login', place)));
    if (withLogin.length === 0) yield* notThere(view, 'service with a login', EXPECTED, { basis });
    else if (others === 0)
      yield {
        verdict: 'not-applicable',
        because: `No listed default was accepted: ${withLogin.length === 1 ? 'the one service' : `each of the ${withLogin.length} services`} with a login rejected all that were tried.`,
        expected: EXPECTED,
        basis: [...new Set([...rejected.flatMap((said) => said.basis), ...basis])],
      };
  },
});
