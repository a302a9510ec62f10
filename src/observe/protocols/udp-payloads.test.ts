import { describe, expect, it } from 'vitest';
import {
  anyPortPayloads,
  bacnetReadIdentity,
  bacnetWhoIs,
  coapWellKnownCore,
  dnsRootQuery,
  dnsVersionQuery,
  dtlsClientHello,
  mdnsServicesQuery,
  ntpRequest,
  snmpEngineDiscovery,
  ssdpSearch,
  tftpReadRequest,
  UDP_PORTS,
  udpPayloads,
  udpPayloadsDigest,
  wsDiscoveryProbe,
} from './udp-payloads.ts';

const random = (bytes: number): Buffer => Buffer.alloc(bytes, 0xab);

describe('payloads, byte by byte', () => {
  it.each<[string, Buffer, string]>([
    // RFC 1035: id, RD, one question; version.bind TXT CHAOS.
    ['DNS version.bind', dnsVersionQuery(random), 'abab010000010000000000000776657273696f6e0462696e640000100003'],
    ['DNS root', dnsRootQuery(random), 'abab010000010000000000000000020001'],
    ['TFTP', tftpReadRequest(random), `0001${Buffer.from('ab'.repeat(8)).toString('hex')}006f6374657400`],
    ['NTP', ntpRequest(random), `23${'00'.repeat(39)}${'ab'.repeat(8)}`],
    // RFC 3414: version 3, reportable, empty engine, user and contexts, GetRequest without bindings.
    [
      'SNMPv3',
      snmpEngineDiscovery(random),
      '303e020103301102042bababab020300ffe30401040201030410300e0400020100020100040004000400301404000400a00e02042bababab0201000201003000',
    ],
    [
      'mDNS',
      mdnsServicesQuery(random),
      'abab00000001000000000000095f7365727669636573075f646e732d7364045f756470056c6f63616c00000c0001',
    ],
    ['CoAP', coapWellKnownCore(random), '4401ababababababbb2e77656c6c2d6b6e6f776e04636f7265'],
    ['BACnet Who-Is', bacnetWhoIs(), '810a000801001008'],
    ['BACnet ReadProperty', bacnetReadIdentity(random), '810a001101040005ab0c0c023fffff194b'],
  ])('%s', (_, bytes, hex) => {
    expect(bytes.toString('hex')).toBe(hex);
  });

  it('SNMP integers keep the shortest form whatever is random', () => {
    for (const id of ['00000000', '00000080', '000000ff', 'ffffffff', '80000001']) {
      const bytes = snmpEngineDiscovery(() => Buffer.from(id, 'hex'));
      expect(bytes[1]).toBe(bytes.length - 2);
      expect(bytes.toString('hex')).not.toMatch(/^30..020103300.0204(00[0-7]|00000000)/);
    }
  });

  it('a DTLS hello whose lengths add up', () => {
    const hello = dtlsClientHello(random);
    expect(hello.readUInt16BE(11)).toBe(hello.length - 13);
    const body = hello.subarray(25);
    expect(hello.readUIntBE(14, 3)).toBe(body.length);
    expect(hello.readUIntBE(22, 3)).toBe(body.length);
    expect(body.readUInt16BE(0)).toBe(0xfefd);
    const suites = body.readUInt16BE(36);
    const offered = Array.from({ length: suites / 2 }, (_, index) => body.readUInt16BE(38 + 2 * index));
    // PSK_WITH_AES_128_CCM_8 and ECDHE_ECDSA_WITH_AES_128_CCM_8: what CoAP makes mandatory (RFC 7252, 9.1.3).
    expect(offered).toEqual(expect.arrayContaining([0xc0a8, 0xc0ae, 0x00ae, 0xc02b, 0xc02f, 0x002f]));
    expect(new Set(offered).size).toBe(offered.length);
    expect(body.readUInt16BE(38 + suites + 2)).toBe(body.length - (38 + suites + 4));
  });

  it('text that a parser of its kind would take', () => {
    expect(ssdpSearch().toString()).toMatch(/^M-SEARCH \* HTTP\/1\.1\r\n(?:[A-Z]+: [^\r]+\r\n)+\r\n$/);
    expect(wsDiscoveryProbe(random).toString()).toContain('urn:uuid:abababab-abab-4bab-abab-abababababab<');
  });
});

describe('the set', () => {
  it('has the default ports in order', () => {
    expect(UDP_PORTS).toEqual([53, 69, 123, 161, 1900, 3702, 5353, 5683, 5684, 47808]);
  });

  it('fits one datagram each, and carries no community string', () => {
    for (const { build } of [...[...udpPayloads.values()].flat(), ...anyPortPayloads]) {
      const bytes = build(random);
      expect(bytes.length).toBeLessThanOrEqual(1200);
      expect(bytes.includes('public')).toBe(false);
    }
  });

  it('has a digest that stays, so that a change of what is sent is seen', () => {
    expect(udpPayloadsDigest()).toBe('8ab1c31dc4509ca7d445742b6879071a1688e9bc1c63329fa2fb795900a4192f');
  });
});
