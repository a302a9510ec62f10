import type { TlsVersion } from '../../src/observe/protocols/tls.ts';
import type { Extension, HelloParts } from '../../src/observe/protocols/tls-hello.ts';
import { type Answer, askFor, type Refused, settled, type Unclear } from './answers.ts';
import type { TlsServer } from './server.ts';

/** What was chosen of a list; `undefined` where the server went on without choosing any. */
export type Chosen = { readonly result: 'accepted'; readonly chosen: number | undefined } | Refused | Unclear;

export interface Found {
  /** In the order in which they were chosen. */
  readonly found: readonly number[];
  /** What the last hello had in it, which was refused. */
  readonly left: readonly number[];
  readonly unclear?: Unclear;
  /** Why nothing more was asked although something was left: the server chose what was not offered, or nothing. */
  readonly ignored?: true;
}

/** The part of the attempt's time after which nothing new is begun. */
export const LATE = 0.9;

/**
 * Asks for all candidates, takes out what was chosen, and asks again until the server refuses. What is not said firmly
 * is asked again beside a hello of that version that is known to be taken. `seen` were chosen before in the same
 * way; with `twice` a refusal counts as such only the second time.
 */
export async function removing(
  server: TlsServer,
  version: TlsVersion,
  candidates: readonly number[],
  ask: (left: readonly number[]) => Promise<Chosen>,
  { seen = [], twice = false }: { seen?: readonly number[]; twice?: boolean } = {},
): Promise<Found> {
  const found = seen.filter((code) => candidates.includes(code));
  let left = candidates.filter((code) => !found.includes(code));
  while (left.length > 0) {
    if (server.spent(LATE)) return { found, left, unclear: LATE_NOW };
    const again = () => ask(left);
    const answer = await settled(server, await again(), again, () => control(server, version));
    if (answer.result === 'unclear') return { found, left, unclear: answer };
    if (answer.result === 'refused') {
      const second = twice && answer.firm ? await server.quietly(again) : answer;
      return second.result === 'accepted' ? { found, left, unclear: CHANGED } : { found, left };
    }
    const { chosen } = answer;
    if (chosen === undefined || !left.includes(chosen)) {
      if (chosen !== undefined && !found.includes(chosen)) found.push(chosen);
      return { found, left, ignored: true };
    }
    found.push(chosen);
    left = left.filter((code) => code !== chosen);
  }
  return { found, left };
}

const LATE_NOW: Unclear = { result: 'unclear', why: 'there was no time left', reason: 'timeout' };

const CHANGED: Unclear = { result: 'unclear', why: 'unstable: refused, and then accepted', reason: 'protocol' };

/** A hello of a version that it takes. */
export const control = (server: TlsServer, version: TlsVersion): Promise<Answer> => askFor(server, version);

/** Versions before TLS 1.3, the newest first. */
export const OLD_VERSIONS: readonly TlsVersion[] = ['TLS 1.2', 'TLS 1.1', 'TLS 1.0', 'SSLv3'];

/** The hello with other extensions in place of those of the same types. */
export const withExtensions = (hello: HelloParts, ...others: readonly Extension[]): HelloParts => {
  const types = others.map(({ type }) => type);
  const kept = (hello.extensions ?? []).filter(({ type }) => !types.includes(type));
  return { ...hello, extensions: [...kept, ...others] };
};

/** The hello without extensions of these types. */
export const without = (hello: HelloParts, ...types: number[]): HelloParts =>
  hello.extensions ? { ...hello, extensions: hello.extensions.filter(({ type }) => !types.includes(type)) } : hello;
