import { closedPort, probeTest } from '../../test/kit/probe.ts';
import { defineProbe } from './probe.ts';

const greeting = defineProbe({
  id: 'greeting',
  version: '1',
  title: 'Greeting',
  emits: ['service'],
  impact: 'connect',
  appliesTo: () => true,
  async *observe(context) {
    const connection = await context.dial();
    const { bytes, ended } = await connection.receive({ until: (b) => b.includes(10) });
    if (ended !== 'until') return;
    yield { kind: 'service', protocol: bytes.toString().trim(), security: 'none' };
  },
});

probeTest(greeting, [
  {
    name: 'a',
    device: 'weak',
    tcp: (s) => s.end('telnet\n'),
    sees: [{ kind: 'service', protocol: 'telnet', security: 'none' }],
    outcome: 'completed',
  },
  { name: 'b', device: 'sound', tcp: () => {}, sees: [], outcome: 'completed' },
  { name: 'c', device: 'cannot-tell', start: closedPort, sees: [], outcome: 'refused' },
]);
