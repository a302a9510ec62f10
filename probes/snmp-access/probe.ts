import type { FactOf } from '../../src/model/fact.ts';
import {
  CannotTell,
  defineProbe,
  type LoginAnswer,
  type LoginProtocol,
  loginArms,
  type ProbeContext,
} from '../../src/observe/probe.ts';
import { markedOrSecret } from '../../src/observe/protocols/marked.ts';
import { getRequest, readAnswer, SYSTEM } from '../../src/observe/protocols/snmp.ts';
import { exchange } from './exchange.ts';
import { discoverUsers, type UserAnswer, type Users } from './users.ts';

const NAMES = { 0: 'SNMPv1', 1: 'SNMPv2c', 3: 'SNMPv3' } as const;
/** Bytes of a community at most: agents take 256 and fewer. */
const COMMUNITY_BYTES = 1024;
const ALL = ['login', 'throttle', 'access', 'channel', 'identity'] as const;

/** What the last login that was accepted read. */
interface Read {
  readonly version: keyof typeof NAMES;
  readonly values: ReadonlyMap<string, string>;
  /** Encrypted, and refused when it was not. */
  readonly encrypted?: boolean;
}

/** What this agent has shown of itself so far. */
interface Agent {
  readonly users: Users | undefined;
  read?: Read;
  /** A known user reads by the name alone. */
  byName?: true;
}

export default defineProbe({
  id: 'snmp-access',
  version: '3',
  title: 'SNMP: communities and users that read, and what they read',
  emits: ALL,
  impact: 'login',
  appliesTo: ({ protocol, transport, port }) => protocol === 'snmp' && transport === 'udp' && port !== undefined,
  observe: (context) => facts(context),
});

async function* facts(
  context: ProbeContext,
): AsyncGenerator<FactOf<'login' | 'throttle' | 'access' | 'channel' | 'identity'>> {
  const agent: Agent = { users: await discoverUsers(context) };
  const { authentication } = yield* loginArms(context, logins(context, agent));
  const { read, users } = agent;
  if (!users && !read)
    throw new CannotTell('timeout', 'no community was answered, and neither was engine discovery', ALL);
  if (!read)
    // Communities and users that nobody knows of may be in use all the same, and not encrypted.
    throw new CannotTell('unsupported', 'no community and no user was let in: whether it is encrypted was not seen', [
      'channel',
    ]);
  yield {
    kind: 'channel',
    protocol: 'snmp',
    encryption: read.encrypted ? 'other' : 'none',
    version: NAMES[read.version],
    // A community is a secret, and travels as it is.
    ...(read.encrypted ? {} : { credentials: read.version !== 3 }),
  };
  // Without a sign of life at first, what takes a login could not be said before.
  if (!users && authentication === 'required') yield access(authentication);
  if (agent.byName && authentication === 'required') yield access('none');
  yield* identities(read, authentication === 'required' && !agent.byName);
}

/**
 * Logins of two kinds, GET only. Without a user: communities of v1 and v2c, each one an account of its own, for none is
 * ever locked. With one: SNMPv3. The random login is both.
 */
