/** One reply of the control connection (RFC 959, 4.2): its code, its lines without the code, the bytes it took. */
export interface FtpReply {
  readonly code: number;
  readonly lines: readonly string[];
  readonly length: number;
}

const LINE_BYTES = 4096;
const LINES = 500;

/**
 * Reads one reply, of several lines too. `undefined` while it is not whole, `false` where the bytes are no reply: a line
 * without a code, over 4096 bytes, or more than 500 lines.
 */
export function readReply(bytes: Buffer): FtpReply | undefined | false {
  const lines: string[] = [];
  let code: string | undefined;
  let at = 0;
  while (lines.length < LINES) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) return bytes.length - at > LINE_BYTES ? false : undefined;
    if (end - at > LINE_BYTES) return false;
    const line = bytes.toString('latin1', at, end).replace(/\r$/, '');
    at = end + 1;
    const match = /^([1-5][0-9]{2})([ -]|$)(.*)$/.exec(line);
    if (code === undefined) {
      if (!match) return false;
      code = match[1]!;
    }
    const own = match?.[1] === code;
    lines.push(own ? match[3]! : line);
    if (own && match[2] !== '-') return { code: Number(code), lines, length: at };
  }
  return false;
}

/** The port of a 227 reply to PASV (RFC 959, 4.1.2). Its address is not believed: behind NAT and by malice it is another. */
export function passivePort(reply: FtpReply): number | undefined {
  const match = /(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})/.exec(reply.lines.join(' '));
  const [high, low] = [Number(match?.[5]), Number(match?.[6])];
  return match && high < 256 && low < 256 && high * 256 + low > 0 ? high * 256 + low : undefined;
}

/** The port of a 229 reply to EPSV (RFC 2428, 3). */
export function extendedPassivePort(reply: FtpReply): number | undefined {
  const port = Number(/\((.)\1\1(\d{1,5})\1\)/.exec(reply.lines.join(' '))?.[2]);
  return port > 0 && port < 65_536 ? port : undefined;
}
