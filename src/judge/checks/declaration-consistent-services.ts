import type { DeclaredAuthentication, DeclaredChannel } from '../../model/target.ts';
import type { FindingDraft, SeenFact } from '../check.ts';
import {
  at,
  EXPECTED,
  ofPart,
  placesFor,
  quoted,
  speaking,
  unseen,
  type View,
} from './declaration-consistent-parts.ts';
import { declaredAt, isMeantFor, mismatch } from './declared.ts';
import { BY_CERTIFICATE } from './logins.ts';
import { factsAt, ids, listed, type Place, placesOf, portText, serviceText } from './place.ts';

/** Classes for which being reached without authority contradicts every login mechanism (CRITERIA A.2). */
const PROTECTED = ['shell', 'secret', 'customer-data', 'setting', 'function'];
/** Before the owner has set it up, a device may stand open by design. */
const BEFORE_SET_UP = ['factory-default', 'onboarding', 'reset'];
/** Wrong logins in a row after which nothing was done: the device does not lock. */
const MANY = 10;

/** `interfaces`: what answers on IP has an IP interface. Others no probe sees. */
export function* judgeInterfaces(view: View): Generator<FindingDraft> {
  const { interfaces } = view.component.declares;
  if (interfaces === undefined) return;
  const open = (['tcp', 'udp'] as const).flatMap((transport) =>
    view.seen.ports(transport).flatMap((coverage) => coverage.open),
  );
  const ip = interfaces.some(({ kind }) => kind === 'ip');
  if (open.length === 0) yield unseen(view, 'interfaces', 'the declared interfaces');
  else
    yield {
      ...ofPart(view, 'interfaces'),
      verdict: ip ? 'pass' : 'fail',
      because: `${ip ? 'An' : 'No'} IP interface is declared, and ${listed([...new Set(open.map(({ fact }) => portText(fact)))].slice(0, 5))} ${open.length === 1 ? 'is' : 'are'} open.`,
      basis: ids(open),
    };
}

/** `services`: what speaks at a declared port is what was declared there. That ports are declared at all is another check's. */
export function* judgeServices(view: View): Generator<FindingDraft> {
  const { seen, component } = view;
  const state = seen.runs[0]?.state;
  const declared = (component.declares.services ?? []).filter(
    (service) => service.protocol !== undefined && state !== undefined && isMeantFor(service, state),
  );
  if (declared.length === 0) return;
  const agreed: SeenFact<'service'>[] = [];
  let contradicted = false;
  for (const place of placesOf(seen)) {
    const services = place.services.map(({ fact }) => fact);
    const entries = declaredAt(
      declared,
      place.endpoint,
      services.map(({ protocol }) => protocol),
    );
    if (entries.length === 0 || services.every(({ protocol }) => protocol === 'unknown')) continue;
    const others = entries.map((entry) => mismatch(entry, services));
    if (others.includes(undefined)) agreed.push(...place.services);
    else {
      contradicted = true;
      yield at(
        place,
        'services',
        {
          verdict: 'fail',
          because: `${portText(place.endpoint)} is declared as ${entries[0]!.protocol}, and ${others[0]} speaks there.`,
        },
        place.services,
      );
    }
  }
  if (agreed.length > 0)
    yield {
      ...ofPart(view, 'services'),
      verdict: 'pass',
      because: 'Declared services speak what is declared of them.',
      basis: ids(agreed),
    };
  else if (!contradicted) yield unseen(view, 'services', 'the protocols of the declared services');
}

const takesNone = (mechanism: string): boolean => /^\s*(none|no\b|without\b|open\b)/i.test(mechanism);
const takesCertificatesOnly = (mechanism: string): boolean =>
  /certificate|mtls|mutual tls/i.test(mechanism) && !/password|pin\b|passphrase|token/i.test(mechanism);
const isOwnCredential = (origin: string): boolean =>
  /unique|per device|individual|owner|user|customer|chosen|set (up|at|by|on)|random/i.test(origin) &&
  !/default|common|universal|same/i.test(origin);

type Said = Pick<FindingDraft, 'verdict' | 'because' | 'strength'> & { basis: readonly { id: string }[] };

