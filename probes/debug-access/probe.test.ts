import { bareShell, drip, flood, reset, stall } from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { closedPort, probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const common = { limits: { wait: 150 }, ignore: ['sample'] };
const weak = (protocol: string) => ({
  ...common,
  protocol,
  device: 'weak' as const,
  outcome: 'completed' as const,
  sees: [
    {
      kind: 'access',
      protocol,
      class: 'shell',
      action: 'execute',
      resource: protocol === 'shell' ? 'shell' : 'debugger',
      authentication: 'none',
      how: 'recognised',
    } as Fact,
  ],
});
const open = (protocol: string) => ({ ...common, protocol, device: 'cannot-tell' as const, sees: [] as Fact[] });
const echo: Row['tcp'] = (socket) => socket.pipe(socket);

/** A Java machine: the handshake, an event of its own, and the reply with that error. */
const java =
  (error: number): NonNullable<Row['tcp']> =>
  (socket) => {
    socket.on('data', (bytes: Buffer) => {
      if (bytes.length === 14) {
        socket.write(bytes);
        socket.write(Buffer.from('0000000c0000000100406400', 'hex'));
        return;
      }
      const reply = Buffer.concat([
        Buffer.from([0, 0, 0, 15]),
        bytes.subarray(4, 8),
        Buffer.from([0x80, 0, error, 0, 0, 0, 0]),
      ]);
      socket.write(reply);
    });
  };
const says =
  (text: string): NonNullable<Row['tcp']> =>
  (socket) =>
    socket.once('data', () => socket.write(text));
const page = (body: string): Row['tcp'] => says(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);

probeTest(probe, [
  { name: 'a shell', ...weak('shell'), start: (host) => bareShell().start(host, 0) },
  {
    name: 'a shell, slowly',
    ...weak('shell'),
    limits: { wait: 2000 },
    start: (host) => drip(bareShell(), 1).start(host, 0),
  },
  { name: 'a Java debugger', ...weak('jdwp'), tcp: java(0) },
  { name: 'a GDB server', ...weak('gdb'), tcp: says('+$PacketSize=4000#f4') },
  {
    name: 'a Node.js inspector',
    ...weak('node-inspector'),
    tcp: page('[{"webSocketDebuggerUrl":"ws://127.0.0.1/x"}]'),
  },
  { name: 'a Java debugger that tells nothing', ...open('jdwp'), tcp: java(99), outcome: 'protocol' },
  { name: 'an echo is no Java debugger', ...open('jdwp'), tcp: echo, outcome: 'timeout' },
  { name: 'a wrong checksum', ...open('gdb'), tcp: says('+$PacketSize=4000#00'), outcome: 'protocol' },
  { name: 'an echo is no GDB server', ...open('gdb'), tcp: echo, outcome: 'timeout' },
  { name: 'an inspector of nothing', ...open('node-inspector'), tcp: page('[]'), outcome: 'protocol' },
  { name: 'an echo is no shell', ...open('shell'), tcp: echo, outcome: 'timeout' },
  { name: 'a flood', ...open('jdwp'), start: (host) => flood(bareShell()).start(host, 0), outcome: 'protocol' },
  { name: 'silence', ...open('gdb'), start: (host) => stall(bareShell()).start(host, 0), outcome: 'timeout' },
  { name: 'reset', ...open('shell'), start: (host) => reset(bareShell()).start(host, 0), outcome: 'reset' },
  {
    name: 'closed by now: nobody is in',
    ...common,
    protocol: 'gdb',
    device: 'sound',
    start: closedPort,
    sees: [],
    outcome: 'refused',
  },
]);
