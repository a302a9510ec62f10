/** PKWARE APPNOTE 6.3.10: signatures of the end of the central directory, of an entry in it and of a local header. */
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;

/** 1980-01-01 00:00, the first instant that a zip file can hold (4.4.6). */
const FIRST_TIME = 0;
const FIRST_DATE = 0x0021;

/**
 * A zip file with the time of every entry set to the first there is: write-excel-file stamps the current one, and the same
 * input has to give the same bytes. For archives without a comment. Throws where the bytes are not such an archive.
 */
export const withoutTimes = (zip: Uint8Array): Uint8Array => {
  const bytes = Uint8Array.from(zip);
  const view = new DataView(bytes.buffer);
  const end = bytes.length - END_BYTES;
  const expect = (at: number, signature: number): void => {
    if (at < 0 || at + 4 > bytes.length || view.getUint32(at, true) !== signature)
      throw new Error(`not a zip file: no signature ${signature.toString(16)} at byte ${at}`);
  };
  const stamp = (at: number): void => {
    view.setUint16(at, FIRST_TIME, true);
    view.setUint16(at + 2, FIRST_DATE, true);
  };
  expect(end, END);
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    expect(at, ENTRY);
    stamp(at + 12);
    const local = view.getUint32(at + 42, true);
    expect(local, LOCAL);
    stamp(local + 10);
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return bytes;
};
