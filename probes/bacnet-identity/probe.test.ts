import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type BacnetOptions, bacnet, garbage, mirror, silent } from '../../fixtures/services/index.ts';
import type { Fact, FactOf } from '../../src/model/fact.ts';
import { readPropertyAnswer } from '../../src/observe/protocols/bacnet.ts';
import { probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (options: BacnetOptions) => (host: string) => bacnet(options).start(host, 0);
const common = { protocol: 'bacnet', transport: 'udp' as const, limits: { wait: 100 }, ignore: ['sample'] };
const open = { ...common, device: 'cannot-tell', sees: [] as Fact[] } as const;
const says = (what: FactOf<'identity'>['what'], value: string): Fact => ({
  kind: 'identity',
  what,
  value,
  via: 'bacnet',
  authenticated: false,
});
const access = (what: 'discovery' | 'function', authentication: 'none' | 'required' = 'none'): Fact => ({
  kind: 'access',
  protocol: 'bacnet',
  class: what,
  action: what === 'function' ? 'execute' : 'read',
  resource: what === 'function' ? 'objects' : 'device object',
  authentication,
  how: what === 'function' && authentication === 'none' ? 'guessed' : 'recognised',
});
/** ReadProperty of the device object, and none other. */
const gentle: Row['also'] = ({ transcripts }) => {
  for (const { entries } of transcripts)
    for (const { bytes } of entries.filter(({ dir }) => dir === 'sent')) {
      expect(bytes[9]).toBe(0x0c);
      expect(bytes.readUInt32BE(11) >>> 22).toBe(8);
    }
};

probeTest(probe, [
  {
    name: 'says who it is',
    ...common,
    device: 'weak',
    start: start({
      properties: { 121: 'Acme Building', 70: 'AHU', 77: 'roof\u0007 unit', 44: '3.1', 372: '0042', 58: 'Roof' },
    }),
    sees: [
      access('discovery'),
      says('vendor', 'Acme Building'),
      says('model', 'AHU'),
      says('name', 'roof unit'),
      says('firmware', '3.1'),
      says('serial', '0042'),
      says('location', 'Roof'),
      access('function'),
    ],
    outcome: 'completed',
    also: gentle,
  },
  {
    name: 'says little, behind a router',
    ...common,
    device: 'weak',
    start: start({ properties: { 121: 'Ac' }, routed: true }),
    sees: [access('discovery'), says('vendor', 'Ac'), access('function')],
    outcome: 'completed',
  },
  {
    name: 'refuses to be read without authority',
    ...common,
    device: 'sound',
    start: start({ secured: true }),
    sees: [access('function', 'required')],
    outcome: 'completed',
  },
  {
    name: 'rejects all that is asked',
    ...open,
    udp: (m, answer) => answer(Buffer.concat([Buffer.from('810a00090100', 'hex'), Buffer.from([0x60, m[8]!, 9])])),
    outcome: 'protocol',
  },
  { name: 'an echo', ...open, start: (host) => mirror(bacnet()).start(host, 0), outcome: 'protocol' },
  { name: 'garbage', ...open, start: (host) => garbage(bacnet()).start(host, 0), outcome: 'protocol' },
  { name: 'silence', ...open, start: (host) => silent(bacnet()).start(host, 0), outcome: 'timeout' },
  {
    name: 'another answer than was asked for',
    ...open,
    udp: (_m, answer) => answer(Buffer.from('810a000901006000ff', 'hex')),
    outcome: 'protocol',
  },
]);

it('reads any datagram without a throw', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      readPropertyAnswer(Buffer.from(bytes), 1, 75);
      for (const head of ['30010c', '50010c', '60010c']) {
        const body = Buffer.concat([Buffer.from(`0100${head}`, 'hex'), bytes]);
        const whole = Buffer.concat([Buffer.from([0x81, 0x0a, 0, body.length + 4]), body]);
        readPropertyAnswer(whole, 1, bytes[6] ?? 0);
      }
    }),
  ));
