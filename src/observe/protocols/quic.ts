import { u8, vector } from './tls-hello.ts';

/** A datagram that begins a connection has so many bytes at least (RFC 9000, 14.1). */
export const INITIAL_BYTES = 1200;
const ID_BYTES = 8;

/** A reserved version (RFC 9000, 15): no server has it, and each that speaks QUIC answers with those it has. */
export const isReserved = (version: number): boolean => (version & 0x0f0f0f0f) >>> 0 === 0x0a0a0a0a;

export interface VersionRequest {
  readonly bytes: Buffer;
  /** The versions that an answer to it lists, reserved ones left out; undefined where it is no such answer. */
  read(answer: Buffer): number[] | undefined;
}

/**
 * A packet with a long header of a version that is reserved (RFC 8999, 5.1), padded to the length of an Initial. It is
 * answered by a Version Negotiation packet that bears our connection ids the other way round (RFC 8999, 6). `random`: 20
 * bytes.
 */
export function versionRequest(random: Buffer): VersionRequest {
  const all = Buffer.concat([random, Buffer.alloc(20)]).subarray(0, 20);
  const destination = all.subarray(0, ID_BYTES);
  const source = all.subarray(ID_BYTES, 2 * ID_BYTES);
  const version = Buffer.from(all.subarray(16, 20).map((byte) => (byte & 0xf0) | 0x0a));
  const head = Buffer.concat([u8(0xc0), version, vector(1, destination), vector(1, source)]);
  const bytes = Buffer.concat([head, Buffer.alloc(INITIAL_BYTES - head.length)]);
  return { bytes, read: (answer) => readVersions(answer, { destination: source, source: destination }) };
}

/** Versions that are read, at most. */
const MOST_VERSIONS = 64;

function readVersions(answer: Buffer, ids: { destination: Buffer; source: Buffer }): number[] | undefined {
  const head = Buffer.concat([Buffer.alloc(4), vector(1, ids.destination), vector(1, ids.source)]);
  const at = 1 + head.length;
  const fits =
    answer.length > at &&
    answer[0]! >> 7 === 1 &&
    answer.subarray(1, at).equals(head) &&
    (answer.length - at) % 4 === 0;
  if (!fits) return undefined;
  const versions: number[] = [];
  for (let i = at; i < answer.length && versions.length < MOST_VERSIONS; i += 4) {
    const version = answer.readUInt32BE(i);
    if (!isReserved(version) && !versions.includes(version)) versions.push(version);
  }
  return versions;
}

/** A version by its name: `QUIC v1` (RFC 9000), `QUIC v2` (RFC 9369), drafts, those of Google in their letters, else its code. */
export function quicVersion(version: number): string {
  if (version === 1) return 'QUIC v1';
  if (version === 0x6b3343cf) return 'QUIC v2';
  if (version >>> 8 === 0xff0000) return `QUIC draft-${version & 0xff}`;
  const letters = Buffer.from([version >>> 24, (version >> 16) & 255, (version >> 8) & 255, version & 255]);
  if (/^[QT]\d{3}$/.test(letters.toString('latin1'))) return `Google QUIC ${letters.toString('latin1')}`;
  return `0x${version.toString(16).padStart(8, '0')}`;
}
