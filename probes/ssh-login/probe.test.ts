import type { Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { TcpService } from '../../fixtures/service.ts';
import {
  acceptAnything,
  garble,
  lockOutAfter,
  reset,
  ssh,
  stall,
  stallAfter,
  tarpit,
} from '../../fixtures/services/index.ts';
import { keyFile } from '../../fixtures/services/keys.ts';
import type { Fact } from '../../src/model/fact.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { closedPort, probeTest } from '../../test/kit/probe.ts';
import probe from './probe.ts';

type SshOptions = NonNullable<Parameters<typeof ssh>[0]>;
const algorithms: SshOptions['algorithms'] = {
  kex: ['curve25519-sha256'],
  cipher: ['aes128-ctr'],
  hmac: ['hmac-sha2-256'],
  compress: ['none'],
};
const server = (options: SshOptions = {}) => ssh({ algorithms, ...options });
const start = (service: TcpService) => (host: string) => service.start(host, 0);
const ssh1 = { protocol: 'ssh', limits: { wait: 2500 } } as const;
const QUICK = { protocol: 'ssh', limits: { wait: 100 } } as const;

const login = (
  arm: string,
  account: string,
  secret: string | undefined,
  accepted: boolean,
  answer: string,
  more = {},
) =>
  ({ kind: 'login', protocol: 'ssh', account, ...(secret ? { secret } : {}), arm, accepted, answer, ...more }) as Fact;
const none = login('none', '', undefined, false, 'failure (none)');
const random = login('random', 'random', 'random', false, 'failure (password)');
const shell = (authentication: string): Fact =>
  ({
    kind: 'access',
    protocol: 'ssh',
    class: 'shell',
    action: 'execute',
    resource: 'session',
    authentication,
    how: 'recognised',
  }) as Fact;
const no = (account: string, id: string) => login('candidate', account, id, false, 'failure (password)');
const unthrottled = (account: string, after: number): Fact => ({
  kind: 'throttle',
  protocol: 'ssh',
  account,
  after,
  response: 'none',
});

const candidates = [
  { id: 'x:1', user: 'root', secret: 'hunter2' },
  { id: 'x:2', user: 'root', secret: 'vizxv77' },
  { id: 'x:3', user: 'admin', secret: 'meinsm99' },
];
const weak = { accounts: { root: 'vizxv77' } };
const yes = { grants: 'full' };
const found = [
  none,
  random,
  shell('required'),
  no('root', 'x:1'),
  login('candidate', 'root', 'x:2', true, 'success (password)', yes),
  login('known-user-random', 'root', 'random', false, 'failure (password)'),
  random,
  login('repeat', 'root', 'x:2', true, 'success (password)', { ...yes, proven: true }),
];
/** As `found`, of a server that opens no session. */
const withoutSession = found.map((fact) => {
  const seen = byInteraction(fact);
  return seen.kind === 'login' && seen.accepted ? ({ ...seen, grants: 'unknown' } as Fact) : seen;
});
const ignore = ['sha256', 'milliseconds'];
const never = /hunter2|vizxv77|meinsm99/;
const LEFT = ['login', 'throttle', 'access'];

probeTest(probe, [
  {
    name: 'a listed default',
    device: 'weak',
    ...ssh1,
    start: start(server(weak)),
    candidates,
    sees: found,
    ignore,
    never,
    outcome: 'completed',
  },
  {
    name: 'a listed default by keyboard-interactive',
    device: 'weak',
    ...ssh1,
    start: start(server({ ...weak, methods: ['keyboard-interactive'] })),
    candidates,
    sees: found.map((fact) =>
      fact.kind === 'login' ? { ...fact, answer: fact.answer.replace('password', 'keyboard-interactive') } : fact,
    ),
    ignore,
    never,
    outcome: 'completed',
  },
  {
    name: 'no authentication at all',
    device: 'weak',
    ...ssh1,
    start: start(server({ none: true })),
    candidates,
    sees: [login('none', '', undefined, true, 'success (none)', yes), shell('none')],
    ignore,
    outcome: 'completed',
    also: ({ tried }) => tried.length === 0 || fail(),
  },
  {
    name: 'any password',
    device: 'weak',
    ...ssh1,
    start: start(acceptAnything(server())),
    candidates,
    sees: [
      none,
      login('random', 'random', 'random', true, 'success (password)', yes),
      login('random', 'random', 'random', true, 'success (password)', yes),
      shell('any'),
    ],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'old keys and algorithms',
    device: 'sound',
    ...ssh1,
    start: start(
      server({
        hostKeys: ['rsa-1024', 'ed25519'],
        algorithms: {
          ...algorithms,
          kex: ['diffie-hellman-group1-sha1'],
          cipher: ['3des-cbc'],
          serverHostKey: ['ssh-rsa', 'ssh-ed25519'],
        },
      }),
    ),
    candidates: candidates.slice(2),
    sees: [none, random, shell('required'), no('admin', 'x:3'), unthrottled('admin', 1)],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'all rejected, the declared account works',
    device: 'sound',
    ...ssh1,
    start: start(server({ accounts: { lab: 'OnlyHere1' } })),
    candidates,
    accounts: [{ user: 'lab', secret: 'OnlyHere1' }],
    sees: [
      none,
      random,
      shell('required'),
      login('declared', 'lab', 'declared:lab', true, 'success (password)', yes),
      no('root', 'x:1'),
      no('root', 'x:2'),
      no('admin', 'x:3'),
      login('declared', 'lab', 'declared:lab', true, 'success (password)', yes),
      unthrottled('root', 2),
    ],
    ignore,
    never: /hunter2|vizxv77|meinsm99|OnlyHere1/,
    outcome: 'completed',
  },
  {
    name: 'keys only: no password is sent, and each account is answered for',
    device: 'sound',
    ...ssh1,
    start: start(server({ methods: ['publickey'], keyUsers: ['root'] })),
    candidates,
    login: { allows: (user) => user !== 'root', sent: () => {}, succeeded: () => {}, stop: () => {} },
    sees: [
      none,
      login('random', 'random', 'random', false, 'passwords are not taken (publickey)'),
      shell('required'),
      ...[
        ['root', 'x:1'],
        ['root', 'x:2'],
        ['admin', 'x:3'],
      ].map(([user, id]) => login('candidate', user!, id!, false, 'passwords are not taken (publickey)')),
    ],
    ignore,
    outcome: 'completed',
    also: ({ tried }) => tried.length === 3 || fail(),
  },
  {
    name: 'a listed default, and then another method is required',
    device: 'cannot-tell',
    ...ssh1,
    tcp: asking((ask) =>
      ask.method === 'password' && ask.username === 'root' && ask.password === 'vizxv77'
        ? ask.reject(['publickey'], true)
        : ask.reject(['password']),
    ),
    candidates,
    sees: [
      none,
      random,
      shell('required'),
      no('root', 'x:1'),
      login('candidate', 'root', 'x:2', false, 'another method beside the password'),
      no('admin', 'x:3'),
      unthrottled('root', 2),
    ],
    ignore,
    outcome: 'unsupported',
    open: ['login'],
  },
  {
    name: 'a second question, whatever the password',
    device: 'cannot-tell',
    ...ssh1,
    tcp: asking((ask) =>
      ask.method === 'keyboard-interactive'
        ? ask.prompt([{ prompt: 'Password: ', echo: false }], () =>
            ask.prompt([{ prompt: 'Code: ', echo: false }], () => ask.reject(['keyboard-interactive'])),
          )
        : ask.reject(['keyboard-interactive']),
    ),
    candidates: candidates.slice(2),
    sees: [
      none,
      { ...random, answer: 'another question beside the password' } as Fact,
      shell('required'),
      login('candidate', 'admin', 'x:3', false, 'another question beside the password'),
      unthrottled('admin', 1),
    ],
    ignore,
    outcome: 'unsupported',
    open: ['login'],
  },
  {
    name: 'the same question again is a refusal',
    device: 'sound',
    ...ssh1,
    tcp: asking((ask) =>
      ask.method === 'keyboard-interactive'
        ? ask.prompt([{ prompt: 'Password: ', echo: false }], () =>
            ask.prompt([{ prompt: 'Password: ', echo: false }], () => ask.reject(['keyboard-interactive'])),
          )
        : ask.reject(['keyboard-interactive']),
    ),
    candidates: candidates.slice(2),
    sees: [
      none,
      { ...random, answer: 'failure (keyboard-interactive)' } as Fact,
      shell('required'),
      login('candidate', 'admin', 'x:3', false, 'failure (keyboard-interactive)'),
      unthrottled('admin', 1),
    ],
    ignore,
    outcome: 'completed',
  },
  ...(
    [
      ['its second question', 'Password: ', false],
      ['another language', 'Passwort für das Gerät: ', false],
      ['a password that is shown', 'Kode> ', true],
    ] as const
  ).map(([name, prompt, echo]) => ({
    name: `a listed default by ${name}`,
    device: 'weak' as const,
    ...ssh1,
    tcp: interactive((ask) => {
      const question = [{ prompt, echo }];
      const check = ([secret]: string[]) =>
        ask.username === 'root' && secret === 'vizxv77' ? ask.accept() : ask.reject(['keyboard-interactive']);
      // The first answer is never taken, and a question without a prompt comes before all others.
      ask.prompt([], () =>
        ask.prompt(question, (said) => (name.includes('second') ? ask.prompt(question, check) : check(said))),
      );
    }),
    candidates,
    sees: withoutSession,
    ignore,
    never,
    outcome: 'completed' as const,
  })),
  {
    name: 'a listed default, the name asked for first',
    device: 'weak',
    ...ssh1,
    tcp: interactive((ask) => {
      ask.prompt(
        [
          { prompt: 'Username: ', echo: true },
          { prompt: 'Password: ', echo: false },
        ],
        ([name, secret]) =>
          name === 'root' && secret === 'vizxv77' ? ask.accept() : ask.reject(['keyboard-interactive']),
      );
    }),
    candidates,
    sees: withoutSession,
    ignore,
    never,
    outcome: 'completed',
  },
  ...(
    [
      ['password', (ask: ssh2.AuthContext) => ask.method === 'password' && ask.requestChange('New password', () => {})],
      [
        'keyboard-interactive',
        (ask: ssh2.AuthContext) =>
          ask.method === 'keyboard-interactive' &&
          ask.prompt([{ prompt: 'New password: ', echo: false }], 'You are required to change your password', () =>
            ask.reject(),
          ),
      ],
    ] as const
  ).map(([method, change]) => ({
    name: `a listed default that has to be changed, by ${method}`,
    device: 'weak' as const,
    ...ssh1,
    tcp: asking((ask) => {
      if (ask.method === 'password') {
        if (ask.username === 'root' && ask.password === 'vizxv77') change(ask);
        else ask.reject([method]);
      } else if (ask.method === 'keyboard-interactive')
        ask.prompt([{ prompt: 'Password: ', echo: false }], ([secret]) =>
          ask.username === 'root' && secret === 'vizxv77' ? change(ask) : ask.reject([method]),
        );
      else ask.reject([method]);
    }),
    candidates,
    sees: found.map((fact) => {
      const seen = method === 'password' ? fact : byInteraction(fact);
      if (seen.kind !== 'login' || !seen.accepted) return seen;
      return { ...seen, grants: 'change-only', ...(seen.arm === 'repeat' ? { changeAsked: true } : {}) } as Fact;
    }),
    ignore,
    never,
    outcome: 'completed' as const,
  })),
  {
    name: 'says that the account is locked',
    device: 'cannot-tell',
    ...ssh1,
    tcp: interactive((ask) => {
      const locked = ask.username === 'root' ? 'The account is locked due to 3 failed logins.' : '';
      ask.prompt([{ prompt: 'Password: ', echo: false }], () =>
        locked
          ? ask.prompt([{ prompt: 'Password: ', echo: false }], locked, () => ask.reject(['keyboard-interactive']))
          : ask.reject(['keyboard-interactive']),
      );
    }),
    candidates,
    sees: [
      none,
      byInteraction(random),
      shell('required'),
      { kind: 'throttle', protocol: 'ssh', account: 'root', after: 1, response: 'lock' },
      byInteraction(no('admin', 'x:3')),
    ],
    ignore,
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'hangs up where it refused before: a throttle, and no refusal',
    device: 'cannot-tell',
    ...ssh1,
    tcp: hangsUpAfter(2),
    candidates: [candidates[0]!, candidates[2]!],
    sees: [
      none,
      random,
      shell('required'),
      no('root', 'x:1'),
      { kind: 'throttle', protocol: 'ssh', account: 'admin', after: 2, response: 'refuse' },
    ],
    ignore,
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'closes after each wrong password, and a banner speaks of locks: a close is no answer',
    device: 'cannot-tell',
    ...ssh1,
    start: start(
      server({ tries: 1, banner: 'Authorised use only. Accounts are locked after too many failed logins.\r\n' }),
    ),
    candidates: candidates.slice(2),
    sees: [none],
    ignore,
    outcome: 'reset',
    open: ['login', 'access', 'throttle'],
  },
  {
    name: 'locks after two failures',
    device: 'cannot-tell',
    ...ssh1,
    start: start(lockOutAfter(server(weak), 2)),
    candidates: [candidates[0]!, candidates[2]!, { id: 'x:4', user: 'guest', secret: 'guest' }],
    sees: [
      none,
      random,
      shell('required'),
      no('root', 'x:1'),
      { kind: 'throttle', protocol: 'ssh', account: 'admin', after: 2, response: 'refuse' },
    ],
    ignore,
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'takes one connection at a time, and none for a moment after: that is no throttle',
    device: 'sound',
    protocol: 'ssh',
    limits: { wait: 1000 },
    tcp: restsBetween(
      15,
      asking((ask) => ask.reject(['password'])),
    ),
    candidates,
    sees: [
      none,
      random,
      shell('required'),
      no('root', 'x:1'),
      no('root', 'x:2'),
      no('admin', 'x:3'),
      unthrottled('root', 2),
    ],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'is busy with somebody else right after a failure: that is no throttle',
    device: 'sound',
    ...ssh1,
    tcp: busyAt(
      [4, 5],
      asking((ask) => ask.reject(['password'])),
    ),
    candidates,
    sees: [
      none,
      random,
      shell('required'),
      no('root', 'x:1'),
      no('root', 'x:2'),
      no('admin', 'x:3'),
      unthrottled('root', 2),
    ],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'shuts out whoever comes often without getting in, as OpenSSH 9.8 does: after three failures',
    device: 'cannot-tell',
    ...ssh1,
    limits: { wait: 600 },
    tcp: penalises(),
    candidates: [candidates[0]!, candidates[2]!, { id: 'x:4', user: 'guest', secret: 'guest' }],
    sees: [
      none,
      random,
      shell('required'),
      no('root', 'x:1'),
      no('admin', 'x:3'),
      { kind: 'throttle', protocol: 'ssh', account: 'guest', after: 3, response: 'refuse' },
    ],
    ignore,
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'shuts us out for what other probes have asked of it: waited for before the first password',
    device: 'cannot-tell',
    protocol: 'ssh',
    limits: { wait: 600 },
    // The rest, a sixth of the attempt's time, is cut short.
    clock: { ...systemClock, sleep: (time, signal) => systemClock.sleep(time === 2500 ? 500 : time, signal) },
    tcp: penalises(14, 400),
    candidates: [candidates[0]!, candidates[2]!, { id: 'x:4', user: 'guest', secret: 'guest' }],
    sees: [
      none,
      random,
      shell('required'),
      no('root', 'x:1'),
      no('admin', 'x:3'),
      { kind: 'throttle', protocol: 'ssh', account: 'guest', after: 3, response: 'refuse' },
    ],
    ignore,
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'a delay after each failure, longer than any other answer may take',
    device: 'sound',
    ...ssh1,
    limits: { wait: 500 },
    start: start(tarpit(server(), 300)),
    candidates: candidates.slice(2),
    sees: [none, random, shell('required'), no('admin', 'x:3'), unthrottled('admin', 1)],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'no candidate due',
    device: 'cannot-tell',
    ...ssh1,
    start: start(server()),
    sees: [none, random, shell('required')],
    ignore,
    outcome: 'budget',
    open: ['login'],
  },
  {
    name: 'SSH 1 only',
    device: 'cannot-tell',
    ...ssh1,
    tcp: (socket) => socket.write('SSH-1.5-old\n'),
    sees: [],
    outcome: 'unsupported',
    open: LEFT,
  },
  {
    name: 'a cipher that our side does not speak',
    device: 'cannot-tell',
    ...ssh1,
    tcp: (socket) => socket.write(Buffer.concat([Buffer.from('SSH-2.0-old\r\n'), kexinit('arcfour')])),
    sees: [],
    outcome: 'unsupported',
    open: LEFT,
  },
  {
    name: 'an offer, then silence',
    device: 'cannot-tell',
    ...ssh1,
    limits: { wait: 300 },
    tcp: (socket) => socket.write(Buffer.concat([Buffer.from('SSH-2.0-old\r\n'), kexinit('aes128-ctr')])),
    sees: [],
    outcome: 'timeout',
    open: ['login', 'access', 'throttle'],
  },
  {
    name: 'silence',
    device: 'cannot-tell',
    protocol: 'ssh',
    start: start(stall(server())),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'half a banner',
    device: 'cannot-tell',
    protocol: 'ssh',
    start: start(stallAfter(server(), 10)),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'reset on accept',
    device: 'cannot-tell',
    ...QUICK,
    start: start(reset(server())),
    sees: [],
    outcome: 'reset',
  },
  {
    name: 'reset within the offer',
    device: 'cannot-tell',
    ...QUICK,
    start: start(reset(server(), 40)),
    sees: [],
    outcome: 'reset',
  },
  {
    name: 'closed at once',
    device: 'cannot-tell',
    ...QUICK,
    tcp: (socket) => socket.end(),
    sees: [],
    outcome: 'reset',
  },
  { name: 'refused', device: 'cannot-tell', protocol: 'ssh', start: closedPort, sees: [], outcome: 'refused' },
  {
    name: 'garbage',
    device: 'cannot-tell',
    protocol: 'ssh',
    start: start(garble(server())),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'a banner without end',
    device: 'cannot-tell',
    protocol: 'ssh',
    tcp: (socket) => {
      const pour = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(16_384, 'x\n')));
      };
      socket.on('drain', pour);
      pour();
    },
    sees: [],
    outcome: 'protocol',
  },
]);

