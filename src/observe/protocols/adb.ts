/** Commands with which a daemon answers CNXN: it lets in, wants a signature, wants TLS (AOSP, packages/modules/adb, protocol.txt). */
export type AdbAnswer = 'CNXN' | 'AUTH' | 'STLS';

const HEAD_BYTES = 24;
const BANNER = Buffer.from('host::\0');

/** CNXN, version 0x01000000, 4096 octets at most, the banner `host::`. */
export const adbConnect: Buffer = (() => {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write('CNXN');
  head.writeUInt32LE(0x01000000, 4);
  head.writeUInt32LE(0x1000, 8);
  head.writeUInt32LE(BANNER.length, 12);
  head.writeUInt32LE(
    BANNER.reduce((sum, byte) => sum + byte, 0),
    16,
  );
  head.writeUInt32LE(complement(head.readUInt32LE(0)), 20);
  return Buffer.concat([head, BANNER]);
})();

function complement(word: number): number {
  return (word ^ 0xffffffff) >>> 0;
}

/**
 * The first message of an answer to `adbConnect`; `payload` is what of it has come. Undefined while its 24 octets are not
 * there, `false` where they are no answer: another command, a wrong complement, our own bytes again.
 */
export function readAdbAnswer(bytes: Buffer): { command: AdbAnswer; payload: Buffer } | undefined | false {
  if (bytes.length < HEAD_BYTES) return undefined;
  const command = (['CNXN', 'AUTH', 'STLS'] as const).find((name) => bytes.toString('latin1', 0, 4) === name);
  if (!command || complement(bytes.readUInt32LE(0)) !== bytes.readUInt32LE(20)) return false;
  if (bytes.subarray(0, adbConnect.length).equals(adbConnect)) return false;
  return { command, payload: bytes.subarray(HEAD_BYTES, HEAD_BYTES + bytes.readUInt32LE(12)) };
}

/** Whether the payload of a message has come whole, of those that are kept at all. */
export const isWholeAdbAnswer = (bytes: Buffer): boolean => {
  const answer = readAdbAnswer(bytes);
  return answer === false || (answer !== undefined && answer.payload.length >= Math.min(bytes.readUInt32LE(12), 4096));
};
