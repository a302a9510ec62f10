import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import { exactly } from '../../src/observe/protocols/exactly.ts';
import {
  authSwitch,
  cachingSha2Answer,
  ED25519,
  encryptedPassword,
  errorPacket,
  type Handshake,
  HEAD_BYTES,
  handshake,
  handshakeResponse,
  nativeAnswer,
  packet,
  packetHead,
  QUIT,
  SELECT_ONE,
  sslRequest,
} from '../../src/observe/protocols/mysql.ts';
import { ed25519Answer } from '../../src/observe/protocols/mysql-ed25519.ts';

/** Packets of one login at most, and changes of its method. */
const MOST_PACKETS = 12;
const MOST_SWITCHES = 2;

/** How one login ended. `grants`: what a query that reads nothing was answered with; `words`: those of the error. */
export type Ended =
  | { readonly end: 'in'; readonly grants: 'full' | 'change-only' | 'unknown' }
  | { readonly end: 'error'; readonly code: number; readonly words: string };

/** What a server says first: its handshake, or an error in place of it. */
export async function greeting(context: ProbeContext): Promise<Handshake | number> {
  const connection = await context.dial();
  try {
    return await new Packets(connection).greeting();
  } finally {
    connection.destroy();
  }
}

/** One login up to OK and a query. */
export async function logIn(context: ProbeContext, tls: boolean, user: string, secret: string): Promise<Ended> {
  const connection = await context.dial();
  try {
    const packets = new Packets(connection);
    const server = await packets.greeting();
    if (typeof server === 'number') return { end: 'error', code: server, words: '' };
    if (tls) {
      await packets.send(sslRequest(server));
      await connection.upgrade();
    }
    return await new Login(context, packets, server, tls, user, secret).run();
  } finally {
    connection.destroy();
  }
}

/** Packets in turn, each numbered one higher than the one before. */
class Packets {
  private sequence = 0;
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  async next(): Promise<Buffer> {
    const head = packetHead(await exactly(this.connection, HEAD_BYTES, 'packet'));
    if (head === undefined) throw new CannotTell('protocol', 'the answer is no packet of MySQL');
    this.sequence = head.sequence + 1;
    return exactly(this.connection, head.bodyBytes, 'packet');
  }

  async greeting(): Promise<Handshake | number> {
    const body = await this.next();
    const error = errorPacket(body);
    if (error) return error.code;
    const server = handshake(body);
    if (server === undefined) throw new CannotTell('protocol', 'no handshake of protocol 10 was said');
    return server;
  }

  send(body: Buffer): Promise<void> {
    return this.connection.send(packet(this.sequence++, body));
  }

  /** A command begins to count anew. */
  async command(body: Buffer): Promise<Buffer> {
    this.sequence = 0;
    await this.send(body);
    return this.next();
  }

  quit(): Promise<void> {
    this.sequence = 0;
    return this.send(QUIT);
  }
}

class Login {
  private plugin: string;
  private nonce: Buffer;
  private readonly context: ProbeContext;
  private readonly packets: Packets;
  private readonly server: Handshake;
  /** TLS that the server knows of: it takes the password as it is. What wraps the whole port is not its own. */
  private readonly encrypted: boolean;
  private readonly user: string;
  private readonly secret: string;

  constructor(
    context: ProbeContext,
    packets: Packets,
    server: Handshake,
    encrypted: boolean,
    user: string,
    secret: string,
  ) {
    this.context = context;
    this.packets = packets;
    this.server = server;
    this.encrypted = encrypted;
    this.user = user;
    this.secret = secret;
    // What is not known is changed by the server to what the account has.
    this.plugin = server.plugin === 'caching_sha2_password' ? server.plugin : 'mysql_native_password';
    this.nonce = server.nonce;
  }

  async run(): Promise<Ended> {
    const { packets, user, plugin } = this;
    const answer = this.answer();
    await packets.send(handshakeResponse(this.server, { user, answer, plugin }, this.encrypted));
    let switches = 0;
    for (let count = 0; count < MOST_PACKETS; count++) {
      const body = await packets.next();
      const error = errorPacket(body);
      if (error) return { end: 'error', code: error.code, words: error.message.slice(0, 200) };
      if (body[0] === 0) return this.inside();
      if (body[0] === 1) await this.more(body.subarray(1));
      else {
        const other = authSwitch(body);
        if (other === undefined)
          throw new CannotTell('protocol', 'a login was answered with a packet that has no place there');
        if (++switches > MOST_SWITCHES)
          throw new CannotTell('protocol', 'the method of the login was changed again and again');
        this.plugin = other.plugin;
        this.nonce = other.nonce;
        await packets.send(this.answer());
      }
    }
    throw new CannotTell('protocol', `more than ${MOST_PACKETS} packets came, and no answer to the login`);
  }

  /** The first answer of a method. */
  private answer(): Buffer {
    const { secret, nonce, plugin } = this;
    if (plugin === 'mysql_native_password') return this.hidden(nativeAnswer(secret, nonce));
    if (plugin === 'caching_sha2_password') return this.hidden(cachingSha2Answer(secret, nonce));
    if (plugin === ED25519 && nonce.length === 32) return this.hidden(ed25519Answer(secret, nonce));
    const clear = Buffer.from(`${secret}\0`);
    if (plugin === 'sha256_password') return secret === '' || this.encrypted ? clear : Buffer.from([1]);
    if (plugin === 'mysql_clear_password' && this.encrypted) return clear;
    throw new CannotTell('unsupported', `logins are taken with a method that is not spoken: ${known(plugin)}`);
  }

  /** With its nonce it lets anybody try passwords offline. */
  private hidden(answer: Buffer): Buffer {
    if (this.secret !== '') this.context.redact(this.secret, answer);
    return answer;
  }

  /** `caching_sha2_password`: 3 the quick way held, 4 the password itself is asked for; and the public key for it. */
  private async more(data: Buffer): Promise<void> {
    const { packets, plugin, secret, nonce } = this;
    const hasKey = plugin === 'caching_sha2_password' || plugin === 'sha256_password';
    if (plugin === 'caching_sha2_password' && data.length === 1) {
      if (data[0] === 3) return;
      if (data[0] === 4) return packets.send(this.encrypted ? Buffer.from(`${secret}\0`) : Buffer.from([2]));
    }
    const encrypted = hasKey && !this.encrypted ? encryptedPassword(secret, nonce, data) : undefined;
    if (encrypted === undefined) throw new CannotTell('protocol', 'more was asked for than the method has');
    await packets.send(encrypted);
  }

  private async inside(): Promise<Ended> {
    const answer = await this.packets.command(SELECT_ONE);
    const error = errorPacket(answer);
    await this.packets.quit();
    if (error) return { end: 'in', grants: error.code === MUST_CHANGE ? 'change-only' : 'unknown' };
    // The number of columns.
    return { end: 'in', grants: answer.length === 1 && answer[0] === 1 ? 'full' : 'unknown' };
  }
}

/** ER_MUST_CHANGE_PASSWORD: nothing is answered until a new one was given. */
const MUST_CHANGE = 1820;

const METHODS = [
  'mysql_old_password',
  'mysql_clear_password',
  'dialog',
  'auth_gssapi_client',
  'authentication_kerberos_client',
  'authentication_ldap_sasl_client',
  'authentication_webauthn_client',
  'parsec',
];
const known = (plugin: string): string => METHODS.find((method) => method === plugin) ?? 'another';
