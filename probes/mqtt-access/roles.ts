import { type Account, CannotTell, type ProbeContext, type RoleAccess } from '../../src/observe/probe.ts';
import { fallsUnder, type MqttLevel } from '../../src/observe/protocols/mqtt.ts';
import { type MqttSession, session } from './session.ts';

/**
 * Whether an account is given a topic. A message, or a refused subscription, says so. A granted subscription does not:
 * brokers grant what they never deliver. Nothing heard is a refusal only where the admin hears a retained message at the
 * same filter, before and after.
 */
export function reachTopic(context: ProbeContext, level: MqttLevel): RoleAccess['reach'] {
  const heard = new Map<string, Account>();

  const subscribed = async ({ user, secret }: Account, filter: string): Promise<MqttSession> => {
    context.redact(secret);
    const came = await session(context, level, [filter], { user, secret });
    if (came.code !== 0)
      throw new CannotTell('protocol', `a declared account was answered with CONNACK ${came.code}`, ['access']);
    return came;
  };
  const retainedAt = ({ messages }: MqttSession, filter: string): boolean =>
    messages.some(({ topic, retained }) => retained && fallsUnder(filter, topic));

  return async (account, filter) => {
    const came = await subscribed(account, filter);
    if (came.messages.some(({ topic }) => fallsUnder(filter, topic))) {
      if (account.role === 'admin' && retainedAt(came, filter)) heard.set(filter, account);
      return { granted: true, class: 'function' };
    }
    const code = came.answered.get(filter);
    if (code === 0x80 || code === 0x87) return { granted: false, class: 'function' };
    const admin = heard.get(filter);
    if (admin && account.role !== 'admin' && retainedAt(await subscribed(admin, filter), filter))
      return { granted: false, class: 'function' };
    throw new CannotTell(
      'unsupported',
      'a subscription was granted and nothing was heard, as a broker does that filters: have a retained message at each topic that is for the admin only',
      ['access'],
    );
  };
}
