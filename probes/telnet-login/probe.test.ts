import type { Socket } from 'node:net';
import type { TcpService } from '../../fixtures/service.ts';
import {
  acceptAnything,
  drip,
  flood,
  garble,
  lockOutAfter,
  reset,
  stall,
  stallAfter,
  telnet,
} from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { closedPort, probeTest } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (service: TcpService) => (host: string) => service.start(host, 0);
const on = { protocol: 'telnet', limits: { wait: 450 }, ignore: ['milliseconds'] };

const login = (
  arm: string,
  account: string,
  secret: string | undefined,
  accepted: boolean,
  answer: string,
  more = {},
) =>
  ({
    kind: 'login',
    protocol: 'telnet',
    account,
    ...(secret ? { secret } : {}),
    arm,
    accepted,
    answer,
    ...more,
  }) as Fact;
const access = (authentication: string): Fact =>
  ({
    kind: 'access',
    protocol: 'telnet',
    class: 'shell',
    action: 'execute',
    resource: 'shell',
    authentication,
    how: 'recognised',
  }) as Fact;
const throttle = (account: string, response: string, after: number): Fact =>
  ({ kind: 'throttle', protocol: 'telnet', account, response, after }) as Fact;
const words = 'refused, in its words';
const full = { grants: 'full' };
const taken: Fact = { kind: 'channel', protocol: 'telnet', encryption: 'none', credentials: true };
const none = [taken, login('none', '', undefined, false, 'login prompt')];
const shut = (answer = words) => [...none, login('random', 'random', 'random', false, answer), access('required')];
const no = (account: string, id: string, answer = words) => login('candidate', account, id, false, answer);
const hit = (answer = words) => [
  login('candidate', 'root', 'x:2', true, 'shell prompt', full),
  login('known-user-random', 'root', 'random', false, answer),
  login('random', 'random', 'random', false, answer),
  login('repeat', 'root', 'x:2', true, 'shell prompt', { ...full, proven: true }),
];

const candidates = [
  { id: 'x:1', user: 'root', secret: 'hunter2' },
  { id: 'x:2', user: 'root', secret: 'vizxv77' },
  { id: 'x:3', user: 'admin', secret: 'meinsm99' },
];
const MENU = 'Camera\r\n 1) Status\r\n 2) Leave\r\nYour choice: ';
const accounts = { root: 'vizxv77' };
const never = /hunter2|vizxv77|meinsm99/;
const found = { device: 'weak', ...on, candidates, never, outcome: 'completed' } as const;
const open = { device: 'cannot-tell', ...on, candidates, never } as const;

