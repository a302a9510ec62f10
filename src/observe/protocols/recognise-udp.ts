import { children, DerError, expectTag, readDer, TAG } from './der.ts';
import { dtlsAlert, dtlsHello } from './dtls.ts';
import { dtlsHelloParts, firstSequence } from './dtls-hello.ts';
import { versionRequest } from './quic.ts';
import type { Recognition } from './recognise.ts';
import { oneLine } from './text.ts';

/** One datagram to send, and what its answer says. `port` is where the protocol is at home. */
export interface UdpStimulus {
  readonly protocol: string;
  readonly port: number;
  readonly bytes: Buffer;
  recognise(answer: Buffer): Recognition | undefined;
  /** What takes leave of a server whose answer began an association. */
  farewell?(answer: Buffer): Buffer | undefined;
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const latin = (bytes: Buffer) => bytes.toString('latin1', 0, 4096);

/** All stimuli, with fresh ids from `random` (at least 8 bytes). */
export function udpStimuli(random: Buffer): UdpStimulus[] {
  const id = random.subarray(0, 2);
  return [
    coap(id),
    snmpV3(random),
    snmpV2(random),
    mdns(id),
    ssdp,
    wsd(random),
    dtls(random),
    tftp(random),
    ntp,
    dns(id),
    bacnet,
    quic(random),
  ];
}

/** GET /.well-known/core (RFC 6690), answered in its token or message id (RFC 7252, 4.4 and 5.3). */
const coap = (id: Buffer): UdpStimulus => ({
  protocol: 'coap',
  port: 5683,
  bytes: Buffer.concat([hex('42 01'), id, id, Buffer.from('\xbb.well-known\x04core', 'latin1')]),
  recognise(answer) {
    if (answer.length < 4 || answer[0]! >> 6 !== 1 || (answer[0]! & 15) > 8) return undefined;
    const type = (answer[0]! >> 4) & 3;
    const codeClass = answer[1]! >> 5;
    const tokenLength = answer[0]! & 15;
    const isReset = answer[1] === 0 && type >= 2 && answer.subarray(2, 4).equals(id) && answer.length === 4;
    const isAnswer = codeClass >= 2 && codeClass <= 5 && tokenLength === 2 && answer.subarray(4, 6).equals(id);
    return isReset || isAnswer ? { protocol: 'coap' } : undefined;
  },
});

/** Any SNMP message: a sequence that begins with version 0, 1 or 3 and goes on as that version does (RFC 1157, 3412). */
function recogniseSnmp(answer: Buffer): Recognition | undefined {
  if (answer.length < 12 || answer[0] !== 0x30) return undefined;
  const at = answer[1]! < 0x80 ? 2 : 2 + (answer[1]! & 0x7f);
  if (at > 6 || answer.length < at + 4 || answer[at] !== 2 || answer[at + 1] !== 1) return undefined;
  const version = ['v1', 'v2c', undefined, 'v3'][answer[at + 2]!];
  const next = answer[at + 3];
  return version && next === (version === 'v3' ? 0x30 : 0x04) ? { protocol: 'snmp', version } : undefined;
}

/** Engine discovery: an empty engine id, which any v3 engine reports on (RFC 3414, 4). */
const snmpV3 = (random: Buffer): UdpStimulus => ({
  protocol: 'snmp',
  port: 161,
  bytes: Buffer.concat([
    hex('30 3a 02 01 03 30 0f 02 02'),
    Buffer.from([random[0]! & 0x7f, random[1]!]),
    hex('02 03 00 ff e3 04 01 04 02 01 03 04 10 30 0e 04 00 02 01 00 02 01 00 04 00 04 00 04 00'),
    hex('30 12 04 00 04 00 a0 0c 02 02 37 f0 02 01 00 02 01 00 30 00'),
  ]),
  recognise: recogniseSnmp,
});

/** GET sysDescr.0 in v2c: servers without v3 answer a community that they know. */
const snmpV2 = (random: Buffer): UdpStimulus => ({
  protocol: 'snmp',
  port: 161,
  bytes: Buffer.concat([
    hex('30 29 02 01 01 04 06 70 75 62 6c 69 63 a0 1c 02 04'),
    Buffer.from([random[2]! & 0x7f]),
    random.subarray(3, 6),
    hex('02 01 00 02 01 00 30 0e 30 0c 06 08 2b 06 01 02 01 01 01 00 05 00'),
  ]),
  recognise: recogniseSnmp,
});

const question = (id: Buffer, name: string, type: number) =>
  Buffer.concat([
    id,
    hex('0000 0001 0000 0000 0000'),
    ...name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0, 0, type, 0, 1]),
  ]);

