import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import { extendedPassivePort, type FtpReply, passivePort, readReply } from '../../src/observe/protocols/ftp.ts';

/** Replies of 1xx at most before the one that counts. */
const MOST_PRELIMINARY = 20;

/** One control connection. Every command waits for its whole reply; what comes beyond it is kept for the next. */
export class Control {
  private rest: Buffer = Buffer.alloc(0);
  /** Whether AUTH TLS was granted here, and whether TLS came of it. */
  granted = false;
  secured = false;
  /** Whether a final reply to LIST is still to come. */
  private owed = false;
  private readonly context: ProbeContext;
  private readonly connection: Connection;

  constructor(context: ProbeContext, connection: Connection) {
    this.context = context;
    this.connection = connection;
  }

  /** The next final reply: 1xx are passed over. Throws CannotTell `timeout`, `reset` (closed too) or `protocol`. */
  async reply(patience = 1): Promise<FtpReply> {
    for (let count = 0; count <= MOST_PRELIMINARY; count += 1) {
      const next = await this.next(patience);
      if (next.code < 200) continue;
      this.owed = false;
      return next;
    }
    throw new CannotTell('protocol', 'preliminary replies without end');
  }

  async next(patience = 1): Promise<FtpReply> {
    let reply = readReply(this.rest);
    if (reply === undefined) {
      const before = this.rest;
      const { bytes, ended } = await this.connection.receive({
        until: (seen) => readReply(Buffer.concat([before, seen])) !== undefined,
        cap: 256 * 1024,
        wait: patience * this.context.limits.wait,
      });
      this.rest = Buffer.concat([before, bytes]);
      reply = readReply(this.rest);
      if (reply === undefined && ended === 'timeout') throw new CannotTell('timeout', 'no whole FTP reply in time');
      if (reply === undefined && ended !== 'cap') throw new CannotTell('reset', `${ended} before an FTP reply`);
    }
    if (!reply) throw new CannotTell('protocol', 'the answer is no FTP reply');
    this.rest = this.rest.subarray(reply.length);
    return reply;
  }

  /** Sends one line and reads its reply, for so many times the `wait` limit. */
  async command(line: string, patience = 1): Promise<FtpReply> {
    await this.connection.send(`${line.replace(/[\r\n]/g, '')}\r\n`);
    return this.reply(patience);
  }

  /** Begins TLS (RFC 4217, 4), by the older name too; the reply says whether it was granted. Throws as a dial does. */
  async secure(): Promise<FtpReply> {
    let reply = await this.command('AUTH TLS');
    if (reply.code === 504) reply = await this.command('AUTH SSL');
    if (reply.code !== 234) return reply;
    this.granted = true;
    if (this.rest.length > 0) throw new CannotTell('protocol', 'more came in the clear before TLS began');
    await this.connection.upgrade();
    this.secured = true;
    return reply;
  }

  /** The listing of the current folder, or undefined where the server gives none. */
  async list(): Promise<Buffer | undefined> {
    return (await this.transferred().catch(unseen)) ?? (await this.status().catch(unseen));
  }

  private async transferred(): Promise<Buffer | undefined> {
    const isPrivate =
      this.secured && (await this.command('PBSZ 0')).code < 400 && (await this.command('PROT P')).code < 400;
    const port = await this.passive();
    if (port === undefined) return undefined;
    // Only ever the endpoint's own host, whatever address PASV named.
    const data = await this.context.dial({ port, security: 'none' });
    try {
      this.owed = true;
      await this.connection.send('LIST\r\n');
      const start = await this.next();
      this.owed = start.code < 200;
      if (start.code >= 300) return undefined;
      // A server may want this session to be one of the control connection's: then it says so, and shows nothing.
      if (isPrivate) await data.upgrade();
      const { bytes, ended } = await data.receive({ cap: 64 * 1024 });
      if (this.owed && (await this.reply()).code >= 400) return undefined;
      return ended === 'closed' || ended === 'cap' ? bytes : undefined;
    } finally {
      data.destroy();
    }
  }

  /** The listing over the control connection (RFC 959, STAT): lines between the first and the last of its reply. */
  private async status(): Promise<Buffer | undefined> {
    if (this.owed) await this.reply();
    const reply = await this.command('STAT .');
    const listed = reply.code === 211 || reply.code === 212 || reply.code === 213;
    return listed && reply.lines.length > 2
      ? Buffer.from(`${reply.lines.slice(1, -1).join('\r\n')}\r\n`, 'latin1')
      : undefined;
  }

  private async passive(): Promise<number | undefined> {
    const extended = await this.command('EPSV');
    if (extended.code === 229) return extendedPassivePort(extended);
    const reply = await this.command('PASV');
    return reply.code === 227 ? passivePort(reply) : undefined;
  }
}

/** A listing that cannot be had (a data port that is filtered, say) takes nothing back of the login. */
const unseen = (error: unknown): undefined => {
  if (error instanceof CannotTell && error.reason !== 'aborted') return undefined;
  throw error;
};

/** Opens a control connection, reads its greeting and hands it on. A greeting of 4xx or 5xx is thrown by its reader. */
export async function withControl<T>(
  context: ProbeContext,
  use: (control: Control, greeting: FtpReply) => Promise<T>,
): Promise<T> {
  const connection = await context.dial();
  try {
    const control = new Control(context, connection);
    return await use(control, await control.reply());
  } finally {
    connection.destroy();
  }
}
