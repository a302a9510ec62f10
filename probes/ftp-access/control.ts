import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import { extendedPassivePort, type FtpReply, passivePort, readReply } from '../../src/observe/protocols/ftp.ts';
import { asksForTls } from '../../src/observe/protocols/starttls.ts';

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

  /** The engine's own TLS around what is said from here on. */
  get tls(): Connection['tls'] {
    return this.connection.tls;
  }

  /** The listing of the current folder, or undefined where the server gives none. */
  async list(): Promise<Buffer | undefined> {
    return (await this.transferred().catch(unseen)) ?? (await this.status().catch(unseen));
  }

  private async transferred(): Promise<Buffer | undefined> {
    const isPrivate =
      this.tls !== undefined && (await this.command('PBSZ 0')).code < 400 && (await this.command('PROT P')).code < 400;
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

  /**
   * Whether the server has files move protected alone, by what it says before a login (RFC 4217, 9): it takes PROT P, and
   * refuses PROT C for its policy. Undefined where it says neither.
   */
  async keepsDataPrivate(): Promise<true | undefined> {
    if ((await this.command('PBSZ 0')).code >= 300 || (await this.command('PROT P')).code >= 300) return undefined;
    return NEVER_CLEAR.includes((await this.command('PROT C')).code) ? true : undefined;
  }

  /**
   * Whether a listing moves in the clear beside this protected connection, which is how it begins (RFC 4217, 9: the
   * default is Clear). Undefined where that was not seen.
   */
  async listsInClear(): Promise<boolean | undefined> {
    // A reply to what was asked before would be taken for one to this.
    if (this.owed || this.rest.length > 0) return undefined;
    await this.command('PBSZ 0');
    if (NEVER_CLEAR.includes((await this.command('PROT C')).code)) return false;
    let way = await this.command('EPSV');
    if (way.code !== 229 && !wantsPrivate(way)) way = await this.command('PASV');
    if (wantsPrivate(way)) return false;
    const port = way.code === 229 ? extendedPassivePort(way) : way.code === 227 ? passivePort(way) : undefined;
    if (port === undefined) return undefined;
    const data = await this.context.dial({ port, security: 'none' });
    try {
      await this.connection.send('LIST\r\n');
      const start = await this.next();
      if (start.code >= 300) return wantsPrivate(start) ? false : undefined;
      const { ended, bytes } = await data.receive({ cap: 64 * 1024 });
      const isTls = bytes.length > 2 && bytes[0]! >= 20 && bytes[0]! <= 23 && bytes[1] === 3;
      if (isTls || (ended !== 'closed' && ended !== 'cap')) return undefined;
      const last = start.code < 200 ? await this.reply() : start;
      return last.code < 300 ? true : wantsPrivate(last) ? false : undefined;
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

/** Refusals of PROT C: by policy, or no level of what is spoken (RFC 2228, 3). */
const NEVER_CLEAR = [534, 536];

/** 521 and 522 (RFC 4217, 10.1): the data connection must be, or cannot be otherwise than, protected. */
const wantsPrivate = ({ code, lines }: FtpReply): boolean =>
  code === 521 || code === 522 || (code >= 500 && asksForTls(lines.join(' ')));

/** A listing that cannot be had (a data port that is filtered, say) takes nothing back of the login. */
export const unseen = (error: unknown): undefined => {
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
