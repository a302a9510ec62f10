import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { garbage, type MdnsOptions, mdns, mirror, silent } from '../../fixtures/services/index.ts';
import type { Fact, FactOf } from '../../src/model/fact.ts';
import { identityOf, readDnsAnswer } from '../../src/observe/protocols/mdns.ts';
import { readProbeMatches, scopeIdentity } from '../../src/observe/protocols/onvif.ts';
import { probeTest } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (options: MdnsOptions) => (host: string) => mdns(options).start(host, 0);
const common = { protocol: 'mdns', transport: 'udp' as const, limits: { wait: 100 } };
const open = { ...common, device: 'cannot-tell' } as const;
const says = (what: FactOf<'identity'>['what'], value: string, via = 'mdns'): Fact => ({
  kind: 'identity',
  what,
  value,
  via,
  authenticated: false,
});
const PRINTER = {
  '_ipp._tcp': {
    'Laser. 4th floor': ['ty=Acme Laser 9', 'usb_MFG=Acme', 'note=Floor 4', 'rp=ipp', 'product=(Laser 9)'],
  },
};
const match = (inside: string): string =>
  `<s:Envelope xmlns:s="x"><s:Body><d:ProbeMatches xmlns:d="y"><d:ProbeMatch>${inside}</d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>`;

probeTest(probe, [
  {
    name: 'a printer, its names beside it',
    ...common,
    device: 'weak',
    start: start({ services: PRINTER, txt: 'beside' }),
    sees: [
      says('name', 'Laser. 4th floor'),
      says('model', 'Acme Laser 9'),
      says('vendor', 'Acme'),
      says('location', 'Floor 4'),
      says('model', 'Laser 9'),
    ],
    outcome: 'completed',
  },
  {
    name: 'two services of one device, asked for one by one',
    ...common,
    device: 'weak',
    start: start({
      services: {
        '_hap._tcp': { Lamp: ['md=L1', 'deviceid=02:00:00:00:00:01', 'fv=2.4'] },
        '_http._tcp': { Lamp: ['md=L1', 'mac=no', 'sn=0042'] },
      },
      txt: 'asked',
    }),
    sees: [
      says('name', 'Lamp'),
      says('model', 'L1'),
      says('mac', '02:00:00:00:00:01'),
      says('firmware', '2.4'),
      says('serial', '0042'),
    ],
    outcome: 'completed',
  },
  {
    name: 'a name and nothing more',
    ...open,
    start: start({ services: PRINTER, txt: 'never' }),
    sees: [says('name', 'Laser. 4th floor')],
    outcome: 'timeout',
  },
  {
    name: 'a type and no instance',
    ...open,
    start: start({ services: PRINTER, mute: true }),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'an answer that points to itself',
    ...open,
    udp: (m, answer) =>
      answer(
        Buffer.concat([
          m.subarray(0, 2),
          Buffer.from('84000001000100000000c00c000c0001c00c000c00010000000a0002c00c', 'hex'),
        ]),
      ),
    sees: [],
    outcome: 'protocol',
  },
  { name: 'an echo', ...open, start: (host) => mirror(mdns()).start(host, 0), sees: [], outcome: 'protocol' },
  { name: 'garbage', ...open, start: (host) => garbage(mdns()).start(host, 0), sees: [], outcome: 'protocol' },
  { name: 'silence', ...open, start: (host) => silent(mdns()).start(host, 0), sees: [], outcome: 'timeout' },
  {
    name: 'a camera that is found',
    ...common,
    protocol: 'wsd',
    device: 'weak',
    udp: (_m, answer) =>
      answer(
        match(
          '<a:EndpointReference xmlns:a="z"><a:Address>urn:uuid:11-22</a:Address></a:EndpointReference><d:Scopes> onvif://www.onvif.org/name/Acme%20Cam onvif://www.onvif.org/hardware/C7\n onvif://www.onvif.org/location/city/Hall onvif://www.onvif.org/type/video http://x </d:Scopes><d:XAddrs>http://x/</d:XAddrs>',
        ),
      ),
    sees: [
      says('uuid', '11-22', 'ws-discovery'),
      says('name', 'Acme Cam', 'ws-discovery'),
      says('model', 'C7', 'ws-discovery'),
      says('location', 'Hall', 'ws-discovery'),
    ],
    outcome: 'completed',
  },
  {
    name: 'a fault',
    ...common,
    protocol: 'wsd',
    device: 'sound',
    udp: (_m, answer) => answer('<s:Envelope><s:Body><s:Fault/></s:Body></s:Envelope>'),
    sees: [],
    outcome: 'completed',
  },
  { name: 'a page', ...open, protocol: 'wsd', udp: (_m, answer) => answer('<html>'), sees: [], outcome: 'protocol' },
  { name: 'no word', ...open, protocol: 'wsd', udp: () => undefined, sees: [], outcome: 'timeout' },
]);

describe('a hostile device', () => {
  it('is read without a throw, whatever it sends', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (bytes, text) => {
        const head = Buffer.from('000084000001000300000000', 'hex');
        readDnsAnswer(Buffer.from(bytes), Buffer.alloc(2));
        readDnsAnswer(Buffer.concat([head, bytes]), Buffer.alloc(2));
        identityOf([Buffer.from(bytes), Buffer.from(`md=${text}`)]);
        readProbeMatches(Buffer.from(match(text)));
        scopeIdentity([text, `onvif://www.onvif.org/name/${text}`]);
      }),
    ));

  it('has its pointers followed backwards only', () => {
    const record = Buffer.from('c012000c00010000000a0002c00c', 'hex');
    const whole = Buffer.concat([Buffer.from('000084000000000100000000', 'hex'), record]);
    expect(readDnsAnswer(whole, Buffer.alloc(2))).toEqual([]);
  });
});
