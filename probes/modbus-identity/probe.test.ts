import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TcpService } from '../../fixtures/service.ts';
import { drip, flood, garble, modbus, reset, stall } from '../../fixtures/services/index.ts';
import type { Fact, FactOf } from '../../src/model/fact.ts';
import { identificationRequest, readIdentificationAnswer } from '../../src/observe/protocols/modbus.ts';
import { closedPort, probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (service: TcpService) => (host: string) => service.start(host, 0);
const common = { protocol: 'modbus', limits: { wait: 150 }, ignore: ['sample'] };
const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell', sees: [] as Fact[] } as const;
const says = (what: FactOf<'identity'>['what'], value: string): Fact => ({
  kind: 'identity',
  what,
  value,
  via: 'modbus',
  authenticated: false,
});
const access = (what: 'discovery' | 'function'): Fact => ({
  kind: 'access',
  protocol: 'modbus',
  class: what,
  action: what === 'function' ? 'execute' : 'read',
  resource: what === 'function' ? 'registers and coils' : 'device identification',
  authentication: 'none',
  how: what === 'function' ? 'guessed' : 'recognised',
});
/** Function 43/14, and none other. */
const gentle: Row['also'] = ({ transcripts }) => {
  const sent = transcripts.flatMap(({ entries }) => entries.filter(({ dir }) => dir === 'sent'));
  expect(sent.length).toBeLessThan(12);
  for (const { bytes } of sent) expect(bytes.subarray(7, 9).toString('hex')).toBe('2b0e');
};
const OBJECTS = { 0: 'Acme', 1: 'PLC-7', 2: 'v2.1', 5: 'Hall \u0007controller' };

probeTest(probe, [
  {
    name: 'says who it is',
    ...weak,
    start: start(modbus({ objects: OBJECTS })),
    sees: [
      access('discovery'),
      says('vendor', 'Acme'),
      says('model', 'PLC-7'),
      says('firmware', 'v2.1'),
      says('model', 'Hall controller'),
      access('function'),
    ],
    also: gentle,
  },
  {
    name: 'says it in parts, behind a gateway',
    ...weak,
    start: start(modbus({ objects: { 0: 'Acme', 1: 'PLC-7', 2: 'v2.1' }, atOnce: 1, units: [1] })),
    sees: [
      access('discovery'),
      says('vendor', 'Acme'),
      says('model', 'PLC-7'),
      says('firmware', 'v2.1'),
      access('function'),
    ],
    also: gentle,
  },
  {
    name: 'says that more follows, for ever',
    ...weak,
    start: start(modbus({ objects: { 0: 'Acme' }, endless: true })),
    sees: [access('discovery'), says('vendor', 'Acme'), access('function')],
    also: gentle,
  },
  {
    name: 'keeps no identification: it answered all the same',
    ...weak,
    start: start(modbus()),
    sees: [access('function')],
    also: gentle,
  },
  { name: 'slowly', ...weak, limits: { wait: 2000 }, start: start(drip(modbus(), 1)), sees: [access('function')] },
  { name: 'an echo', ...open, tcp: (socket) => socket.pipe(socket), outcome: 'protocol' },
  {
    name: 'another transaction',
    ...open,
    tcp: (socket) => socket.on('data', () => socket.write(Buffer.from('ffff00000003002bab01', 'hex'))),
    outcome: 'protocol',
  },
  {
    name: 'a count that is not there',
    ...open,
    tcp: (socket) =>
      socket.on('data', (b: Buffer) =>
        socket.write(Buffer.concat([b.subarray(0, 4), Buffer.from('0008002b0e02820000ff', 'hex')])),
      ),
    outcome: 'protocol',
  },
  { name: 'answers with what is no Modbus', ...open, start: start(garble(modbus())), outcome: 'protocol' },
  { name: 'silence', ...open, start: start(stall(modbus())), outcome: 'timeout' },
  { name: 'a flood', ...open, start: start(flood(modbus())), outcome: 'protocol' },
  { name: 'reset', ...open, start: start(reset(modbus())), outcome: 'reset' },
  { name: 'closed', ...open, start: closedPort, outcome: 'refused' },
  {
    name: 'one that wants TLS says nothing in clear: nothing is said of a sound one but that nobody could look',
    ...common,
    device: 'sound',
    sees: [],
    tcp: (socket) => socket.end(),
    outcome: 'reset',
  },
]);

it('reads any frame without a throw', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const request = identificationRequest(Buffer.from([1, 2]), 0, 2);
      readIdentificationAnswer(request, Buffer.from(bytes));
      readIdentificationAnswer(
        request,
        Buffer.concat([request.subarray(0, 4), Buffer.from([0, bytes.length + 1, 0]), bytes]),
      );
      readIdentificationAnswer(
        request,
        Buffer.concat([request.subarray(0, 4), Buffer.from([0, bytes.length + 4, 0, 0x2b, 0x0e, 2]), bytes]),
      );
    }),
  ));
