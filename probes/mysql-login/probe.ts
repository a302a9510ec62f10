import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, type LoginAnswer, loginArms, type ProbeContext } from '../../src/observe/probe.ts';
import { withDistinctLogins } from '../../src/observe/protocols/distinct-logins.ts';
import { CLIENT_SSL } from '../../src/observe/protocols/mysql.ts';
import { withChannelShown } from '../../src/observe/protocols/starttls-shown.ts';
import { tlsChannel } from '../../src/observe/protocols/tls-channel.ts';
import { type Ended, greeting, logIn } from './session.ts';

/** Error numbers of MySQL and MariaDB. Access denied, and access denied whatever the password (unix_socket). */
const DENIED = [1045, 1698];
/** A host or an account that is shut out for its failures. */
const LOCKED = [1129, 3955, 4150];
/** Too many connections, of all or of one user; shutting down; an account that somebody locked. */
const NOT_NOW = [1040, 1053, 1203, 1226, 3118, 4151];
const HOST_NOT_ALLOWED = 1130;
const SECURE_TRANSPORT_REQUIRED = 3159;
const LOGINS = ['login', 'throttle', 'access'] as const;
/** The password was right, has expired, and must be changed by a client that can. */
const MUST_CHANGE_TO_LOG_IN = 1862;

export default defineProbe({
  id: 'mysql-login',
  version: '2',
  title: 'MySQL and MariaDB: sessions without a name, and who gets in',
  emits: [...LOGINS, 'channel'],
  impact: 'login',
  appliesTo: ({ protocol, port, transport }) => protocol === 'mysql' && port !== undefined && transport === 'tcp',
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<FactOf<'login' | 'throttle' | 'access' | 'channel'>> {
  const server = await greeting(context);
  if (typeof server === 'number') keptOut(server);
  const within = context.endpoint.security === 'tls';
  const tls = !within && (server.capabilities & CLIENT_SSL) !== 0;
  // A0: an account without a name serves whatever name has none of its own.
  const clear = await logIn(context, false, '', '');
  const secure = tls ? await logIn(context, true, '', '') : undefined;
  const channel = { kind: 'channel', protocol: 'mysql' } as const;
  const needsTls = { ...channel, encryption: 'none', upgrade: 'starttls', credentials: false } as const;
  if (isForTlsAlone(clear) && !tls && !within)
    throw new CannotTell('unsupported', 'logins are taken in TLS alone, and none is offered');
  // Wrong words are refused alike where logins are taken in TLS alone: who may not get in is not told why.
  const isOpenQuestion = tls && clear.end === 'error' && !isForTlsAlone(clear);
  if (within) yield { ...channel, ...(await wrapping(context)) };
  else if (isForTlsAlone(clear)) yield needsTls;
  else if (!isOpenQuestion)
    yield { ...channel, encryption: 'none', ...(secure ? { offered: 'starttls' as const } : {}) };

  const entered = [clear, secure].find((door) => door?.end === 'in');
  let last: Ended | undefined = entered;
  let works: { user: string; secret: string } | undefined;
  const distinct = withDistinctLogins(
    context,
    ({ user, secret }) => (user.includes('\0') ? undefined : JSON.stringify([user, secret])),
    'the list has no user that MySQL can carry',
  );
  const arms = loginArms(distinct, {
    protocol: 'mysql',
    none: async () => answerTo(entered ?? (isForTlsAlone(clear) && secure ? secure : clear)),
    // In TLS where it is offered: an account that asks for TLS refuses its own password outside.
    attempt: async (user, secret) => {
      last = await logIn(context, tls, user, secret);
      if (last.end === 'in') works = { user, secret };
      return answerTo(last);
    },
    grants: async () => {
      const grants = last?.end === 'in' ? last.grants : 'change-only';
      return grants === 'change-only'
        ? { grants, changeAsked: true, answer: 'a new password is asked for' }
        : { grants, answer: 'OK' };
    },
    *access(authentication) {
      yield {
        kind: 'access',
        protocol: 'mysql',
        class: 'function',
        action: 'execute',
        resource: 'session',
        authentication,
        how: 'recognised',
      };
    },
  });
  if (!isOpenQuestion) return yield* arms;
  yield* withChannelShown(arms, LOGINS, async function* () {
    const outside = works === undefined ? undefined : await outsideOfTls(context, works);
    if (outside?.end === 'in') yield { ...channel, encryption: 'none', offered: 'starttls' };
    else if (outside !== undefined && isForTlsAlone(outside)) yield needsTls;
    else
      throw new CannotTell(
        'unsupported',
        outside === undefined
          ? 'whether logins are taken in the clear is shown by a working account'
          : 'the account that works in TLS is refused outside, perhaps by its own rule and not by one for all',
      );
  });
}

/**
 * The server says that nobody logs in outside of TLS: `require_secure_transport`, which MySQL looks at once the password
 * was right (MariaDB says no more than to a wrong one), or MaxScale's listener, which looks at nothing else.
 */
const isForTlsAlone = (ended: Ended): boolean =>
  ended.end === 'error' &&
  (ended.code === SECURE_TRANSPORT_REQUIRED || (ended.code === 1045 && ended.words === 'Access without SSL denied'));

/** How an account that was accepted in TLS fares outside of it; undefined where the budget leaves no login for it. */
async function outsideOfTls(
  context: ProbeContext,
  { user, secret }: { user: string; secret: string },
): Promise<Ended | undefined> {
  if (!context.login.allows(user)) return undefined;
  context.login.sent(user);
  const outside = await logIn(context, false, user, secret);
  if (outside.end === 'in' || outside.code === SECURE_TRANSPORT_REQUIRED) context.login.succeeded(user);
  return outside;
}

/** How the TLS that wraps the whole port encrypts. */
async function wrapping(context: ProbeContext): Promise<Pick<FactOf<'channel'>, 'encryption' | 'version'>> {
  const connection = await context.dial();
  connection.destroy();
  return tlsChannel(connection.tls);
}

/** An error in place of the handshake, before anything was asked. */
function keptOut(code: number): never {
  if (LOCKED.includes(code) || NOT_NOW.includes(code))
    throw new CannotTell('locked', `connections are answered "not now" (ER ${code})`);
  if (code === HOST_NOT_ALLOWED)
    throw new CannotTell('unsupported', 'no account may log in from our address (ER 1130)');
  throw new CannotTell('protocol', `connections are answered with ER ${code}`);
}

function answerTo(ended: Ended): LoginAnswer {
  if (ended.end === 'in') return { result: 'accepted', answer: 'OK', grants: ended.grants };
  const answer = `ER ${ended.code}`;
  if (isForTlsAlone(ended)) throw new CannotTell('unsupported', 'logins are taken in TLS alone, and none is offered');
  if (DENIED.includes(ended.code)) return { result: 'rejected', answer };
  if (ended.code === MUST_CHANGE_TO_LOG_IN) return { result: 'accepted', answer, grants: 'change-only' };
  if (LOCKED.includes(ended.code)) return { result: 'throttled', response: 'lock', answer };
  if (NOT_NOW.includes(ended.code)) return { result: 'throttled', response: 'refuse', answer };
  return keptOut(ended.code);
}
