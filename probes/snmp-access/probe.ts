import type { FactOf } from '../../src/model/fact.ts';
import {
  CannotTell,
  defineProbe,
  type LoginAnswer,
  type LoginProtocol,
  loginArms,
  type ProbeContext,
} from '../../src/observe/probe.ts';
import { getRequest, readAnswer, type SnmpAnswer, SYSTEM } from '../../src/observe/protocols/snmp.ts';
import { snmpEngineDiscovery } from '../../src/observe/protocols/udp-payloads.ts';

/** Silence is the answer to a wrong community: so long is waited for another one, milliseconds at most. */
const SILENCE_MS = 2000;
const SENDS = 2;
const NAMES = { 0: 'SNMPv1', 1: 'SNMPv2c' } as const;

type Read = Extract<SnmpAnswer, { values: unknown }>;

/** What this agent has shown of itself so far. */
interface Agent {
  v3: boolean;
  /** What the last community that was answered read, and by which version. */
  read?: Read;
}

export default defineProbe({
  id: 'snmp-access',
  version: '1',
  title: 'SNMP: communities that read, and what they read',
  emits: ['login', 'throttle', 'access', 'channel', 'identity'],
  impact: 'login',
  appliesTo: ({ protocol, transport, port }) => protocol === 'snmp' && transport === 'udp' && port !== undefined,
  observe: (context) => facts(context),
});

async function* facts(
  context: ProbeContext,
): AsyncGenerator<FactOf<'login' | 'throttle' | 'access' | 'channel' | 'identity'>> {
  const agent: Agent = { v3: await engineAnswers(context) };
  const { authentication } = yield* loginArms(context, communities(context, agent));
  if (!agent.v3 && !agent.read)
    throw new CannotTell('timeout', 'no community was answered, and neither was engine discovery', [
      'login',
      'throttle',
      'access',
      'channel',
      'identity',
    ]);
  if (!agent.read) {
    yield { kind: 'channel', protocol: 'snmp', encryption: 'other', version: 'SNMPv3' };
    return;
  }
  yield { kind: 'channel', protocol: 'snmp', encryption: 'none', version: NAMES[agent.read.version] };
  // Without a sign of life at first, what takes a login could not be said before.
  if (!agent.v3 && authentication === 'required') yield access(authentication);
  yield* identities(agent.read, authentication === 'required');
}

/** SNMPv3 engine discovery (RFC 3414, 4): a sign of life that takes no secret. */
async function engineAnswers(context: ProbeContext): Promise<boolean> {
  const message = snmpEngineDiscovery((bytes) => context.random(bytes));
  return (await exchange(context, [message], (answer) => (answer.version === 3 ? answer : undefined))) !== undefined;
}

/** The first answer that fits, or undefined for silence. A lost datagram is sent once more. */
async function exchange<T>(
  context: ProbeContext,
  messages: readonly Buffer[],
  fits: (answer: SnmpAnswer) => T | undefined,
): Promise<T | undefined> {
  const datagram = await context.datagram();
  try {
    const wait = Math.min(SILENCE_MS, context.limits.wait) / SENDS;
    for (let sent = 0; sent < SENDS; sent += 1) {
      for (const message of messages) await datagram.send(message);
      const until = context.now() + wait;
      for (let left = wait; left > 0; left = until - context.now()) {
        const message = await datagram.receive({ wait: left });
        if (message === undefined) break;
        const answer = readAnswer(message.bytes);
        const fit = answer && fits(answer);
        if (fit !== undefined) return fit;
      }
    }
    return undefined;
  } finally {
    datagram.close();
  }
}

/** Communities as logins: password-only, and each one an account of its own, for none is ever locked. GET only. */
function communities(context: ProbeContext, agent: Agent): LoginProtocol {
  return {
    protocol: 'snmp',
    async attempt(_user, community): Promise<LoginAnswer> {
      const id = context.random(4).readUInt32BE() >>> 1;
      const oids = Object.values(SYSTEM);
      // Version 1 answers all or nothing: sysDescr alone is on every agent.
      const messages = [getRequest(1, community, id, oids), getRequest(0, community, id, [SYSTEM.sysDescr])];
      const read = await exchange(context, messages, (answer) =>
        answer.version !== 3 && answer.id === id ? answer : undefined,
      );
      // 16 is authorizationError (RFC 3416): refused in so many words.
      if (read?.status === 16) return { result: 'rejected', answer: 'authorizationError' };
      if (!read) return { result: 'rejected', answer: agent.v3 ? 'silence of a live agent' : 'silence' };
      agent.read = read;
      return {
        result: 'accepted',
        answer: `${NAMES[read.version]} answer, status ${read.status}`,
        grants: read.values.size > 0 ? 'full' : 'unknown',
      };
    },
    *access(authentication) {
      if (authentication !== 'required' || agent.v3) yield access(authentication);
    },
  };
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
