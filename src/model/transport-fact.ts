import { z } from 'zod';
import { Sha256, text } from './bounded.ts';

export const OFFER_ROLES = [
  'version',
  'suite',
  'group',
  'signature',
  'kex',
  'host-key',
  'cipher',
  'mac',
  'compression',
  'alpn',
  'feature',
] as const;

/** Names of offers with the role `feature`: what a TLS or DTLS server does beside its algorithms. */
export const FEATURES = [
  /** It goes by its own order of suites, and not by the client's. */
  'server-preference',
  'extended-master-secret',
  'encrypt-then-mac',
  'secure-renegotiation',
  'session-tickets',
  'session-resumption',
  'early-data',
  'fallback-scsv',
  /** It shows another certificate, or none, to who gives no name. */
  'sni-dependent',
  'client-certificate-requested',
] as const;

/**
 * One thing a server is willing to use. What it refused is in the evidence: a completed attempt asked for all of them.
 * Suites, groups and signatures stand in the server's order of preference where `server-preference` was seen;
 * but a suite of a weak class that was asked for first stands behind the first of its version.
 */
export const OfferFact = z.strictObject({
  kind: z.literal('offer'),
  protocol: z.enum(['tls', 'dtls', 'ssh', 'quic']),
  role: z.enum(OFFER_ROLES),
  /** For suites, groups, signatures and features: the version they are offered in, as `TLS 1.2`. */
  version: text.optional(),
  /**
   * IANA name, or as sent; for role version `SSLv2`, `SSLv3`, `TLS 1.0`, `TLS 1.1`, `TLS 1.2`, `TLS 1.3`, `DTLS 1.2`; for
   * role feature one of FEATURES; a group of Diffie-Hellman that has no name is `dh-<first 16 digits of the SHA-256 of p>`.
   */
  name: text,
  code: z.int().min(0).optional(),
  /** Of a group: bits of the prime of Diffie-Hellman, or of the curve. */
  bits: z.int().min(0).optional(),
});

const KeyAlgorithm = z.enum(['rsa', 'dsa', 'ec', 'ed25519', 'ed448', 'dh', 'other']);

/** What X.509 does not allow, and a client may refuse a certificate for (RFC 5280, the section is named). */
export const CERTIFICATE_FAULTS = [
  /** 4.2: one and the same extension twice. */
  'duplicate-extension',
  /** 4.2: critical, and none that clients know. */
  'unknown-critical-extension',
  /** An extension that is not what its own definition says. */
  'broken-extension',
  /** 4.1.2.9: extensions in a certificate that is not of version 3. */
  'extensions-without-version',
  /** 4.1.2.5: a date that is not written as it must be. */
  'malformed-date',
  /** 4.1.1.2: it names two different ways in which it is signed. */
  'algorithms-differ',
  /** 4.2.1.9: more authorities below this issuer than it allows. */
  'path-too-long',
  /** 4.2.1.3: an issuer whose key usage does not let it sign certificates. */
  'may-not-issue',
  /** 4.2.1.10: this issuer does not permit the names below it. */
  'name-not-permitted',
] as const;

/** One certificate presented; position 0 is the leaf. Each chain fact stands on its own. */
export const CertificateFact = z.strictObject({
  kind: z.literal('certificate'),
  position: z.int().min(0),
  sha256: Sha256,
  subject: text,
  issuer: text,
  serial: text.optional(),
  names: z.array(text).max(200),
  notBefore: z.iso.datetime(),
  notAfter: z.iso.datetime(),
  signatureAlgorithm: text,
  selfSigned: z.boolean(),
  isCa: z.boolean(),
  /** Absent: X.509. */
  format: z.enum(['x509', 'openssh']).optional(),
  keyUsage: z.array(text).max(20).optional(),
  extendedKeyUsage: z.array(text).max(20).optional(),
  /** 1 to 3 (RFC 5280, 4.1.2.1). */
  version: z.int().min(1).max(3).optional(),
  /** At the time of observation. Absent: the tester's own clock stood before the tool was made, so that it cannot be told. */
  inDate: z.boolean().optional(),
  faults: z.array(z.enum(CERTIFICATE_FAULTS)).max(CERTIFICATE_FAULTS.length).optional(),
  /** Issuers only: whether the way from the leaf to a trust anchor, or as far as the presented ones lead, goes over it. */
  inChain: z.boolean().optional(),
  /** Issuers only: their key. Authorities share theirs over devices, so that it is no `key` fact. */
  publicKey: z.strictObject({ algorithm: KeyAlgorithm, bits: z.int().min(0) }).optional(),
  /** Whether it names the host it was asked for by a declared name, or by its address as an IP SAN. Absent: no name is known to hold it to. */
  nameMatches: z.boolean().optional(),
  /** Leaf only: chains to the declared or given trust anchors. Absent: none was given. */
  trusted: z.boolean().optional(),
  /** Leaf only: whether the presented certificates lead from it to a self-signed or trusted one; broken: one bears the issuer's name and did not sign. */
  chain: z.enum(['whole', 'incomplete', 'broken']).optional(),
  /** OpenSSH only: whether its authority's signature over it holds. Absent: the kind of key was not looked at. */
  signatureHolds: z.boolean().optional(),
  /** Leaf only: whether each presented certificate signs the one before it (RFC 5246, 7.4.2). */
  order: z.enum(['ordered', 'disordered']).optional(),
  /** Leaf only: how many were presented; facts stand for the first of them. */
  presented: z.int().min(1).optional(),
});

/** ROCA: CVE-2017-15361. `close-primes`: factored by Fermat's method in few steps. */
export const KEY_FLAWS = ['exponent-one', 'roca', 'close-primes', 'small-factor', 'debian'] as const;

/** A public key seen. `sha256` is over the SPKI (TLS) or the key blob (SSH). */
export const KeyFact = z.strictObject({
  kind: z.literal('key'),
  use: z.enum(['tls', 'ssh-host', 'signing']),
  algorithm: KeyAlgorithm,
  bits: z.int().min(0),
  sha256: Sha256,
  exponent: text.optional(),
  curve: text.optional(),
  /** What is wrong with its numbers; absent: nothing that was looked for, or nothing was (`other`). */
  flaws: z.array(z.enum(KEY_FLAWS)).max(5).optional(),
});

/** Named flaws of protocols. What each is, and how it is told, is said where it is asked. */
export const WEAKNESSES = {
  tls: [
    'heartbleed',
    'ccs-injection',
    'insecure-renegotiation',
    'crime',
    'poodle',
    'poodle-tls',
    'drown',
    'sweet32',
    'freak',
    'logjam',
    'small-dh',
    'common-dh',
    'robot',
    'fallback-unprotected',
  ],
  dtls: ['amplification'],
  ssh: ['terrapin'],
  http: ['login-in-clear', 'login-mixed-content', 'cookie-not-secure', 'cookie-not-httponly', 'hsts-missing'],
} as const;

/** A named flaw that was asked for: whether it is there. `subject` says of what: the name of a cookie, say. */
export const WeaknessFact = z.strictObject({
  kind: z.literal('weakness'),
  protocol: z.string().min(1),
  name: text,
  present: z.boolean(),
  subject: text.optional(),
});
