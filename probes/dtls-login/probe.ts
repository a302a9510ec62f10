import type { FactOf } from '../../src/model/fact.ts';
import {
  type Account,
  CannotTell,
  defineProbe,
  loginArms,
  type ProbeContext,
  roleAccess,
} from '../../src/observe/probe.ts';
import { CoapClient, coapRefused } from '../../src/observe/protocols/coap-client.ts';
import { recogniseInside, takesKeys, withoutSecrets } from '../../src/observe/protocols/dtls-inside.ts';
import { again, answersKeys, preShared, tryKey } from './keys.ts';

const CORE = '/.well-known/core';

type Fact = FactOf<'login' | 'throttle' | 'access' | 'service' | 'channel'>;

/**
 * Pre-shared keys of DTLS as logins: the identity is the account, the key its password. With a declared key, what speaks
 * inside is read too, and the roles of CoAP resources are compared. A server that takes no such keys has no such login.
 */
export default defineProbe({
  id: 'dtls-login',
  version: '1',
  title: 'DTLS: which pre-shared keys are taken, and what they reach',
  emits: ['login', 'throttle', 'access', 'service', 'channel'],
  impact: 'login',
  appliesTo: ({ protocol, security, transport }) => protocol === 'dtls' && security === 'none' && transport === 'udp',
  async *observe(context) {
    if (!(await takesKeys(context, ['login', 'throttle', 'access']))) return;
    const accounts = preShared(context.accounts);
    // Where anybody gets an association by the server's certificate, nothing is behind the key.
    const onlyKeys = !(await isOpen(context));
    const accepted = new Set<string>();
    const own = withParts(context, { accounts });
    let untold: CannotTell | undefined;
    try {
      yield* loginArms(own, {
        protocol: 'dtls',
        cannotSend: (_user, secret) => (secret === '' ? 'an empty key is none' : undefined),
        lives: () => answersKeys(context),
        async attempt(user, secret) {
          const answer = await tryKey(context, user, secret);
          if (answer.result === 'accepted') accepted.add(user);
          return answer;
        },
        *access(authentication) {
          if (onlyKeys) yield session(authentication);
        },
      });
    } catch (error) {
      if (!(error instanceof CannotTell) || context.signal.aborted) throw error;
      untold = error;
    }
    const known = accounts.find(({ user }) => accepted.has(user));
    if (known) yield* inside(own, known, onlyKeys);
    if (untold) throw untold;
  },
});

const session = (authentication: FactOf<'access'>['authentication']): FactOf<'access'> => ({
  kind: 'access',
  protocol: 'dtls',
  class: 'function',
  action: 'execute',
  resource: 'DTLS session',
  authentication,
  how: 'recognised',
});

/** Whether an association can be had without a key; where that cannot be told, it may be. */
async function isOpen(context: ProbeContext): Promise<boolean> {
  try {
    const association = await withoutSecrets(context, []);
    await association?.end();
    return association !== undefined;
  } catch (error) {
    if (!(error instanceof CannotTell) || context.signal.aborted) throw error;
    return true;
  }
}

/** What speaks behind a declared key, and what each role reaches there. */
async function* inside(context: ProbeContext, known: Account, onlyKeys: boolean): AsyncGenerator<Fact> {
  const association = await again(context, known);
  let protocol: string | undefined;
  try {
    const found = await recogniseInside(context, association);
    protocol = found?.recognition?.protocol;
    if (!found || !protocol) throw new CannotTell('timeout', 'inside DTLS nothing known was said', ['service']);
    const banner = context.evidence(found.bytes, 'application/octet-stream');
    yield { kind: 'service', protocol, security: 'dtls', banner };
    yield { kind: 'channel', protocol, encryption: 'dtls', version: 'DTLS 1.2' };
  } finally {
    await association.end();
  }
  if (protocol !== 'coap') return;
  if (onlyKeys) yield { ...session('required'), protocol, class: 'content', action: 'list', resource: CORE };
  const endpoint = { ...context.endpoint, protocol, security: 'dtls' as const };
  yield* roleAccess(withParts(context, { endpoint }), {
    protocol,
    action: 'read',
    reach: (account, resource) => reach(context, account, resource),
  });
}

/** One GET over an association of that account's own. */
async function reach(context: ProbeContext, account: Account, resource: string): Promise<{ granted: boolean }> {
  const association = await again(context, account);
  try {
    const answer = await new CoapClient(context, association).get(resource);
    if (answer.code === '2.05') return { granted: true };
    if (coapRefused(answer)) return { granted: false };
    throw new CannotTell('protocol', `a GET was answered ${answer.code}`);
  } finally {
    await association.end();
  }
}

/** The same context but for some of its parts. */
const withParts = (
  context: ProbeContext,
  parts: Partial<Pick<ProbeContext, 'accounts' | 'endpoint'>>,
): ProbeContext => ({
  ...context,
  ...parts,
});
