import { adbConnect, readAdbAnswer } from './adb.ts';
import { readIdentification } from './ssh.ts';
import { oneLine } from './text.ts';
import { readTlsAnswer } from './tls.ts';

/** What speaks, by its bytes. `weak`: so few bytes that a port which answers everything alike could say them by chance. */
export interface Recognition {
  readonly protocol: string;
  readonly product?: string;
  readonly version?: string;
  readonly weak?: boolean;
}

const named = (protocol: string, product?: string, version?: string): Recognition => ({
  protocol,
  ...(product && { product: oneLine(product, 200) }),
  ...(version && { version: oneLine(version, 100) }),
});

const FTP_SERVER = /(vsFTPd|ProFTPD|Pure-FTPd|FileZilla Server|bftpd|pyftpdlib|FTP server|ftpd)[ _/v]*(\d[\w.]*)?/i;
const SMTP_SERVER = /(Postfix|Exim|Sendmail|OpenSMTPD|Haraka)[ /]*(\d[\w.]*)?/i;

/**
 * Services that name themselves, whatever they were sent: SSH, FTP, SMTP, POP3, IMAP, VNC, MySQL, Telnet, Redis, rsync.
 * `220` without a word more is `ftp-or-smtp`. Undefined: nothing known, or not enough yet.
 */
export function recogniseBanner(bytes: Buffer): Recognition | undefined {
  if (bytes.length === 0) return undefined;
  const head = bytes.toString('latin1', 0, 2048);
  if (head.startsWith('SSH-') || /^[^\0]*\nSSH-/.test(head)) return recogniseSsh(bytes);
  const line = head.slice(0, head.search(/[\r\n]|$/));
  if (/^RFB \d{3}\.\d{3}\n/.test(head)) return named('vnc', undefined, line.slice(4));
  if (/^220[ -][^\n]*\n/.test(head)) return recognise220(head);
  if (/^\* (OK|PREAUTH|BYE)\b[^\n]*\n/.test(head)) return named('imap');
  if (/^\+OK\b[^\n]*\n/.test(head)) return named('pop3');
  if (/^@RSYNCD: /.test(head)) return named('rsync', undefined, /^@RSYNCD: ([\d.]+)/.exec(head)?.[1]);
  if (/^-(ERR|NOAUTH|DENIED|WRONGPASS|NOPERM)\b.*\r\n/.test(head)) return named('redis');
  return recogniseMysql(bytes) ?? recogniseTelnet(bytes);
}

function recogniseSsh(bytes: Buffer): Recognition | undefined {
  const id = readIdentification(bytes);
  if (!id) return undefined;
  const [, product, version] = /^([A-Za-z][\w.]*?)[-_](\d\S*)/.exec(id.software) ?? [];
  return named('ssh', product ?? id.software, version);
}

function recognise220(head: string): Recognition {
  const [ftp, smtp] = [FTP_SERVER.exec(head), SMTP_SERVER.exec(head)];
  if (smtp || /\bE?SMTP\b/.test(head)) return named('smtp', smtp?.[1], smtp?.[2]);
  if (ftp || /\bFTP\b/i.test(head)) return named('ftp', ftp?.[1], ftp?.[2]);
  return named('ftp-or-smtp');
}

/** The initial handshake or error packet (protocol 10). */
function recogniseMysql(bytes: Buffer): Recognition | undefined {
  if (bytes.length < 6 || bytes[3] !== 0 || bytes.readUIntLE(0, 3) > bytes.length + 4096) return undefined;
  const end = bytes.indexOf(0, 5);
  const version = end > 5 && end < 80 ? bytes.toString('latin1', 5, end) : '';
  if (bytes[4] === 10 && /^\d+\.\d+/.test(version)) {
    // Before 11, MariaDB calls itself 5.5.5 first, for clients that know no 10.
    const [, mariadb] = /^(?:5\.5\.5-)?(\d[\d.]*)-mariadb/i.exec(version) ?? [];
    return mariadb ? named('mysql', 'MariaDB', mariadb) : named('mysql', undefined, version);
  }
  const error = bytes[4] === 0xff && bytes.length > 7 && bytes.readUInt16LE(5) >= 1000 && bytes.readUInt16LE(5) < 4000;
  return error ? named('mysql') : undefined;
}

const PROMPT = /(?:^|[\r\n])[^\r\n]{0,80}(?:login|user ?name|user|password)\s*:\s*$/i;

