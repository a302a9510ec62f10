import { CannotTell } from '../../src/observe/probe.ts';
import { certificateFacts } from '../../src/observe/protocols/certificate.ts';
import { suitesOf, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import type { Known, Stage, TlsServer } from './server.ts';

/** The certificates that a server presents: to a client of today, and to those that know one kind of key alone. */
export const certificates: Stage = async function* (server, known) {
  const { context } = server;
  const raw = [...known.versions.values()].find((answer) => answer.certificates.length > 0)?.certificates;
  const first = await presented(server, raw);
  for (const one of [first, ...(await others(server, known, first))]) {
    const facts = certificateFacts({
      chain: one,
      names: context.component.names,
      host: context.endpoint.host,
      trust: context.trust,
      now: context.now(),
    });
    for (const [i, fact] of facts.certificates.entries()) {
      context.evidence(one[i]!, 'application/pkix-cert');
      yield fact;
    }
    yield facts.key;
  }
  return [];
};

/** The chain as a client of today gets it; where Node cannot speak with the server, as the raw handshake showed it. */
async function presented(server: TlsServer, raw: readonly Buffer[] | undefined): Promise<readonly Buffer[]> {
  try {
    server.handshakes += 1;
    const connection = await server.open();
    try {
      await connection.upgrade();
      const shown = connection.tls?.certificates ?? [];
      if (shown.length > 0) return shown;
    } finally {
      connection.destroy();
    }
  } catch (error) {
    // Our own TLS is newer than many devices': that it fails says nothing as long as the handshake was seen in the clear.
    if (!(error instanceof CannotTell) || error.reason === 'aborted' || error.reason === 'scope') throw error;
    if (!raw)
      throw new CannotTell(error.reason, `the certificate could not be read: ${error.message}`, ['certificate', 'key']);
  }
  if (raw) return raw;
  throw new CannotTell('protocol', 'the server presented no certificate', ['certificate', 'key']);
}

/**
 * The chains of other leaves than the one that clients of today get: a server may have one a kind of key, and shows the
 * older kind to who knows no other. TLS 1.3 hides them, so that only versions before it are asked.
 */
async function others(server: TlsServer, known: Known, first: readonly Buffer[]): Promise<(readonly Buffer[])[]> {
  const version = [...known.versions.keys()].findLast((one) => one !== 'TLS 1.3');
  if (version === undefined) return [];
  const chains = [...known.versions.values()].map((answer) => answer.certificates);
  for (const kind of [/_RSA_WITH_|TLS_RSA_(EXPORT|WITH)/, /_ECDSA_WITH_/]) {
    chains.push(await chainFor(server, version, kind));
  }
  const leaves = first.slice(0, 1);
  return chains.filter(([leaf]) => {
    const isNew = leaf !== undefined && !leaves.some((one) => one.equals(leaf));
    if (isNew) leaves.push(leaf);
    return isNew;
  });
}

async function chainFor(server: TlsServer, version: TlsVersion, kind: RegExp): Promise<readonly Buffer[]> {
  const suites = suitesOf(version).filter((code) => kind.test(suiteName(code)));
  const told = await server.ask(server.hello(version, suites));
  return told.kind === 'hello' && told.hello.version === version ? told.answer.certificates : [];
}
