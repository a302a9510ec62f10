import { type CheckView, defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import {
  about,
  attemptsAt,
  factsAt,
  ids,
  listed,
  lookedBy,
  notThere,
  type Place,
  placesOf,
  portText,
} from './place.ts';

type View = CheckView<'weakness' | 'service' | 'port'>;
type Weakness = SeenFact<'weakness'>;
type Wrap = 'none' | 'tls';

const EXPECTED = 'Logins and sessions over HTTP are protected by TLS, and by the flags of their cookies.';

/**
 * What is asked of pages in the clear, and of pages over TLS, by the rule that a criterion selects by. A rule passes only
 * where each of its flaws was stated absent. `none`: what there is not where whoever looked to the end stated neither.
 */
interface Rule {
  readonly rule: 'login-in-clear' | 'cookie-secure' | 'hsts';
  readonly over: Wrap;
  readonly flaws: readonly string[];
  readonly sound: string;
  readonly none?: string;
  readonly remedy: string;
}

const RULES: readonly Rule[] = [
  {
    rule: 'login-in-clear',
    over: 'none',
    flaws: ['login-in-clear'],
    sound: 'takes no password in the clear',
    remedy: 'Ask for passwords over HTTPS only, and redirect every page there.',
  },
  {
    rule: 'login-in-clear',
    over: 'tls',
    flaws: ['login-in-clear', 'login-mixed-content'],
    sound: 'sends no login, and loads nothing of its page, in the clear',
    none: 'shows no page with a login',
    remedy: 'Let the login page load from HTTPS, and send its form there.',
  },
  {
    rule: 'cookie-secure',
    over: 'tls',
    flaws: ['cookie-not-secure', 'cookie-not-httponly'],
    sound: 'sets no session cookie without Secure and HttpOnly',
    none: 'sets no session cookie',
    remedy: 'Set session cookies with Secure and HttpOnly.',
  },
  {
    rule: 'hsts',
    over: 'tls',
    flaws: ['hsts-missing'],
    sound: 'has browsers stay with TLS (HSTS)',
    remedy: 'Send Strict-Transport-Security (RFC 6797).',
  },
];

/** A login or Basic in the clear is seen as it is; what a page loads and which cookie is a session's are readings of it. */
const CERTAIN = 'login-in-clear';

const WORDS: Readonly<Record<string, string>> = {
  'login-in-clear': 'takes a password in the clear',
  'login-mixed-content': 'has a login page that loads from, or posts to, the clear',
  'cookie-not-secure': 'sets a session cookie without Secure',
  'cookie-not-httponly': 'sets a session cookie without HttpOnly',
};

/** `asks for a password in the clear (/login, /admin and 3 more)`. */
const said = (flaw: string, of: readonly Weakness[]): string => {
  const subjects = [
    ...new Set(of.flatMap(({ fact }) => (fact.subject === undefined ? [] : [fact.subject.slice(0, 80)]))),
  ];
  const more = subjects.length > 3 ? [`${subjects.length - 3} more`] : [];
  return `${WORDS[flaw]}${subjects.length === 0 ? '' : ` (${listed([...subjects.slice(0, 3), ...more])})`}`;
};

function* judgeRule(
  { seen }: View,
  place: Place,
  stated: readonly Weakness[],
  { rule, over, flaws, sound, none, remedy }: Rule,
): Generator<FindingDraft> {
  const name = `${over === 'tls' ? 'HTTPS' : 'HTTP'} at ${portText(place.endpoint)}`;
  const common = { ...about(place, rule, { protocol: 'http', security: over }), expected: EXPECTED };
  const of = (flaw: string): readonly Weakness[] => stated.filter(({ fact }) => fact.name === flaw);
  const present = flaws.filter((flaw) => of(flaw).some(({ fact }) => fact.present));
  const basis = ids(present.flatMap((flaw) => of(flaw).filter(({ fact }) => fact.present)));
  if (present.length > 0) {
    if (rule === 'hsts')
      yield {
        ...common,
        verdict: 'pass',
        because: `${name} does not have browsers stay with TLS (no HSTS), which fails only a criterion that asks for it.`,
        conditions: ['hsts-missing'],
        remedy,
        basis,
      };
    else
      yield {
        ...common,
        verdict: 'fail',
        strength: present.includes(CERTAIN) ? 'conclusive' : 'indicative',
        because: `${name} ${listed(
          present.map((flaw) =>
            said(
              flaw,
              of(flaw).filter(({ fact }) => fact.present),
            ),
          ),
        )}.`,
        conditions: present.includes(CERTAIN) ? [CERTAIN] : [],
        remedy,
        basis,
      };
    return;
  }
  const isStated = (one: string): boolean => of(one).length > 0;
  const attempts = attemptsAt(seen, 'weakness', place).filter(({ attempt }) => wrapOf(attempt.endpoint) === over);
  const looked = lookedBy(attempts, 'weakness');
  if (looked === 'open') return; // the judge adds the gap
  const unstated = flaws.filter((flaw) => !isStated(flaw));
  // Both are stated wherever pages were looked at to the end: of HSTS, and of what a page with a login loads.
  const showsNone =
    none !== undefined &&
    unstated.length === flaws.length &&
    isStated('hsts-missing') &&
    !(rule === 'cookie-secure' && isStated('login-mixed-content'));
  if (looked === 'settled' && unstated.length === 0)
    yield { ...common, verdict: 'pass', because: `${name} ${sound}.`, basis: ids(flaws.flatMap(of), attempts) };
  else if (looked === 'settled' && showsNone)
    yield { ...common, verdict: 'not-applicable', because: `${name} ${none}.`, basis: ids(attempts, stated) };
  else
    yield {
      ...common,
      verdict: 'inconclusive',
      because:
        looked === 'never'
          ? `Nobody looked at the pages of ${name} for it.`
          : rule === 'cookie-secure' && isStated('login-mixed-content')
            ? `Which cookies a login to ${name} sets was not seen: none is set before it, and none was accepted.`
            : `The pages of ${name} did not say ${listed(unstated)}.`,
      basis: ids(looked === 'never' ? place.services : attempts, stated),
    };
}

const wrapOf = ({ security }: { security?: string | undefined }): Wrap => (security === 'tls' ? 'tls' : 'none');

/** Places with TLS inside which nothing was recognised: it may be HTTP. */
const closedTls = (places: readonly Place[]): readonly Place[] =>
  places.filter(
    ({ services }) =>
      services.some(({ fact }) => fact.protocol === 'tls') &&
      !services.some(({ fact }) => fact.security === 'tls' && fact.protocol !== 'unknown'),
  );

export default defineCheck({
  id: 'http-hardened',
  version: '1.0.0',
  title: 'HTTP logins and sessions are protected',
  theme: 'transport',
  needs: ['weakness', 'service', 'port'],
  protocols: ['http'],
  *judge(view) {
    const { seen } = view;
    const ofHttp = seen.facts('weakness').filter(({ fact }) => fact.protocol === 'http');
    const places = placesOf(seen, ofHttp);
    let found = false;
    for (const place of places)
      for (const over of ['none', 'tls'] as const) {
        const stated = factsAt(seen, 'weakness', place).filter(
          ({ fact, endpoint }) => fact.protocol === 'http' && wrapOf(endpoint) === over,
        );
        const served = place.services.some(({ fact }) => fact.protocol === 'http' && wrapOf(fact) === over);
        if (stated.length === 0 && !served) continue;
        found = true;
        for (const rule of RULES.filter((one) => one.over === over)) yield* judgeRule(view, place, stated, rule);
      }
    const closed = closedTls(places);
    for (const place of closed)
      yield {
        ...about(place, undefined, { protocol: 'tls', security: 'none' }),
        verdict: 'inconclusive',
        because: `What speaks inside TLS at ${portText(place.endpoint)} is not known, and it may be HTTP.`,
        expected: EXPECTED,
        basis: ids(place.services),
      };
    if (!found && closed.length === 0) yield* notThere(view, 'HTTP service', EXPECTED, { transports: ['tcp'] });
  },
});
