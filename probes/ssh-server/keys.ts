import { createHash } from 'node:crypto';
import type { FactOf } from '../../src/model/fact.ts';
import type { ProbeContext } from '../../src/observe/probe.ts';
import { WRITTEN } from '../../src/observe/protocols/certificate.ts';
import { type RsaNumbers, rsaFlaws } from '../../src/observe/protocols/key-flaws.ts';
import type { KexInit } from '../../src/observe/protocols/ssh.ts';
import type { SshConnection } from '../../src/observe/protocols/ssh-connection.ts';
import { methodFor } from '../../src/observe/protocols/ssh-exchange.ts';
import {
  isCertificate,
  readCertificate,
  readHostKey,
  type SshCertificate,
} from '../../src/observe/protocols/ssh-keys.ts';
import { signatureHolds } from '../../src/observe/protocols/ssh-signature.ts';
import type { Answer, SshServer, Unsettled } from './server.ts';

/** Kinds of host keys that are asked for at most, a connection each. */
const KEYS = 6;
/** 31 December 9999: what an OpenSSH certificate that is valid for ever says, in a form that a date has. */
const LAST = 253_402_300_799n;

/** The algorithms to ask for: one a kind of key, as the server names them; several of RSA are of one key. */
export function keyAlgorithms(offer: KexInit): string[] {
  const chosen = new Map<string, string>();
  for (const name of offer.hostKey) {
    const kind = name.replace(/^rsa-sha2-(256|512)/, 'ssh-rsa').replace(/^ssh-rsa-sha\d+@ssh\.com$/, 'ssh-rsa');
    if (!chosen.has(kind)) chosen.set(kind, name);
  }
  return [...chosen.values()];
}

/** A host key that was asked for. */
interface AskedKey {
  readonly algorithm: string;
  readonly answer: Promise<Answer<Buffer>>;
}

/** The host keys of a server, asked for, or why none could be. */
export interface AskedKeys {
  readonly asked: readonly AskedKey[];
  readonly unsettled: readonly Unsettled[];
}

/** Asks for the key of each kind that the server offers; the first on `connection`, which is closed in any case. */
export function askKeys(server: SshServer, connection: SshConnection): AskedKeys {
  const offer = connection.greeting.offer!;
  const method = methodFor(offer);
  const algorithms = keyAlgorithms(offer);
  if (!method || algorithms.length === 0) connection.close();
  if (!method) {
    const what = `no key exchange that is spoken here is among ${offer.kex.join(', ').slice(0, 300)}`;
    return { asked: [], unsettled: [{ reason: 'unsupported', what, open: openFor(offer.hostKey.join()) }] };
  }
  const asked = algorithms.slice(0, KEYS).map((algorithm, index) => ({
    algorithm,
    answer: server.hostKey(method, algorithm, index === 0 ? connection : undefined),
  }));
  // Each is waited for in its turn: one that ends the attempt before that is no rejection that nobody handles.
  for (const { answer } of asked) answer.catch(() => {});
  const left = algorithms.slice(KEYS).join(', ').slice(0, 300);
  const what = `host keys that were not asked for: ${left}`;
  return { asked, unsettled: left === '' ? [] : [{ reason: 'budget', what, open: openFor(left) }] };
}

/** The keys that were shown, and what certificates say of them. */
export async function* hostKeys(
  context: ProbeContext,
  { asked, unsettled }: AskedKeys,
): AsyncGenerator<FactOf<'key' | 'certificate'>, readonly Unsettled[]> {
  const open: Unsettled[] = [];
  const shown = new Set<string>();
  for (const { algorithm, answer: answered } of asked) {
    const answer = await answered;
    const facts = answer.result === 'shown' ? factsOf(context, answer.value) : undefined;
    if (!facts) {
      // A server may offer an algorithm that it has no key for, and hang up when it is asked.
      const why = answer.result === 'shown' ? 'what it showed is no key' : answer.why;
      const reason = answer.result === 'unclear' ? answer.reason : 'protocol';
      open.push({ reason, what: `host key that was not shown: ${algorithm} (${why})`, open: openFor(algorithm) });
    } else
      for (const { fact, blob } of facts) {
        const name = `${fact.kind} ${fact.kind === 'key' ? fact.use : ''} ${fact.sha256}`;
        if (shown.has(name)) continue;
        shown.add(name);
        context.evidence(blob, 'application/octet-stream');
        yield fact;
      }
  }
  return [...open, ...unsettled];
}