/** Negotiation (RFC 854: IAC, a verb, an option), or a login prompt without any. */
function recogniseTelnet(bytes: Buffer): Recognition | undefined {
  const negotiates = bytes.length >= 3 && bytes[0] === 255 && bytes[1]! >= 251 && bytes[1]! <= 254 && bytes[2]! < 50;
  const subnegotiates = bytes.length >= 3 && bytes[0] === 255 && bytes[1] === 250 && bytes[2]! < 50;
  if (negotiates || subnegotiates) return named('telnet');
  const isText =
    bytes.length < 4096 && !bytes.includes(0) && !/^(HTTP|RTSP)\/|^\s*</.test(bytes.toString('latin1', 0, 64));
  return isText && PROMPT.test(bytes.toString('latin1')) ? named('telnet') : undefined;
}

// biome-ignore lint/complexity/useRegexLiterals: escape codes of a terminal are matched by their number
const TERMINAL = new RegExp('\\u001b\\[[0-9;?]*[A-Za-z]', 'g');
const SHELL_PROMPT = /(?:^|[\r\n])(?:[^\r\n<>]{0,80}[#$]|[\w@~.:/-]{2,80}>) ?$/;

/** What a bare newline got: an echo, a shell's prompt, characters without end. */
export function recogniseNewline(bytes: Buffer): Recognition | undefined {
  if (bytes.equals(NEWLINE)) return named('echo');
  const text = bytes.toString('latin1', 0, 8192).replace(TERMINAL, '');
  if (isChargen(text)) return named('chargen');
  if (/^(HTTP|RTSP)\/|^\s*</.test(text)) return undefined;
  return SHELL_PROMPT.test(text)
    ? named('shell', /BusyBox/.exec(text)?.[0], /BusyBox v(\S+)/.exec(text)?.[1])
    : undefined;
}

/** RFC 864: lines of 72 characters, each beginning one character later. */
function isChargen(text: string): boolean {
  const lines = text.split('\r\n').slice(0, 4);
  return (
    lines.length === 4 &&
    lines.every((line, i) => line.length === 72 && (i === 0 || line.startsWith(lines[i - 1]!.slice(1))))
  );
}

const product = (head: string, protocol: string): Recognition => {
  const server = /\r?\nServer:[ \t]*([^\r\n]{1,200})/i.exec(head)?.[1];
  const [, name, version] = /^([^/\s]+)(?:\/(\S+))?/.exec(server ?? '') ?? [];
  return named(protocol, name, version);
};

/** A status line of HTTP or RTSP, or a page without a head (HTTP/0.9). */
export function recogniseHttp(
  bytes: Buffer,
): (Recognition & { readonly status?: number; readonly toTls?: boolean }) | undefined {
  const head = bytes.toString('latin1', 0, 16_384).split(/\r?\n\r?\n/, 1)[0]!;
  const [, name, status] = /^(HTTP|RTSP)\/\d(?:\.\d)? (\d{3})(?=[ \r\n])/.exec(head) ?? [];
  if (name === 'RTSP') return product(head, 'rtsp');
  // What the inspector of Node.js and other V8 debuggers say to whoever does not upgrade.
  if (name && status === '400' && bytes.includes('\r\n\r\nWebSockets request was expected'))
    return named('node-inspector');
  if (name) {
    const toTls = status === '400' || /\r?\nLocation:[ \t]*https:/i.test(head);
    return { ...product(head, 'http'), status: Number(status), toTls };
  }
  return /^\s*<(!doctype|html|head|body|title)\b/i.test(head) ? named('http', undefined, '0.9') : undefined;
}

/** Whether bytes that came for an HTTP request or a newline are a whole head. */
export const isWholeHead = (bytes: Buffer): boolean =>
  /^(HTTP|RTSP)\/[^\n]*\n(?:[^\r\n]+\r?\n)*\r?\n/.test(bytes.toString('latin1', 0, 16_384));

export function recogniseTls(bytes: Buffer): Recognition | undefined {
  const answer = readTlsAnswer(bytes);
  if (!answer.isTls || bytes.length === 0) return undefined;
  if (answer.hello) return named('tls');
  return answer.alert?.level === 2 && bytes.length === 7 ? { ...named('tls'), weak: true } : undefined;
}

export const NEWLINE = Buffer.from('\r\n');

/** One thing to send, and what its answer says. */
export interface Stimulus {
  readonly name: string;
  readonly bytes: Buffer;
  recognise(answer: Buffer): Recognition | undefined;
}

/** MQTT 3.1.1 CONNECT without a name (3.1); CONNACK (3.2), of version 5 too. */
export function mqtt(random: Buffer): Stimulus {
  const id = Buffer.from(`p${random.toString('hex').slice(0, 12)}`);
  const body = Buffer.concat([Buffer.from('\0\x04MQTT\x04\x02\0\x0a\0', 'latin1'), Buffer.from([id.length]), id]);
  return {
    name: 'mqtt',
    bytes: Buffer.concat([Buffer.from([0x10, body.length]), body]),
    recognise(answer) {
      if (answer[0] !== 0x20 || answer.length < 4 || answer[1]! + 2 > answer.length || answer[2]! > 1) return undefined;
      const code = answer[3]!;
      return (answer[1] === 2 && code <= 5) || code >= 0x80 ? { ...named('mqtt'), weak: true } : undefined;
    },
  };
}

export const rtsp = (host: string): Stimulus => ({
  name: 'rtsp',
  bytes: Buffer.from(`OPTIONS rtsp://${host}/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: probity\r\n\r\n`),
  recognise: (answer) => {
    const seen = recogniseHttp(answer);
    return seen?.protocol === 'rtsp' ? seen : undefined;
  },
});

/** Android Debug Bridge, `CNXN`; CNXN, AUTH or STLS come back, each with its complement. */
export const adb = (): Stimulus => ({
  name: 'adb',
  bytes: adbConnect,
  recognise(bytes) {
    const answer = readAdbAnswer(bytes);
    return answer
      ? named('adb', /ro\.product\.model=([^;\0]{1,100})/.exec(answer.payload.toString('latin1', 0, 1000))?.[1])
      : undefined;
  },
});

/** Modbus TCP: Read Device Identification, basic (function 43/14). The answer carries our transaction's number. */
export function modbus(random: Buffer): Stimulus {
  const id = random.subarray(0, 2);
  return {
    name: 'modbus',
    bytes: Buffer.concat([id, Buffer.from('00000005002b0e0100', 'hex')]),
    recognise(answer) {
      const heads = answer.length >= 9 && answer.subarray(0, 2).equals(id) && answer.readUInt16BE(2) === 0;
      const fits = heads && answer.readUInt16BE(4) === answer.length - 6 && (answer[7]! & 0x7f) === 0x2b;
      if (!fits || answer.equals(this.bytes)) return undefined;
      const objects: string[] = [];
      for (
        let at = 14;
        answer[7] === 0x2b && at + 2 <= answer.length && objects.length < 3;
        at += 2 + answer[at + 1]!
      ) {
        objects.push(answer.toString('latin1', at + 2, at + 2 + answer[at + 1]!));
      }
      return named('modbus', [objects[0], objects[1]].filter(Boolean).join(' '), objects[2]);
    },
  };
}

/** Java Debug Wire Protocol: the handshake comes back as it went. */
export const jdwp: Stimulus = {
  name: 'jdwp',
  bytes: Buffer.from('JDWP-Handshake'),
  recognise: (answer) => (answer.toString('latin1', 0, 14) === 'JDWP-Handshake' ? named('jdwp') : undefined),
};

/** GDB remote serial protocol: an acknowledgement and a packet with its checksum. */
export const gdb: Stimulus = {
  name: 'gdb',
  bytes: Buffer.from('$qSupported#37'),
  recognise: (answer) =>
    /^\+?\$(?!qSupported#)[^#$]*#[0-9a-f]{2}/.test(answer.toString('latin1', 0, 2048)) ? named('gdb') : undefined,
};

/** PostgreSQL SSLRequest: one letter comes back; or an error with a code, as within TLS and from proxies. */
export const postgresql: Stimulus = {
  name: 'postgresql',
  bytes: Buffer.from('0000000804d2162f', 'hex'),
  recognise(answer) {
    if (answer.length === 1 && (answer[0] === 0x53 || answer[0] === 0x4e))
      return { ...named('postgresql'), weak: true };
    const isError = answer[0] === 0x45 && answer.length > 5 && answer.readUInt32BE(1) === answer.length - 1;
    return isError && /\0C[0-9A-Z]{5}\0/.test(answer.toString('latin1', 5, 2048)) ? named('postgresql') : undefined;
  },
};
