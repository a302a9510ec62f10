import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import { extendedPassivePort, type FtpReply, passivePort, readReply } from '../../src/observe/protocols/ftp.ts';

/** One control connection. Every command waits for its whole reply; what comes beyond it is kept for the next. */
export class Control {
  private rest: Buffer = Buffer.alloc(0);
  private readonly context: ProbeContext;
  private readonly connection: Connection;

  constructor(context: ProbeContext, connection: Connection) {
    this.context = context;
    this.connection = connection;
  }

  /** The next final reply: 1xx are passed over. Throws CannotTell `timeout`, `reset` (closed too) or `protocol`. */
  async reply(): Promise<FtpReply> {
    for (;;) {
      const next = await this.next();
      if (next.code >= 200) return next;
    }
  }

  async next(): Promise<FtpReply> {
    let reply = readReply(this.rest);
    if (reply === undefined) {
      const before = this.rest;
      const { bytes, ended } = await this.connection.receive({
        until: (seen) => readReply(Buffer.concat([before, seen])) !== undefined,
        cap: 256 * 1024,
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

  async command(line: string): Promise<FtpReply> {
    await this.connection.send(`${line.replace(/[\r\n]/g, '')}\r\n`);
    return this.reply();
  }

  /** The listing of the current folder, or undefined where the server gives none. */
  async list(): Promise<Buffer | undefined> {
    const port = await this.passive();
    if (port === undefined) return undefined;
    // Only ever the endpoint's own host, whatever address PASV named.
    const data = await this.context.dial({ port, security: 'none' });
    try {
      await this.connection.send('LIST\r\n');
      const start = await this.next();
      if (start.code >= 300) return undefined;
      const { bytes, ended } = await data.receive({ cap: 64 * 1024 });
      if (start.code < 200) await this.reply();
      return ended === 'closed' || ended === 'cap' ? bytes : undefined;
    } finally {
      data.destroy();
    }
  }

  private async passive(): Promise<number | undefined> {
    const extended = await this.command('EPSV');
    if (extended.code === 229) return extendedPassivePort(extended);
    const reply = await this.command('PASV');
    return reply.code === 227 ? passivePort(reply) : undefined;
  }
}

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
