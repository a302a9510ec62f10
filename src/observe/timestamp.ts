import { createHash } from 'node:crypto';
import { digestAlgorithm } from './algorithms.ts';
import { type Certificate, isSelfSigned, isSignedBy, mayStamp, outOfDate, wayUp } from './certificates.ts';
import {
  attributesOf,
  buildSigned,
  hashOf,
  OID,
  readPins,
  readSigned,
  requireSignature,
  SignatureError,
  type SignedParts,
} from './cms.ts';
import { element, integer, octetString, readCanonical, readTime, sequence, within } from './der.ts';
import { type Der, expectTag } from './protocols/der.ts';

/** An answer that an authority may give, in bytes: a token with a few certificates has four to eight thousand. */
export const LARGEST_ANSWER = 256 * 1024;

/** Of an authority's RSA key. */
const LEAST_BITS = 2048;

/** A TimeStampReq (RFC 3161, 2.4.1) for the SHA-256 of `sums`, that asks for the authority's certificate. */
export const stampRequest = (sums: Buffer, nonce: Uint8Array): Buffer =>
  sequence(
    integer(1),
    sequence(digestAlgorithm('sha256'), octetString(createHash('sha256').update(sums).digest())),
    integer(nonce),
    element(0x01, Buffer.of(0xff)),
  );

/** A time stamp that holds: when (ms), and whose. */
export interface SoundStamp {
  readonly at: number;
  readonly certificate: Certificate;
  /** The certificates above, as far as they are in the token. */
  readonly chain: readonly Certificate[];
  /** Certificates of the token whose bytes nothing holds, unless the given authorities do. */
  readonly loose: readonly Certificate[];
}

interface Token {
  readonly parts: SignedParts;
  readonly stamp: SoundStamp;
  readonly nonce: Der | undefined;
  /** The token with nothing in it that is not held by something. */
  readonly rebuilt: Buffer;
}

/** TSTInfo (RFC 3161, 2.4.2), held to the sums. */
const readInfo = (content: Buffer, sums: Buffer): { at: number; nonce: Der | undefined } => {
  const [version, , imprint, , time, ...more] = within(readCanonical(content), 0x30, 5);
  if (!expectTag(version, 0x02).raw.equals(integer(1))) throw new SignatureError('it is not of version 1');
  const [algorithm, digest] = within(imprint, 0x30, 2);
  if (
    hashOf(algorithm!.raw) !== 'sha256' ||
    !expectTag(digest, 0x04).body.equals(createHash('sha256').update(sums).digest())
  )
    throw new SignatureError('the time was stamped on something else than what is here');
  const extensions = more.find(({ tag }) => tag === 0xa1);
  if (extensions && within(extensions, 0xa1).some((one) => within(one, 0x30, 2)[1]!.tag === 0x01))
    throw new SignatureError('it has a critical extension, which is not understood');
  return { at: readTime(expectTag(time, 0x18)), nonce: more.find(({ tag }) => tag === 0x02) };
};

const readToken = (info: Der, sums: Buffer): Token => {
  const { certificates, ...parts } = readSigned(info);
  if (parts.contentType !== OID.timeStamp || parts.content === undefined)
    throw new SignatureError('it holds no time stamp');
  const pins = readPins(attributesOf(parts));
  const certificate = certificates.find(pins[0]!);
  if (certificate === undefined)
    throw new SignatureError("the authority's certificate is not the one that it was signed with");
  if ((certificate.key.asymmetricKeyDetails?.modulusLength ?? LEAST_BITS) < LEAST_BITS)
    throw new SignatureError(`the authority's key has less than ${LEAST_BITS} bits`);
  requireSignature(parts, parts.content, certificate);
  const { at, nonce } = readInfo(parts.content, sums);
  if (!mayStamp(certificate)) throw new SignatureError("the authority's certificate is not for time stamps alone");
  const date = outOfDate(certificate, at);
  if (date !== undefined) throw new SignatureError(`the authority's certificate: ${date}`);
  const way = wayUp(certificate, certificates);
  const top = way.at(-1)!;
  const held = way.length === 1 || isSelfSigned(top) || pins.some((isIt) => isIt(top));
  return {
    parts,
    stamp: { at, certificate, chain: way.slice(1), loose: held ? [] : [top] },
    nonce,
    rebuilt: buildSigned(parts, certificate, way),
  };
};

const GRANTED = sequence(integer(0));

/**
 * Reads an authority's answer (TimeStampResp, RFC 3161, 2.4.2) to a request with that nonce. Returns what is kept as
 * `SHA256SUMS.tsr`: the status "granted" and the token without what nothing signs and nobody needs (unsigned attributes,
 * revocation lists, stray certificates). Throws SignatureError and DerError.
 */
export const keptAnswer = (bytes: Buffer, sums: Buffer, nonce: Uint8Array): Buffer => {
  const [status, token] = within(readCanonical(bytes), 0x30, 1);
  const [code, text] = within(status, 0x30, 1);
  const number = expectTag(code, 0x02).body;
  if (!number.equals(Buffer.of(0))) {
    const said = text?.tag === 0x30 ? within(text, 0x30).map(({ body }) => body.toString('utf8')) : [];
    throw new SignatureError(
      `it was not granted (status ${number.readIntBE(0, Math.min(6, number.length))})${said.length > 0 ? `: ${said.join(' ').slice(0, 200)}` : ''}`,
    );
  }
  if (token === undefined) throw new SignatureError('it was granted, and there is no time stamp');
  const read = readToken(token, sums);
  if (!read.nonce?.raw.equals(integer(nonce)))
    throw new SignatureError('it answers another request: its nonce is not ours');
  const kept = sequence(GRANTED, read.rebuilt);
  // What is left must verify as it will be verified.
  readStamp(kept, sums);
  return kept;
};

/**
 * Holds `SHA256SUMS.tsr` to the sums, in the one form that `keptAnswer` leaves. `anchors` hold the bytes of what they
 * issued. Throws SignatureError and DerError.
 */
export const readStamp = (bytes: Buffer, sums: Buffer, anchors: readonly Certificate[] = []): SoundStamp => {
  const [status, token] = within(readCanonical(bytes), 0x30, 2);
  if (!status!.raw.equals(GRANTED)) throw new SignatureError('its status is not "granted" alone');
  const { rebuilt, stamp } = readToken(token!, sums);
  if (!sequence(GRANTED, rebuilt).equals(bytes))
    throw new SignatureError('something in it that nothing signs is not as it was written');
  const isHeld = (one: Certificate): boolean =>
    anchors.some((anchor) => anchor.der.equals(one.der) || isSignedBy(one, anchor));
  return { ...stamp, loose: stamp.loose.filter((one) => !isHeld(one)) };
};
