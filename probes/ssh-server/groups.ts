import type { FactOf } from '../../src/model/fact.ts';
import type { KexInit } from '../../src/observe/protocols/ssh.ts';
import { GROUP_EXCHANGES, kexMethod } from '../../src/observe/protocols/ssh-exchange.ts';
import { keyAlgorithms } from './keys.ts';
import type { SshServer, Unsettled } from './server.ts';

/**
 * Least, wanted and greatest bits of the groups that are asked for. The first makes a server give the smallest that it
 * has from 1024 bits on (RFC 4419, 3); the others are for what is smaller, and for servers that go by the greatest size
 * (OpenSSH gives another group to who takes no more than 2048 bits).
 */
const REQUESTS = [
  [1024, 1024, 8192],
  [512, 512, 1024],
  [1024, 1024, 1024],
  [2048, 2048, 2048],
] as const;
/** What clients of today ask for: a server that refuses all the others has answered them only if it takes this one. */
const CONTROL = [2048, 4096, 8192] as const;

/** The sizes of the groups that a server gives in a group exchange. */
export async function* groups(
  server: SshServer,
  offer: KexInit,
): AsyncGenerator<FactOf<'offer'>, readonly Unsettled[]> {
  const name = GROUP_EXCHANGES.find((one) => offer.kex.includes(one));
  const method = name === undefined ? undefined : kexMethod(name);
  const [algorithm] = keyAlgorithms(offer);
  if (name === undefined || !method || algorithm === undefined) return [];
  const seen = new Set<number>();
  const unclear: string[] = [];
  let reason: Unsettled['reason'] = 'protocol';
  let isAnswered = false;
  for (const sizes of [...REQUESTS, CONTROL]) {
    if (sizes === CONTROL && isAnswered) break;
    if (server.gone) {
      unclear.push(`${sizes.join('/')}: not asked any more`);
      continue;
    }
    const answer = await server.group(method, algorithm, sizes);
    if (answer.result === 'unclear') {
      reason = answer.reason;
      unclear.push(`${sizes.join('/')}: ${answer.why}`);
    }
    if (answer.result !== 'shown') continue;
    isAnswered = true;
    if (seen.has(answer.value)) continue;
    seen.add(answer.value);
    yield { kind: 'offer', protocol: 'ssh', role: 'group', name, bits: answer.value };
  }
  if (unclear.length > 0)
    return [{ reason, what: `sizes of ${name} that stay unclear: ${unclear.join('; ')}`, open: ['offer'] }];
  if (!isAnswered) return [{ reason: 'protocol', what: `${name} is offered, and no group was given`, open: ['offer'] }];
  return [];
}
