/** Modbus over TCP: a head of seven bytes (MBAP), then the function (Modbus Messaging on TCP/IP 1.0b, 3.1.3). */
const HEAD = 7;
const READ_DEVICE_IDENTIFICATION = 0x2b;
const MEI = 0x0e;

/** Object ids of Read Device Identification (Modbus Application Protocol 1.1b3, 6.21). */
export const MODBUS_OBJECTS = {
  vendor: 0,
  product: 1,
  revision: 2,
  url: 3,
  productName: 4,
  model: 5,
  application: 6,
} as const;

/** `category` 1 is basic (objects 0 to 2), 2 regular (to 6). */
export const identificationRequest = (transaction: Buffer, unit: number, category: 1 | 2, from = 0): Buffer =>
  Buffer.concat([
    transaction.subarray(0, 2),
    Buffer.from([0, 0, 0, 5, unit, READ_DEVICE_IDENTIFICATION, MEI, category, from]),
  ]);

export type ModbusAnswer =
  | { readonly kind: 'objects'; readonly objects: ReadonlyMap<number, string>; readonly next: number | undefined }
  | { readonly kind: 'exception'; readonly code: number };

/** Whether the bytes are a whole frame, by its own length. */
export const isWholeModbus = (bytes: Buffer): boolean =>
  bytes.length >= HEAD && bytes.length >= 6 + bytes.readUInt16BE(4);

/** The answer to that very request; undefined for anything else, an echo among them. */
export function readIdentificationAnswer(request: Buffer, bytes: Buffer): ModbusAnswer | undefined {
  if (!isWholeModbus(bytes) || !bytes.subarray(0, 4).equals(request.subarray(0, 4)) || bytes[6] !== request[6])
    return undefined;
  const body = bytes.subarray(HEAD, 6 + bytes.readUInt16BE(4));
  if (body.length === 2 && body[0] === (READ_DEVICE_IDENTIFICATION | 0x80) && body[1]! >= 1 && body[1]! <= 11)
    return { kind: 'exception', code: body[1]! };
  // Function, MEI, category, conformity, more follows, next object, count.
  if (body.length < 7 || body[0] !== READ_DEVICE_IDENTIFICATION || body[1] !== MEI || body[2] !== request[9])
    return undefined;
  const objects = new Map<number, string>();
  let at = 7;
  for (let left = body[6]!; left > 0; left -= 1) {
    const length = body[at + 1];
    if (length === undefined || at + 2 + length > body.length) return undefined;
    objects.set(body[at]!, body.toString('latin1', at + 2, at + 2 + length));
    at += 2 + length;
  }
  return { kind: 'objects', objects, next: body[4] === 0xff ? body[5]! : undefined };
}
