import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import { exactly } from '../../src/observe/protocols/exactly.ts';
import {
  type AuthenticationRequest,
  authenticationRequest,
  clearPassword,
  errorResponse,
  HEAD_BYTES,
  md5Answer,
  messageHead,
  passwordMessage,
  SSL_REQUEST,
  saslInitial,
  scramFinal,
  scramFirst,
  startup,
  TERMINATE,
} from '../../src/observe/protocols/postgresql.ts';

/** It is there after every installation, and a session in it reads nothing. */
const DATABASE = 'postgres';
/** Messages of one login at most: a server tells a dozen of its settings. */
const MOST_MESSAGES = 100;

/**
 * How one login ended. `passed`: AuthenticationOk came; `asked`: a password was asked for before; `clear`: the password
 * itself is asked for, and no answer to a challenge.
 */
export type Ended =
  | { readonly end: 'in'; readonly asked: boolean }
  | { readonly end: 'asks'; readonly clear: boolean }
  | {
      readonly end: 'error';
      readonly code: string;
      readonly message: string;
      readonly asked: boolean;
      readonly passed: boolean;
    };

/**
 * What a server says to SSLRequest: `S` goes on in TLS, `N` does not. Undefined: an error of a server that has never
 * heard of it.
 */
export async function offersTls(context: ProbeContext): Promise<boolean> {
  const connection = await context.dial();
  try {
    return (await askTls(connection)) === 'S';
  } finally {
    connection.destroy();
  }
}

async function askTls(connection: Connection): Promise<'S' | 'N'> {
  await connection.send(SSL_REQUEST);
  const answer = (await exactly(connection, 1, 'answer to SSLRequest')).toString('latin1');
  if (answer !== 'S' && answer !== 'N') throw new CannotTell('protocol', 'SSLRequest was not answered with a letter');
  return answer;
}

/** One login up to ReadyForQuery; without a `secret`, up to where a password is asked for. No query is sent. */
export async function logIn(
  context: ProbeContext,
  tls: boolean,
  user: string,
  secret: string | undefined,
): Promise<Ended> {
  const connection = await context.dial();
  try {
    if (tls) {
      if ((await askTls(connection)) !== 'S')
        throw new CannotTell('protocol', 'TLS was offered before, and is not now');
      await connection.upgrade();
    }
    await connection.send(startup(user, DATABASE));
    const ended = await new Login(context, connection, user, secret).run();
    if (ended.end === 'in') await connection.send(TERMINATE);
    return ended;
  } finally {
    connection.destroy();
  }
}

class Login {
  private asked = false;
  private passed = false;
  private nonce = '';
  private readonly context: ProbeContext;
  private readonly connection: Connection;
  private readonly user: string;
  private readonly secret: string | undefined;

  constructor(context: ProbeContext, connection: Connection, user: string, secret: string | undefined) {
    this.context = context;
    this.connection = connection;
    this.user = user;
    this.secret = secret;
  }

  async run(): Promise<Ended> {
    for (let count = 0; count < MOST_MESSAGES; count++) {
      const head = messageHead(await exactly(this.connection, HEAD_BYTES, 'message'));
      if (head === undefined) throw new CannotTell('protocol', 'the answer is no message of PostgreSQL');
      const body = await exactly(this.connection, head.bodyBytes, 'message');
      const { asked, passed } = this;
      if (head.type === 'E') {
        const error = errorResponse(body);
        if (error === undefined) throw new CannotTell('protocol', 'an error without a code');
        return { end: 'error', ...error, asked, passed };
      }
      if (head.type === 'Z' && passed) return { end: 'in', asked };
      if (head.type === 'R') {
        if (passed) throw new CannotTell('protocol', 'a login was asked for after AuthenticationOk');
        const asks = await this.authenticate(body);
        if (asks !== undefined) return { end: 'asks', clear: asks === 'clear' };
      } else if (!'SKNv'.includes(head.type)) {
        throw new CannotTell('protocol', 'a login was answered with a message that has no place there');
      }
    }
    throw new CannotTell('protocol', `more than ${MOST_MESSAGES} messages came, and the session was not ready`);
  }

  private async authenticate(body: Buffer): Promise<AuthenticationRequest['ask'] | undefined> {
    const request = authenticationRequest(body);
    if (request === undefined) throw new CannotTell('protocol', 'an Authentication message that is cut off');
    if (request.ask === 'ok') {
      this.passed = true;
      return undefined;
    }
    if (request.ask === 'sasl-final') return undefined;
    if (request.ask === 'other') throw new CannotTell('unsupported', `logins are taken with ${request.name}`);
    if (this.secret === undefined) return request.ask;
    if (request.ask !== 'sasl-continue' && this.asked)
      throw new CannotTell('protocol', 'a password was asked for twice');
    this.asked = true;
    await this.connection.send(await this.answer(request, this.secret));
    return undefined;
  }

  private async answer(request: AuthenticationRequest, secret: string): Promise<Buffer> {
    if (request.ask === 'clear') return clearPassword(secret);
    if (request.ask === 'md5') {
      const answer = md5Answer(this.user, secret, request.salt);
      this.redact(secret, answer);
      return passwordMessage(Buffer.from(`${answer}\0`));
    }
    if (request.ask === 'sasl') {
      if (!request.mechanisms.includes('SCRAM-SHA-256'))
        throw new CannotTell('unsupported', 'logins are taken with a mechanism of SASL that is not spoken');
      this.nonce = this.context.random(18).toString('base64');
      return saslInitial('SCRAM-SHA-256', scramFirst(this.nonce));
    }
    if (request.ask !== 'sasl-continue' || this.nonce === '')
      throw new CannotTell('protocol', 'a challenge without a mechanism');
    const final = await scramFinal(this.nonce, request.data, secret);
    // One challenge, one answer.
    this.nonce = '';
    if (final === undefined) throw new CannotTell('protocol', 'a challenge of SCRAM-SHA-256 that cannot be answered');
    this.redact(secret, ...final.proofs);
    return passwordMessage(Buffer.from(final.message));
  }

  /** With what it was asked with, an answer lets anybody try passwords offline. */
  private redact(secret: string, ...answers: string[]): void {
    if (secret !== '') this.context.redact(secret, ...answers);
  }
}
