import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, type LoginAnswer, loginArms, type ProbeContext } from '../../src/observe/probe.ts';
import { withDistinctLogins } from '../../src/observe/protocols/distinct-logins.ts';
import { CLIENT_SSL } from '../../src/observe/protocols/mysql.ts';
import { type Ended, greeting, logIn } from './session.ts';

/** Error numbers of MySQL and MariaDB. Access denied, and access denied whatever the password (unix_socket). */
const DENIED = [1045, 1698];
/** A host or an account that is shut out for its failures. */
const LOCKED = [1129, 3955, 4150];
/** Too many connections, of all or of one user; shutting down; an account that somebody locked. */
const NOT_NOW = [1040, 1053, 1203, 1226, 3118, 4151];
const HOST_NOT_ALLOWED = 1130;
const SECURE_TRANSPORT_REQUIRED = 3159;
/** The password was right, has expired, and must be changed by a client that can. */
const MUST_CHANGE_TO_LOG_IN = 1862;

export default defineProbe({
  id: 'mysql-login',
  version: '2',
  title: 'MySQL and MariaDB: sessions without a name, and who gets in',
  emits: ['login', 'throttle', 'access', 'channel'],
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
  const needsTls = clear.end === 'error' && clear.code === SECURE_TRANSPORT_REQUIRED;
  const channel = { kind: 'channel', protocol: 'mysql' } as const;
  // MariaDB that takes logins in TLS alone says outside what it says to a wrong password.
  const isOpenQuestion = tls && clear.end === 'error' && /mariadb/i.test(server.version);
  if (within) yield { ...channel, encryption: 'tls' };
  else if (!isOpenQuestion)
    yield {
      ...channel,
      encryption: 'none',
      ...(needsTls
        ? { upgrade: 'starttls' as const, credentials: false }
        : secure
          ? { offered: 'starttls' as const }
          : {}),
    };

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
    none: async () => answerTo(entered ?? (needsTls && secure ? secure : clear)),
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
  yield* leavingChannelOpen(arms);
  if (works === undefined || !(await isAcceptedInClear(context, works)))
    throw new CannotTell(
      'unsupported',
      works === undefined
        ? 'whether logins are taken in the clear is shown by a working account'
        : 'the account that works in TLS is refused outside: by its own rule, or by one for all',
      ['channel'],
    );
  yield { ...channel, encryption: 'none', offered: 'starttls' };
}

async function* leavingChannelOpen<T>(facts: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* facts;
  } catch (error) {
    if (error instanceof CannotTell)
      throw new CannotTell(error.reason, error.message, [
        ...(error.open ?? ['login', 'throttle', 'access']),
        'channel',
      ]);
    throw error;
  }
}

/** Whether a login that was accepted in TLS is accepted outside of it too, as far as the budget leaves one for it. */
async function isAcceptedInClear(
  context: ProbeContext,
  { user, secret }: { user: string; secret: string },
): Promise<boolean> {
  if (!context.login.allows(user)) return false;
  context.login.sent(user);
  const outside = await logIn(context, false, user, secret);
  if (outside.end === 'in') context.login.succeeded(user);
  return outside.end === 'in';
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
  if (DENIED.includes(ended.code)) return { result: 'rejected', answer };
  if (ended.code === MUST_CHANGE_TO_LOG_IN) return { result: 'accepted', answer, grants: 'change-only' };
  if (LOCKED.includes(ended.code)) return { result: 'throttled', response: 'lock', answer };
  if (NOT_NOW.includes(ended.code)) return { result: 'throttled', response: 'refuse', answer };
  if (ended.code === SECURE_TRANSPORT_REQUIRED)
    throw new CannotTell('unsupported', 'logins are taken in TLS alone, and none is offered');
  return keptOut(ended.code);
}
