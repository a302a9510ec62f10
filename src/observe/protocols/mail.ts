import { CannotTell, type Connection } from '../probe.ts';
import { type FtpReply, readReply } from './ftp.ts';

/** An answer that is whole; `length`: the bytes that it took. */
interface Whole {
  readonly length: number;
}

/** Reads one answer: `undefined` while it is not whole, `false` where the bytes are none. */
export type ReadAnswer<T extends Whole> = (bytes: Buffer) => T | undefined | false;

/** Bytes of one answer at most; the longest lists of capabilities are a tenth of it. */
const CAP = 64 * 1024;
const LINE_BYTES = 8192;
const LINES = 500;

type Line = Pick<Connection, 'receive' | 'send' | 'readableLength'>;

/**
 * A dialogue in lines over one connection: one answer after the other, each whole. What came beyond an answer stays
 * for the next. Throws CannotTell: `timeout`, `reset` (closed too), `protocol`.
 */
export class Dialogue {
  private rest: Buffer = Buffer.alloc(0);
  private readonly connection: Line;
  private readonly wait: number;

  /** `wait` in milliseconds, for each whole answer. */
  constructor(connection: Line, wait: number) {
    this.connection = connection;
    this.wait = wait;
  }

  async answer<T extends Whole>(read: ReadAnswer<T>, what: string): Promise<T> {
    let answer = read(this.rest);
    if (answer === undefined) {
      const before = this.rest;
      const { bytes, ended } = await this.connection.receive({
        until: (seen) => read(Buffer.concat([before, seen])) !== undefined,
        cap: CAP,
        wait: this.wait,
      });
      this.rest = Buffer.concat([before, bytes]);
      answer = read(this.rest);
      if (answer === undefined && ended === 'timeout') throw new CannotTell('timeout', `no whole ${what} in time`);
      if (answer === undefined && ended !== 'cap') throw new CannotTell('reset', `${ended} before a whole ${what}`);
    }
    if (!answer) throw new CannotTell('protocol', `what came is no ${what}`);
    this.rest = this.rest.subarray(answer.length);
    return answer;
  }

  /** Sends one line and reads its answer. What is there already was no answer to it, and ends the dialogue. */
  async ask<T extends Whole>(line: string, read: ReadAnswer<T>, what: string): Promise<T> {
    this.mustBeRead('before it was asked for');
    await this.say(line);
    return this.answer(read, what);
  }

  say(line: string): Promise<void> {
    return this.connection.send(`${line}\r\n`);
  }

  /** Throws `protocol` where more came than was read: what stands in the clear before TLS must not count as said in it. */
  mustBeRead(when: string): void {
    if (this.rest.length + this.connection.readableLength > 0)
      throw new CannotTell('protocol', `more came in the clear ${when}`);
  }
}

/** A reply of SMTP (RFC 5321, 4.2): the form is FTP's. */
export const readSmtp: ReadAnswer<FtpReply> = readReply;

/** The name that is given to EHLO: no host has it (RFC 2606), and it has the form that strict servers ask for. */
export const EHLO = 'EHLO probity.invalid';

/** Keywords of EHLO's answer (RFC 5321, 4.1.1.1) in upper case with their words; the first line is the greeting. */
export function smtpExtensions({ code, lines }: FtpReply): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  if (code !== 250) return found;
  for (const line of lines.slice(1)) {
    // `AUTH=` is an old way to write AUTH, for clients that know no other.
    const [keyword = '', ...words] = line
      .trim()
      .toUpperCase()
      .split(/[\s=]+/);
    if (keyword !== '') found.set(keyword, [...(found.get(keyword) ?? []), ...words]);
  }
  return found;
}

/** What came up to the tagged line of IMAP (RFC 9051, 7.1), or up to a request to go on, which is `+`. */
export interface ImapAnswer extends Whole {
  readonly result: 'OK' | 'NO' | 'BAD' | '+';
  /** The words of that line, its response code in brackets among them. */
  readonly words: string;
  /** Words of all CAPABILITY answers, as untagged lines or as codes, in upper case. */
  readonly capabilities: ReadonlySet<string>;
  /** An untagged BYE came. */
  readonly bye: boolean;
}

