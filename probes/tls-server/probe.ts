import { CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { certificateFacts } from '../../src/observe/protocols/certificate.ts';
import { TLS_VERSIONS, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { askVersion, type VersionAnswer } from './versions.ts';

const VERSIONS = Object.keys(TLS_VERSIONS) as TlsVersion[];

/**
 * Which versions a TLS server accepts, each asked for by a hello of its own, and the certificates it presents. A
 * version whose answer was neither yes nor no leaves `offer` open and is named.
 */
export default defineProbe({
  id: 'tls-server',
  version: '1',
  title: 'Versions and certificate of a TLS server',
  emits: ['offer', 'certificate', 'key'],
  impact: 'connect',
  appliesTo: ({ protocol, security, transport }) => protocol === 'tls' && security === 'none' && transport === 'tcp',
  async *observe(context) {
    const answers = new Map<TlsVersion, VersionAnswer>();
    const asked = askAll(context);
    for (const [version, ask] of asked) {
      const answer = await ask();
      answers.set(version, answer);
      context.log.debug({ version, result: answer.result, why: 'why' in answer ? answer.why : '' }, 'TLS version');
      if (answer.result === 'accepted') {
        yield { kind: 'offer', protocol: 'tls', role: 'version', name: version, code: TLS_VERSIONS[version] };
      }
    }
    const unclear = [...answers].flatMap(([version, a]) => (a.result === 'unclear' ? [{ version, ...a }] : []));
    const accepted = [...answers.values()].flatMap((a) => (a.result === 'accepted' ? [a.answer] : []));
    if (accepted.length === 0) {
      const why = [...answers].map(([version, a]) => `${version}: ${a.result === 'accepted' ? '' : a.why}`).join('; ');
      const all = unclear.length === VERSIONS.length ? unclear[0] : undefined;
      throw new CannotTell(all?.reason ?? 'protocol', `no version was accepted (${why})`);
    }
    const chain = await presented(
      context,
      accepted.flatMap((answer) => (answer.certificates.length > 0 ? [answer.certificates] : []))[0],
    );
    const facts = certificateFacts({
      chain: chain.certificates,
      names: context.component.names,
      host: context.endpoint.host,
      trust: context.trust,
      now: context.now(),
    });
    for (const [i, fact] of facts.certificates.entries()) {
      context.evidence(chain.certificates[i]!, 'application/pkix-cert');
      yield fact;
    }
    yield facts.key;
    const first = unclear[0];
    if (first) {
      const names = unclear.map(({ version, why }) => `${version} (${why})`).join(', ');
      throw new CannotTell(first.reason, `not clear whether accepted: ${names}`, ['offer']);
    }
  },
});

/** Each version with its answer: all at once within the device's limit, one after the other where it is fragile. */
function askAll(context: ProbeContext): (readonly [TlsVersion, () => Promise<VersionAnswer>])[] {
  return VERSIONS.map((version) => {
    if (context.component.fragile) return [version, () => askVersion(context, version)];
    const answer = askVersion(context, version);
    // It is waited for in its turn; what was thrown before that must not end the process.
    answer.catch(() => undefined);
    return [version, () => answer];
  });
}

/** The chain as a client of today gets it; where Node cannot speak with the server, as the raw handshake showed it. */
async function presented(
  context: ProbeContext,
  raw: readonly Buffer[] | undefined,
): Promise<{ certificates: readonly Buffer[] }> {
  try {
    const connection = await context.dial({ security: 'tls' });
    const certificates = connection.tls?.certificates ?? [];
    connection.destroy();
    if (certificates.length > 0) return { certificates };
  } catch (error) {
    // Our own TLS is newer than many devices': that it fails says nothing as long as the handshake was seen in the clear.
    if (!(error instanceof CannotTell) || error.reason === 'aborted' || error.reason === 'scope') throw error;
    if (!raw)
      throw new CannotTell(error.reason, `the certificate could not be read: ${error.message}`, ['certificate', 'key']);
  }
  if (raw) return { certificates: raw };
  throw new CannotTell('protocol', 'the server presented no certificate', ['certificate', 'key']);
}
