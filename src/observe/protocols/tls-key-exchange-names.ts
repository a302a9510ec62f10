/** A group of key agreement. */
export interface Group {
  /** IANA "TLS Supported Groups". */
  readonly code: number;
  readonly name: string;
  /** Of the field of a curve, or of the prime. Absent: a group of another kind. */
  readonly bits?: number;
}

// Code, name and bits, of the registry; the two drafts of Kyber are what servers of 2023 and 2024 still have.
const REGISTRY = `
1 sect163k1 163|2 sect163r1 163|3 sect163r2 163|4 sect193r1 193|5 sect193r2 193|6 sect233k1 233|7 sect233r1 233
8 sect239k1 239|9 sect283k1 283|10 sect283r1 283|11 sect409k1 409|12 sect409r1 409|13 sect571k1 571|14 sect571r1 571
15 secp160k1 160|16 secp160r1 160|17 secp160r2 160|18 secp192k1 192|19 secp192r1 192|20 secp224k1 224|21 secp224r1 224
22 secp256k1 256|23 secp256r1 256|24 secp384r1 384|25 secp521r1 521
26 brainpoolP256r1 256|27 brainpoolP384r1 384|28 brainpoolP512r1 512|29 x25519 255|30 x448 448
31 brainpoolP256r1tls13 256|32 brainpoolP384r1tls13 384|33 brainpoolP512r1tls13 512
34 GC256A 256|35 GC256B 256|36 GC256C 256|37 GC256D 256|38 GC512A 512|39 GC512B 512|40 GC512C 512|41 curveSM2 256
256 ffdhe2048 2048|257 ffdhe3072 3072|258 ffdhe4096 4096|259 ffdhe6144 6144|260 ffdhe8192 8192
512 MLKEM512|513 MLKEM768|514 MLKEM1024
4587 SecP256r1MLKEM768|4588 X25519MLKEM768|4589 SecP384r1MLKEM1024|4590 curveSM2MLKEM768
25497 X25519Kyber768Draft00|25498 SecP256r1Kyber768Draft00
`;

export const GROUPS: readonly Group[] = REGISTRY.trim()
  .split(/[\n|]/)
  .map((entry) => {
    const [code, name, bits] = entry.split(' ');
    return { code: Number(code), name: name!, ...(bits && { bits: Number(bits) }) };
  });

const GROUP = new Map(GROUPS.map((group) => [group.code, group]));

/** A group by its code; without a name of its own it bears its code as `0x1234`. */
export const groupOf = (code: number): Group => GROUP.get(code) ?? { code, name: hex(code) };

const hex = (code: number): string => `0x${code.toString(16).padStart(4, '0')}`;

const SCHEMES: Readonly<Record<number, string>> = {
  257: 'rsa_pkcs1_md5',
  513: 'rsa_pkcs1_sha1',
  514: 'dsa_sha1',
  515: 'ecdsa_sha1',
  769: 'rsa_pkcs1_sha224',
  770: 'dsa_sha224',
  771: 'ecdsa_sha224',
  1025: 'rsa_pkcs1_sha256',
  1026: 'dsa_sha256',
  1027: 'ecdsa_secp256r1_sha256',
  1281: 'rsa_pkcs1_sha384',
  1282: 'dsa_sha384',
  1283: 'ecdsa_secp384r1_sha384',
  1537: 'rsa_pkcs1_sha512',
  1538: 'dsa_sha512',
  1539: 'ecdsa_secp521r1_sha512',
  1800: 'sm2sig_sm3',
  2052: 'rsa_pss_rsae_sha256',
  2053: 'rsa_pss_rsae_sha384',
  2054: 'rsa_pss_rsae_sha512',
  2055: 'ed25519',
  2056: 'ed448',
  2057: 'rsa_pss_pss_sha256',
  2058: 'rsa_pss_pss_sha384',
  2059: 'rsa_pss_pss_sha512',
  2074: 'ecdsa_brainpoolP256r1tls13_sha256',
  2075: 'ecdsa_brainpoolP384r1tls13_sha384',
  2076: 'ecdsa_brainpoolP512r1tls13_sha512',
  2308: 'mldsa44',
  2309: 'mldsa65',
  2310: 'mldsa87',
};

/**
 * IANA "TLS SignatureScheme"; pairs of hash and signature of TLS 1.2 that have no name there are named alike
 * (RFC 5246, 7.4.1.4.1). In TLS 1.2 `ecdsa_secp256r1_sha256` says nothing of the curve.
 */
export const schemeName = (code: number): string => SCHEMES[code] ?? hex(code);

/** All that are named. */
export const ALL_SCHEMES: readonly number[] = Object.keys(SCHEMES).map(Number);
