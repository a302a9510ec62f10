import type { Algorithms, AuthHandlerMiddleware, Client as SshClient } from 'ssh2';
import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import type { KexInit } from '../../src/observe/protocols/ssh.ts';
import { NotTaken } from '../../src/observe/protocols/ssh-connection.ts';
import { Questions } from './questions.ts';

/**
 * All that our library speaks, old algorithms included; what Node's OpenSSL has no cipher for it drops itself.
 * `blowfish`, `arcfour` and `umac` are not among them.
 */
const SPOKEN = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group15-sha512',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group17-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group-exchange-sha1',
    'diffie-hellman-group14-sha1',
    'diffie-hellman-group1-sha1',
  ],
  serverHostKey: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ssh-rsa',
    'ssh-dss',
  ],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
    'chacha20-poly1305@openssh.com',
    'aes128-cbc',
    'aes192-cbc',
    'aes256-cbc',
    '3des-cbc',
    'aes128-gcm',
    'aes256-gcm',
  ],
  hmac: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha1-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
    'hmac-sha1',
    'hmac-md5',
    'hmac-sha1-96',
    'hmac-md5-96',
    'hmac-sha2-256-96',
    'hmac-sha2-512-96',
    'hmac-ripemd160',
  ],
} as const;

/** What of the server's offer our side cannot speak at all, in words; undefined where a handshake can be had. */
export function unspoken(offer: KexInit): string | undefined {
  const lists: [string, readonly string[], readonly string[]][] = [
    ['key exchange', SPOKEN.kex, offer.kex],
    ['host key', SPOKEN.serverHostKey, offer.hostKey],
    ['cipher', SPOKEN.cipher, offer.cipherToServer],
    ['cipher', SPOKEN.cipher, offer.cipherToClient],
  ];
  const missing = lists.find(([, ours, theirs]) => !theirs.some((name) => ours.includes(name)));
  return missing && `no ${missing[0]} that this tool speaks is among ${missing[2].join(', ').slice(0, 300)}`;
}

/**
 * How one authentication ended. `methods` are those that the server named last; `tried` what was sent beyond `none`;
 * `more` what was asked for beside the password; `locked` that the server says so of the account.
 */
export type Authenticated =
  | { accepted: true; by: string; grants: 'full' | 'change-only' | 'unknown'; changeAsked?: true }
  | {
      accepted: false;
      methods: readonly string[];
      tried?: string;
      more?: string;
      disconnected?: number;
      locked?: boolean;
    };

type Failure = Error & { level?: string; code?: number | string };

/** `wait` limits that an answer to a password may take: some servers make every failure wait for half a minute. */
const PATIENCE = 8;
/** Waits for an open session to say what it is: milliseconds. */
const SESSION_MS = 250;
const CHANGE =
  /password (has |is )?expired|must (be )?chang|requir[a-z]* to change|change required|(current|new|old)[^\n]{0,20} password:\s*$/i;

/**
 * One authentication over a fresh connection: `none` first, which makes the server name its methods; then, with a
 * secret, `password` or else `keyboard-interactive`, once. Throws CannotTell for all that is no answer.
 */
export async function authenticate(context: ProbeContext, user: string, secret?: string): Promise<Authenticated> {
  let methods: readonly string[] = [];
  let tried: string | undefined;
  let partial = false;
  const questions = new Questions(context, user, secret ?? '');
  const authHandler: AuthHandlerMiddleware = (left, partialSuccess, next) => {
    if (left) methods = left as string[];
    if (partialSuccess === true && tried !== undefined) partial = true;
    if (left === null) next({ type: 'none', username: user });
    else if (secret === undefined || tried !== undefined) next(false as never);
    else if (methods.includes('password')) {
      tried = 'password';
      next({ type: 'password', username: user, password: secret });
    } else if (methods.includes('keyboard-interactive')) {
      tried = 'keyboard-interactive';
      next({ type: 'keyboard-interactive', username: user, prompt: questions.answer });
    } else next(false as never);
  };
  return withClient(context, { username: user, authHandler }, (client, settle) => {
    const change = (by: string) => settle({ accepted: true, by, grants: 'change-only', changeAsked: true });
    client.on('ready', () => {
      void sessionGrants(context, client).then((grants) =>
        settle({
          accepted: true,
          by: tried ?? 'none',
          grants,
          ...(grants === 'change-only' ? { changeAsked: true } : {}),
        }),
      );
    });
    // SSH_MSG_USERAUTH_PASSWD_CHANGEREQ (RFC 4252, 8): the password was right, and has had its time.
    client.on('change password', () => change('password'));
    questions.onChange = () => change('keyboard-interactive');
    client.on('banner', (text) => {
      if (tried !== undefined) questions.hear(text);
    });
    return (error) => {
      const { locked } = questions;
      const more = partial ? 'another method' : questions.more;
      if (error.level === 'client-authentication') return { accepted: false, methods, tried, more, locked };
      // A DISCONNECT message in answer to a password is an answer; a closed connection is none.
      if (typeof error.code === 'number' && error.level === undefined && tried !== undefined)
        return { accepted: false, methods, tried, more, locked, disconnected: error.code };
      return undefined;
    };
  });
}

