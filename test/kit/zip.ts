import { inflateRawSync } from 'node:zlib';

/** The files of a zip archive by name, with their DOS times: an own reader, so that what writes one is not asked what it wrote. */
export const partsOf = (zip: Uint8Array): Record<string, { text: string; time: number; date: number }> => {
  const bytes = Buffer.from(zip);
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const parts: Record<string, { text: string; time: number; date: number }> = {};
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength!);
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const body = bytes.subarray(start, start + bytes.readUInt32LE(at + 20));
    const text = (bytes.readUInt16LE(at + 10) === 8 ? inflateRawSync(body) : body).toString('utf8');
    parts[name] = { text, time: bytes.readUInt16LE(local + 10), date: bytes.readUInt16LE(local + 12) };
    at += 46 + nameLength! + extraLength! + commentLength!;
  }
  return parts;
};
