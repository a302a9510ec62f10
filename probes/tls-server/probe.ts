import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { certificateFacts } from '../../src/observe/protocols/certificate.ts';
import { suitesOf, TLS_VERSIONS, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { askAlone, askVersion, CLOSED, chainFor, type VersionAnswer } from './versions.ts';

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
    for (const [version, ask] of askAll(context)) {
      const answer = await ask();
      answers.set(version, answer);
      if (answer.result === 'accepted') yield offer(version);
    }
    // The newest first: what is accepted tells a close that is meant for the version from one that is not.
    for (const [version, doubtful] of [...answers].reverse()) {
      const control = VERSIONS.findLast((one) => answers.get(one)?.result === 'accepted');
      if (!isDoubtful(doubtful, control)) continue;
      const answer = await askAlone(context, version, control);
      answers.set(version, answer);
      if (answer.result === 'accepted') yield offer(version);
    }
    for (const [version, answer] of answers) {
      context.log.debug({ version, result: answer.result, why: 'why' in answer ? answer.why : '' }, 'TLS version');
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
    for (const one of [chain.certificates, ...(await others(context, answers, chain.certificates))]) {
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
    const first = unclear[0];
    if (first) {
      const names = unclear.map(({ version, why }) => `${version} (${why})`).join(', ');
      throw new CannotTell(first.reason, `not clear whether accepted: ${names}`, ['offer']);
    }
  },
});

const offer = (version: TlsVersion): FactOf<'offer'> => ({
  kind: 'offer',
  protocol: 'tls',
  role: 'version',
  name: version,
  code: TLS_VERSIONS[version],
});

/** What a server could also have done to a connection that it had no place for, or for a reason that is not the version. */
const isDoubtful = (answer: VersionAnswer, control: TlsVersion | undefined): boolean =>
  answer.result === 'refused'
    ? !answer.firm && (control !== undefined || answer.why === CLOSED)
    : answer.result === 'unclear' && answer.reason === 'reset';

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

/**
 * The chains of other leaves than the one that clients of today get: a server may have one a kind of key, and shows the
 * older kind to who knows no other. TLS 1.3 hides them, so that only versions before it are asked.
 */
async function others(
  context: ProbeContext,
  answers: ReadonlyMap<TlsVersion, VersionAnswer>,
  known: readonly Buffer[],
): Promise<(readonly Buffer[])[]> {
  const version = VERSIONS.findLast((one) => one !== 'TLS 1.3' && answers.get(one)?.result === 'accepted');
  if (version === undefined) return [];
  const chains = [...answers.values()].flatMap((a) => (a.result === 'accepted' ? [a.answer.certificates] : []));
  for (const kind of [/_RSA_WITH_|TLS_RSA_(EXPORT|WITH)/, /_ECDSA_WITH_/]) {
    const suites = suitesOf(version).filter((code) => kind.test(suiteName(code)));
    chains.push(await chainFor(context, version, suites));
  }
  const leaves = known.slice(0, 1);
  return chains.filter(([leaf]) => {
    const isNew = leaf !== undefined && !leaves.some((one) => one.equals(leaf));
    if (isNew) leaves.push(leaf);
    return isNew;
  });
}
