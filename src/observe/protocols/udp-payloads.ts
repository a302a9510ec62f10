import { createHash } from 'node:crypto';
import { versionRequest } from './quic.ts';

/** Random bytes, so many. */
export type Random = (bytes: number) => Buffer;

/** One datagram that a service of that kind answers, and that changes nothing on the device. */
export interface UdpPayload {
  readonly name: string;
  readonly build: (random: Random) => Buffer;
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const sized16 = (bytes: Buffer): Buffer => Buffer.concat([u16(bytes.length), bytes]);

/** A name of labels (RFC 1035, 3.1); of no labels, the root. */
const dnsName = (...labels: string[]): Buffer =>
  Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.alloc(1),
  ]);

/** One question (RFC 1035, 4.1): id, flags, a name, type and class. */
const dnsQuestion = (id: Buffer, flags: number, name: Buffer, type: number, cls: number): Buffer =>
  Buffer.concat([id, u16(flags), u16(1), u16(0), u16(0), u16(0), name, u16(type), u16(cls)]);

/** TXT version.bind in class CHAOS (RFC 4892). */
export const dnsVersionQuery = (random: Random): Buffer =>
  dnsQuestion(random(2), 0x0100, dnsName('version', 'bind'), 16, 3);

/** The root's name servers. */
export const dnsRootQuery = (random: Random): Buffer => dnsQuestion(random(2), 0x0100, dnsName(), 2, 1);

/** RRQ of a random name in octet mode (RFC 1350, 5): a server answers error 1, from a new port. */
export const tftpReadRequest = (random: Random): Buffer =>
  Buffer.concat([
    u16(1),
    Buffer.from(random(8).toString('hex')),
    Buffer.alloc(1),
    Buffer.from('octet'),
    Buffer.alloc(1),
  ]);

/** A client's request, version 4 (RFC 5905, 7.3), its transmit timestamp random (as data minimisation has it). */
export const ntpRequest = (random: Random): Buffer => Buffer.concat([Buffer.from([0x23]), Buffer.alloc(39), random(8)]);

const ber = (tag: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  if (content.length > 127) throw new Error(`BER content of ${content.length} bytes is over the short form's 127`);
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
};
/** A positive INTEGER of the bytes, its first bit cleared. */
const berInteger = (bytes: Buffer): Buffer => {
  const value = Buffer.from(bytes);
  value[0]! &= 0x7f;
  // DER's shortest form: no leading zero byte but before a set bit.
  let from = 0;
  while (from < value.length - 1 && value[from] === 0 && value[from + 1]! < 0x80) from++;
  return ber(0x02, value.subarray(from));
};

/** SNMPv3 engine discovery (RFC 3414, 4): empty engine id and user, reportable; no community and so no login. */
export const snmpEngineDiscovery = (random: Random): Buffer => {
  const id = random(4);
  const zero = berInteger(Buffer.from([0]));
  const empty = ber(0x04);
  return ber(
    0x30,
    berInteger(Buffer.from([3])),
    ber(
      0x30,
      berInteger(id),
      berInteger(Buffer.from([0x00, 0xff, 0xe3])),
      ber(0x04, Buffer.from([0x04])),
      berInteger(Buffer.from([3])),
    ),
    ber(0x04, ber(0x30, empty, zero, zero, empty, empty, empty)),
    ber(0x30, empty, empty, ber(0xa0, berInteger(id), zero, zero, ber(0x30))),
  );
};

/** M-SEARCH for everything (UPnP Device Architecture 1.1, 1.3.2), sent to one device. */
export const ssdpSearch = (): Buffer =>
  Buffer.from(
    'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n',
  );

