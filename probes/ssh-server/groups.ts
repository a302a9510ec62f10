import type { FactOf } from '../../src/model/fact.ts';
import type { KexInit } from '../../src/observe/protocols/ssh.ts';
import { GROUP_EXCHANGES, kexMethod } from '../../src/observe/protocols/ssh-exchange.ts';
import { keyAlgorithms } from './keys.ts';
import type { Answer, SshServer, Unsettled } from './server.ts';

type Sizes = readonly [least: number, wanted: number, greatest: number];

/** Makes a server give the smallest group that it has from 1024 bits on (RFC 4419, 3). */
const LEAST: Sizes = [1024, 1024, 8192];
/** For what is smaller, and for servers that go by the greatest size. */
const SMALL: readonly Sizes[] = [
  [512, 512, 1024],
  [1024, 1024, 1024],
];
/** OpenSSH gives another group to who takes no more than 2048 bits. */
const SHORT: Sizes = [2048, 2048, 2048];
/** What clients of today ask for: a server that refuses all the others has answered them only if it takes this one. */
const CONTROL: Sizes = [2048, 4096, 8192];

/** What came of a group exchange: the sizes of the groups that the server gives, and what stays open. */
export interface Groups {
  readonly facts: readonly FactOf<'offer'>[];
  readonly unsettled: readonly Unsettled[];
}

/**
 * Asks for groups of several sizes. A connection that is closed in place of a group is a no only if the server gives one
 * again afterwards: a server that keeps us out, or fails, closes too.
 */
export async function askGroups(server: SshServer, offer: KexInit): Promise<Groups> {
  const name = GROUP_EXCHANGES.find((one) => offer.kex.includes(one));
  const method = name === undefined ? undefined : kexMethod(name);
  const [algorithm] = keyAlgorithms(offer);
  if (name === undefined || !method || algorithm === undefined) return { facts: [], unsettled: [] };
  const ask = async (sizes: Sizes): Promise<Asked> => ({ sizes, answer: await server.group(method, algorithm, sizes) });

  const small = await Promise.all(SMALL.map(ask));
  const usual = await Promise.all([LEAST, SHORT].map(ask));
  const asked = [...usual, ...small];
  const isShown = ({ answer }: Asked): boolean => answer.result === 'shown';
  const isRefused = ({ answer }: Asked): boolean => answer.result === 'refused';
  let isBelieved = !asked.some(isRefused) || (!usual.some(isRefused) && usual.some(isShown));
  if (!isBelieved) {
    const control = await ask(asked.find(isShown)?.sizes ?? CONTROL);
    isBelieved = isShown(control);
    asked.push(control);
  }

  const bits = new Set(asked.flatMap(({ answer }) => (answer.result === 'shown' ? [answer.value] : [])));
  const facts = [...bits].map((size) => ({ kind: 'offer', protocol: 'ssh', role: 'group', name, bits: size }) as const);
  const unclear = asked.flatMap(({ sizes, answer }) =>
    answer.result === 'unclear' || (answer.result === 'refused' && !isBelieved)
      ? [
          {
            reason: answer.result === 'unclear' ? answer.reason : 'protocol',
            what: `${sizes.join('/')}: ${answer.why}`,
          },
        ]
      : [],
  );
  if (unclear.length === 0) return { facts, unsettled: [] };
  const what = `sizes of ${name} that stay unclear: ${unclear.map((one) => one.what).join('; ')}`;
  return { facts, unsettled: [{ reason: unclear.at(-1)!.reason, what, open: ['offer'] }] };
}

interface Asked {
  readonly sizes: Sizes;
  readonly answer: Answer<number>;
}
