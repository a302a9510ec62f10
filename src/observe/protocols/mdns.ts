import type { FactOf } from '../../model/fact.ts';

/** Types of records (RFC 1035, 3.2.2; RFC 2782). */
export const DNS_TYPE = { ptr: 12, txt: 16 } as const;

/** One record: `target` of a PTR, `texts` of a TXT. Names by their labels, for a label may hold dots (RFC 6763, 4.3). */
export interface DnsRecord {
  readonly name: readonly string[];
  readonly type: number;
  readonly target?: readonly string[];
  readonly texts?: readonly Buffer[];
}

const RECORDS = 128;
const LABELS = 32;

/** One question of class IN (RFC 1035, 4.1.2). Labels are cut at 63 bytes. */
export const dnsQuestion = (id: Buffer, name: readonly string[], type: number): Buffer =>
  Buffer.concat([
    id.subarray(0, 2),
    Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    ...name.map((label) => {
      const bytes = Buffer.from(label).subarray(0, 63);
      return Buffer.concat([Buffer.from([bytes.length]), bytes]);
    }),
    Buffer.from([0, 0, type, 0, 1]),
  ]);

/** A name and where it ends; pointers only lead back, so that none leads in a circle (RFC 1035, 4.1.4). */
function nameAt(bytes: Buffer, from: number): { labels: string[]; next: number } | undefined {
  const labels: string[] = [];
  let at = from;
  let next: number | undefined;
  let limit = from;
  while (labels.length <= LABELS) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length === 0) return { labels, next: next ?? at + 1 };
    if (length >= 0xc0) {
      const second = bytes[at + 1];
      if (second === undefined) return undefined;
      const to = ((length & 0x3f) << 8) | second;
      if (to >= limit) return undefined;
      next ??= at + 2;
      limit = to;
      at = to;
    } else if (length > 63 || at + 1 + length > bytes.length) return undefined;
    else {
      labels.push(bytes.toString('utf8', at + 1, at + 1 + length));
      at += 1 + length;
    }
  }
  return undefined;
}

/** All records of an answer; those before one that cannot be read. Undefined where it is no answer of DNS. */
export function readDnsAnswer(bytes: Buffer, id: Buffer): DnsRecord[] | undefined {
  if (bytes.length < 12 || (bytes[2]! & 0xf8) !== 0x80) return undefined;
  const ours = bytes.subarray(0, 2).equals(id.subarray(0, 2)) || bytes.readUInt16BE(0) === 0;
  if (!ours) return undefined;
  let at = 12;
  for (let left = bytes.readUInt16BE(4); left > 0; left -= 1) {
    const name = nameAt(bytes, at);
    if (!name || at > bytes.length) return undefined;
    at = name.next + 4;
  }
  const records: DnsRecord[] = [];
  const count = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10);
  while (records.length < Math.min(count, RECORDS)) {
    const name = nameAt(bytes, at);
    if (!name || name.next + 10 > bytes.length) break;
    const type = bytes.readUInt16BE(name.next);
    const from = name.next + 10;
    const to = from + bytes.readUInt16BE(name.next + 8);
    if (to > bytes.length) break;
    const target = type === DNS_TYPE.ptr ? nameAt(bytes, from)?.labels : undefined;
    records.push({
      name: name.labels,
      type,
      ...(target && { target }),
      ...(type === DNS_TYPE.txt && { texts: textsOf(bytes.subarray(from, to)) }),
    });
    at = to;
  }
  return records;
}

const textsOf = (data: Buffer): Buffer[] => {
  const texts: Buffer[] = [];
  for (let at = 0; at < data.length && texts.length < 100; at += 1 + data[at]!)
    texts.push(data.subarray(at + 1, at + 1 + data[at]!));
  return texts;
};

export const sameName = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((label, i) => label.toLowerCase() === b[i]!.toLowerCase());

type What = FactOf<'identity'>['what'];

/** Keys of TXT records in use: printers (Bonjour Printing 1.2), AirPlay, HomeKit, Google Cast, Sonos, Shelly, ESPHome, NAS. */
const KEYS: Readonly<Record<string, What>> = {
  manufacturer: 'vendor',
  usb_mfg: 'vendor',
  mfg: 'vendor',
  vendor: 'vendor',
  md: 'model',
  model: 'model',
  modelname: 'model',
  ty: 'model',
  usb_mdl: 'model',
  mdl: 'model',
  am: 'model',
  product: 'model',
  fn: 'name',
  serial: 'serial',
  serialnumber: 'serial',
  serialno: 'serial',
  sn: 'serial',
  fv: 'firmware',
  fw: 'firmware',
  fwver: 'firmware',
  fw_version: 'firmware',
  firmware: 'firmware',
  firmwareversion: 'firmware',
  sw_version: 'firmware',
  srcvers: 'firmware',
  mac: 'mac',
  macaddress: 'mac',
  deviceid: 'mac',
  uuid: 'uuid',
  note: 'location',
  location: 'location',
};
const MAC = /^([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}$/i;

/** What a TXT record says of the device, by the names that its makers use (RFC 6763, 6.3: `key=value`). */
export const identityOf = (texts: readonly Buffer[]): { what: What; value: string }[] =>
  texts.flatMap((text) => {
    const at = text.indexOf('=');
    const key = at > 0 ? text.toString('latin1', 0, at).toLowerCase() : '';
    const what = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    const value = text.toString('utf8', at + 1).trim();
    // Printers write their product in brackets.
    const bare = key === 'product' ? value.replace(/^\((.*)\)$/, '$1') : value;
    return what === undefined || bare === '' || (what === 'mac' && !MAC.test(bare)) ? [] : [{ what, value: bare }];
  });
