/** BACnet/IP (ASHRAE 135, Annex J): BVLC original-unicast, a plain NPDU that expects an answer, then the APDU. */
const original = (apdu: Buffer): Buffer => {
  const head = Buffer.from([0x81, 0x0a, 0, 0, 0x01, 0x04]);
  head.writeUInt16BE(head.length + apdu.length, 2);
  return Buffer.concat([head, apdu]);
};

/** Property identifiers of a device object (ASHRAE 135, 21). */
export const BACNET_PROPERTIES = {
  objectIdentifier: 75,
  objectName: 77,
  vendorName: 121,
  modelName: 70,
  firmwareRevision: 44,
  serialNumber: 372,
  location: 58,
} as const;

/** The instance that means whichever device is asked (ASHRAE 135, 15.5). */
export const ANY_INSTANCE = 0x3fffff;
const DEVICE = 8;

/** ReadProperty of one property of a device object, unsegmented (ASHRAE 135, 20.1.2 and 15.5). */
export const readProperty = (invoke: number, instance: number, property: number): Buffer => {
  const object = Buffer.alloc(5);
  object[0] = 0x0c;
  object.writeUInt32BE(((DEVICE << 22) | (instance & ANY_INSTANCE)) >>> 0, 1);
  const id = property > 0xff ? [0x1a, property >> 8, property & 0xff] : [0x19, property];
  return original(Buffer.concat([Buffer.from([0x00, 0x05, invoke, 0x0c]), object, Buffer.from(id)]));
};

export type BacnetAnswer =
  | { readonly kind: 'value'; readonly value: string | { readonly type: number; readonly instance: number } }
  /** An error of that class and code, or none where it was rejected or aborted (ASHRAE 135, 18). */
  | { readonly kind: 'refused'; readonly errorClass?: number; readonly errorCode?: number };

/** Where the APDU begins: behind the BVLC, the NPDU and the addresses in it (ASHRAE 135, 6.2). Undefined: no BACnet/IP. */
function apduOf(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 8 || bytes[0] !== 0x81 || bytes.readUInt16BE(2) !== bytes.length) return undefined;
  // 0x04 is forwarded: the address that it came from stands before the NPDU.
  let at = bytes[1] === 0x04 ? 10 : bytes[1] === 0x0a || bytes[1] === 0x0b ? 4 : -1;
  if (at < 0 || bytes[at] !== 1) return undefined;
  const control = bytes[at + 1] ?? 0;
  if (control & 0x80) return undefined;
  at += 2;
  if (control & 0x20) at += 3 + (bytes[at + 2] ?? 0);
  if (control & 0x08) at += 3 + (bytes[at + 2] ?? 0);
  if (control & 0x20) at += 1;
  return at < bytes.length ? bytes.subarray(at) : undefined;
}

/** One application or context tag (ASHRAE 135, 20.2.1). */
function tagAt(
  bytes: Buffer,
  at: number,
): { number: number; context: boolean; body: Buffer; next: number } | undefined {
  const first = bytes[at];
  if (first === undefined || first >> 4 === 15) return undefined;
  const context = (first & 0x08) !== 0;
  let length = first & 0x07;
  let from = at + 1;
  // Opening and closing tags have no length.
  if (context && length > 5) length = 0;
  else if (length === 5) {
    length = bytes[from] ?? 0;
    from += 1;
    if (length > 253) return undefined;
  }
  if (from + length > bytes.length) return undefined;
  return { number: first >> 4, context, body: bytes.subarray(from, from + length), next: from + length };
}

/** The answer to a ReadProperty with that invoke id and property; undefined for anything else. */
export function readPropertyAnswer(bytes: Buffer, invoke: number, property: number): BacnetAnswer | undefined {
  const apdu = apduOf(bytes);
  if (!apdu || apdu.length < 3 || apdu[1] !== invoke) return undefined;
  const type = apdu[0]! >> 4;
  if (type === 5 && apdu[2] === 0x0c) {
    const errorClass = tagAt(apdu, 3);
    const errorCode = errorClass && tagAt(apdu, errorClass.next);
    const number = (tag: typeof errorCode): number =>
      tag && tag.body.length > 0 ? tag.body.readUIntBE(0, Math.min(4, tag.body.length)) : 0;
    return { kind: 'refused', errorClass: number(errorClass), errorCode: number(errorCode) };
  }
  if (type === 6 || type === 7) return { kind: 'refused' };
  // Complex-ACK, unsegmented.
  if (apdu[0] !== 0x30 || apdu[2] !== 0x0c) return undefined;
  const object = tagAt(apdu, 3);
  const which = object && tagAt(apdu, object.next);
  if (
    !which ||
    which.body.length === 0 ||
    which.body.length > 4 ||
    which.body.readUIntBE(0, which.body.length) !== property
  )
    return undefined;
  if (apdu[which.next] !== 0x3e) return undefined;
  const value = tagAt(apdu, which.next + 1);
  if (!value || value.context) return undefined;
  if (value.number === 12 && value.body.length === 4) {
    const id = value.body.readUInt32BE(0);
    return { kind: 'value', value: { type: id >>> 22, instance: id & ANY_INSTANCE } };
  }
  return value.number === 7 ? { kind: 'value', value: characters(value.body) } : undefined;
}

/** A character string by its set: 0 UTF-8, 4 UCS-2, 5 ISO 8859-1 (ASHRAE 135, 20.2.9). */
const characters = (body: Buffer): string => {
  const text = body.subarray(1);
  if (body[0] === 4)
    return Buffer.from(text.subarray(0, text.length & ~1))
      .swap16()
      .toString('utf16le');
  return text.toString(body[0] === 0 ? 'utf8' : 'latin1');
};
