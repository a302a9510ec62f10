import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, type LoginAnswer, loginArms, type ProbeContext } from '../../src/observe/probe.ts';
import { withDistinctLogins } from '../../src/observe/protocols/distinct-logins.ts';
import { withChannelShown } from '../../src/observe/protocols/starttls-shown.ts';
import { tlsChannel } from '../../src/observe/protocols/tls-channel.ts';
import { type Ended, logIn, offersTls } from './session.ts';

/** Whom every installation has, and whom nothing is asked of where all are trusted. */
const SUPERUSER = 'postgres';
/** Declared accounts whose names are tried without a password. */
const MOST_NAMES = 2;
const LOGINS = ['login', 'throttle', 'access'] as const;
/** Too many connections, starting, shutting down, out of memory or disk (PostgreSQL, appendix A: classes 53 and 57). */
const NOT_NOW = /^(53...|57P0[1-3])$/;

export default defineProbe({
  id: 'postgresql-login',
  version: '2',
  title: 'PostgreSQL: sessions without a password, and who gets in',
  emits: [...LOGINS, 'channel'],
  impact: 'login',
  appliesTo: ({ protocol, port, transport }) => protocol === 'postgresql' && port !== undefined && transport === 'tcp',
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<FactOf<'login' | 'throttle' | 'access' | 'channel'>> {
  const channel = { kind: 'channel', protocol: 'postgresql' } as const;
  const within = context.endpoint.security === 'tls';
  const upgrades = !within && (await offersTls(context));
  // An entry of pg_hba.conf may be of some users alone: who is not there shows what holds for all the others.
  const users = [SUPERUSER, context.random(6).toString('hex'), ...namesOf(context)];
  const clear = await doorOf(context, false, users);
  const [secure, broken] = upgrades ? await tlsDoor(context, users) : [];
  // What is taken in the clear is shown without a session of TLS, and nothing else is.
  if (broken && !isTaken(clear)) throw broken;
  if (isShut(clear) && isShut(secure))
    throw new CannotTell('unsupported', 'the server keeps us out before it asks for a password (pg_hba.conf)');
  let isTold = true;
  if (within) yield { ...channel, ...(await wrapping(context)) };
  else if (isTaken(clear) || !upgrades)
    yield {
      ...channel,
      encryption: 'none',
      ...(secure ? { offered: 'starttls' as const } : {}),
      // MD5 and SCRAM answer a challenge; what other users are asked for is not known.
      ...(clear.end === 'asks' && clear.clear ? { credentials: true } : {}),
    };
  else if (isForTlsAlone(clear)) yield { ...channel, encryption: 'none', upgrade: 'starttls' };
  else isTold = false;
  const tls = !isShut(secure);
  const open = [clear, ...(secure ? [secure] : [])].filter((door) => !isShut(door) && !isForTlsAlone(door));
  const working = new Set<string>();

  // NUL ends a word of this protocol: what holds one cannot be sent.
  const distinct = withDistinctLogins(
    context,
    ({ user, secret }) =>
      `${user}${secret}`.includes('\0') || user === '' ? undefined : JSON.stringify([user, secret]),
    'the list has no user and password that PostgreSQL can carry',
  );
  const arms = loginArms(distinct, {
    protocol: 'postgresql',
    none: async () =>
      entering(open.find(({ end }) => end === 'in') ?? open.find(isTrust) ?? open.find(isTaken) ?? open[0]!),
    attempt: async (user, secret) => {
      const answer = attempted(await logIn(context, tls, user, secret));
      if (answer.result === 'accepted') working.add(user);
      return answer;
    },
    *access(authentication) {
      yield {
        kind: 'access',
        protocol: 'postgresql',
        class: 'function',
        action: 'execute',
        resource: 'session',
        authentication,
        how: 'recognised',
      };
    },
  });
  if (isTold) return yield* arms;
  yield* withChannelShown(arms, LOGINS, async function* () {
    const others = [...working].filter((user) => !users.includes(user));
    const outside = others.length > 0 ? await doorOf(context, false, others.slice(0, MOST_NAMES)) : clear;
    if (!isTaken(outside))
      throw new CannotTell(
        'unsupported',
        isShut(outside)
          ? 'nobody who was tried is taken outside of TLS; entries for other users or databases (pg_hba.conf) are not shown'
          : 'whether logins are taken outside of TLS was not said',
      );
    const credentials = outside.end === 'asks' && outside.clear ? { credentials: true } : {};
    yield { ...channel, encryption: 'none', offered: 'starttls', ...credentials };
  });
}

const namesOf = ({ accounts }: ProbeContext): string[] =>
  accounts
    .map(({ user }) => user)
    .filter((user) => user !== '' && !user.includes('\0'))
    .slice(0, MOST_NAMES);

/** What the first of these users is answered who is not kept out; no password is sent. */
async function doorOf(context: ProbeContext, tls: boolean, users: readonly string[]): Promise<Ended> {
  const [first = SUPERUSER, ...others] = users;
  const door = await withoutPassword(context, tls, first);
  return isShut(door) && others.length > 0 ? doorOf(context, tls, others) : door;
}

/** The same in TLS, or why no session of it was had. */
async function tlsDoor(
  context: ProbeContext,
  users: readonly string[],
): Promise<readonly [Ended | undefined, CannotTell | undefined]> {
  try {
    return [await doorOf(context, true, users), undefined];
  } catch (error) {
    if (error instanceof CannotTell && error.reason !== 'aborted') return [undefined, error];
    throw error;
  }
}

/** How the TLS that wraps the whole port encrypts. */
async function wrapping(context: ProbeContext): Promise<Pick<FactOf<'channel'>, 'encryption' | 'version'>> {
  const connection = await context.dial();
  connection.destroy();
  return tlsChannel(connection.tls);
}

/** A session, a password that is asked for, or an error behind either: whoever is held to TLS gets none of them. */
const isTaken = (ended: Ended): boolean => ended.end !== 'error' || ended.asked || ended.passed;

/** PgBouncer and CockroachDB refuse everybody outside of TLS so, before they look at the name. */
const isForTlsAlone = (ended: Ended): boolean =>
  !isTaken(ended) &&
  ended.end === 'error' &&
  ended.code === '08P01' &&
  /\bSSL (connection )?required$/i.test(ended.message);

/** No entry of pg_hba.conf lets in from here, or one keeps out: nobody was asked for a password. Also where nobody looked. */
const isShut = (ended: Ended | undefined): boolean =>
  ended === undefined || (ended.end === 'error' && ended.code === '28000' && !ended.asked && !ended.passed);

/** No password is asked for, but of a user who does not exist or may not log in. */
const isTrust = (ended: Ended): boolean =>
  ended.end === 'error' && ended.code === '28000' && ended.passed && !ended.asked;

/** A0: one user, and where all are trusted and that one does not exist, whom the declaration names. */
async function withoutPassword(context: ProbeContext, tls: boolean, user: string): Promise<Ended> {
  const first = await logIn(context, tls, user, undefined);
  if (!isTrust(first)) return first;
  for (const { user: name } of context.accounts.slice(0, MOST_NAMES)) {
    const named = name === '' || name.includes('\0') ? first : await logIn(context, tls, name, undefined);
    if (!isTrust(named)) return named;
  }
  return first;
}

const entering = (ended: Ended): LoginAnswer =>
  ended.end === 'asks' ? { result: 'rejected', answer: 'a password is asked for' } : attempted(ended);

function attempted(ended: Ended): LoginAnswer {
  if (ended.end === 'in') return { result: 'accepted', answer: 'ReadyForQuery', grants: 'full' };
  if (ended.end === 'asks') throw new CannotTell('protocol', 'a password was asked for and not taken');
  return failed(ended);
}

function failed(ended: Extract<Ended, { end: 'error' }>): LoginAnswer {
  const { code, asked, passed } = ended;
  if (NOT_NOW.test(code)) return { result: 'throttled', response: 'refuse', answer: code };
  if (isTrust(ended)) throw new CannotTell('unsupported', 'no password is asked for, and no user that exists is known');
  // The password was right, or none was needed: the session is refused for want of the database `postgres`.
  if (passed && (code === '3D000' || code === '42501'))
    return { result: 'accepted', answer: `${code} after AuthenticationOk`, grants: 'unknown' };
  if (asked && (code === '28P01' || code === '28000')) return { result: 'rejected', answer: code };
  if (code === '28000') throw new CannotTell('unsupported', 'the server keeps us out before it asks for a password');
  throw new CannotTell('protocol', `a login was answered with the error ${code}`);
}