function logins(context: ProbeContext, agent: Agent): LoginProtocol {
  const known = new Set([...context.credentials.candidates, ...context.accounts].map(({ user }) => user));

  // What was read in the clear is told in the place of what was not.
  const remember = (read: Read): void => {
    if (!agent.read || agent.read.encrypted || !read.encrypted) agent.read = read;
  };

  const byCommunity = async (community: string): Promise<LoginAnswer> => {
    if (Buffer.byteLength(community) > COMMUNITY_BYTES)
      return { result: 'rejected', answer: 'longer than a community may be: not sent' };
    const id = context.random(4).readUInt32BE() >>> 1;
    const oids = Object.values(SYSTEM);
    // Version 1 answers all or nothing: sysDescr alone is on every agent.
    const messages = [getRequest(1, community, id, oids), getRequest(0, community, id, [SYSTEM.sysDescr])];
    const read = await exchange(context, messages, (bytes) => {
      const answer = readAnswer(bytes);
      return answer && answer.version !== 3 && answer.id === id ? answer : undefined;
    });
    // 16 is authorizationError (RFC 3416): refused in so many words.
    if (read?.status === 16) return { result: 'rejected', answer: 'authorizationError' };
    if (!read) return { result: 'rejected', answer: agent.users ? 'silence of a live agent' : 'silence' };
    remember({ version: read.version, values: read.values });
    return {
      result: 'accepted',
      answer: `${NAMES[read.version]} answer, status ${read.status}`,
      grants: read.values.size > 0 ? 'full' : 'unknown',
    };
  };

  const asUser = (came: UserAnswer): LoginAnswer => {
    if (came.result === 'rejected') return came;
    if (came.values.size > 0) remember({ version: 3, values: came.values, encrypted: came.level === 'authPriv' });
    return { result: 'accepted', answer: came.answer, grants: came.values.size > 0 ? 'full' : 'unknown' };
  };

  /** An engine may keep silent about names that it does not know. */
  const anyName = async (users: Users, user: string): Promise<LoginAnswer> => {
    try {
      return asUser(await users.byName(user));
    } catch (error) {
      if (error instanceof CannotTell && error.reason === 'timeout')
        return { result: 'rejected', answer: 'to a user too' };
      throw error;
    }
  };

  return {
    protocol: 'snmp',
    async attempt(user, secret): Promise<LoginAnswer> {
      if (user === '') return byCommunity(secret);
      if (!known.has(user)) {
        const answer = await byCommunity(secret);
        if (answer.result === 'accepted' || !agent.users) return answer;
        const byName = await anyName(agent.users, user);
        return byName.result === 'accepted' ? byName : { ...byName, answer: `${answer.answer}, ${byName.answer}` };
      }
      if (!agent.users) return { result: 'rejected', answer: 'no SNMPv3 engine answers' };
      const came = await agent.users.attempt(user, secret);
      if (came.result === 'accepted' && came.level === 'noAuthNoPriv') agent.byName = true;
      return asUser(came);
    },
    *access(authentication) {
      const anyone = authentication === 'any' && agent.byName ? 'none' : authentication;
      if (anyone !== 'required' || agent.users) yield access(anyone);
      if (anyone !== 'required') yield* marked(context, agent.read, anyone);
    },
  };
}

/** What the tester planted, among what anybody reads. */
function* marked(
  context: ProbeContext,
  read: Read | undefined,
  authentication: FactOf<'access'>['authentication'],
): Generator<FactOf<'access'>> {
  const text = [...(read?.values.values() ?? [])].join('\n');
  for (const found of markedOrSecret(context.markersIn(text), text, 'setting'))
    yield { ...access(authentication), ...found };
}

const access = (authentication: FactOf<'access'>['authentication']): FactOf<'access'> => ({
  kind: 'access',
  protocol: 'snmp',
  class: 'setting',
  action: 'read',
  resource: 'system',
  authentication,
  how: 'recognised',
});

const WHAT = {
  sysDescr: 'model',
  sysName: 'name',
  sysLocation: 'location',
  sysContact: 'owner',
} as const satisfies Record<keyof typeof SYSTEM, FactOf<'identity'>['what']>;

const FIRMWARE = /\bfirmware(?: version)?[ :=]{0,3}v?(\d[\w.+-]{0,40})/i;

function* identities(read: Read, authenticated: boolean): Generator<FactOf<'identity'>> {
  for (const name of Object.keys(WHAT) as (keyof typeof WHAT)[]) {
    const value = read.values.get(SYSTEM[name]);
    if (!value) continue;
    const common = { kind: 'identity', via: `snmp ${name}`, authenticated } as const;
    yield { ...common, what: WHAT[name], value };
    // Agents put everything into one line; a version is one only where it is called the firmware's.
    const firmware = name === 'sysDescr' ? FIRMWARE.exec(value)?.[1] : undefined;
    if (firmware) yield { ...common, what: 'firmware', value: firmware };
  }
}
