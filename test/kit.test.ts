import { describe, expect, it } from 'vitest';
import { defineProbe } from '../src/observe/probe.ts';
import { closedPort, everythingSaid, observeWith, probeTest, type Row, tcpServer } from './kit.ts';

const greeting = defineProbe({
  id: 'greeting',
  version: '1',
  title: 'What a server says first',
  emits: ['service'],
  impact: 'connect',
  appliesTo: () => true,
  async *observe(context) {
    const connection = await context.dial();
    const { bytes, ended } = await connection.receive({ until: (b) => b.includes(10) });
    if (ended !== 'until') return;
    const banner = context.evidence(bytes, 'application/octet-stream');
    yield { kind: 'service', protocol: bytes.toString().trim(), security: 'none', banner };
  },
});

const table: Row[] = [
  {
    name: 'greets',
    device: 'weak',
    tcp: (s) => s.end('telnet\n'),
    sees: [{ kind: 'service', protocol: 'telnet', security: 'none' }],
    ignore: ['banner'],
    outcome: 'completed',
    never: /secret/,
  },
  { name: 'is silent', device: 'sound', tcp: () => {}, limits: { wait: 50 }, sees: [], outcome: 'completed' },
  { name: 'is closed', device: 'cannot-tell', start: closedPort, sees: [], outcome: 'refused', open: ['service'] },
];

probeTest(greeting, table);

describe('probeTest', () => {
  it.each(['weak', 'sound', 'cannot-tell'])('refuses a table without a %s device', (device) => {
    expect(() =>
      probeTest(
        greeting,
        table.filter((row) => row.device !== device),
      ),
    ).toThrow(`no ${device} device`);
  });
});

describe('observeWith', () => {
  it('reads transcripts, and finds words that chunks hide', async () => {
    const server = await tcpServer((s) => {
      s.write('tel');
      s.once('data', () => s.end('net\n'));
    });
    const probe = defineProbe({
      ...greeting,
      emits: ['service'],
      async *observe(context) {
        const connection = await context.dial();
        await connection.receive({ cap: 3 });
        await connection.send('go');
        await connection.receive();
        yield { kind: 'service', protocol: 'x', security: 'none' };
      },
    });
    const observed = await observeWith(probe, { port: server.port });
    await server.close();
    expect(observed.facts).toEqual([{ kind: 'service', protocol: 'x', security: 'none' }]);
    expect(observed.transcripts[0]?.entries.map(({ dir, bytes }) => `${dir} ${bytes}`)).toEqual([
      'note connected',
      'received tel',
      'sent go',
      'received net\n',
    ]);
    expect(everythingSaid(observed)).toContain('telnet');
  });
});
