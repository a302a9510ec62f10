import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell } from '../../src/observe/probe.ts';
import { type Shown, shownIn } from '../../src/observe/protocols/certificate-message.ts';
import { helloParts, suitesOf, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { type Answer, readAnswer, settled } from './answers.ts';
import { ask13, type Shown13 } from './ask13.ts';
import type { TlsServer, Unsettled } from './server.ts';
import type { Told } from './told.ts';

/** What one way of asking showed: a chain (of none, where the server goes without), a refusal, or neither. */
export type Look =
  | { readonly result: 'shown'; readonly shown: Shown }
  | { readonly result: 'refused' }
  | { readonly result: 'unclear'; readonly unsettled: Unsettled };

/** Kinds of key that a client may know alone. */
export type KeyKind = 'rsa' | 'ec' | 'dsa';

/** Suites by the key that the server proves itself with (RFC 5246, A.5; RFC 8422; RFC 4279 for RSA_PSK). */
const PROVED_BY: Readonly<Record<KeyKind, RegExp>> = {
  rsa: /_RSA_(PSK_)?(EXPORT_|EXPORT1024_|FIPS_)?WITH_/,
  ec: /_ECDSA_WITH_/,
  dsa: /_DSS_(EXPORT_|EXPORT1024_)?WITH_/,
};

/** In the order of a client of today; the last ones for servers of yesterday. */
const MODERN: readonly number[] = [
  0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc00a, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
  0x000a,
];

/** IANA "TLS SignatureScheme" by the leaf's key: ECDSA; EdDSA; RSA with PSS and, for issuers, PKCS#1. */
const SCHEMES: Readonly<Record<'rsa' | 'ec' | 'edwards', readonly number[]>> = {
  ec: [0x0403, 0x0503, 0x0603, 0x081a, 0x081b, 0x081c],
  edwards: [0x0807, 0x0808],
  rsa: [0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601],
};

/** Suites of a hello that every server takes. */
const SHORT = 64;

const OPEN: readonly FactOf<'certificate' | 'key'>['kind'][] = ['certificate', 'key'];
const unclear = (reason: Unsettled['reason'], what: string): Look => ({
  result: 'unclear',
  unsettled: { reason, what, open: OPEN },
});

/** Asks one server for its certificates, in one version up to TLS 1.2. */
export class CertificateAsks {
  readonly #server: TlsServer;
  readonly #version: TlsVersion;
  /** A hello that the server is known to take. */
  readonly #taken: readonly number[];

  constructor(server: TlsServer, version: TlsVersion, taken: readonly number[]) {
    this.#server = server;
    this.#version = version;
    this.#taken = taken;
  }

  /** As a client of today asks that gives this name, or none. */
  modern(name: string | undefined): Promise<Look> {
    const isOwn = name === this.#server.servername;
    const whom = isOwn ? 'of today' : name === undefined ? 'that gives no name' : `that gives the name ${name}`;
    return this.#look(MODERN, `to a client ${whom}`, name);
  }

  /** As one that knows this kind of key alone. */
  async ofKind(kind: KeyKind): Promise<Look> {
    const suites = suitesOf(this.#version).filter((code) => PROVED_BY[kind].test(suiteName(code)));
    const most = this.#server.short ? SHORT : suites.length;
    let last: Look = { result: 'refused' };
    for (let at = 0; at < suites.length; at += most) {
      last = await this.#look(
        suites.slice(at, at + most),
        `to a client that knows ${kind.toUpperCase()} alone`,
        this.#server.servername,
      );
      if (last.result !== 'refused') return last;
    }
    return last;
  }

  async #look(suites: readonly number[], whom: string, name: string | undefined): Promise<Look> {
    const { answer, told } = await this.#ask(suites, name);
    if (answer.result === 'refused') return { result: 'refused' };
    if (answer.result === 'unclear')
      return unclear(answer.reason, `not clear which certificate is shown ${whom} (${answer.why})`);
    return { result: 'shown', shown: told?.kind === 'hello' ? shownIn(told.bytes) : NONE };
  }

  async #ask(suites: readonly number[], name: string | undefined): Promise<{ answer: Answer; told: Told | undefined }> {
    let told: Told | undefined;
    const ask = async (offered: readonly number[]): Promise<Answer> => {
      const { context, short } = this.#server;
      const hello = helloParts({
        version: this.#version,
        random: context.random(64),
        suites: offered,
        short,
        servername: name,
      });
      const one = await this.#server.ask(hello);
      if (offered === suites) told = one;
      return readAnswer(this.#version, one);
    };
    const control = () => ask(this.#taken);
    const answer = await settled(this.#server, await ask(suites), () => ask(suites), control);
    if (answer.result !== 'unclear' || answer.reason !== 'reset') return { answer, told };
    // Some servers have no other word than a reset for suites of which they have none: it stands where others get through.
    const other = await control();
    if (other.result !== 'accepted') return { answer, told };
    return { answer: { result: 'refused', why: answer.why, firm: false }, told };
  }
}

const NONE: Shown = { certificates: [], presented: 0, whole: true };

/** The chain that a server of TLS 1.3 shows to who can verify these signatures; absent: all of them. */
export async function look13(
  server: TlsServer,
  kind?: keyof typeof SCHEMES,
  servername?: string | false,
): Promise<Look> {
  const shown = await ask13(server, {
    ...(kind && { schemes: SCHEMES[kind] }),
    ...(servername !== undefined && { servername }),
  });
  if (shown.kind === 'flight') return { result: 'shown', shown: listed(shown) };
  if (shown.kind === 'alert' && shown.after === undefined) return { result: 'refused' };
  const why = 'why' in shown ? shown.why : shown.kind;
  const reason = shown.kind === 'timeout' ? 'timeout' : shown.kind === 'garbage' ? 'protocol' : 'reset';
  return unclear(
    reason,
    `not clear which certificate TLS 1.3 shows${kind ? ` to a client that knows ${kind} alone` : ''} (${why})`,
  );
}

const listed = ({ flight: { certificates, presented } }: Shown13): Shown => ({ certificates, presented, whole: true });

/** The same by the engine's own TLS, for a server that ours does not get through to. */
export async function lookByEngine(server: TlsServer): Promise<Look> {
  try {
    server.handshakes += 1;
    const connection = await server.open();
    try {
      await connection.upgrade();
      const certificates = connection.tls?.certificates ?? [];
      return { result: 'shown', shown: { certificates, presented: certificates.length, whole: true } };
    } finally {
      connection.destroy();
    }
  } catch (error) {
    if (!(error instanceof CannotTell) || error.reason === 'aborted' || error.reason === 'scope') throw error;
    return unclear(error.reason, `the certificate of TLS 1.3 could not be read (${error.message})`);
  }
}
