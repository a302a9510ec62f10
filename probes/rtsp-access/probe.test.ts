import { createHash } from 'node:crypto';
import type { TcpService } from '../../fixtures/service.ts';
import {
  acceptAnything,
  drip,
  flood,
  garble,
  lockOutAfter,
  reset,
  rtsp,
  stall,
  tarpit,
} from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { closedPort, probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (service: TcpService) => (host: string) => service.start(host, 0);
const candidates = [
  { id: 'x:1', user: 'admin', secret: 'hunter2' },
  { id: 'x:2', user: 'admin', secret: 'meinsm99' },
  { id: 'x:3', user: 'root', secret: 'vizxv77' },
];
const tokens = candidates.map(({ user, secret }) => Buffer.from(`${user}:${secret}`).toString('base64'));
const common = {
  protocol: 'rtsp',
  candidates,
  limits: { wait: 300 },
  ignore: ['milliseconds', 'sample'],
  never: new RegExp(['hunter2', 'meinsm99', 'vizxv77', 'OnlyHere', ...tokens].join('|')),
};
const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell' } as const;

const access = (path: string, authentication: string, how = 'recognised'): Fact =>
  ({
    kind: 'access',
    protocol: 'rtsp',
    class: 'function',
    action: 'read',
    resource: path,
    authentication,
    how,
  }) as Fact;
const login = (arm: string, account: string, secret: string | undefined, accepted: boolean, more = {}) =>
  ({
    kind: 'login',
    protocol: 'rtsp',
    account,
    ...(secret ? { secret } : {}),
    arm,
    accepted,
    answer: accepted ? '200' : '401',
    ...(accepted ? { grants: 'full' } : {}),
    ...more,
  }) as Fact;
const throttle = (account: string, response: string, after: number): Fact =>
  ({ kind: 'throttle', protocol: 'rtsp', account, response, after }) as Fact;
const none = login('none', '', undefined, false);
const random = login('random', 'random', 'random', false);
const byBasic: Fact = { kind: 'channel', protocol: 'rtsp', encryption: 'none', credentials: true };
/** A challenge is answered: the password itself is not sent. */
const byDigest = { ...byBasic, credentials: false } as Fact;
const shut = [access('/', 'required'), byBasic, none, random];
const shutByDigest = [access('/', 'required'), byDigest, none, random];
const no = (account: string, id: string) => login('candidate', account, id, false);
const hit = [
  no('admin', 'x:1'),
  login('candidate', 'admin', 'x:2', true),
  login('known-user-random', 'admin', 'random', false),
  random,
  login('repeat', 'admin', 'x:2', true, { proven: true }),
];
const accounts = { admin: 'meinsm99' };
const guarded = (scheme: 'basic' | 'digest', own: object = accounts) =>
  rtsp({ paths: ['/', '/live'], challenge: { scheme, accounts: own as never } });

const SDP = 'v=0\r\nm=video 0 RTP/AVP 96\r\n';
const OK = `200 OK\r\nContent-Type: application/sdp\r\nContent-Length: ${SDP.length}`;
const CHALLENGE = '401 No\r\nWWW-Authenticate: Basic realm="x"';
const whole = (head: string): string => `RTSP/1.0 ${head}\r\n\r\n${head === OK ? SDP : ''}`;
const basic = (user: string, secret: string): string => `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
const right = basic('admin', 'meinsm99');
const declared = ['boss', 'guest'].map((user) => login('declared', user, `declared:${user}`, true));
/** A server of a few lines: its answer by the Authorization header and the path. */
const answering =
  (answer: (authorization: string | undefined, path: string) => string): NonNullable<Row['tcp']> =>
  (socket) =>
    socket.on('data', (bytes) => {
      const text = bytes.toString();
      const path = /^DESCRIBE rtsp:\/\/[^/]+(\S*)/.exec(text)![1]!;
      socket.write(whole(answer(/Authorization: (.*)\r/.exec(text)?.[1], path)));
    });

probeTest(probe, [
  {
    name: 'streams for anyone',
    ...weak,
    declares: {
      services: [{ port: 'dynamic', transport: 'tcp', protocol: 'rtsp', reason: 'live picture', protects: ['/own'] }],
    },
    start: start(rtsp({ paths: ['/live', '/own'] })),
    sees: [access('/own', 'none', 'declared'), access('/live', 'none')],
  },
  { name: 'a listed default by Basic', ...weak, start: start(guarded('basic')), sees: [...shut, ...hit] },
  { name: 'a listed default by Digest', ...weak, start: start(guarded('digest')), sees: [...shutByDigest, ...hit] },
  {
    name: 'any login',
    ...weak,
    start: start(acceptAnything(guarded('basic'))),
    sees: [
      access('/', 'required'),
      byBasic,
      none,
      login('random', 'random', 'random', true),
      login('random', 'random', 'random', true),
      access('/', 'any'),
    ],
  },
  {
    name: 'all rejected',
    ...sound,
    start: start(guarded('digest', { admin: 'OwnWord' })),
    sees: [...shutByDigest, no('admin', 'x:1'), no('admin', 'x:2'), no('root', 'x:3'), throttle('admin', 'none', 2)],
  },
  {
    name: 'any login, and nothing behind it',
    ...weak,
    tcp: answering((authorization) => (authorization ? '404 Not Found' : CHALLENGE)),
    sees: [
      access('/', 'required'),
      byBasic,
      none,
      ...[1, 2].map(() => login('random', 'random', 'random', true, { answer: '404', grants: 'unknown' })),
      { ...access('/', 'any', 'guessed'), class: 'content' } as Fact,
    ],
  },
  {
    name: 'one stream by every name',
    ...weak,
    tcp: answering(() => OK),
    sees: [access('/', 'none')],
  },
  {
    name: 'a path asks for a login, and others are unknown before it',
    ...weak,
    tcp: answering((authorization, path) =>
      path !== '/stream1' ? '404 Not Found' : authorization === right ? OK : CHALLENGE,
    ),
    sees: [access('/stream1', 'required'), byBasic, none, random, ...hit],
  },
  {
    name: 'a listed default by Digest, whose nonces are old at first',
    ...weak,
    tcp: (socket) => {
      let count = 0;
      socket.on('data', (bytes) => {
        count += 1;
        const digest = /response="([0-9a-f]+)"/.exec(bytes.toString())?.[1];
        const nonce = `n${count}`;
        const hash = (text: string) => createHash('md5').update(text).digest('hex');
        const uri = /^DESCRIBE (\S+)/.exec(bytes.toString())![1]!;
        const isRight = count === 3 && digest === hash(`${hash('admin:x:meinsm99')}:n2:${hash(`DESCRIBE:${uri}`)}`);
        const stale = digest && count === 2 ? ', stale=TRUE' : '';
        socket.write(whole(isRight ? OK : `401 No\r\nWWW-Authenticate: Digest realm="x", nonce="${nonce}"${stale}`));
      });
    },
    sees: [...shutByDigest, ...hit],
  },
  {
    name: 'an ordinary account that is refused what is for the admin, and one that is not',
    ...sound,
    candidates: candidates.slice(0, 1),
    declares: {
      services: [
        {
          port: 'dynamic',
          transport: 'tcp',
          protocol: 'rtsp',
          reason: 'x',
          adminOnly: ['/vault', '/attic', '/cellar'],
        },
      ],
    },
    accounts: [
      { user: 'boss', secret: 'OnlyHere1', role: 'admin' },
      { user: 'guest', secret: 'OnlyHere2', role: 'ordinary' },
    ],
    tcp: answering((authorization, path) => {
      const isBoss = authorization === basic('boss', 'OnlyHere1');
      if (!isBoss && authorization !== basic('guest', 'OnlyHere2')) return CHALLENGE;
      if (isBoss || path === '/' || path === '/cellar') return OK;
      return path === '/vault' ? CHALLENGE : '403 Forbidden';
    }),
    sees: [
      access('/', 'required'),
      ...['/vault', '/attic', '/cellar'].map((path) => access(path, 'required', 'declared')),
      byBasic,
      none,
      random,
      ...declared,
      no('admin', 'x:1'),
      ...declared,
      throttle('admin', 'none', 1),
      ...['/vault', '/attic', '/cellar'].flatMap((path) =>
        (['admin', 'ordinary', 'admin'] as const).map(
          (as): Fact =>
            ({
              ...access(path, 'required', 'declared'),
              as,
              granted: as === 'admin' || path === '/cellar',
            }) as Fact,
        ),
      ),
    ],
  },
  {
    name: '200 to everything, and no description',
    ...open,
    tcp: answering(() => '200 OK'),
    sees: [],
    outcome: 'unsupported',
  },
  ...['454 Session Not Found', '461 Unsupported Transport', '302 Moved'].map((status) => ({
    name: `${status} to everything`,
    ...open,
    tcp: answering(() => status),
    sees: [],
    outcome: 'unsupported' as const,
  })),
  {
    name: 'Digest by an algorithm that nobody knows',
    ...open,
    tcp: answering(() => '401 No\r\nWWW-Authenticate: Digest realm="x", nonce="y", algorithm=SHA-1'),
    sees: [access('/', 'required')],
    outcome: 'unsupported',
    open: ['login', 'throttle'],
  },
  {
    name: 'no stream at any known path: nobody knows what is at the others',
    ...open,
    start: start(rtsp({ paths: ['/elsewhere'] })),
    sees: [],
    outcome: 'unsupported',
  },
  {
    name: 'a listed default, each 401 ending its connection',
    ...weak,
    tcp: (socket) =>
      socket.once('data', (bytes) => {
        const isRight = bytes.includes(Buffer.from('admin:meinsm99').toString('base64'));
        const sdp = 'v=0\r\nm=video 0 RTP/AVP 96\r\n';
        const head = isRight
          ? `200 OK\r\nContent-Type: application/sdp\r\nContent-Length: ${sdp.length}`
          : '401 No\r\nWWW-Authenticate: Basic realm="x"';
        socket.end(`RTSP/1.0 ${head}\r\n\r\n${isRight ? sdp : ''}`);
      }),
    sees: [...shut, ...hit],
  },
  {
    name: 'locks after two failures',
    ...open,
    start: start(lockOutAfter(guarded('basic'), 2)),
    sees: [...shut, no('admin', 'x:1'), throttle('admin', 'refuse', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'answers later and later',
    ...open,
    limits: { wait: 400 },
    start: start(tarpit(guarded('basic', {}), 150)),
    sees: [...shut, no('admin', 'x:1'), throttle('admin', 'refuse', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'a login of another kind',
    ...open,
    tcp: (socket) => socket.on('data', () => socket.write('RTSP/1.0 401 No\r\nWWW-Authenticate: Token\r\n\r\n')),
    sees: [access('/', 'required')],
    outcome: 'unsupported',
    open: ['login', 'throttle'],
  },
  { name: 'busy', ...open, tcp: (socket) => socket.write('RTSP/1.0 503 Busy\r\n\r\n'), sees: [], outcome: 'locked' },
  {
    name: 'half a description',
    ...open,
    tcp: (s) => s.write('RTSP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nv=0'),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'silence',
    ...open,
    start: start(stall(rtsp())),
    sees: [],
    outcome: 'timeout',
    open: ['login', 'throttle', 'access'],
  },
  { name: 'a byte at a time', ...open, start: start(drip(rtsp(), 60)), sees: [], outcome: 'timeout' },
  { name: 'floods', ...open, start: start(flood(rtsp())), sees: [], outcome: 'protocol' },
  { name: 'resets', ...open, start: start(reset(rtsp())), sees: [], outcome: 'reset' },
  { name: 'refuses', ...open, start: closedPort, sees: [], outcome: 'refused' },
  { name: 'garbage', ...open, start: start(garble(rtsp())), sees: [], outcome: 'protocol' },
]);
