import { oneLine } from './text.ts';

/** Bytes of data in a packet; a shorter one is the last (RFC 1350, 2). */
export const TFTP_BLOCK = 512;

/** RRQ in octet mode (RFC 1350, 5). A name holds no NUL: what follows one would be read as the mode. */
export const readRequest = (name: string): Buffer =>
  Buffer.concat([Buffer.from([0, 1]), Buffer.from(name.replaceAll('\0', '')), Buffer.from('\0octet\0')]);

export const acknowledgement = (block: number): Buffer => Buffer.from([0, 4, block >> 8, block & 0xff]);

/** ERROR 0, which ends a transfer. */
export const enough: Buffer = Buffer.concat([Buffer.from([0, 5, 0, 0]), Buffer.from('enough\0')]);

export type TftpPacket =
  | { readonly kind: 'data'; readonly block: number; readonly bytes: Buffer }
  | { readonly kind: 'error'; readonly code: number; readonly words: string };

/** What a server says to a read; undefined for anything else. */
export function readTftp(packet: Buffer): TftpPacket | undefined {
  if (packet.length < 4 || packet[0] !== 0) return undefined;
  const number = packet.readUInt16BE(2);
  if (packet[1] === 3 && packet.length <= 4 + TFTP_BLOCK)
    return { kind: 'data', block: number, bytes: packet.subarray(4) };
  if (packet[1] === 5 && number <= 8)
    return { kind: 'error', code: number, words: oneLine(packet.toString('latin1', 4, 204), 200) };
  return undefined;
}