/** A server that answers each question of a client's so. */
function asking(answer: (ask: ssh2.AuthContext) => void) {
  return (socket: Socket): void => {
    const server = new ssh2.Server({ hostKeys: [keyFile('ssh-ed25519.test-key.pem')], algorithms });
    server.on('connection', (client) => client.on('authentication', answer).on('error', () => socket.destroy()));
    server.injectSocket(socket as never);
  };
}

/** A server that has questions only. */
function interactive(questions: (ask: ssh2.KeyboardAuthContext) => void) {
  return asking((ask) =>
    ask.method === 'keyboard-interactive' ? questions(ask) : ask.reject(['keyboard-interactive']),
  );
}

/** So many passwords are refused; whoever comes later is hung up on. */
function hangsUpAfter(failures: number) {
  let failed = 0;
  return (socket: Socket): void => {
    const server = new ssh2.Server({ hostKeys: [keyFile('ssh-ed25519.test-key.pem')], algorithms });
    server.on('connection', (client) =>
      client
        .on('authentication', (ask) => {
          if (ask.method === 'password') failed += 1;
          if (failed > failures && ask.method === 'password') client.end();
          else ask.reject(['password']);
        })
        .on('error', () => socket.destroy()),
    );
    server.injectSocket(socket as never);
  };
}

