import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import { hostHeader } from '../../src/observe/protocols/http.ts';
import {
  adb,
  gdb,
  isWholeHead,
  jdwp,
  modbus,
  mqtt,
  NEWLINE,
  postgresql,
  type Recognition,
  recogniseBanner,
  recogniseNewline,
  recogniseTls,
  rtsp,
} from '../../src/observe/protocols/recognise.ts';
import { dnsOverTcp } from '../../src/observe/protocols/recognise-udp.ts';
import { clientHello, printable } from '../../src/observe/protocols/tls.ts';

/** Milliseconds of one exchange, at most the `wait` limit. */
const DEADLINE = 2000;
/**
 * Milliseconds for the questions that only one protocol answers. A server that speaks it need compute nothing first, and
 * there are seven: on a device with silent ports they are most of the time that is spent waiting.
 */
const SHORT = 1000;
/** Milliseconds of silence after which the next stage begins beside the one that still waits. */
const HEAD_START = 250;
export const headStart = (wait: number): number => Math.min(HEAD_START, wait / 4);
/** Enough for any banner or head of an answer; more is a flood. */
const CAP = 16_384;

/** One suite for any server that is likely to be met; for whom none fits, a refusal is as good. Kept short: some choke on more. */
const FAMILIAR_SUITES = [
  0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca8, 0xcca9, 0xc009, 0xc013, 0xc00a, 0xc014, 0x009c,
  0x009d, 0x003c, 0x002f, 0x0035, 0x009e, 0x0033, 0x0039, 0x000a, 0x0005, 0xc0ac, 0xc0ae, 0x00a8, 0x008c, 0xc037,
];

/** What came of one exchange. `ended` is how the reading ended, or why there was no connection. */
export interface Exchange {
  readonly bytes: Buffer;
  readonly ended: string;
  /** The engine's own TLS that it ran in. */
  readonly tls?: Connection['tls'];
}

/** One exchange over a connection of its own. HTTP has no `recognise`: its answer may come to any question. */
export interface Question {
  readonly name: string;
  recognise(bytes: Buffer): Recognition | undefined;
  run(connection: Connection): Promise<Pick<Exchange, 'bytes' | 'ended'>>;
}

/** Raw printing ports print what they get. */
export const isPrinter = (port: number | undefined) => port !== undefined && port >= 9100 && port <= 9107;

/** The questions in stages: all of one stage may be asked at once, and their order is the rank of their answers. */
export function questions(context: ProbeContext, security: 'none' | 'tls'): Question[][] {
  const wait = Math.min(DEADLINE, context.limits.wait);
  const { host, port = 0 } = context.endpoint;
  const nothing = () => undefined;
  if (isPrinter(port)) return [[{ name: 'listen', recognise: nothing, run: listen(wait, false) }]];
  const hello = clientHello({
    version: 'any',
    short: true,
    suites: FAMILIAR_SUITES,
    random: printable(context.random(64)),
    servername: context.component.names[0],
  });
  const get = Buffer.from(
    `GET / HTTP/1.1\r\nHost: ${hostHeader(host, port, security)}\r\nUser-Agent: probity\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
  );
  const isTls = (bytes: Buffer) => recogniseTls(bytes) !== undefined;
  const others = [
    mqtt(context.random(8)),
    rtsp(hostHeader(host, port, 'none')),
    adb(),
    modbus(context.random(2)),
    jdwp,
    gdb,
    postgresql,
    dnsOverTcp(context.random(2)),
  ].map((stimulus) => {
    const recognise = (bytes: Buffer) => stimulus.recognise(bytes);
    return {
      name: stimulus.name,
      recognise,
      run: say(stimulus.bytes, Math.min(SHORT, wait), (bytes) => recognise(bytes) !== undefined),
    };
  });
  const http: Question = { name: 'http', recognise: nothing, run: say(get, wait, isWholeHead) };
  return [
    [{ name: 'listen', recognise: recogniseNewline, run: listen(wait, true) }],
    // TLS within TLS is not looked for.
    security === 'tls' ? [http] : [{ name: 'tls', recognise: recogniseTls, run: say(hello, wait, isTls) }, http],
    others.slice(0, 3),
    others.slice(3),
  ];
}

/** Dials and asks. Why there was no connection is an answer too; what is our own side's trouble is thrown. */
export async function ask(
  context: ProbeContext,
  security: 'none' | 'tls',
  question: Pick<Question, 'run'>,
  /** Where to leave the connection while it is asked, so that it can be cut off; undefined: it is too late to ask. */
  open: () => Set<Connection> | undefined,
): Promise<Exchange> {
  let connection: Connection;
  try {
    connection = await context.dial({ security });
  } catch (error) {
    const isAnswer = error instanceof CannotTell && ['refused', 'reset', 'timeout', 'protocol'].includes(error.reason);
    if (isAnswer) return { bytes: Buffer.alloc(0), ended: error.reason };
    // Other questions hold all the connections that the device is given at once: this one was not asked.
    if (error instanceof CannotTell && error.reason === 'budget') return { bytes: Buffer.alloc(0), ended: 'no place' };
    throw error;
  }
  const held = open();
  held?.add(connection);
  try {
    if (!held) return { bytes: Buffer.alloc(0), ended: 'too late' };
    return { ...(await question.run(connection)), tls: connection.tls };
  } finally {
    connection.destroy();
    held?.delete(connection);
  }
}

const isBanner = (bytes: Buffer) => recogniseBanner(bytes) !== undefined;

/** Listens; after a moment of silence a bare newline, for a shell would run anything else. */
const listen =
  (wait: number, speak: boolean): Question['run'] =>
  async (connection) => {
    const quiet = speak ? headStart(wait) : wait;
    const first = await connection.receive({ until: isBanner, wait: quiet, cap: CAP });
    if (!speak || first.ended !== 'timeout') return first;
    const rest = await say(NEWLINE, wait - quiet, (bytes) => {
      const all = Buffer.concat([first.bytes, bytes]);
      return isBanner(all) || recogniseNewline(all)?.protocol === 'shell' || isWholeHead(all);
    })(connection);
    return { bytes: Buffer.concat([first.bytes, rest.bytes]), ended: rest.ended };
  };

const say =
  (bytes: Buffer, wait: number, until: (bytes: Buffer) => boolean): Question['run'] =>
  async (connection) => {
    try {
      await connection.send(bytes);
    } catch (error) {
      // What was said before the write failed can still be read.
      if (!(error instanceof CannotTell) || error.reason === 'aborted') throw error;
    }
    return connection.receive({ until: (seen) => until(seen) || isBanner(seen), wait, cap: CAP });
  };

/** Tells FTP from SMTP where the greeting does not: only a mail server answers EHLO with 250 (RFC 5321, 4.1.1.1). */
export const ehlo = (wait: number): Question => ({
  name: 'ehlo',
  recognise(bytes) {
    const answer = bytes
      .toString('latin1')
      .split(/\r?\n/)
      .findLast((line) => /^\d{3}[ -]/.test(line));
    if (!answer || answer.startsWith('220')) return undefined;
    return { protocol: answer.startsWith('250') ? 'smtp' : 'ftp' };
  },
  async run(connection) {
    const greeting = await connection.receive({ until: isBanner, wait, cap: CAP });
    const rest = await say(Buffer.from('EHLO probity\r\n'), wait, (b) => /^\d{3} [^\n]*\n/m.test(b.toString('latin1')))(
      connection,
    );
    return { bytes: Buffer.concat([greeting.bytes, rest.bytes]), ended: rest.ended };
  },
});
