import type { FactOf } from '../../src/model/fact.ts';
import {
  CannotTell,
  defineProbe,
  type LoginAnswer,
  type LoginProtocol,
  loginArms,
  type ProbeContext,
} from '../../src/observe/probe.ts';
import type { MqttLevel } from '../../src/observe/protocols/mqtt.ts';
import { type MqttSession, session, TOPICS } from './session.ts';

/** Return codes (OASIS MQTT 3.1.1, 3.2.2.3; MQTT 5, 3.2.2.2) that refuse a login. */
const REFUSED = [4, 5, 0x86, 0x87, 0x8c];
/** Server unavailable, busy, banned, quota and rate exceeded: "not now". */
const NOT_NOW = [3, 0x88, 0x89, 0x8a, 0x97, 0x9f];
/** Unacceptable protocol level, in both versions' words. */
const OTHER_LEVEL = [1, 0x84];

export default defineProbe({
  id: 'mqtt-access',
  version: '1',
  title: 'MQTT: who may connect, and who may read what others publish',
  emits: ['login', 'throttle', 'access'],
  impact: 'login',
  appliesTo: ({ protocol, port }) => protocol === 'mqtt' && port !== undefined,
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<FactOf<'login' | 'throttle' | 'access'>> {
  let level: MqttLevel = 4;
  let nameless = await session(context, level);
  if (OTHER_LEVEL.includes(nameless.code)) {
    level = 5;
    nameless = await session(context, level);
  }
  yield* loginArms(context, mqttLogins(context, level, nameless));
}

function mqttLogins(context: ProbeContext, level: MqttLevel, nameless: MqttSession): LoginProtocol {
  let inside = nameless;
  const answer = (came: MqttSession): LoginAnswer => {
    const said = `CONNACK ${came.code}`;
    if (came.code === 0) {
      inside = came;
      return { result: 'accepted', answer: said, grants: came.granted?.[0] ? 'full' : 'unknown' };
    }
    if (REFUSED.includes(came.code)) return { result: 'rejected', answer: said };
    if (NOT_NOW.includes(came.code)) return { result: 'throttled', response: 'refuse', answer: said };
    throw new CannotTell('protocol', `a login was answered with ${said}`);
  };
  return {
    protocol: 'mqtt',
    none: () =>
      // Let in and given nothing is not in: what a name would be given is still the question.
      Promise.resolve(
        nameless.code === 0 && !nameless.granted?.includes(true)
          ? { result: 'rejected', answer: 'CONNACK 0, and no subscription granted' }
          : answer(nameless),
      ),
    attempt: async (user, secret) => answer(await session(context, level, { user, secret })),
    *access(authentication) {
      const access = { kind: 'access', protocol: 'mqtt', action: 'subscribe' } as const;
      const all = { ...access, class: 'function', resource: TOPICS[0] } as const;
      if (authentication === 'required' || !inside.granted?.[0])
        yield { ...all, authentication: 'required', how: 'recognised' };
      // A broker may grant everything and deliver nothing: only a message, if of the broker itself, shows that it does.
      else
        yield { ...all, authentication, how: inside.messages?.some((count) => count > 0) ? 'recognised' : 'guessed' };
      if (authentication !== 'required' && inside.granted?.[1] && !inside.granted[0])
        yield { ...access, class: 'content', resource: TOPICS[1], authentication, how: 'recognised' };
    },
  };
}
