/** The certificates that a server showed, as far as they came. */
export interface Shown {
  /** DER, leaf first; the first of a long list. */
  readonly certificates: readonly Buffer[];
  /** How many came, those that are not among `certificates` counted too. */
  readonly presented: number;
  /** The list came to its end. */
  readonly whole: boolean;
}

const NOTHING: Shown = { certificates: [], presented: 0, whole: true };
/** Nobody's chain is longer; what is beyond is counted. */
const MOST = 100;
const HANDSHAKE = 22;
const CERTIFICATE = 11;

/**
 * The certificate_list of the first Certificate message (RFC 5246, 7.4.2) in what a server sent up to TLS 1.2, also where
 * it is longer than what was read of it. Never throws.
 */
export function shownIn(bytes: Buffer): Shown {
  const fragments: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length && bytes[at]! >= 20 && bytes[at]! <= 22; ) {
    const length = bytes.readUInt16BE(at + 3);
    if (bytes[at] === HANDSHAKE) fragments.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  const messages = Buffer.concat(fragments);
  for (let at = 0; at + 4 <= messages.length; ) {
    const length = messages.readUIntBE(at + 1, 3);
    if (messages[at] === CERTIFICATE) return listIn(messages.subarray(at + 4, at + 4 + length), length);
    at += 4 + length;
  }
  return NOTHING;
}

function listIn(body: Buffer, length: number): Shown {
  const certificates: Buffer[] = [];
  let presented = 0;
  let at = 3;
  while (at + 3 <= body.length) {
    const size = body.readUIntBE(at, 3);
    if (at + 3 + size > body.length) break;
    at += 3 + size;
    // An empty entry is no certificate.
    if (size === 0) continue;
    presented += 1;
    if (certificates.length < MOST) certificates.push(body.subarray(at - size, at));
  }
  return { certificates, presented, whole: at === length };
}
