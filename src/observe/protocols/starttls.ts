import { CannotTell, type Connection } from '../probe.ts';
import { exactly } from './exactly.ts';
import { type FtpReply, readReply } from './ftp.ts';
import {
  Dialogue,
  EHLO,
  pop3Capabilities,
  readImap,
  readImapGreeting,
  readPop3,
  readPop3List,
  readSmtp,
  smtpExtensions,
} from './mail.ts';
import {
  CLIENT_SSL,
  errorPacket,
  handshake,
  HEAD_BYTES as MYSQL_HEAD,
  packet,
  packetHead,
  sslRequest,
} from './mysql.ts';
import { SSL_REQUEST } from './postgresql.ts';

/** The server does not offer TLS after a word. Its reason is `unsupported`, which other trouble has too. */
export class TlsNotOffered extends CannotTell {
  constructor(how: string) {
    super('unsupported', `TLS is not offered: ${how}`);
    this.name = 'TlsNotOffered';
  }
}

/**
 * Brings a fresh connection to where TLS begins with the next byte. `wait` (milliseconds) is for each answer. Throws
 * TlsNotOffered where TLS is not offered; CannotTell: `protocol` where it was offered and then refused, or where more
 * came in the clear than was asked for (CVE-2011-0411); `locked` for "not now"; `timeout`, `reset`.
 */
export type Upgrade = (connection: Connection, wait: number) => Promise<void>;

const notOffered = (how: string) => new TlsNotOffered(how);
const refused = (how: string) => new CannotTell('protocol', `TLS is offered, and was refused: ${how}`);
const NOW = 'before TLS began';

/** A greeting of 220; 4xx is "not now", 5xx says that nothing is served here (RFC 5321, 3.1; RFC 959, 5.4). */
export function mustGreet({ code }: FtpReply): void {
  if (code >= 400 && code < 500) throw new CannotTell('locked', `the greeting is ${code}`);
  if (code !== 220) throw new CannotTell('protocol', `the greeting is ${code}`);
}

/** Words that ask for TLS. Names of hosts and addresses with such letters in them are none. */
export const asksForTls = (words: string): boolean =>
  /(?<![\w.@/-])(STARTTLS|STLS|TLS|SSL|(SSL|TLS)\/(SSL|TLS)|(SSL|TLS)v\d(\.\d)?)(?![\w.@/-]*\w)|PRIVACYREQUIRED|encrypt|plain ?text|(non-?|in)secure|secure (connection|channel)/i.test(
    words.slice(0, 2000),
  );

/** RFC 3207, 4. */
const smtp: Upgrade = async (connection, wait) => {
  const dialogue = new Dialogue(connection, wait);
  mustGreet(await dialogue.answer(readSmtp, 'greeting'));
  const hello = await dialogue.ask(EHLO, readSmtp, 'reply to EHLO');
  // Without extensions there is none for TLS either (RFC 5321, 4.1.4).
  if ([500, 502, 504].includes(hello.code)) throw notOffered(`EHLO was answered with ${hello.code}`);
  if (hello.code !== 250) throw new CannotTell('protocol', `EHLO was answered with ${hello.code}`);
  if (!smtpExtensions(hello).has('STARTTLS')) throw notOffered('no STARTTLS among the extensions');
  const { code } = await dialogue.ask('STARTTLS', readSmtp, 'reply to STARTTLS');
  if (code !== 220) throw refused(`STARTTLS was answered with ${code}`);
  dialogue.mustBeRead(NOW);
};

/** RFC 9051, 6.2.1. What was said in the greeting is not relied on. */
const imap: Upgrade = async (connection, wait) => {
  const dialogue = new Dialogue(connection, wait);
  const { state } = await dialogue.answer(readImapGreeting, 'greeting');
  if (state === 'BYE') throw new CannotTell('locked', 'the greeting is BYE');
  // Only who is not logged in may ask for it.
  if (state === 'PREAUTH') throw notOffered('the greeting is PREAUTH');
  await dialogue.say('a1 CAPABILITY');
  const told = await dialogue.answer(readImap('a1'), 'answer to CAPABILITY');
  if (told.bye) throw new CannotTell('locked', 'CAPABILITY was answered with BYE');
  if (told.result !== 'OK') throw new CannotTell('protocol', `CAPABILITY was answered with ${told.result}`);
  if (!told.capabilities.has('STARTTLS')) throw notOffered('no STARTTLS among the capabilities');
  await dialogue.say('a2 STARTTLS');
  const { result } = await dialogue.answer(readImap('a2'), 'answer to STARTTLS');
  if (result !== 'OK') throw refused(`STARTTLS was answered with ${result}`);
  dialogue.mustBeRead(NOW);
};