/** Closes who comes while another connection is open, and for so many milliseconds after. */
function restsBetween(milliseconds: number, serve: (socket: Socket) => void) {
  let readyAt = 0;
  return (socket: Socket): void => {
    if (Date.now() < readyAt) return void socket.end();
    readyAt = Number.POSITIVE_INFINITY;
    socket.on('close', () => {
      readyAt = Date.now() + milliseconds;
    });
    serve(socket);
  };
}

/** Closes the connections of these numbers, from 0, without a word. */
function busyAt(numbers: readonly number[], serve: (socket: Socket) => void) {
  let count = 0;
  return (socket: Socket): void => {
    const isBusy = numbers.includes(count);
    count += 1;
    if (isBusy) socket.end();
    else serve(socket);
  };
}

/**
 * PerSourcePenalties of OpenSSH 9.8 and later, as they are by default: a second for a connection without a login, five for
 * a wrong password, and nothing is taken any more as soon as they are fifteen. Here they pass all at once after so many
 * milliseconds, and the first time alone.
 */
function penalises(before = 0, milliseconds = 0) {
  let penalty = before;
  return (socket: Socket): void => {
    if (penalty >= 15) return void socket.end('Not allowed at this time\r\n');
    let cost = 1;
    socket.on('close', () => {
      penalty += cost;
      if (penalty >= 15 && milliseconds > 0)
        setTimeout(() => {
          penalty = 0;
        }, milliseconds);
      if (penalty >= 15) milliseconds = 0;
    });
    asking((ask) => {
      if (ask.method === 'password') cost = 5;
      ask.reject(['password']);
    })(socket);
  };
}

function byInteraction(fact: Fact): Fact {
  return fact.kind === 'login' ? { ...fact, answer: fact.answer.replace('password', 'keyboard-interactive') } : fact;
}

function fail(): never {
  throw new Error('other candidates were tried than meant');
}

function kexinit(cipher: string): Buffer {
  const lists = [
    'curve25519-sha256',
    'ssh-rsa',
    cipher,
    cipher,
    'hmac-sha2-256',
    'hmac-sha2-256',
    'none',
    'none',
    '',
    '',
  ];
  const payload = Buffer.concat([
    Buffer.from([20]),
    Buffer.alloc(16),
    ...lists.flatMap((list) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(list.length);
      return [length, Buffer.from(list)];
    }),
    Buffer.alloc(5),
  ]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + 9);
  head[4] = 8;
  return Buffer.concat([head, payload, Buffer.alloc(8)]);
}
