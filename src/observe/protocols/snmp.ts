import { children, type Der, DerError, readDer } from './der.ts';

/** `0` is SNMPv1, `1` is SNMPv2c, `3` is SNMPv3, as in the message's version field (RFC 1157, RFC 1901, RFC 3412). */
export type SnmpVersion = 0 | 1 | 3;

/** The system group (RFC 3418): what an agent says of the device. */
export const SYSTEM = {
  sysDescr: '1.3.6.1.2.1.1.1.0',
  sysContact: '1.3.6.1.2.1.1.4.0',
  sysName: '1.3.6.1.2.1.1.5.0',
  sysLocation: '1.3.6.1.2.1.1.6.0',
} as const;

/** A GET of these objects. `id` (31 bits) comes back in the answer. There is no writer of a SET here, and shall be none. */
export function getRequest(version: 0 | 1, community: string, id: number, oids: readonly string[]): Buffer {
  return element(0x30, integer(version), element(0x04, Buffer.from(community)), getPdu(id, oids));
}

/** The GetRequest-PDU (RFC 3416, 4.2.1) of any version. */
export function getPdu(id: number, oids: readonly string[]): Buffer {
  const bindings = oids.map((oid) => element(0x30, element(0x06, oidBytes(oid)), element(0x05)));
  return element(0xa0, integer(id), integer(0), integer(0), element(0x30, ...bindings));
}

/** The content of a Response or Report PDU. Throws DerError. */
export function readPdu(pdu: Der): { id: number; status: number; oids: string[]; values: Map<string, string> } {
  const [id, status, , bindings] = children(pdu);
  const values = new Map<string, string>();
  const oids: string[] = [];
  for (const binding of bindings ? children(bindings) : []) {
    const [name, value] = children(binding);
    if (name?.tag !== 0x06) continue;
    oids.push(oidText(name.body));
    if (value?.tag === 0x04) values.set(oidText(name.body), value.body.toString('utf8').slice(0, 1000));
  }
  return { id: number(id), status: number(status), oids, values };
}

/** An agent's answer to a GET, or its Report (version 3), whose content is not read. */
export type SnmpAnswer =
  | { readonly version: 3 }
  | {
      readonly version: 0 | 1;
      readonly id: number;
      /** 0 is noError; 2 is noSuchName, of version 1. */
      readonly status: number;
      /** Text values by object; what is no text or not there is left out. */
      readonly values: ReadonlyMap<string, string>;
    };

/** Reads one message; undefined where it is no answer of an agent. */
export function readAnswer(bytes: Buffer): SnmpAnswer | undefined {
  try {
    const message = readDer(bytes);
    if (message.tag !== 0x30) return undefined;
    const [version, second, pdu] = children(message);
    const level = number(version);
    if (level === 3) return isReport(children(message)) ? { version: 3 } : undefined;
    // 0xa2 is a Response: a mirror sends our GET (0xa0) back.
    if ((level !== 0 && level !== 1) || second?.tag !== 0x04 || pdu?.tag !== 0xa2) return undefined;
    const { id, status, values } = readPdu(pdu);
    return { version: level, id, status, values };
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

/** A Report (0xa8) that names an engine (RFC 3412, 6; RFC 3414, 2.4): our own discovery names none. */
function isReport([, , security, scoped]: readonly Der[]): boolean {
  if (security?.tag !== 0x04 || scoped?.tag !== 0x30) return false;
  const [engine] = children(readDer(security.body));
  return engine?.tag === 0x04 && engine.body.length > 0 && children(scoped)[2]?.tag === 0xa8;
}

export function number(from: Der | undefined): number {
  if (from?.tag !== 0x02 || from.body.length === 0 || from.body.length > 6) throw new DerError('no small INTEGER');
  return from.body.readIntBE(0, from.body.length);
}

export function oidText(bytes: Buffer): string {
  const arcs: number[] = [];
  let value = 0;
  for (const byte of bytes.subarray(0, 64)) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (arcs.length === 0)
      arcs.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
    else arcs.push(value);
    value = 0;
  }
  return arcs.join('.');
}

export function oidBytes(oid: string): Buffer {
  const [first = 0, second = 0, ...rest] = oid.split('.').map(Number);
  const base128 = (value: number): number[] => {
    const digits = [value & 0x7f];
    for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  };
  return Buffer.from([first * 40 + second, ...rest].flatMap(base128));
}

export function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeIntBE(value, 0, 5);
  let from = 0;
  while (from < 4 && bytes[from] === 0 && bytes[from + 1]! < 0x80) from += 1;
  return element(0x02, bytes.subarray(from));
}

export function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