const openFor = (algorithms: string): Unsettled['open'] =>
  algorithms.includes('-cert-') ? ['key', 'certificate'] : ['key'];

type Shown = { readonly fact: FactOf<'key' | 'certificate'>; readonly blob: Buffer };

/** What a blob says: a key, or a certificate with its key and that of its authority. Undefined: it is no key. */
function factsOf(context: ProbeContext, blob: Buffer): Shown[] | undefined {
  const certificate = readCertificate(blob);
  if (!certificate) {
    if (isCertificate(blob)) return undefined;
    const key = keyFact(blob, 'ssh-host');
    return key && [{ fact: key, blob }];
  }
  const key = keyFact(certificate.key, 'ssh-host');
  const authority = keyFact(certificate.authority, 'signing');
  if (!key || !authority) return undefined;
  return [
    { fact: certificateFact(context, certificate, blob), blob },
    { fact: key, blob: certificate.key },
    { fact: authority, blob: certificate.authority },
  ];
}

function keyFact(blob: Buffer, use: 'ssh-host' | 'signing'): FactOf<'key'> | undefined {
  const key = readHostKey(blob);
  if (!key) return undefined;
  const { type: _type, rsa, ...fields } = key;
  return { kind: 'key', use, ...fields, ...flawsOf(rsa) };
}

/** What is wrong with the numbers of an RSA key, as a field of its fact. */
export function flawsOf(rsa: RsaNumbers | undefined): Pick<FactOf<'key'>, 'flaws'> {
  const flaws = rsa ? rsaFlaws(rsa) : [];
  return flaws.length > 0 ? { flaws } : {};
}

/** A host certificate of OpenSSH: its names are its principals, and its issuer the authority's key. */
function certificateFact(context: ProbeContext, certificate: SshCertificate, blob: Buffer): FactOf<'certificate'> {
  const { principals, validAfter, validBefore, authority, key, use } = certificate;
  const names = [...context.component.names, context.endpoint.host].map((name) => name.toLowerCase());
  const now = BigInt(Math.floor(Math.max(context.now(), WRITTEN) / 1000));
  // A clock that is too early can be right about what ended before it, and about nothing else.
  const isTold = context.now() >= WRITTEN || validBefore <= now;
  const holds = signatureHolds(authority, certificate.signature, certificate.signed);
  return {
    kind: 'certificate',
    format: 'openssh',
    position: 0,
    sha256: createHash('sha256').update(blob).digest('hex'),
    subject: certificate.keyId,
    issuer: `${readHostKey(authority)?.type ?? 'key'} SHA256:${createHash('sha256').update(authority).digest('base64').replace(/=+$/, '')}`,
    serial: certificate.serial.toString(),
    names: [...principals],
    notBefore: dateOf(validAfter),
    notAfter: dateOf(validBefore),
    signatureAlgorithm: certificate.signatureAlgorithm,
    selfSigned: key.equals(authority),
    ...(holds === undefined ? {} : { signatureHolds: holds }),
    isCa: false,
    keyUsage: [use],
    ...(isTold ? { inDate: validAfter <= now && now < validBefore } : {}),
    // No principals: good for any host.
    nameMatches: principals.length === 0 || principals.some((name) => names.includes(name.toLowerCase())),
  };
}

const dateOf = (seconds: bigint): string => new Date(Number(seconds > LAST ? LAST : seconds) * 1000).toISOString();
