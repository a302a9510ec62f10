import { helloBody, helloRecord, message } from '../../src/observe/protocols/tls-hello.ts';
import { finish12, isFlight12, readClear12, type Version12 } from '../../src/observe/protocols/tls12.ts';
import type { Damage } from '../../src/observe/protocols/tls12-keys.ts';
import { answered, type Received, type Reply, readReply } from './flaw-handshake.ts';
import type { TlsServer } from './server.ts';
import { CAP, notOffered, type Told, told } from './told.ts';

const CHANGE = 20;
const HANDSHAKE = 22;
const CLOSE_NOTIFY = 0;

/** Suites of one version that a handshake is to be gone through with, all of them fit for it (`canFinish`). */
export interface Asked {
  readonly server: TlsServer;
  readonly version: Version12;
  readonly suites: readonly number[];
}

/** What a server made of our Finished: it went on to its own, or not. */
export type End = { readonly goesOn: true; readonly wantsCertificate: boolean } | Stopped;
export interface Stopped {
  readonly goesOn: false;
  readonly reply: Reply;
  readonly wantsCertificate: boolean;
}
/** The same, or why it did not come to that. */
export type Went = { readonly end: End } | { readonly told: Told } | { readonly why: string };

/** One handshake, up to the server's Finished where it comes to that. */
export async function handshake({ server, version, suites }: Asked, damage?: Damage): Promise<Went> {
  const hello = server.hello(version, suites);
  const talk = await server.converse(async (connection): Promise<Went> => {
    await connection.send(helloRecord(hello));
    const { bytes, ended } = await connection.receive({ until: isFlight12, cap: CAP });
    const came = told(bytes, ended);
    if (came.kind !== 'hello') return { told: came };
    const wrong = notOffered(came.hello, hello);
    if (wrong !== undefined) return { told: { kind: 'garbage', why: wrong } };
    const finish = finish12({
      hello: message(1, helloBody(hello)),
      flight: readClear12(bytes),
      version,
      random: server.context.random,
      damage,
    });
    if ('why' in finish) return { why: finish.why };
    const { wantsCertificate } = came.answer;
    const { wait } = server.context.limits;
    const reply = readEnd(await answered(connection, finish.bytes, { until: isEnd, wait, cap: CAP }));
    // A session that is ended in order is none that a server wonders about.
    if (reply === undefined) await connection.send(finish.goodbye).catch(() => undefined);
    return {
      end: reply === undefined ? { goesOn: true, wantsCertificate } : { goesOn: false, reply, wantsCertificate },
    };
  });
  return 'failed' in talk ? { told: { kind: talk.failed, why: talk.why } } : talk.talked;
}

/** Past what a server may send before it ends its handshake: a ticket, its ChangeCipherSpec and its Finished, and warnings. */
function passed(bytes: Buffer): { readonly finished: boolean; readonly at: number } {
  let changed = false;
  for (let at = 0; ; ) {
    const rest = bytes.subarray(at);
    const reply = readReply(rest, 'timeout');
    const isWarning = reply.kind === 'alert' && reply.level === 1 && reply.code !== CLOSE_NOTIFY;
    if (changed && reply.kind === 'record' && reply.type === HANDSHAKE) return { finished: true, at };
    if (!isWarning && (reply.kind !== 'record' || changed)) return { finished: false, at };
    if (reply.kind === 'record' && reply.type !== HANDSHAKE && reply.type !== CHANGE) return { finished: false, at };
    changed ||= reply.kind === 'record' && reply.type === CHANGE;
    at += 5 + rest.readUInt16BE(3);
  }
}

/** Whether nothing more can come that would change how it ended. */
const isEnd = (bytes: Buffer): boolean => {
  const { finished, at } = passed(bytes);
  return finished || readReply(bytes.subarray(at), 'timeout').kind !== 'timeout';
};

/** What came in place of the server's Finished; undefined for that. */
export function readEnd({ bytes, ended }: Received): Reply | undefined {
  const { finished, at } = passed(bytes);
  return finished ? undefined : readReply(bytes.subarray(at), ended);
}