/** A DNS response to our id: the QR bit, our question (or none), a known opcode (RFC 1035, 4.1.1). */
const isDnsAnswer = (answer: Buffer, id: Buffer) =>
  answer.length >= 12 &&
  answer.subarray(0, 2).equals(id) &&
  (answer[2]! & 0xf8) === 0x80 &&
  (answer[3]! & 0x40) === 0 &&
  answer.readUInt16BE(4) <= 1;

/** A one-shot query by unicast (RFC 6762, 6.7): the id comes back. */
const mdns = (id: Buffer): UdpStimulus => ({
  protocol: 'mdns',
  port: 5353,
  bytes: question(id, '_services._dns-sd._udp.local', 12),
  recognise: (answer) => {
    const legacy = isDnsAnswer(answer, id) || isDnsAnswer(answer, Buffer.alloc(2));
    return legacy && (answer[2]! & 4) !== 0 && answer.includes('\x07_dns-sd\x04_udp\x05local', 0, 'latin1')
      ? { protocol: 'mdns' }
      : undefined;
  },
});

/** NS of the root, recursion not desired: any DNS server answers, if only to refuse. */
const dns = (id: Buffer): UdpStimulus => ({
  protocol: 'dns',
  port: 53,
  bytes: Buffer.concat([id, hex('0000 0001 0000 0000 0000 00 0002 0001')]),
  recognise: (answer) => (isDnsAnswer(answer, id) ? { protocol: 'dns' } : undefined),
});

/** The same over TCP, behind its length (RFC 1035, 4.2.2). */
export function dnsOverTcp(random: Buffer): Pick<UdpStimulus, 'bytes' | 'recognise'> & { name: string } {
  const { bytes, recognise } = dns(random.subarray(0, 2));
  return {
    name: 'dns',
    bytes: Buffer.concat([Buffer.from([0, bytes.length]), bytes]),
    recognise: (answer) =>
      answer.length >= 14 && answer.readUInt16BE(0) === answer.length - 2 ? recognise(answer.subarray(2)) : undefined,
  };
}

const server = (text: string) => {
  const [, os, version] = /\r\nSERVER:[ \t]*([^\r\n]{1,200})/i.exec(text)?.[1]?.match(/([\w.-]+)\/([\w.-]+)\s*$/) ?? [];
  return { ...(os && { product: oneLine(os, 200) }), ...(version && { version: oneLine(version, 100) }) };
};

/** M-SEARCH by unicast (UPnP Device Architecture 2.0, 1.3.2). */
const ssdp: UdpStimulus = {
  protocol: 'ssdp',
  port: 1900,
  bytes: Buffer.from(
    'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n',
  ),
  recognise(answer) {
    const text = latin(answer);
    const isSsdp = /^(HTTP\/1\.[01] 200|NOTIFY \* HTTP\/1\.[01])/.test(text) && /\r\n(ST|NT|USN):/i.test(text);
    return isSsdp ? { protocol: 'ssdp', ...server(text) } : undefined;
  },
};

/** WS-Discovery Probe for anything (OASIS WS-DD 1.1 and the 2005/04 draft that ONVIF keeps). */
const wsd = (random: Buffer): UdpStimulus => ({
  protocol: 'wsd',
  port: 3702,
  bytes: Buffer.from(
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" ' +
      'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">' +
      '<s:Header><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>' +
      `<a:MessageID>urn:uuid:00000000-0000-4000-8000-${random.toString('hex').padEnd(12, '0').slice(0, 12)}</a:MessageID>` +
      '<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body><d:Probe/></s:Body></s:Envelope>',
  ),
  recognise: (answer) =>
    /<[^>]*Envelope[\s\S]*\b(ProbeMatches|Hello|Fault)\b/.test(latin(answer)) ? { protocol: 'wsd' } : undefined,
});

