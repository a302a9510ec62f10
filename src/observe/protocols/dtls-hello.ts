import { DTLS_VERSIONS, type DtlsVersion } from './dtls.ts';
import { extensions, type HelloParts } from './tls-hello.ts';
import { SUITES_12, SUITES_13 } from './tls-suites.ts';

export interface DtlsClientHello {
  /** The only version that is accepted. */
  readonly version: DtlsVersion;
  /** 32 bytes of the random, then 32 of the x25519 share. */
  readonly random: Buffer;
  /** Default: the familiar ones (`short`), or all of the version. */
  readonly suites?: readonly number[];
  /** SNI; names only, no addresses (RFC 6066, 3). */
  readonly servername?: string | undefined;
  /** Under 200 bytes, so that the smallest stacks can take it: tinydtls on Contiki has no more room. */
  readonly short?: boolean;
  /** Of a hello of DTLS 1.3: DTLS 1.2 is offered too, with the familiar suites. */
  readonly also12?: boolean;
  /** Default: all. */
  readonly groups?: readonly number[];
}

/** One suite for any server that is likely to be met, PSK and CCM among them (RFC 7252, 9.1.3; RFC 7925, 4). */
export const FAMILIAR_SUITES: readonly number[] = [
  0xc02b, 0xc02c, 0xc02f, 0xc030, 0xc0ac, 0xc0ae, 0xc009, 0xc00a, 0xc013, 0xc014, 0xc0a8, 0xc0a4, 0x00a8, 0x00a9,
  0x008c, 0x008d, 0x00ae, 0x009c, 0x009d, 0x002f, 0x0035, 0xc037, 0xcca9, 0x000a,
];
// x25519, P-256, P-384, P-521, x448, ffdhe2048 to 4096, the Brainpool curves, then the old ones.
export const DTLS_GROUPS: readonly number[] = [
  29, 23, 24, 25, 30, 256, 257, 258, 26, 27, 28, 22, 14, 13, 11, 12, 9, 10, 21, 19,
];
// ECDSA, EdDSA, PSS and PKCS#1 of every hash, then SHA-1.
const SIGNATURES = [
  0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601,
  0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0202, 0x0101,
];

/** All suites that a version can have. */
export const dtlsSuitesOf = (version: DtlsVersion): readonly number[] =>
  version === 'DTLS 1.3' ? SUITES_13 : SUITES_12;

/** A ClientHello of one version, part by part (RFC 6347, 4.2.1; RFC 9147, 5.3). */
export function dtlsHelloParts(hello: DtlsClientHello): HelloParts {
  const { version, random, short = false, servername } = hello;
  const modern = version === 'DTLS 1.3';
  const old = version === 'DTLS 1.0';
  const own = hello.suites ?? (short && !modern ? FAMILIAR_SUITES : dtlsSuitesOf(version));
  const suites = hello.also12 ? [...own, ...FAMILIAR_SUITES] : own;
  const { 'DTLS 1.3': v13, 'DTLS 1.2': v12 } = DTLS_VERSIONS;
  const groups = hello.groups ?? (short ? DTLS_GROUPS.slice(0, 3) : DTLS_GROUPS);
  const signatures = short ? [0x0403, 0x0804, 0x0401, 0x0501, 0x0201] : SIGNATURES;
  return {
    version: modern ? v12 : DTLS_VERSIONS[version],
    random,
    suites,
    extensions: [
      ...(servername && servername.length < 100 ? [extensions.serverName(servername)] : []),
      extensions.groups(groups),
      extensions.pointFormats(),
      ...(old ? [] : [extensions.signatures(signatures)]),
      ...(modern
        ? [
            extensions.versions(hello.also12 ? [v13, v12] : [v13]),
            extensions.keyShare([{ group: 29, key: random.subarray(32, 64) }]),
          ]
        : [
            extensions.extendedMasterSecret(),
            extensions.renegotiation(),
            ...(short ? [] : [extensions.encryptThenMac(), extensions.sessionTicket()]),
          ]),
    ],
  };
}

/**
 * The number of a first record: a small one by chance. A server that keeps one association for all its clients takes what
 * bears the number of an earlier client's record for a replay (RFC 6347, 4.1.2.6: a window of 64).
 */
export const firstSequence = (random: Buffer): number => (random[0] ?? 0) & 31;