/** Read-only proof: whether a session opens, sends nothing, and stays. */
async function sessionGrants(context: ProbeContext, client: SshClient): Promise<'full' | 'change-only' | 'unknown'> {
  let text = '';
  const session: { state: 'waiting' | 'open' | 'closed' } = { state: 'waiting' };
  const closed = () => {
    session.state = 'closed';
  };
  const read = (chunk: Buffer) => {
    if (text.length < 4096) text += chunk.toString('latin1');
  };
  client.on('close', closed);
  client.shell(false, (error, channel) => {
    if (error) return closed();
    session.state = 'open';
    channel.on('data', read).on('close', closed).on('error', closed);
    channel.stderr.on('data', read);
  });
  const until = context.now() + context.limits.wait;
  while (session.state === 'waiting' && context.now() < until) await context.sleep(20);
  if (session.state === 'open') await context.sleep(SESSION_MS);
  if (CHANGE.test(text)) return 'change-only';
  return session.state === 'open' ? 'full' : 'unknown';
}

type Options = {
  username: string;
  authHandler?: AuthHandlerMiddleware;
};

/**
 * Runs ssh2 over a dialled connection. Each of its answers (handshake, authentication) may take the `wait` limit; the
 * library's own timer knows only the whole. `errored` says whether an error is an answer; else it becomes CannotTell.
 */
async function withClient<T>(
  context: ProbeContext,
  options: Options,
  use: (client: SshClient, settle: (value: T) => void) => (error: Failure) => T | undefined,
): Promise<T> {
  // Loaded late: it takes longer than all of the command line's own start.
  const { default: ssh2 } = await import('ssh2');
  const connection = await context.dial();
  const client = new ssh2.Client();
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      const expect = (what: string, patience = 1) => {
        clearTimeout(timer);
        const late = () => reject(new CannotTell('timeout', `no ${what} in time`));
        timer = setTimeout(late, patience * context.limits.wait);
      };
      const errored = use(client, (value) => {
        clearTimeout(timer);
        resolve(value);
      });
      let last: Failure | undefined;
      client.on('error', (error: Failure) => {
        const answer = errored(error);
        if (answer !== undefined) resolve(answer);
        else if (error.level === 'client-socket') reject(lost(error));
        else if (error.level === 'handshake') reject(new CannotTell('unsupported', error.message.slice(0, 300)));
        else last ??= error;
      });
      client.on('ready', () => clearTimeout(timer));
      client.on('handshake', () => expect('answer to a login'));
      client.on('close', () => reject(last ? broken(last) : new CannotTell('reset', 'closed within the login')));
      // ssh2 ends the connection after an error of its own; a stream that never closes is the timer's.
      expect('SSH handshake');
      const { authHandler } = options;
      const timed: AuthHandlerMiddleware | undefined =
        authHandler &&
        ((left, partial, next) => {
          expect('answer to a login', left === null ? 1 : PATIENCE);
          authHandler(left, partial, next);
        });
      client.connect({
        ...options,
        ...(timed ? { authHandler: timed } : {}),
        sock: connection,
        ident: 'probity',
        readyTimeout: 0,
        tryKeyboard: true,
        algorithms: SPOKEN as unknown as Algorithms,
      });
    });
  } finally {
    clearTimeout(timer);
    client.end();
    drop(connection);
  }
}

function drop(connection: Connection): void {
  // What the library still makes of a connection that is taken away from it concerns nobody.
  connection.on('error', () => undefined);
  connection.destroy();
}

const lost = (error: Failure): CannotTell =>
  error instanceof CannotTell ? error : new CannotTell('reset', `connection lost within the login: ${error.message}`);

const broken = (error: Failure): CannotTell =>
  error.message === 'Connection lost before handshake'
    ? new NotTaken('closed before the SSH handshake')
    : new CannotTell('protocol', `the SSH server broke off: ${error.message.slice(0, 200)}`);
