import type { FactOf } from '../../src/model/fact.ts';
import {
  type Authentication,
  CannotTell,
  defineProbe,
  type LoginAnswer,
  type LoginProtocol,
  loginArms,
  type ProbeContext,
} from '../../src/observe/probe.ts';
import { withDistinctLogins } from '../../src/observe/protocols/distinct-logins.ts';
import { errorKind } from '../../src/observe/protocols/redis.ts';
import { withCredentials } from '../../src/observe/protocols/taken-in-clear.ts';
import { asksForLogin, type Reading, type RedisSession, reading, withSession } from './session.ts';

/** A wrong password, or a user who does not exist or is off: of Redis since 6, and before. */
const WRONG = /^WRONGPASS\b|^ERR invalid password\b/;
/** AUTH where no password is set, which is not the answer to a login. */
const NO_PASSWORD = /without any password configured|no password is set/;
const NOT_NOW = /max number of clients|too many|try again|blocked|locked/i;

const LOGINS = ['login', 'throttle', 'access'] as const;

export default defineProbe({
  id: 'redis-access',
  version: '2',
  title: 'Redis: what is read without a login, and who gets in',
  emits: [...LOGINS, 'channel'],
  impact: 'login',
  appliesTo: ({ protocol, port, transport }) => protocol === 'redis' && port !== undefined && transport === 'tcp',
  observe(context) {
    const asked: Asked = {};
    return withCredentials(context, facts(context, asked), () => asked.login, LOGINS);
  },
});

/** Whether whoever gives no password is asked for it: AUTH takes it as it is. */
interface Asked {
  login?: true;
}

async function* facts(context: ProbeContext, asked: Asked): AsyncGenerator<FactOf<'login' | 'throttle' | 'access'>> {
  const met = await withSession(context, meeting);
  const login = logins(context, met);
  if (asksForLogin(met.reading.refusal ?? '')) asked.login = true;
  if (met.isProtected) {
    yield* login.access('required');
    // It answers so to every command, AUTH too: whoever is no neighbour within the device gets nothing at all.
    throw new CannotTell('unsupported', 'protected mode: logins are taken from the device itself alone', [
      'login',
      'throttle',
    ]);
  }
  const distinct = withDistinctLogins(
    context,
    ({ user, secret }) =>
      met.namesUsers ? JSON.stringify([user, secret]) : user === '' || user === 'default' ? secret : undefined,
    'this Redis knows a password alone, and the list has none without a user',
  );
  yield* loginArms(met.namesUsers ? distinct : nameless(distinct), login);
}

/** Before version 6 there is a password and no users: what the list has for `default` is for it too. */
const nameless = (context: ProbeContext): ProbeContext => ({
  ...context,
  credentials: {
    ...context.credentials,
    candidates: context.credentials.candidates.map((candidate) => ({ ...candidate, user: '' })),
  },
});

interface Meeting {
  readonly reading: Reading;
  readonly isProtected: boolean;
  /** Whether AUTH takes a user (since version 6). */
  readonly namesUsers: boolean;
}

/** What is said to whoever has not logged in. AUTH with three words is nobody's login: only its error is looked at. */
async function meeting(session: RedisSession): Promise<Meeting> {
  const auth = await session.command('AUTH', 'a', 'b', 'c');
  if (auth.type === 'error' && errorKind(auth.text) === 'DENIED')
    return { reading: {}, isProtected: true, namesUsers: false };
  if (auth.type === 'error' && NOT_NOW.test(auth.text))
    throw new CannotTell('locked', '"not now" was the answer before any login was sent');
  if (auth.type !== 'error') throw new CannotTell('protocol', 'AUTH with too many words was accepted');
  return { reading: await reading(session), isProtected: false, namesUsers: /^ERR syntax error/.test(auth.text) };
}

function logins(context: ProbeContext, met: Meeting) {
  let inside = met.reading;
  const letIn = (read: Reading, what: string): LoginAnswer => {
    inside = read;
    return { result: 'accepted', answer: what, grants: read.info ? 'full' : 'unknown' };
  };
  return {
    protocol: 'redis',
    passwordOnly: !met.namesUsers,
    none(): Promise<LoginAnswer> {
      const { info, keys, refusal } = met.reading;
      if (info || keys) return Promise.resolve(letIn(met.reading, info ? 'INFO' : 'SCAN'));
      const kind = errorKind(refusal ?? '');
      // A default user who may do nothing is let in and given nothing.
      if (refusal !== undefined && (asksForLogin(refusal) || kind === 'NOPERM'))
        return Promise.resolve({ result: 'rejected', answer: kind });
      return Promise.reject(new CannotTell('protocol', `INFO and SCAN were answered with ${kind || 'something else'}`));
    },
    attempt: (user, secret) =>
      withSession(context, async (session): Promise<LoginAnswer> => {
        const auth = await session.command(...(user === '' ? ['AUTH', secret] : ['AUTH', user, secret]));
        if (auth.type === 'simple' && auth.text === 'OK') {
          const read = await reading(session);
          if (read.refusal !== undefined && asksForLogin(read.refusal))
            throw new CannotTell('protocol', 'AUTH was answered with OK, and a login is asked for all the same');
          return letIn(read, 'OK');
        }
        if (auth.type !== 'error') throw new CannotTell('protocol', `AUTH was answered with a reply of ${auth.type}`);
        const kind = errorKind(auth.text);
        if (WRONG.test(auth.text)) return { result: 'rejected', answer: kind };
        if (NOT_NOW.test(auth.text)) return { result: 'throttled', response: 'refuse', answer: kind };
        if (NO_PASSWORD.test(auth.text)) return { result: 'rejected', answer: 'no password is set' };
        throw new CannotTell('protocol', `AUTH was answered with ${kind || 'an error of no kind'}`);
      }),
    access: (authentication: Authentication) => accessOf(context, inside, authentication),
  } satisfies LoginProtocol;
}

/** The server's own settings, and the names of what is stored: whose data they are, only a planted marker shows. */
function* accessOf(
  context: ProbeContext,
  { info, keys = [] }: Reading,
  authentication: Authentication,
): Generator<FactOf<'access'>> {
  const access = { kind: 'access', protocol: 'redis', how: 'recognised', authentication } as const;
  const settings = { ...access, class: 'setting', action: 'read', resource: 'INFO' } as const;
  if (authentication === 'required') return yield settings;
  if (info) yield { ...settings, ...markedBy(context, info), sample: context.evidence(info, 'text/plain') };
  if (keys.length > 0) {
    const names = Buffer.concat(keys.flatMap((key) => [key, Buffer.from('\n')]));
    const marked = markedBy(context, names);
    yield {
      ...access,
      class: 'customer-data',
      action: 'list',
      resource: 'keys',
      how: 'guessed',
      ...marked,
      sample: context.evidence(names, 'text/plain'),
    };
  } else if (!info) yield { ...access, class: 'content', action: 'execute', resource: 'session' };
}

function markedBy(context: ProbeContext, bytes: Buffer): Pick<FactOf<'access'>, 'marker'> & { how?: 'marker' } {
  const [marker] = context.markersIn(bytes);
  return marker === undefined ? {} : { how: 'marker', marker };
}