/** RFC 2595, 4. A server that does not know CAPA is asked without. */
const pop3: Upgrade = async (connection, wait) => {
  const dialogue = new Dialogue(connection, wait);
  const greeting = await dialogue.answer(readPop3, 'greeting');
  if (greeting.result !== 'OK') throw new CannotTell('locked', 'the greeting is -ERR');
  const told = await dialogue.ask('CAPA', readPop3List, 'answer to CAPA');
  const isListed = pop3Capabilities(told).has('STLS');
  if (told.result === 'OK' && !isListed) throw notOffered('no STLS among the capabilities');
  const { result } = await dialogue.ask('STLS', readPop3, 'answer to STLS');
  if (result !== 'OK')
    throw isListed ? refused('STLS was answered with -ERR') : notOffered('CAPA and STLS are unknown');
  dialogue.mustBeRead(NOW);
};

/** Whether FEAT's answer (RFC 2389) lists AUTH with TLS, or its older name. */
export const listsAuthTls = ({ lines }: FtpReply): boolean =>
  lines.some((line) => /^\s*AUTH\b.*\b(TLS|SSL)/i.test(line));

/** RFC 4217, 4; by the older name too. Refusals of 5xx that FEAT does not contradict say that it is not there. */
const ftp: Upgrade = async (connection, wait) => {
  const dialogue = new Dialogue(connection, wait);
  let greeting = await dialogue.answer(readReply, 'greeting');
  // 120: ready in so many minutes.
  if (greeting.code < 200) greeting = await dialogue.answer(readReply, 'greeting');
  mustGreet(greeting);
  const isListed = listsAuthTls(await dialogue.ask('FEAT', readReply, 'reply to FEAT'));
  let reply = await dialogue.ask('AUTH TLS', readReply, 'reply to AUTH TLS');
  if (reply.code === 504) reply = await dialogue.ask('AUTH SSL', readReply, 'reply to AUTH SSL');
  if (reply.code !== 234) {
    const how = `AUTH was answered with ${reply.code}`;
    throw isListed || reply.code < 500 ? refused(how) : notOffered(how);
  }
  dialogue.mustBeRead(NOW);
};

/** SSLRequest ("Message Flow" of the PostgreSQL documentation, 55.2.10). */
const postgresql: Upgrade = async (connection, wait) => {
  await connection.send(SSL_REQUEST);
  const letter = (await exactly(waiting(connection, wait), 1, 'answer to SSLRequest')).toString('latin1');
  if (letter === 'N') throw notOffered('SSLRequest was answered with N');
  if (letter !== 'S') throw new CannotTell('protocol', 'SSLRequest was not answered with a letter');
  // As CVE-2021-23222.
  if (connection.readableLength > 0) throw new CannotTell('protocol', `more came in the clear ${NOW}`);
};

/** Protocol::SSLRequest behind the server's handshake, where that says CLIENT_SSL. Nothing answers it: TLS begins. */
const mysql: Upgrade = async (connection, wait) => {
  const line = waiting(connection, wait);
  const head = packetHead(await exactly(line, MYSQL_HEAD, 'handshake'));
  if (head === undefined) throw new CannotTell('protocol', 'the greeting is no packet of MySQL');
  const body = await exactly(line, head.bodyBytes, 'handshake');
  const error = errorPacket(body);
  if (error) throw new CannotTell('locked', `the greeting is ER ${error.code}`);
  const server = handshake(body);
  if (server === undefined) throw new CannotTell('protocol', 'the greeting is no handshake of protocol 10');
  if ((server.capabilities & CLIENT_SSL) === 0) throw notOffered('the handshake has no CLIENT_SSL');
  if (connection.readableLength > 0) throw new CannotTell('protocol', `more came in the clear ${NOW}`);
  await connection.send(packet(head.sequence + 1, sslRequest(server)));
};

/** The connection with this `wait` for each of its answers. */
const waiting = (connection: Connection, wait: number): Pick<Connection, 'receive'> => ({
  receive: (options) => connection.receive({ wait, ...options }),
});

const UPGRADES: Readonly<Record<string, Upgrade>> = { smtp, imap, pop3, ftp, postgresql, mysql };

/** Protocols that go on in TLS after a word. Those of XMPP, LDAP, NNTP, ManageSieve and RDP are not asked. */
export const UPGRADING: readonly string[] = Object.keys(UPGRADES);

/** How a protocol's word is said; undefined for one that has none. */
export const upgradeOf = (protocol: string | undefined): Upgrade | undefined =>
  protocol !== undefined && Object.hasOwn(UPGRADES, protocol) ? UPGRADES[protocol] : undefined;