/** A ClientHello of DTLS 1.0 to 1.2 with ECDHE, RSA and PSK suites that every stack can take, in one record (RFC 6347, 4.2). */
function dtls(random: Buffer): UdpStimulus {
  const parts = dtlsHelloParts({
    version: 'DTLS 1.2',
    random: Buffer.concat([random, Buffer.alloc(64, 0x61)]),
    short: true,
  });
  const sequence = firstSequence(random);
  return {
    protocol: 'dtls',
    port: 5684,
    bytes: dtlsHello(parts, 0, sequence),
    // user_canceled (RFC 5246, 7.2.2) after a ServerHello. Who asked for a cookie has kept nothing.
    farewell: (answer) => (answer[13] === 2 ? dtlsAlert(2, 90, sequence + 1) : undefined),
    recognise(answer) {
      if (answer.length < 15 || answer[1] !== 0xfe || ![0xff, 0xfd].includes(answer[2]!)) return undefined;
      const whole = answer.readUInt16BE(11) <= answer.length - 13;
      const isHello = answer[0] === 22 && (answer[13] === 2 || answer[13] === 3);
      const isAlert = answer[0] === 21 && answer.readUInt16BE(11) === 2;
      return whole && (isHello || isAlert) ? { protocol: 'dtls' } : undefined;
    },
  };
}

/** A packet of no version that anybody has, answered by a Version Negotiation packet to our connection ids (RFC 9000, 6). */
function quic(random: Buffer): UdpStimulus {
  const request = versionRequest(Buffer.concat([random, Buffer.from(random).reverse(), random]));
  return {
    protocol: 'quic',
    port: 443,
    bytes: request.bytes,
    recognise: (answer) => (request.read(answer) ? { protocol: 'quic' } : undefined),
  };
}

/** RRQ of a name that nobody has: an error (opcode 5), or data of block 1, proves it (RFC 1350, 5). */
const tftp = (random: Buffer): UdpStimulus => ({
  protocol: 'tftp',
  port: 69,
  bytes: Buffer.concat([hex('0001'), Buffer.from(`${random.toString('hex').slice(0, 12)}\0octet\0`)]),
  recognise(answer) {
    if (answer.length < 5 || answer[0] !== 0) return undefined;
    const isError = answer[1] === 5 && answer.readUInt16BE(2) <= 8 && answer.at(-1) === 0;
    const isData = answer[1] === 3 && answer.readUInt16BE(2) === 1 && answer.length <= 516;
    return isError || isData ? { protocol: 'tftp' } : undefined;
  },
});

/** A client's request (RFC 5905, 7.3), answered in mode 4 with our transmit time as origin. */
const ntp: UdpStimulus = {
  protocol: 'ntp',
  port: 123,
  bytes: Buffer.concat([hex('23'), Buffer.alloc(39), Buffer.from('probity\x01')]),
  recognise(answer) {
    const fits =
      answer.length >= 48 && (answer[0]! & 7) === 4 && answer.subarray(24, 32).equals(this.bytes.subarray(40, 48));
    return fits ? { protocol: 'ntp', version: `v${(answer[0]! >> 3) & 7}` } : undefined;
  },
};

/** BVLC original-unicast ReadProperty of the device's object name (ASHRAE 135, J.2.11): any BVLC and NPDU comes back. */
const bacnet: UdpStimulus = {
  protocol: 'bacnet',
  port: 47808,
  bytes: hex('81 0a 0011 01 04 00 05 01 0c 0c 02 3fffff 19 4d'),
  recognise(answer) {
    const fits =
      answer.length >= 6 && answer[0] === 0x81 && answer[1]! <= 0x0c && answer.readUInt16BE(2) === answer.length;
    return fits && !answer.equals(this.bytes) ? { protocol: 'bacnet' } : undefined;
  },
};

/**
 * The authoritative engine id of an SNMPv3 message (RFC 3414, 2.4; RFC 3411, 5): the maker's IANA enterprise number,
 * and the MAC address in ids of format 3. Undefined where there is none.
 */
export function snmpEngineOf(message: Buffer): { enterprise: number; mac?: string } | undefined {
  if (recogniseSnmp(message)?.version !== 'v3') return undefined;
  try {
    const parts = children(readDer(message));
    const id = children(readDer(expectTag(parts[2], TAG.octetString).body))[0];
    const { body } = expectTag(id, TAG.octetString);
    if (body.length < 5 || body.length > 32) return undefined;
    const mac = body[0]! & 0x80 && body[4] === 3 && body.length === 11 ? body.subarray(5).toString('hex') : undefined;
    return { enterprise: body.readUInt32BE(0) & 0x7fffffff, ...(mac && { mac: mac.replace(/..(?=.)/g, '$&:') }) };
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}
