import type { TcpService } from '../../fixtures/service.ts';
import { adb, drip, flood, garble, reset, stall } from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { closedPort, probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (service: TcpService) => (host: string) => service.start(host, 0);
const common = { protocol: 'adb', limits: { wait: 300 }, ignore: ['sample'] };
const shell = (authentication: string, how = 'recognised'): Fact =>
  ({
    kind: 'access',
    protocol: 'adb',
    class: 'shell',
    action: 'execute',
    resource: 'shell',
    authentication,
    how,
    ...(authentication === 'none' ? { sample: '' } : {}),
  }) as Fact;

/** One message with that payload. */
const message = (command: string, payload = ''): Buffer => {
  const head = Buffer.alloc(24);
  head.write(command, 'latin1');
  head.writeUInt32LE(payload.length, 12);
  head.writeUInt32LE((head.readUInt32LE(0) ^ 0xffffffff) >>> 0, 20);
  return Buffer.concat([head, Buffer.from(payload)]);
};
const says =
  (bytes: Buffer | string): NonNullable<Row['tcp']> =>
  (socket) =>
    socket.once('data', () => socket.write(bytes));
const open = { ...common, device: 'cannot-tell' as const, sees: [] as Fact[] };
const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, device: 'sound', outcome: 'completed' } as const;

probeTest(probe, [
  { name: 'lets in whoever connects', ...weak, start: start(adb()), sees: [shell('none')] },
  {
    name: 'lets in, in parts',
    ...weak,
    limits: { wait: 2000 },
    start: start(drip(adb({ identity: 'device::' }), 2)),
    sees: [shell('none')],
  },
  {
    name: 'lets in, and is waiting for an image to be sideloaded',
    ...weak,
    tcp: says(message('CNXN', 'sideload::\0')),
    sees: [shell('none', 'guessed')],
  },
  {
    name: 'wants a signature, and is not asked for a stream',
    ...sound,
    start: start(adb({ asks: 'key' })),
    sees: [shell('required')],
    also: ({ transcripts }) => {
      const sent = transcripts.flatMap(({ entries }) => entries.filter(({ dir }) => dir === 'sent'));
      if (sent.length !== 1) throw new Error('more than a greeting was sent');
    },
  },
  { name: 'wants TLS', ...sound, tcp: says(message('STLS')), sees: [shell('required')] },
  { name: 'another command', ...open, tcp: says(message('OKAY')), outcome: 'protocol' },
  {
    name: 'a wrong complement',
    ...open,
    tcp: says(Buffer.concat([message('CNXN').subarray(0, 20), Buffer.alloc(4)])),
    outcome: 'protocol',
  },
  { name: 'an echo', ...open, tcp: (socket) => socket.pipe(socket), outcome: 'protocol' },
  { name: 'answers with what is no ADB', ...open, start: start(garble(adb())), outcome: 'protocol' },
  { name: 'half a head', ...open, tcp: says('CNXN'), outcome: 'timeout' },
  { name: 'half a head and the end', ...open, tcp: (socket) => socket.end('AUTH'), outcome: 'reset' },
  { name: 'silence', ...open, start: start(stall(adb())), outcome: 'timeout' },
  { name: 'too slow a drip', ...open, start: start(drip(adb(), 100)), outcome: 'timeout' },
  { name: 'a flood', ...open, start: start(flood(adb())), outcome: 'protocol' },
  { name: 'reset', ...open, start: start(reset(adb())), outcome: 'reset' },
  { name: 'closed', ...open, start: closedPort, outcome: 'refused' },
  { name: 'answers everything', ...open, tcp: says('OK\r\n'.repeat(50)), outcome: 'protocol' },
]);
