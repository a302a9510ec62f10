import type { Ended } from '../../src/observe/probe.ts';
import {
  ALERTS,
  readTlsAnswer,
  type ServerHello,
  TLS_VERSIONS,
  type TlsAnswer,
} from '../../src/observe/protocols/tls.ts';
import type { HelloParts } from '../../src/observe/protocols/tls-hello.ts';
import { isSuite13, suiteName } from '../../src/observe/protocols/tls-suites.ts';

/**
 * What a server said to one hello. Each is another answer: an alert and a close may be refusals, a reset, silence and
 * what is no TLS tell nothing. `hello`: the server chose, and went on as far as it does in the clear; `alert` with
 * `after`: it chose and then gave up. `refused`: no connection could be had at all.
 */
export type Told =
  | { readonly kind: 'hello'; readonly hello: ServerHello; readonly answer: TlsAnswer; readonly bytes: Buffer }
  | {
      readonly kind: 'alert';
      readonly level: number;
      readonly code: number;
      readonly name: string;
      readonly after?: ServerHello;
    }
  | { readonly kind: 'closed' }
  | { readonly kind: 'reset' | 'timeout' | 'garbage' | 'refused'; readonly why: string };

/** Bytes that are looked at of one answer: a chain of a thousand certificates is below, an endless one is not. */
export const CAP = 1_048_576;

/** Whether nothing more can come that would change what was told. */
export const isEnough = (bytes: Buffer): boolean => {
  const answer = readTlsAnswer(bytes);
  return answer.done || !answer.isTls;
};

/** What came, and how it ended, as one answer. */
export function told(bytes: Buffer, ended: Ended): Told {
  const answer = readTlsAnswer(bytes);
  const { hello, alert } = answer;
  const fatal = alert?.level === 2;
  // A fatal alert ends TLS: what follows it may be the words of the protocol around it (vsftpd: `500 OOPS`).
  if (!answer.isTls && !fatal) return { kind: 'garbage', why: 'what came is not TLS' };
  // At the cap a certificate was still coming, in order: what was chosen is clear.
  if (hello && !fatal && (answer.done || ended === 'cap')) return { kind: 'hello', hello, answer, bytes };
  if (alert && (fatal || ended === 'closed')) {
    const { level, code } = alert;
    return { kind: 'alert', level, code, name: ALERTS[code] ?? `alert ${code}`, ...(hello && { after: hello }) };
  }
  if (ended === 'closed' && bytes.length === 0) return { kind: 'closed' };
  if (ended === 'timeout') return { kind: 'timeout', why: `no whole answer in time (${bytes.length} bytes)` };
  return { kind: ended === 'reset' ? 'reset' : 'garbage', why: `${ended} after ${bytes.length} bytes` };
}

/** What is wrong with the choice of a server that chose what this hello did not offer (RFC 5246, 7.4.1.3; RFC 8446, 4.1.3). */
export function notOffered(hello: ServerHello, asked: HelloParts): string | undefined {
  const { version, suite, compression } = hello;
  if (version === undefined) return 'a version that there is not was chosen';
  const code = TLS_VERSIONS[version];
  if (code > asked.version && !versionsIn(asked).includes(code)) return `${version} was chosen and not offered`;
  if (!asked.suites.includes(suite)) return `${suiteName(suite)} was chosen and not offered`;
  if (isSuite13(suite) !== (version === 'TLS 1.3')) return `${suiteName(suite)} was chosen for ${version}`;
  if (!(asked.compression ?? [0]).includes(compression)) return `compression ${compression} was chosen and not offered`;
  return undefined;
}

/** The versions of `supported_versions` (RFC 8446, 4.2.1). */
function versionsIn(asked: HelloParts): number[] {
  const body = asked.extensions?.find(({ type }) => type === 43)?.body ?? Buffer.alloc(0);
  return Array.from({ length: Math.max(0, (body.length - 1) >> 1) }, (_, i) => body.readUInt16BE(1 + 2 * i));
}
