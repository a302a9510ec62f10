import type { FactOf } from '../../src/model/fact.ts';
import type { Authentication, ProbeContext } from '../../src/observe/probe.ts';
import { isSecretField } from '../../src/observe/protocols/content.ts';
import { declaredAt } from '../../src/observe/protocols/declared.ts';
import { markedOrSecret, type ReadAs } from '../../src/observe/protocols/marked.ts';
import { fallsUnder, type MqttMessage } from '../../src/observe/protocols/mqtt.ts';
import { oneLine } from '../../src/observe/protocols/text.ts';
import type { MqttSession } from './session.ts';

/** Everything, and what the broker says of itself: subscribed to, and never published to. */
export const ALL = '#';
export const BROKER = '$SYS/#';
const DECLARED = 16;
/** Facts about single topics. */
const TOPICS = 32;
/** Bytes of a message in which secrets are looked for. */
const LOOKED_AT = 65_536;
/** The SUBACK codes that refuse whoever asked (3.1.1, 3.9.3; 5, 3.9.3); others speak of the filter or of the broker. */
const NOT_AUTHORISED = [0x80, 0x87];

type Access = FactOf<'access'>;

/** The topics here that the declaration keeps from strangers, or for the admin. */
export const declaredTopics = ({ component, endpoint }: ProbeContext): string[] =>
  [
    ...new Set(
      declaredAt(component, endpoint).flatMap(({ protects = [], adminOnly = [] }) => [...protects, ...adminOnly]),
    ),
  ]
    .filter((topic) => topic !== ALL && topic !== BROKER)
    .slice(0, DECLARED);

/**
 * What a session that anyone may have has read, or was refused. A granted subscription is a guess: brokers grant what
 * they never deliver. A message shows that they do.
 */
export function* readBy(
  context: ProbeContext,
  { code, answered, messages }: MqttSession,
  reached: Authentication,
  declared: readonly string[],
): Generator<Access> {
  const common = { kind: 'access', protocol: 'mqtt' } as const;
  const all = { ...common, class: 'function', action: 'subscribe', resource: ALL } as const;
  if (code !== 0) {
    yield { ...all, authentication: 'required', how: 'recognised' };
    return;
  }
  // Let in without a name all the same, where it was given nothing.
  const authentication = reached === 'required' ? 'none' : reached;
  const granted = (filter: string): boolean => (answered.get(filter) ?? 0x80) >= 0 && answered.get(filter)! < 0x80;
  const refused = (filter: string): boolean => NOT_AUTHORISED.includes(answered.get(filter) ?? 0);

  const others = messages.filter(({ topic }) => !topic.startsWith('$'));
  if (granted(ALL)) yield { ...all, authentication, how: others.length > 0 ? 'recognised' : 'guessed' };
  else if (refused(ALL)) yield { ...all, authentication: 'required', how: 'recognised' };

  const ofBroker = { ...all, class: 'content', resource: BROKER, authentication } as const;
  if (messages.some(({ topic }) => topic.startsWith('$SYS/'))) yield { ...ofBroker, how: 'recognised' };
  else if (granted(BROKER) && !granted(ALL)) yield { ...ofBroker, how: 'guessed' };

  for (const topic of declared) {
    const own = { ...all, resource: topic } as const;
    if (messages.some((message) => fallsUnder(topic, message.topic))) yield { ...own, authentication, how: 'declared' };
    else if (granted(topic)) yield { ...own, authentication, how: 'guessed' };
    else if (refused(topic)) yield { ...own, authentication: 'required', how: 'declared' };
  }
  for (const read of topics(context, messages)) yield { ...common, action: 'read', authentication, ...read };

  // A session is something, though nobody can say what it may publish: that is never tried.
  if (![...answered.keys()].some(granted) && messages.length === 0)
    yield { ...common, class: 'content', action: 'execute', resource: 'session', authentication, how: 'guessed' };
}

type TopicRead = ReadAs & Pick<Access, 'resource'>;

/** The topics whose messages hold a planted marker or a secret. */
function topics(context: ProbeContext, messages: readonly MqttMessage[]): TopicRead[] {
  const found = new Map<string, TopicRead>();
  for (const { topic, payload } of messages) {
    if (found.size >= TOPICS) break;
    const whole = Buffer.concat([Buffer.from(`${topic}\n`), payload]);
    const isSecret = isSecretField(topic.slice(topic.lastIndexOf('/') + 1), payload.toString('utf8', 0, 1024));
    const read = markedOrSecret(context.markersIn(whole), whole.toString('utf8', 0, LOOKED_AT));
    const said: ReadAs[] = read.length === 0 && isSecret ? [{ class: 'secret', how: 'recognised' }] : read;
    for (const one of said) {
      const resource = oneLine(topic, 200);
      found.set(JSON.stringify([resource, one.marker]), { ...one, resource });
    }
  }
  return [...found.values()];
}
