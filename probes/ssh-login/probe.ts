import type { FactOf } from '../../src/model/fact.ts';
import {
  CannotTell,
  defineProbe,
  type Grant,
  type LoginAnswer,
  type LoginProtocol,
  loginArms,
  type ProbeContext,
} from '../../src/observe/probe.ts';
import {
  type KexInit,
  readHostKey,
  readIdentification,
  readKexInit,
  readPacket,
  type SshIdentification,
} from '../../src/observe/protocols/ssh.ts';
import { type Authenticated, authenticate, hostKey, hostKeyAlgorithms, unspoken } from './session.ts';

/** Accounts that are asked for with method `none`: one that every Linux device has, one that most others have. */
const NONE_ACCOUNTS = ['root', 'admin'];
/** What is open where no handshake can be had: all but the offers. */
const BEYOND_OFFERS = ['key', 'login', 'throttle', 'access'] as const;
const PASSWORD_METHODS = ['password', 'keyboard-interactive'];

export default defineProbe({
  id: 'ssh-login',
  version: '1',
  title: 'SSH: what the server offers, its host keys, and who gets in',
  emits: ['login', 'throttle', 'access', 'offer', 'key'],
  impact: 'login',
  appliesTo: ({ protocol, port }) => protocol === 'ssh' && port !== undefined,
  async *observe(context) {
    const { identification, offer } = await readOffer(context);
    yield { kind: 'offer', protocol: 'ssh', role: 'version', name: `SSH-${identification.protocol}` };
    if (!offer)
      throw new CannotTell('unsupported', `the server speaks SSH ${identification.protocol} only`, BEYOND_OFFERS);
    yield* offers(offer);
    const foreign = unspoken(offer);
    if (foreign) throw new CannotTell('unsupported', foreign, BEYOND_OFFERS);

    const unread: string[] = [];
    for (const algorithm of hostKeyAlgorithms(offer)) {
      const blob = await hostKey(context, algorithm).catch((error: unknown) => {
        if (!(error instanceof CannotTell) || context.signal.aborted) throw error;
        return error;
      });
      // A server may offer an algorithm that it has no key for, and hang up when it is asked: its logins stand apart.
      const key = blob instanceof CannotTell ? undefined : readHostKey(blob);
      if (blob instanceof CannotTell || !key) {
        unread.push(`${algorithm}: ${blob instanceof CannotTell ? blob.message : 'no key'}`);
        continue;
      }
      const { type: _type, ...fields } = key;
      context.evidence(blob, 'application/octet-stream');
      yield { kind: 'key', use: 'ssh-host', ...fields };
    }
    yield* logins(context, unread);
  },
});

/** The login arms; host keys that were not shown stay open whatever becomes of the logins. */
async function* logins(
  context: ProbeContext,
  unread: readonly string[],
): AsyncGenerator<FactOf<'login' | 'throttle' | 'access'>> {
  try {
    yield* loginArms(context, sshLogins(context));
  } catch (error) {
    if (unread.length === 0 || !(error instanceof CannotTell)) throw error;
    throw new CannotTell(error.reason, error.message, ['key', ...(error.open ?? BEYOND_OFFERS)]);
  }
  if (unread.length > 0)
    throw new CannotTell('protocol', `host keys that were not shown: ${unread.join('; ')}`, ['key']);
}

/** Banner and KEXINIT, raw: a library would show only what it negotiated. `offer` is absent for SSH 1. */
async function readOffer(
  context: ProbeContext,
): Promise<{ identification: SshIdentification; offer: KexInit | undefined }> {
  const connection = await context.dial();
  try {
    await connection.send('SSH-2.0-probity\r\n');
    const { bytes, ended } = await connection.receive({ until: (seen) => parse(seen) !== undefined, cap: 64 * 1024 });
    const parsed = parse(bytes);
    if (parsed) return parsed;
    const what = parsed === false ? 'no SSH server' : `only ${bytes.length} bytes`;
    if (parsed === undefined && (ended === 'timeout' || ended === 'reset' || ended === 'closed'))
      throw new CannotTell(ended === 'timeout' ? 'timeout' : 'reset', `no whole SSH offer: ${what} (${ended})`);
    throw new CannotTell('protocol', `no SSH offer: ${what}`);
  } finally {
    connection.destroy();
  }
}

function parse(bytes: Buffer): { identification: SshIdentification; offer: KexInit | undefined } | undefined | false {
  const identification = readIdentification(bytes);
  if (!identification) return identification;
  if (identification.protocol.startsWith('1.') && identification.protocol !== '1.99')
    return { identification, offer: undefined };
  const packet = readPacket(bytes.subarray(identification.length));
  if (!packet) return packet;
  const offer = readKexInit(packet.payload);
  return offer ? { identification, offer } : false;
}

function* offers(offer: KexInit): Generator<FactOf<'offer'>> {
  const roles: [FactOf<'offer'>['role'], readonly string[]][] = [
    ['kex', offer.kex],
    ['host-key', offer.hostKey],
    ['cipher', [...offer.cipherToServer, ...offer.cipherToClient]],
    ['mac', [...offer.macToServer, ...offer.macToClient]],
    ['compression', [...offer.compressionToServer, ...offer.compressionToClient]],
  ];
  for (const [role, names] of roles)
    for (const name of new Set(names)) yield { kind: 'offer', protocol: 'ssh', role, name };
}

/** SSH's logins: method `none` for well-known accounts, then password or keyboard-interactive. */
function sshLogins(context: ProbeContext): LoginProtocol {
  const methodsOf = new Map<string, readonly string[]>();
  let firstForm: string | undefined;
  let grant: Grant = { grants: 'unknown', answer: '' };

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
        result = await authenticate(context, user);
        if (result.accepted) return answer(result);
        methodsOf.set(user, result.methods);
      }
      return { result: 'rejected', answer: 'failure (none)' };
    },
    async refuses(user) {
      if (!methodsOf.has(user)) {
        const result = await authenticate(context, user);
        if (result.accepted) return undefined;
        methodsOf.set(user, result.methods);
      }
      const methods = methodsOf.get(user)!;
      return methods.some((method) => PASSWORD_METHODS.includes(method)) ? undefined : withoutPasswords(methods);
    },
    attempt: async (user, secret) => answer(await authenticate(context, user, secret)),
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