const authenticationAt = (view: View, place: Place, entry: DeclaredAuthentication): Said | undefined => {
  const logins = speaking(factsAt(view.seen, 'login', place), entry.service);
  const access = speaking(factsAt(view.seen, 'access', place), entry.service).filter(
    ({ fact }) => fact.as === undefined,
  );
  const name = serviceText(entry.service, place);
  const says = `is declared to take ${quoted(entry.mechanism)}`;
  const anyone = logins.filter(
    ({ fact }) => fact.accepted && ['none', 'random', 'known-user-random'].includes(fact.arm),
  );
  const reached = access.filter(
    ({ fact }) =>
      fact.authentication !== 'required' &&
      fact.how !== 'guessed' &&
      fact.action !== 'list' &&
      PROTECTED.includes(fact.class),
  );
  const open = [...anyone, ...reached];
  const refused = [
    ...logins.filter(({ fact }) => !fact.accepted && fact.arm !== 'declared'),
    ...access.filter(({ fact }) => fact.authentication === 'required'),
  ];
  if (takesNone(entry.mechanism)) {
    if (open.length > 0) return { verdict: 'pass', because: `${name} ${says}, and lets everybody in.`, basis: open };
    return refused.length === 0
      ? undefined
      : { verdict: 'fail', strength: 'indicative', because: `${name} ${says}, and it refused.`, basis: refused };
  }
  if (open.length > 0)
    return {
      verdict: 'fail',
      strength: BEFORE_SET_UP.includes(place.state) ? 'indicative' : 'conclusive',
      because: `${name} ${says}, and ${anyone.length > 0 ? 'lets anyone in' : `${quoted(reached[0]!.fact.resource)} is reached without it`}.`,
      basis: open,
    };
  const proven = logins.filter(({ fact }) => fact.accepted && (fact.proven === true || fact.arm === 'declared'));
  const byPassword = proven.filter(({ fact }) => !BY_CERTIFICATE.includes(fact.protocol));
  if (takesCertificatesOnly(entry.mechanism) && byPassword.length > 0)
    return { verdict: 'fail', because: `${name} ${says}, and a password logs in.`, basis: byPassword };
  const listedOnes = proven.filter(({ fact }) => fact.proven === true);
  if (listedOnes.length > 0 && isOwnCredential(entry.origin) && !BEFORE_SET_UP.includes(place.state))
    return {
      verdict: 'fail',
      // The owner may have chosen just that one.
      strength: 'indicative',
      because: `The credential of ${name} is declared as ${quoted(entry.origin)}, and one of a list of defaults logs in.`,
      basis: listedOnes,
    };
  return refused.length === 0
    ? undefined
    : { verdict: 'pass', because: `${name} ${says}, and refuses whoever has none.`, basis: refused };
};

/** `authentication`: a service that is declared to ask for something does not let in whoever comes without. */
export function* judgeAuthentication(view: View): Generator<FindingDraft> {
  const { seen, component } = view;
  const facts = [...seen.facts('login'), ...seen.facts('access')];
  for (const entry of component.declares.authentication ?? []) {
    let spoken = false;
    for (const place of placesFor(view, entry, facts)) {
      const said = authenticationAt(view, place, entry);
      if (said === undefined) continue;
      const { basis, ...rest } = said;
      spoken = true;
      yield at(place, 'authentication', rest, basis);
    }
    if (!spoken)
      yield unseen(
        view,
        `authentication:${entry.service}`,
        `how ${quoted(entry.service)} is declared to be logged in to`,
      );
  }
}

/** `accounts`: what the lab was given as working logs in. */
export function* judgeAccounts(view: View): Generator<FindingDraft> {
  for (const { user } of view.component.declares.accounts ?? []) {
    const tried = view.seen
      .facts('login')
      .filter(({ fact }) => fact.arm === 'declared' && fact.secret === `declared:${user}`);
    if (tried.length === 0) {
      yield unseen(view, `accounts:${user}`, `the declared account ${quoted(user)}`);
      continue;
    }
    for (const place of placesOf(view.seen, tried)) {
      const here = tried.filter((one) => factsAt(view.seen, 'login', place).includes(one));
      if (here.length === 0) continue;
      const works = here.some(({ fact }) => fact.accepted);
      yield at(
        place,
        `accounts:${user}`,
        {
          verdict: works ? 'pass' : 'fail',
          strength: works ? 'conclusive' : 'indicative',
          because: `The declared account ${quoted(user)} ${works ? 'logs in' : 'is refused'} at ${portText(place.endpoint)}.`,
        },
        here,
      );
    }
  }
}

