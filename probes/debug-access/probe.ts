import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, type Connection, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { hostHeader, httpRequest } from '../../src/observe/protocols/http.ts';
import { gdb, NEWLINE, recogniseNewline } from '../../src/observe/protocols/recognise.ts';

/** Shows that a debugger or a shell does what is asked, by a question that changes nothing; gives what it said. */
type Reader = (context: ProbeContext) => Promise<Buffer>;

const READERS: Readonly<Record<string, Reader>> = {
  jdwp: fromJdwp,
  gdb: fromGdb,
  'node-inspector': fromInspector,
  shell: fromShell,
};

/** Debuggers and shells that have no login: whoever connects runs what he likes. Nothing is run. */
export default defineProbe({
  id: 'debug-access',
  version: '1',
  title: 'Debuggers and shells that answer to whoever connects',
  emits: ['access'],
  impact: 'connect',
  appliesTo: ({ protocol, transport, port }) =>
    transport === 'tcp' && port !== undefined && protocol !== undefined && Object.hasOwn(READERS, protocol),
  async *observe(context) {
    const { protocol = '' } = context.endpoint;
    const said = await READERS[protocol]!(context);
    const fact: FactOf<'access'> = {
      kind: 'access',
      protocol,
      class: 'shell',
      action: 'execute',
      resource: protocol === 'shell' ? 'shell' : 'debugger',
      authentication: 'none',
      how: 'recognised',
      sample: context.evidence(said, 'application/octet-stream'),
    };
    yield fact;
  },
});

async function told(connection: Connection, until: (bytes: Buffer) => boolean, what: string): Promise<Buffer> {
  const { bytes, ended } = await connection.receive({ until, cap: 65_536 });
  if (ended === 'until') return bytes;
  const reason = ended === 'timeout' ? 'timeout' : ended === 'cap' ? 'protocol' : 'reset';
  throw new CannotTell(reason, `${bytes.length} bytes in answer to ${what} (${ended})`);
}

async function withConnection(
  context: ProbeContext,
  ask: (connection: Connection) => Promise<Buffer>,
): Promise<Buffer> {
  const connection = await context.dial();
  try {
    return await ask(connection);
  } finally {
    connection.destroy();
  }
}

const HANDSHAKE = Buffer.from('JDWP-Handshake');

/** The virtual machine's version (Java Debug Wire Protocol: command set 1, command 1), which needs no suspension. */
function fromJdwp(context: ProbeContext): Promise<Buffer> {
  return withConnection(context, async (connection) => {
    await connection.send(HANDSHAKE);
    const greeting = await told(connection, (bytes) => bytes.length >= HANDSHAKE.length, 'the handshake');
    if (!greeting.subarray(0, HANDSHAKE.length).equals(HANDSHAKE))
      throw new CannotTell('protocol', 'the handshake does not come back');
    const command = Buffer.concat([Buffer.from([0, 0, 0, 11]), context.random(4), Buffer.from([0, 1, 1])]);
    await connection.send(command);
    // The machine may tell of its start first: replies are told by their flag and our number.
    const answer = await told(connection, (bytes) => replyIn(bytes, command) !== undefined, 'VirtualMachine.Version');
    const reply = replyIn(answer, command);
    if (reply?.readUInt16BE(9) !== 0) throw new CannotTell('protocol', 'the version is not told');
    return reply;
  });
}

function replyIn(bytes: Buffer, command: Buffer): Buffer | undefined {
  for (let at = 0, packets = 0; at + 11 <= bytes.length && packets < 16; packets += 1) {
    const length = bytes.readUInt32BE(at);
    if (length < 11 || at + length > bytes.length) return undefined;
    const packet = bytes.subarray(at, at + length);
    if (packet[8] === 0x80 && packet.subarray(4, 8).equals(command.subarray(4, 8))) return packet;
    at += length;
  }
  return undefined;
}

/** What the stub can do (GDB remote serial protocol, qSupported), its checksum right. */
function fromGdb(context: ProbeContext): Promise<Buffer> {
  return withConnection(context, async (connection) => {
    await connection.send(gdb.bytes);
    const answer = await told(connection, (bytes) => gdb.recognise(bytes) !== undefined, 'qSupported');
    const [, body = '', sum = ''] = /\$([^#$]*)#([0-9a-f]{2})/.exec(answer.toString('latin1')) ?? [];
    const right = [...Buffer.from(body, 'latin1')].reduce((total, byte) => (total + byte) & 0xff, 0);
    if (Number.parseInt(sum, 16) !== right) throw new CannotTell('protocol', 'the checksum of the answer is wrong');
    return answer;
  });
}

/** The list of what can be debugged (Chrome DevTools Protocol, HTTP endpoints), with the addresses to do it at. */
async function fromInspector(context: ProbeContext): Promise<Buffer> {
  const { host, port = 0, security } = context.endpoint;
  const answer = await httpRequest(await context.dial(), {
    path: '/json/list',
    host: hostHeader(host, port, security === 'tls' ? 'tls' : 'none'),
    wait: context.limits.wait,
    cap: 65_536,
  });
  if (answer.status !== 200 || !/"webSocketDebuggerUrl"\s*:\s*"ws/.test(answer.body.toString('utf8')))
    throw new CannotTell('protocol', `the list of what can be debugged was answered with ${answer.status}`);
  return answer.body;
}

/** A prompt for a bare newline, which every shell answers and which runs nothing. */
function fromShell(context: ProbeContext): Promise<Buffer> {
  return withConnection(context, async (connection) => {
    await connection.send(NEWLINE);
    return told(connection, (bytes) => recogniseNewline(bytes)?.protocol === 'shell', 'a newline');
  });
}
