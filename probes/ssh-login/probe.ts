import {
  CannotTell,
  defineProbe,
  type Grant,
  type LoginAnswer,
  type LoginProtocol,
  loginArms,
  type ProbeContext,
} from '../../src/observe/probe.ts';
import { SshConnection } from '../../src/observe/protocols/ssh-connection.ts';
import { Door } from './door.ts';
import { type Authenticated, authenticate, unspoken } from './session.ts';

/** Accounts that are asked for with method `none`: one that every Linux device has, one that most others have. */
const NONE_ACCOUNTS = ['root', 'admin'];
const PASSWORD_METHODS = ['password', 'keyboard-interactive'];

export default defineProbe({
  id: 'ssh-login',
  version: '2',
  title: 'SSH: who gets in',
  emits: ['login', 'throttle', 'access'],
  impact: 'login',
  appliesTo: ({ protocol, port }) => protocol === 'ssh' && port !== undefined,
  async *observe(context) {
    const door = new Door(context);
    const connection = await door.open(() => SshConnection.open(context));
    connection.close();
    const { identification, offer } = connection.greeting;
    if (!offer) throw new CannotTell('unsupported', `the server speaks SSH ${identification.protocol} only`);
    const foreign = unspoken(offer);
    if (foreign) throw new CannotTell('unsupported', foreign);
    yield* loginArms(context, sshLogins(context, door));
  },
});

/** SSH's logins: method `none` for well-known accounts, then password or keyboard-interactive. */
function sshLogins(context: ProbeContext, door: Door): LoginProtocol {
  const methodsOf = new Map<string, readonly string[]>();
  let firstForm: string | undefined;
  let grant: Grant = { grants: 'unknown', answer: '' };

  const ask = (user: string, secret?: string): Promise<Authenticated> =>
    door.open(() => authenticate(context, user, secret));
  const answer = (result: Authenticated): LoginAnswer => {
    if (result.accepted) {
      const { grants, changeAsked, by } = result;
      grant = { grants, answer: `success (${by})`, ...(changeAsked ? { changeAsked } : {}) };
      return { result: 'accepted', answer: grant.answer, grants };
    }
    if (result.locked) return { result: 'throttled', response: 'lock', answer: 'locked, in its words' };
    if (result.more) return { result: 'rejected', answer: `${result.more} beside the password`, asksMore: true };
    if (!result.tried) return { result: 'rejected', answer: withoutPasswords(result.methods) };
    const form = result.disconnected === undefined ? 'failure' : `disconnect ${result.disconnected}`;
    firstForm ??= form;
    if (form !== firstForm) return { result: 'throttled', response: 'refuse', answer: form };
    return { result: 'rejected', answer: `${form} (${result.tried})` };
  };

  return {
    protocol: 'ssh',
    async none() {
      let result: Authenticated | undefined;
      for (const user of NONE_ACCOUNTS) {
        result = await ask(user);
        if (result.accepted) return answer(result);
        methodsOf.set(user, result.methods);
      }
      return { result: 'rejected', answer: 'failure (none)' };
    },
    async refuses(user) {
      if (!methodsOf.has(user)) {
        const result = await ask(user);
        if (result.accepted) return undefined;
        methodsOf.set(user, result.methods);
      }
      const methods = methodsOf.get(user)!;
      return methods.some((method) => PASSWORD_METHODS.includes(method)) ? undefined : withoutPasswords(methods);
    },
    async attempt(user, secret) {
      const result = await ask(user, secret);
      door.knocked();
      return answer(result);
    },
    // Seen at the login itself: a session was opened, nothing was sent in it.
    grants: async () => grant,
    *access(authentication) {
      const shell = {
        kind: 'access',
        protocol: 'ssh',
        action: 'execute',
        resource: 'session',
        authentication,
      } as const;
      if (authentication === 'required' || grant.grants === 'full')
        yield { ...shell, class: 'shell', how: 'recognised' };
      // Let in, and no session was to be had: what it is for cannot be said.
      else yield { ...shell, class: 'content', how: 'guessed' };
    },
  };
}

const withoutPasswords = (methods: readonly string[]): string =>
  `passwords are not taken (${methods.join(', ').slice(0, 200) || 'no method is named'})`;