/** `logins`: what the device does about wrong logins. */
export function* judgeLock(view: View): Generator<FindingDraft> {
  const lock = view.component.declares.logins?.lock;
  if (lock === undefined) return;
  const facts = view.seen.facts('throttle');
  let spoken = false;
  for (const place of placesOf(view.seen, facts)) {
    const here = factsAt(view.seen, 'throttle', place);
    const locked = here.filter(({ fact }) => fact.response === 'lock');
    const most = here
      .filter(({ fact }) => fact.response === 'none' && fact.account !== undefined)
      .sort((a, b) => b.fact.after - a.fact.after)
      .slice(0, 1);
    const tried = most[0]?.fact.after ?? 0;
    const where = portText(place.endpoint);
    const said: Said | undefined =
      lock === 'none'
        ? locked.length > 0
          ? { verdict: 'fail', because: `No lock is declared, and ${where} locks.`, basis: locked }
          : tried >= MANY
            ? { verdict: 'pass', because: `No lock is declared, and none was met at ${where}.`, basis: most }
            : undefined
        : locked.length > 0
          ? { verdict: 'pass', because: `A lock is declared, and ${where} locks.`, basis: locked }
          : tried > lock.after
            ? {
                verdict: 'fail',
                // A lock may be silent.
                strength: 'indicative',
                because: `A lock after ${lock.after} wrong logins is declared, and ${where} answered ${tried}.`,
                basis: most,
              }
            : undefined;
    if (said === undefined) continue;
    const { basis, ...rest } = said;
    spoken = true;
    yield at(place, 'logins', rest, basis);
  }
  if (!spoken) yield unseen(view, 'logins', 'what is declared about wrong logins');
}

const WRAPPINGS = ['tls', 'dtls', 'ssh'];

const channelAt = (view: View, place: Place, { service, protection }: DeclaredChannel): Said | undefined => {
  const channels = speaking(factsAt(view.seen, 'channel', place), service);
  const clear = channels.filter(({ fact }) => fact.encryption === 'none' && fact.upgrade === undefined);
  const wrapped = [
    ...channels.filter(({ fact }) => WRAPPINGS.includes(fact.encryption)),
    ...place.services.filter(({ fact }) => fact.security !== 'none' || WRAPPINGS.includes(fact.protocol)),
  ];
  const where = portText(place.endpoint);
  const says = `${where} is declared as protected by ${quoted(protection)}`;
  const asked = protection.toLowerCase();
  if (WRAPPINGS.includes(asked)) {
    if (clear.length > 0) return { verdict: 'fail', because: `${says}, and speaks in clear.`, basis: clear };
    if (wrapped.length === 0) return undefined;
    const agrees = wrapped.filter(({ fact }) =>
      fact.kind === 'channel' ? fact.encryption === asked : fact.security === asked || fact.protocol === asked,
    );
    return agrees.length > 0
      ? { verdict: 'pass', because: `${says}, and so it speaks.`, basis: agrees }
      : { verdict: 'fail', because: `${says}, and something else wraps it.`, basis: wrapped };
  }
  if (asked !== 'none' && asked !== 'wpa') return undefined;
  if (clear.length > 0)
    return { verdict: 'pass', because: `${where} is declared as clear on IP, and is.`, basis: clear };
  return wrapped.length === 0
    ? undefined
    : {
        verdict: 'fail',
        strength: 'indicative',
        because: `${where} is declared as clear on IP, and is encrypted.`,
        basis: wrapped,
      };
};

/** `channels`: how the bytes travel of those that end at a port here. */
export function* judgeChannels(view: View): Generator<FindingDraft> {
  const unknown: string[] = [];
  const entries = view.component.declares.channels ?? [];
  for (const entry of entries) {
    if (typeof entry === 'string') {
      unknown.push(entry);
      continue;
    }
    let spoken = false;
    for (const place of placesFor(view, entry, view.seen.facts('channel'))) {
      const said = channelAt(view, place, entry);
      if (said === undefined) continue;
      const { basis, ...rest } = said;
      spoken = true;
      yield at(place, 'channels', rest, basis);
    }
    if (!spoken) unknown.push(entry.name ?? entry.service ?? entry.to ?? [entry.data].flat().join(', '));
  }
  if (unknown.length > 0)
    yield {
      ...ofPart(view, 'channels'),
      verdict: 'inconclusive',
      because: `Nothing that was observed speaks to ${unknown.length} of ${entries.length} declared channels, ${quoted(unknown[0]!)} among them.`,
      expected: EXPECTED,
      basis: [],
    };
}
