import { suitesOf, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { askFor, SHORT, settled } from './answers.ts';
import type { TlsServer, Unsettled } from './server.ts';

/** Whose order decides which suite is chosen. */
export interface Order {
  readonly result: 'own' | "the client's" | 'unknown';
  readonly unsettled: readonly Unsettled[];
}

export const OWN: Order = { result: 'own', unsettled: [] };

/** Something that was answered in two ways: whatever was not seen may be there, and be shown to others. */
export const unstable = (what: string): Unsettled => ({
  reason: 'protocol',
  what: `unstable: ${what}`,
  open: ['offer', 'certificate', 'key', 'weakness'],
});

/**
 * Whether suites that were chosen one after the other stand in the order in which they were asked for. Who goes by the
 * client's order chooses no other; who has an order of its own is soon out of it.
 */
export const isAsAsked = (chosen: readonly number[], version: TlsVersion): boolean => {
  const places = chosen.map((code) => suitesOf(version).indexOf(code));
  return places.every((place, i) => i === 0 || place > places[i - 1]!);
};

/** Of the opposite order the same suite is chosen, or another. */
export async function orderOf(
  server: TlsServer,
  version: TlsVersion,
  first: number,
  reversed: readonly number[],
): Promise<Order> {
  if (reversed.length < 2) return { result: 'unknown', unsettled: [] };
  const ask = () => askFor(server, version, reversed);
  const answer = await settled(server, await ask(), ask, () => askFor(server, version, [first]));
  if (answer.result === 'refused') {
    const what = `${version} was accepted, and then refused with the same suites in the opposite order`;
    return { result: 'unknown', unsettled: [unstable(what)] };
  }
  if (answer.result === 'unclear') return { result: 'unknown', unsettled: [] };
  return answer.hello.suite === first ? OWN : { result: "the client's", unsettled: [] };
}

const isChacha = (code: number): boolean => suiteName(code).includes('CHACHA20');

/** What was found in the opposite order, and no ChaCha20 first: some take it there, whatever their own order is. */
export function shortReversed(found: readonly number[]): number[] {
  const reversed = found.slice(0, SHORT).reverse();
  const other = reversed.findIndex((code) => !isChacha(code));
  if (other > 0 && other < reversed.length - 1) reversed.unshift(...reversed.splice(other, 1));
  return reversed;
}

/** The order of what was found in several hellos, asked for as long as `more` holds. */
export async function inOrder(
  server: TlsServer,
  version: TlsVersion,
  found: readonly number[],
  more: () => boolean,
): Promise<readonly number[]> {
  const ordered: number[] = [];
  for (let rest = [...found]; rest.length > 0 && rest.length <= SHORT && more(); ) {
    const answer = rest.length === 1 ? undefined : await askFor(server, version, rest);
    const suite = answer?.result === 'accepted' ? answer.hello.suite : rest[0]!;
    ordered.push(suite);
    rest = rest.filter((code) => code !== suite);
  }
  return [...ordered, ...found.filter((code) => !ordered.includes(code))];
}
