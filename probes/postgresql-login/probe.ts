import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, type LoginAnswer, loginArms, type ProbeContext } from '../../src/observe/probe.ts';
import { withDistinctLogins } from '../../src/observe/protocols/distinct-logins.ts';
import { type Ended, logIn, offersTls } from './session.ts';

/** Whom every installation has, and whom nothing is asked of where all are trusted. */
const SUPERUSER = 'postgres';
/** Declared accounts whose names are tried without a password. */
const MOST_NAMES = 2;
/** Too many connections, starting, shutting down, out of memory or disk (PostgreSQL, appendix A: classes 53 and 57). */
const NOT_NOW = /^(53...|57P0[1-3])$/;

export default defineProbe({
  id: 'postgresql-login',
  version: '2',
  title: 'PostgreSQL: sessions without a password, and who gets in',
  emits: ['login', 'throttle', 'access', 'channel'],
  impact: 'login',
  appliesTo: ({ protocol, port, transport }) => protocol === 'postgresql' && port !== undefined && transport === 'tcp',
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<FactOf<'login' | 'throttle' | 'access' | 'channel'>> {
  const channel = { kind: 'channel', protocol: 'postgresql' } as const;
  const within = context.endpoint.security === 'tls';
  const upgrades = !within && (await offersTls(context));
  const lookAs = async (user: string) => ({
    clear: await withoutPassword(context, false, user),
    secure: upgrades ? await withoutPassword(context, true, user) : undefined,
  });
  let doors = await lookAs(SUPERUSER);
  // The superuser alone may be kept out.
  if (isShut(doors.clear) && isShut(doors.secure)) doors = await lookAs(context.random(6).toString('hex'));
  const { clear, secure } = doors;
  if (isShut(clear) && isShut(secure))
    throw new CannotTell('unsupported', 'the server keeps us out before it asks for a password (pg_hba.conf)');
  if (within) yield { ...channel, encryption: 'tls' };
  else
    yield {
      ...channel,
      encryption: 'none',
      ...(isShut(clear) ? { upgrade: 'starttls' as const } : upgrades ? { offered: 'starttls' as const } : {}),
      // MD5 and SCRAM answer a challenge; what other users are asked for is not known.
      ...(clear.end === 'asks' && clear.clear ? { credentials: true } : {}),
    };
  const tls = !isShut(secure);
  const open = [clear, ...(secure ? [secure] : [])].filter((door) => !isShut(door));

  // NUL ends a word of this protocol: what holds one cannot be sent.
  const distinct = withDistinctLogins(
    context,
    ({ user, secret }) =>
      `${user}${secret}`.includes('\0') || user === '' ? undefined : JSON.stringify([user, secret]),
    'the list has no user and password that PostgreSQL can carry',
  );
  yield* loginArms(distinct, {
    protocol: 'postgresql',
    none: async () => entering(open.find(({ end }) => end === 'in') ?? open.find(isTrust) ?? open[0]!),
    attempt: async (user, secret) => attempted(await logIn(context, tls, user, secret)),
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
}

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
