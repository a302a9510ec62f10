import type { FactOf } from '../../model/fact.ts';
import { type CheckView, defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import { grouped } from '../grouped.ts';
import {
  about,
  attemptsAt,
  factsAt,
  ids,
  innerText,
  listed,
  lookedBy,
  notThere,
  type Place,
  placesOf,
} from './place.ts';

type View = CheckView<'access' | 'service' | 'port'>;
type Access = FactOf<'access'>;

/** What only tells who is there or what time it is, what wraps another protocol, and what the judge calls a gap. */
const NOTHING_BEHIND = ['mdns', 'ssdp', 'wsd', 'ntp', 'dns', 'llmnr', 'dhcp', 'tls', 'dtls', 'quic', 'unknown'];
/** Classes for which being reached without authority is conclusive (CRITERIA A.2). */
const CONCLUSIVE: readonly Access['class'][] = ['shell', 'secret', 'customer-data', 'setting', 'function', 'relay'];
const BEFORE_LOGIN: readonly Access['class'][] = ['discovery', 'public'];

const DEBUGGERS = ['shell', 'jdwp', 'gdb', 'node-inspector'];

const EXPECTED = 'No function and no datum is reached without credentials, or with random ones.';
const CLASS: Readonly<Record<Access['class'], string>> = {
  shell: 'a shell',
  secret: 'a secret',
  'customer-data': 'customer data',
  setting: 'a setting',
  function: 'a function',
  relay: 'a relay',
  content: 'content of no known class',
  discovery: 'discovery data',
  public: 'public data',
};
const ACTION: Readonly<Record<Access['action'], string>> = {
  read: 'read',
  write: 'write to',
  subscribe: 'subscribe to',
  execute: 'use',
  list: 'list',
};

const reached = ({ fact }: SeenFact<'access'>): boolean => fact.authentication !== 'required';

/** A planted value that is read is somebody's data, whatever held it. */
const classOf = ({ class: what, how }: Access): Access['class'] =>
  how === 'marker' && !CONCLUSIVE.includes(what) ? 'customer-data' : what;

const conditionsOf = ({ class: what, how }: Access): string[] =>
  how === 'marker' || (what === 'secret' && how === 'recognised') ? ['marker-or-recognised-secret'] : [];

/** What is reached and where: `a setting (/config) over HTTP at tcp/80`; a debugger or a shell is itself what is reached. */
const reachedText = (what: Access['class'], { protocol, resource }: Access, place: Place): string =>
  what === 'shell' && DEBUGGERS.includes(protocol)
    ? innerText(protocol, place)
    : `${resource === what ? CLASS[what] : `${CLASS[what]} (${resource})`} over ${innerText(protocol, place)}`;

const keyOf = ({ protocol, resource }: Access): string => JSON.stringify([protocol, resource]);

/** One finding a resource and action: the worst that was seen of it. */
function* judgeResources(place: Place, all: readonly SeenFact<'access'>[]): Generator<FindingDraft> {
  // What random credentials reach was refused without any: that is no pass.
  const open = new Set(all.filter(reached).map(({ fact }) => keyOf(fact)));
  const resources = grouped(
    all.filter((each) => reached(each) || !open.has(keyOf(each.fact))),
    ({ fact }) => JSON.stringify([fact.protocol, classOf(fact), fact.action, fact.resource]),
  );
  for (const group of resources.values()) {
    const open = group.filter(reached);
    const { fact } = open[0] ?? group[0]!;
    const { protocol, action, resource, authentication } = fact;
    const what = classOf(fact);
    const markers = [...new Set(open.flatMap((each) => each.fact.marker ?? []))];
    const common = {
      ...about(place, `${action}-${what}:${resource}`, { protocol }),
      facets: { class: what, action },
      expected: EXPECTED,
    };
    const where = reachedText(what, fact, place);
    if (open.length === 0)
      yield {
        ...common,
        verdict: 'pass',
        because: `To ${ACTION[action]} ${where} takes real credentials.`,
        basis: ids(group),
      };
    else
      yield {
        ...common,
        verdict: 'fail',
        strength:
          CONCLUSIVE.includes(what) && open.some(({ fact }) => fact.how !== 'guessed') ? 'conclusive' : 'indicative',
        conditions: [...new Set(open.flatMap(({ fact }) => conditionsOf(fact)))],
        because: `One can ${ACTION[action]} ${where} ${authentication === 'none' ? 'without credentials' : 'with any credentials at all'}${markers.length > 0 ? `, and it holds what was planted as ${listed(markers)}` : ''}.`,
        remedy: 'Ask for a login before it, and refuse whoever does not present one.',
        basis: ids(open),
      };
  }
}

/** What is said of a service at which no resource was reached or refused. */
function* judgeService({ seen }: View, place: Place, service: FactOf<'service'>): Generator<FindingDraft> {
  const name = innerText(service.protocol, place);
  const common = { ...about(place, undefined, service), expected: EXPECTED };
  const attempts = attemptsAt(seen, 'access', place);
  const looked = lookedBy(attempts, 'access');
  // A bare shell is recognised by the prompt that a newline brings: whoever recognised it was in.
  if (service.protocol === 'shell') {
    yield {
      ...common,
      facets: { class: 'shell', action: 'execute' },
      verdict: 'fail',
      strength: 'conclusive',
      because: `One can use ${name} without credentials.`,
      remedy: 'Close it, or ask for a login before it.',
      basis: ids(place.services.filter(({ fact }) => fact.protocol === 'shell')),
    };
    return;
  }
  if (looked === 'open') return; // the judge adds the gap, with the attempt's reason
  const before = factsAt(seen, 'access', place).filter(
    ({ fact }) => fact.protocol === service.protocol && fact.as === undefined,
  );
  if (looked === 'settled' && before.length > 0)
    yield {
      ...common,
      verdict: 'not-applicable',
      because: `Over ${name} nothing was met but what is shown before any login by design.`,
      basis: ids(before, attempts),
    };
  else
    yield {
      ...common,
      verdict: 'inconclusive',
      because:
        looked === 'never'
          ? `Nobody looked at what can be reached over ${name}.`
          : `What can be reached over ${name} was not seen.`,
      basis: ids(looked === 'never' ? place.services : attempts),
    };
}

export default defineCheck({
  id: 'access-authenticated',
  version: '1.1.0',
  title: 'Functions and data are reached only with a login',
  theme: 'access',
  // Not `login`: a lock leaves that kind open, and what the first two logins reached is known by then.
  needs: ['access', 'service', 'port'],
  *judge(view) {
    const { seen } = view;
    let nothing = true;
    for (const place of placesOf(seen, seen.facts('access'))) {
      // What an account of a role reaches is for `privileges-separated`: nobody tried it without one.
      const access = factsAt(seen, 'access', place).filter(
        ({ fact }) => fact.as === undefined && !BEFORE_LOGIN.includes(classOf(fact)),
      );
      const judged = new Set([...NOTHING_BEHIND, ...access.map(({ fact }) => fact.protocol)]);
      const services = place.services.map(({ fact }) => fact).filter(({ protocol }) => !judged.has(protocol));
      if (access.length > 0 || services.length > 0) nothing = false;
      yield* judgeResources(place, access);
      for (const service of new Map(services.map((each) => [each.protocol, each])).values())
        yield* judgeService(view, place, service);
    }
    if (nothing) yield* notThere(view, 'service behind which a function or a datum could be', EXPECTED);
  },
});
