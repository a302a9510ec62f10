import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import {
  type CertificateRequest,
  type MadeCertificate,
  madeCertificate,
  readCertificateRequest,
} from '../../src/observe/protocols/client-certificate.ts';
import { clientHello, readTlsAnswer } from '../../src/observe/protocols/tls.ts';
import type { Exchange, Exchanges } from './exchange.ts';

const CAP = 64 * 1024;

/** What a server asks of a client's certificate: nothing, or the kind of key that it takes and the names that it knows. */
export type Asked = false | { readonly kind: 'ec' | 'rsa'; readonly names: readonly Buffer[] };

/** Whether this certificate went out: there are so many bytes more with it than without. */
export const wentOut = (made: MadeCertificate, withIt: Exchange, without: Exchange): boolean =>
  withIt.sent - without.sent >= made.length;

/**
 * Whether the server asks for a certificate. Up to TLS 1.2 it does so in the clear; in TLS 1.3 it is told by whether one
 * that we offer goes out. Throws CannotTell where no handshake can be had.
 */
export async function asked(context: ProbeContext, exchanges: Exchanges): Promise<Asked> {
  const clear = await askedInClear(context);
  if (clear === 'nothing') return false;
  if (clear) return { kind: clear.kinds[0] ?? 'ec', names: clear.names };
  const without = await exchanges.with(undefined);
  if (without.version === undefined)
    throw new CannotTell('unsupported', `no TLS handshake could be had: ${without.answer}`);
  for (const kind of ['ec', 'rsa'] as const) {
    const made = await stranger(context, kind);
    if (made && wentOut(made, await exchanges.with(made), without)) return { kind, names: [] };
  }
  if (without.end !== 'refused') return false;
  throw new CannotTell('unsupported', `${without.answer}, and no certificate of ours is of a kind that is taken`);
}

/** The CertificateRequest up to TLS 1.2; `nothing` where a whole flight came without one; undefined where none came. */
async function askedInClear(context: ProbeContext): Promise<CertificateRequest | 'nothing' | undefined> {
  const connection = await context.dial({ security: 'none' });
  try {
    const servername = context.component.names[0];
    await connection.send(clientHello({ version: 'TLS 1.2', random: context.random(64), servername }));
    const { bytes } = await connection.receive({ until: (seen) => readTlsAnswer(seen).done, cap: CAP });
    const { isTls, hello, alert, done, wantsCertificate } = readTlsAnswer(bytes);
    if (!isTls || !hello || alert || !done) return undefined;
    return wantsCertificate ? readCertificateRequest(bytes, hello.version === 'TLS 1.2') : 'nothing';
  } finally {
    connection.destroy();
  }
}

/** A certificate that nobody knows, of the kind asked for; with `issuer`, of a CA that only has the name of a known one. */
export const stranger = (
  context: ProbeContext,
  kind: 'ec' | 'rsa',
  issuer?: Buffer,
): Promise<MadeCertificate | undefined> => madeCertificate(context.random, { kind, issuer });
