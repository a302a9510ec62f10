import type { FactOf } from '../../src/model/fact.ts';
import {
  CannotTell,
  defineProbe,
  type LoginAnswer,
  type LoginProtocol,
  loginArms,
  type ProbeContext,
  roleAccess,
} from '../../src/observe/probe.ts';
import type { MqttLevel } from '../../src/observe/protocols/mqtt.ts';
import { withCredentials } from '../../src/observe/protocols/taken-in-clear.ts';
import { ALL, BROKER, declaredTopics, readBy } from './read.ts';
import { reachTopic } from './roles.ts';
import { type MqttSession, session, withoutName } from './session.ts';

/** Return codes (OASIS MQTT 3.1.1, 3.2.2.3; MQTT 5, 3.2.2.2) that refuse a login. */
const REFUSED = [4, 5, 0x86, 0x87];
/** Server unavailable, busy, quota and rate exceeded: "not now". */
const NOT_NOW = [3, 0x88, 0x89, 0x97, 0x9f];
const BANNED = 0x8a;
/** What is no word about the login: why nobody can say whether it was right. */
const ELSEWHERE: Readonly<Record<number, string>> = {
  2: 'the broker takes only client identifiers of its own',
  133: 'the broker takes only client identifiers of its own',
  140: 'the broker asks for an authentication of its own',
  156: 'the broker sends to another one',
  157: 'the broker sends to another one',
};

const LOGINS = ['login', 'throttle', 'access'] as const;

export default defineProbe({
  id: 'mqtt-access',
  version: '3',
  title: 'MQTT: who may connect, and who may read what others publish',
  emits: [...LOGINS, 'channel'],
  impact: 'login',
  appliesTo: ({ protocol, port }) => protocol === 'mqtt' && port !== undefined,
  observe(context) {
    const met: Met = {};
    return withCredentials(context, facts(context, met), () => met.asks, LOGINS);
  },
});

/** What was met first: whether who gives no name is refused for it. MQTT has no other place for one than CONNECT. */
interface Met {
  asks?: true;
}

async function* facts(context: ProbeContext, met: Met): AsyncGenerator<FactOf<'login' | 'throttle' | 'access'>> {
  const declared = declaredTopics(context);
  const { level, nameless } = await withoutName(context, [ALL, BROKER, ...declared]);
  if (REFUSED.includes(nameless.code)) met.asks = true;
  yield* loginArms(context, mqttLogins(context, level, nameless, declared));
  yield* roleAccess(context, { protocol: 'mqtt', action: 'subscribe', reach: reachTopic(context, level) });
}

/** Let in and given nothing is not in: what a name would be given is still the question. */
const givenNothing = ({ code, answered }: MqttSession): boolean =>
  code === 0 && ![...answered.values()].some((one) => one >= 0 && one < 0x80);

function mqttLogins(
  context: ProbeContext,
  level: MqttLevel,
  nameless: MqttSession,
  declared: readonly string[],
): LoginProtocol {
  let inside = nameless;
  const answer = (came: MqttSession): LoginAnswer => {
    const { code } = came;
    const said = `CONNACK ${code}`;
    if (code === 0) {
      inside = came;
      const all = came.answered.get(ALL) ?? 0x80;
      return { result: 'accepted', answer: said, grants: all >= 0 && all < 0x80 ? 'full' : 'unknown' };
    }
    if (REFUSED.includes(code)) return { result: 'rejected', answer: said };
    if (NOT_NOW.includes(code)) return { result: 'throttled', response: 'refuse', answer: said };
    if (code === BANNED) return { result: 'throttled', response: 'lock', answer: said };
    const why = ELSEWHERE[code];
    if (why) throw new CannotTell('unsupported', `${why} (${said})`);
    throw new CannotTell('protocol', `a login was answered with ${said}`);
  };
  return {
    protocol: 'mqtt',
    none: () =>
      Promise.resolve(
        givenNothing(nameless)
          ? { result: 'rejected', answer: 'CONNACK 0, and no subscription granted' }
          : answer(nameless),
      ),
    attempt: async (user, secret) =>
      answer(await session(context, level, [ALL, BROKER, ...declared], { user, secret })),
    access: (authentication) =>
      readBy(context, authentication === 'required' ? nameless : inside, authentication, declared),
  };
}