/** Lines that end with LF, without their end; undefined where one of them is too long. */
function* linesOf(bytes: Buffer): Generator<{ text: string; end: number } | undefined> {
  let at = 0;
  for (let count = 0; count < LINES; count += 1) {
    const end = bytes.indexOf(0x0a, at);
    if ((end < 0 ? bytes.length : end) - at > LINE_BYTES) yield undefined;
    if (end < 0) return;
    yield { text: bytes.toString('latin1', at, end).replace(/\r$/, ''), end: end + 1 };
    at = end + 1;
  }
  yield undefined;
}

const capabilityWords = (text: string): string[] => {
  const [, words] = /^\* CAPABILITY (.*)$/i.exec(text) ?? /\[CAPABILITY ([^\]]*)\]/i.exec(text) ?? [];
  return (words ?? '').toUpperCase().split(' ').filter(Boolean);
};

/** Reads the answer to a command that was sent with this tag. */
export const readImap =
  (tag: string): ReadAnswer<ImapAnswer> =>
  (bytes) => {
    const capabilities = new Set<string>();
    let bye = false;
    for (const line of linesOf(bytes)) {
      if (line === undefined) return false;
      const { text, end: length } = line;
      for (const word of capabilityWords(text)) capabilities.add(word);
      if (/^\* BYE\b/i.test(text)) bye = true;
      if (/^\+( |$)/.test(text)) return { result: '+', words: text.slice(2), capabilities, bye, length };
      const [, result, words] = new RegExp(`^${tag} (OK|NO|BAD)(?: (.*))?$`, 'i').exec(text) ?? [];
      if (result)
        return { result: result.toUpperCase() as 'OK' | 'NO' | 'BAD', words: words ?? '', capabilities, bye, length };
      if (!text.startsWith('* ')) return false;
    }
    return undefined;
  };

/** IMAP's greeting (RFC 9051, 7.1): OK, PREAUTH or BYE. */
export interface ImapGreeting extends Whole {
  readonly state: 'OK' | 'PREAUTH' | 'BYE';
  readonly words: string;
}

export const readImapGreeting: ReadAnswer<ImapGreeting> = (bytes) => {
  for (const line of linesOf(bytes)) {
    const [, state, words] = /^\* (OK|PREAUTH|BYE)(?: (.*))?$/i.exec(line?.text ?? '') ?? [];
    if (!line || !state) return false;
    return { state: state.toUpperCase() as ImapGreeting['state'], words: words ?? '', length: line.end };
  }
  return undefined;
};

/** A POP3 status line (RFC 1939, 3), and the lines behind it where the command has several; `+`: go on (RFC 5034). */
export interface Pop3Answer extends Whole {
  readonly result: 'OK' | 'ERR' | '+';
  readonly words: string;
  readonly lines: readonly string[];
}

const readPop3Lines =
  (several: boolean): ReadAnswer<Pop3Answer> =>
  (bytes) => {
    let status: Pick<Pop3Answer, 'result' | 'words'> | undefined;
    const lines: string[] = [];
    for (const line of linesOf(bytes)) {
      if (line === undefined) return false;
      const { text, end: length } = line;
      if (status === undefined) {
        const [, sign, words] = /^(\+OK|-ERR|\+)(?: (.*))?$/i.exec(text) ?? [];
        if (!sign) return false;
        const result = /^\+OK$/i.test(sign) ? 'OK' : sign === '+' ? '+' : 'ERR';
        status = { result, words: words ?? '' };
        if (!several || result !== 'OK') return { ...status, lines, length };
      } else if (text === '.') return { ...status, lines, length };
      else lines.push(text);
    }
    return undefined;
  };

export const readPop3: ReadAnswer<Pop3Answer> = readPop3Lines(false);
export const readPop3List: ReadAnswer<Pop3Answer> = readPop3Lines(true);

/** Names of CAPA's answer (RFC 2449, 5) in upper case with their words. */
export const pop3Capabilities = ({ result, lines }: Pop3Answer): ReadonlyMap<string, readonly string[]> =>
  new Map(
    (result === 'OK' ? lines : []).map((line) => {
      const [name = '', ...words] = line.trim().toUpperCase().split(/\s+/);
      return [name, words];
    }),
  );