const uuid = (random: Random): string => {
  const bytes = random(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/** A Probe without types (WS-Discovery 2005/04, 5.3): every target service matches. */
export const wsDiscoveryProbe = (random: Random): Buffer =>
  Buffer.from(
    '<?xml version="1.0" encoding="utf-8"?>' +
      '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"' +
      ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"' +
      ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">' +
      '<e:Header><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>' +
      `<a:MessageID>urn:uuid:${uuid(random)}</a:MessageID>` +
      '<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></e:Header>' +
      '<e:Body><d:Probe/></e:Body></e:Envelope>',
  );

/** Which service types there are (RFC 6763, 9), asked of one host; from a port other than 5353 the answer is unicast (RFC 6762, 6.7). */
export const mdnsServicesQuery = (random: Random): Buffer =>
  dnsQuestion(random(2), 0, dnsName('_services', '_dns-sd', '_udp', 'local'), 12, 1);

/** Confirmable GET /.well-known/core with a token of 4 bytes (RFC 7252, 3; RFC 6690, 4). */
export const coapWellKnownCore = (random: Random): Buffer =>
  Buffer.concat([
    Buffer.from([0x44, 0x01]),
    random(2),
    random(4),
    // Uri-Path (option 11), twice.
    Buffer.from([0xbb]),
    Buffer.from('.well-known'),
    Buffer.from([0x04]),
    Buffer.from('core'),
  ]);

/** PSK, ECDHE-PSK, certificate and old RSA suites (IANA TLS Cipher Suites): what small devices speak. */
const DTLS_SUITES = [
  0xc0a8, 0xc0a9, 0xc0a4, 0xc0a5, 0x00a8, 0x00a9, 0x00ae, 0x008c, 0x008d, 0xc037, 0xc035, 0xc0ae, 0xc0ac, 0xc02b,
  0xc02c, 0xc023, 0xc009, 0xc00a, 0xcca9, 0xcca8, 0xccab, 0xc02f, 0xc030, 0xc027, 0xc013, 0xc014, 0x009c, 0x009d,
  0x003c, 0x002f, 0x0035, 0xc09c, 0xc0a0, 0x000a, 0x00ff,
];
const dtlsExtension = (type: number, body: Buffer): Buffer => Buffer.concat([u16(type), sized16(body)]);

/** A DTLS 1.2 ClientHello without a cookie (RFC 6347, 4.2.1): a server answers HelloVerifyRequest, ServerHello or an alert. */
export const dtlsClientHello = (random: Random): Buffer => {
  const extensions = Buffer.concat([
    dtlsExtension(10, sized16(Buffer.concat([0x001d, 0x0017, 0x0018, 0x0019].map(u16)))),
    dtlsExtension(11, Buffer.from([1, 0])),
    dtlsExtension(
      13,
      sized16(Buffer.concat([0x0403, 0x0503, 0x0603, 0x0804, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201].map(u16))),
    ),
    dtlsExtension(23, Buffer.alloc(0)),
  ]);
  const body = Buffer.concat([
    u16(0xfefd),
    random(32),
    Buffer.from([0, 0]), // no session, no cookie
    sized16(Buffer.concat(DTLS_SUITES.map(u16))),
    Buffer.from([1, 0]),
    sized16(extensions),
  ]);
  const length = Buffer.from([body.length >> 16, (body.length >> 8) & 0xff, body.length & 0xff]);
  const handshake = Buffer.concat([Buffer.from([1]), length, u16(0), Buffer.alloc(3), length, body]);
  // The record's version is 1.0, as RFC 6347, 4.2.1 has it for a first hello.
  return Buffer.concat([Buffer.from([22]), u16(0xfeff), Buffer.alloc(8), sized16(handshake)]);
};

/** BACnet/IP: BVLC original-unicast, NPDU version 1 (ASHRAE 135, Annex J). */
const bacnet = (npdu: number, apdu: number[]): Buffer =>
  Buffer.concat([Buffer.from([0x81, 0x0a]), u16(6 + apdu.length), Buffer.from([0x01, npdu]), Buffer.from(apdu)]);

/** Who-Is without limits (ASHRAE 135, 16.10): some devices answer it by broadcast only. */
export const bacnetWhoIs = (): Buffer => bacnet(0x00, [0x10, 0x08]);

/** ReadProperty of the device's own object identifier, by the wildcard instance 4194303 (ASHRAE 135, 15.5): answered by unicast. */
export const bacnetReadIdentity = (random: Random): Buffer =>
  bacnet(0x04, [0x00, 0x05, random(1)[0]!, 0x0c, 0x0c, 0x02, 0x3f, 0xff, 0xff, 0x19, 0x4b]);

/** Of no version of QUIC that anybody has: each server answers with those it has (RFC 9000, 6). */
export const quicVersionRequest = (random: Random): Buffer => versionRequest(random(20)).bytes;

const dns = { name: 'DNS version.bind', build: dnsVersionQuery };
const snmp = { name: 'SNMPv3 engine discovery', build: snmpEngineDiscovery };
const coap = { name: 'CoAP GET /.well-known/core', build: coapWellKnownCore };
const dtls = { name: 'DTLS 1.2 ClientHello', build: dtlsClientHello };

/** What is sent to a port of its own service, in this order. */
export const udpPayloads: ReadonlyMap<number, readonly UdpPayload[]> = new Map([
  [53, [dns, { name: 'DNS root NS', build: dnsRootQuery }]],
  [69, [{ name: 'TFTP RRQ', build: tftpReadRequest }]],
  [123, [{ name: 'NTP client', build: ntpRequest }]],
  [161, [snmp]],
  [1900, [{ name: 'SSDP M-SEARCH', build: ssdpSearch }]],
  [3702, [{ name: 'WS-Discovery Probe', build: wsDiscoveryProbe }]],
  [5353, [{ name: 'mDNS services', build: mdnsServicesQuery }]],
  [5683, [coap]],
  [5684, [dtls]],
  [
    47808,
    [
      { name: 'BACnet ReadProperty', build: bacnetReadIdentity },
      { name: 'BACnet Who-Is', build: bacnetWhoIs },
    ],
  ],
]);

/** What is sent to any other port: nothing says what is there. */
export const anyPortPayloads: readonly UdpPayload[] = [
  coap,
  dns,
  snmp,
  dtls,
  { name: 'QUIC version request', build: quicVersionRequest },
  { name: 'empty', build: () => Buffer.alloc(0) },
];

export const payloadsOf = (port: number): readonly UdpPayload[] => udpPayloads.get(port) ?? anyPortPayloads;

/** UDP ports that are always asked: what "whole coverage" of UDP means. */
export const UDP_PORTS: readonly number[] = [...udpPayloads.keys()];

/** SHA-256 over all payloads, with zeros for what is random: names the set that a run was made with. */
export function udpPayloadsDigest(): string {
  const hash = createHash('sha256');
  const zeros: Random = (bytes) => Buffer.alloc(bytes);
  for (const [port, payloads] of [...udpPayloads, [0, anyPortPayloads] as const]) {
    for (const { name, build } of payloads) hash.update(`${port} ${name} ${build(zeros).toString('hex')}\n`);
  }
  return hash.digest('hex');
}