probeTest(probe, [
  {
    name: 'a listed default, as busybox has it',
    ...found,
    start: start(telnet({ accounts })),
    sees: [...shut(), no('root', 'x:1'), ...hit()],
  },
  {
    name: 'a listed default, as telnetd has it',
    ...found,
    start: start(
      telnet({ accounts, negotiation: 'telnetd', greeting: '\r\nLinux 5.10\r\n\r\n', loginPrompt: 'cam login: ' }),
    ),
    sees: [...shut(), no('root', 'x:1'), ...hit()],
  },
  {
    name: 'other prompts, one try, closed without a word',
    ...found,
    start: start(
      telnet({
        accounts,
        negotiation: 'none',
        loginPrompt: 'User Name:',
        passwordPrompt: 'Pass word>',
        failure: '',
        tries: 1,
      }),
    ),
    sees: [...shut('closed'), no('root', 'x:1', 'closed'), ...hit('closed')],
  },
  {
    name: 'a message of the day that speaks of failed logins',
    ...found,
    start: start(
      telnet({ accounts, shell: { banner: '\r\n3 failed login attempts, 1 blocked\r\n', prompt: 'root@cam:~# ' } }),
    ),
    sees: [...shut(), no('root', 'x:1'), ...hit()],
  },
  {
    name: 'an account without a password',
    ...found,
    candidates: [{ id: 'x:2', user: 'root', secret: '' }],
    start: start(telnet({ accounts: { root: '' } })),
    sees: [
      ...shut(),
      login('candidate', 'root', 'x:2', true, 'shell prompt', full),
      login('known-user-random', 'root', 'random', true, 'shell prompt', full),
      login('random', 'random', 'random', false, words),
      access('any'),
    ],
  },
  {
    name: 'a shell without a login',
    ...found,
    start: start(telnet({ ask: 'shell' })),
    sees: [login('none', '', undefined, true, 'shell prompt without a login', full), access('none')],
  },
  {
    name: 'any password',
    ...found,
    start: start(acceptAnything(telnet())),
    sees: [
      ...none,
      login('random', 'random', 'random', true, 'shell prompt', full),
      login('random', 'random', 'random', true, 'shell prompt', full),
      access('any'),
    ],
  },
  {
    name: 'a password and no user',
    ...found,
    candidates: [{ id: 'x:9', user: '', secret: 'vizxv77' }],
    start: start(telnet({ ask: 'password', accounts: { '': 'vizxv77' } })),
    sees: [
      taken,
      login('none', '', undefined, false, 'password prompt'),
      login('random', '', 'random', false, words),
      access('required'),
      login('candidate', '', 'x:9', true, 'shell prompt', full),
      login('known-user-random', '', 'random', false, words),
      login('random', '', 'random', false, words),
      login('repeat', '', 'x:9', true, 'shell prompt', { ...full, proven: true }),
    ],
  },
  {
    name: 'a banner that looks like a prompt is none',
    ...found,
    device: 'sound',
    candidates: candidates.slice(2),
    tcp: (socket) => {
      const says = ['login: ', 'Password: ', 'Login incorrect\r\nlogin: '];
      socket.write('\r\n### authorised only ###\r\n#');
      socket.on('data', () => socket.write(`\r\n${says.shift() ?? ''}`));
    },
    sees: [...shut(), no('admin', 'x:3'), throttle('admin', 'none', 1)],
  },
  {
    name: 'a listed default where CR and LF are an Enter each',
    ...found,
    tcp: enters(/\r|\n/),
    sees: [...shut(), no('root', 'x:1'), ...hit()],
  },
  {
    name: 'a listed default where LF alone ends a line',
    ...found,
    tcp: enters(/\n/),
    sees: [...shut(), no('root', 'x:1'), ...hit()],
  },
  {
    name: 'asks for a password and never waits for it',
    ...open,
    tcp: (socket) => {
      socket.write('login: ');
      socket.on('data', () => socket.write('Password: \r\nLogin incorrect\r\nlogin: '));
    },
    sees: none,
    outcome: 'protocol',
  },
  {
    name: 'all rejected',
    ...found,
    device: 'sound',
    start: start(telnet({ accounts: { root: 'OwnWord' } })),
    sees: [...shut(), no('root', 'x:1'), no('root', 'x:2'), no('admin', 'x:3'), throttle('root', 'none', 2)],
  },
  {
    name: 'locks each account after one failure',
    ...open,
    start: start(lockOutAfter(telnet({ accounts }), 1, { per: 'account' })),
    sees: [...shut(), no('root', 'x:1'), throttle('root', 'lock', 2), no('admin', 'x:3')],
    outcome: 'locked',
    open: ['login'],
    also: ({ tried }) => void (tried.join() === 'x:1,x:3' || fail()),
  },
  {
    name: 'locks as a whole after two failures',
    ...open,
    start: start(lockOutAfter(telnet({ accounts }), 2)),
    sees: [...shut(), no('root', 'x:1'), throttle('root', 'lock', 2), throttle('admin', 'lock', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'a delay after each failure, longer than any other answer may take',
    ...found,
    device: 'sound',
    candidates: candidates.slice(2),
    limits: { wait: 250 },
    start: start(telnet({ failureDelay: 600 })),
    sees: [...shut(), no('admin', 'x:3'), throttle('admin', 'none', 1)],
  },
  {
    name: 'a password that is never answered',
    ...open,
    limits: { wait: 250 },
    tcp: says(['login: ', 'Password: ', '']),
    sees: none,
    outcome: 'timeout',
    open: ['login', 'access', 'throttle'],
  },
  {
    name: 'the server says that it timed out',
    ...open,
    tcp: says(['login: ', 'Password: ', 'Login timed out after 60 seconds\r\n'], true),
    sees: none,
    outcome: 'timeout',
  },
  {
    name: 'refuses everybody in words, and then shows what looks like a shell',
    ...open,
    tcp: says(['login: ', 'Password: ', 'Access denied\r\nretry>', 'retry>', 'retry>']),
    sees: none,
    outcome: 'protocol',
  },
  {
    name: 'prompts in another language',
    ...found,
    start: start(telnet({ accounts, loginPrompt: 'Benutzername: ', passwordPrompt: 'Passwort: ', failure: 'Falsch' })),
    sees: [...shut('login prompt again'), no('root', 'x:1', 'login prompt again'), ...hit('login prompt again')],
  },
  {
    name: 'a menu without a login',
    ...found,
    tcp: says([MENU, MENU, MENU]),
    sees: [
      login('none', '', undefined, true, 'menu without a login', { grants: 'unknown' }),
      { ...access('none'), class: 'function', resource: 'menu', how: 'guessed' } as Fact,
    ],
  },
  ...(
    [
      ['a menu behind a listed default', MENU, 'menu', { grants: 'unknown' }],
      [
        'a new password is asked for',
        'You must change your password\r\nNew password: ',
        'a new password is asked for',
        { grants: 'change-only' },
      ],
    ] as const
  ).map(([name, inside, answer, grant]) => ({
    name,
    ...found,
    tcp: enters(/\r\n/, inside),
    sees: [
      ...shut(),
      no('root', 'x:1'),
      ...hit().map((fact) =>
        fact.kind === 'login' && fact.accepted
          ? ({ ...fact, answer, ...grant, ...(fact.proven && inside !== MENU ? { changeAsked: true } : {}) } as Fact)
          : fact,
      ),
    ],
  })),
  {
    name: 'no prompt that is known',
    ...open,
    tcp: (socket) => socket.write('Bitte warten\r\n'),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'silence',
    ...open,
    start: start(stall(telnet())),
    sees: [],
    outcome: 'timeout',
    open: ['login', 'access', 'throttle'],
  },
  { name: 'dies within the greeting', ...open, start: start(stallAfter(telnet(), 15)), sees: [], outcome: 'timeout' },
  {
    name: 'a byte at a time, too slowly',
    ...open,
    limits: { wait: 300 },
    start: start(drip(telnet(), 60)),
    sees: [],
    outcome: 'timeout',
  },
  { name: 'floods', ...open, start: start(flood(telnet(), 'x')), sees: [], outcome: 'protocol' },
  { name: 'reset on accept', ...open, start: start(reset(telnet())), sees: [], outcome: 'reset' },
  { name: 'reset within', ...open, start: start(reset(telnet(), 20)), sees: [], outcome: 'reset' },
  { name: 'closed at once', ...open, tcp: (socket) => socket.end(), sees: [], outcome: 'reset' },
  { name: 'refused', ...open, start: closedPort, sees: [], outcome: 'refused' },
  { name: 'garbage', ...open, limits: { wait: 300 }, start: start(garble(telnet())), sees: [], outcome: 'timeout' },
]);

/** Says these one after the other: the first at once, each other one after a line. */
function says(words: readonly string[], ends = false) {
  return (socket: Socket): void => {
    const left = [...words];
    socket.write(left.shift()!);
    socket.on('data', () => {
      socket.write(`\r\n${left.shift() ?? ''}`);
      if (ends && left.length === 0) socket.end();
    });
  };
}

/** A login for root, its lines ended by what matches. */
function enters(end: RegExp, inside = '# ') {
  return (socket: Socket): void => {
    const said: string[] = [];
    let rest = '';
    socket.write('login: ');
    socket.on('data', (bytes) => {
      rest += bytes.toString('latin1');
      for (let at = rest.search(end); at >= 0; at = rest.search(end)) {
        const line = rest.slice(0, at).trim();
        rest = rest.slice(at + 1);
        const [user, secret] = said;
        if (user === undefined || secret === undefined) said.push(line);
        if (said.length === 1) socket.write('\r\nPassword: ');
        else if (said[0] === 'root' && said[1] === 'vizxv77') socket.write(`\r\n${inside}`);
        else {
          said.length = 0;
          socket.write('\r\nLogin incorrect\r\nlogin: ');
        }
      }
    });
  };
}

function fail(): never {
  throw new Error('other candidates were tried than meant');
}
