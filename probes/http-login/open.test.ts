import type { Socket } from 'node:net';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/model/fact.ts';
import { observeWith, type Row, tcpServer } from '../../test/kit/probe.ts';
import { KNOWN_PATHS } from './paths.ts';
import probe from './probe.ts';

type Answer =
  | { status?: number; type?: string; body?: string | Buffer; headers?: string[]; goesOn?: boolean }
  | 'silence';
type Site = (path: string) => Answer;

/** What each path is answered with. */
const served = (site: Site) => (socket: Socket) => {
  socket.once('data', (bytes) => {
    const answer = site(/^GET (\S+)/.exec(bytes.toString('latin1'))?.[1] ?? '/');
    if (answer === 'silence') return;
    const { status = 200, type = 'text/html', body = '', headers = [], goesOn } = answer;
    socket.write(`HTTP/1.0 ${status} x\r\n${[`Content-Type: ${type}`, ...headers].join('\r\n')}\r\n\r\n`);
    if (goesOn) {
      const block = Buffer.alloc(65_536, body as string);
      const pour = () => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on('drain', pour);
      pour();
    } else socket.end(body);
  });
};
const only =
  (pages: Record<string, Answer>): Site =>
  (path) =>
    pages[path] ?? { status: 404, body: '<h1>404</h1>' };
const home: Answer = { body: '<html><title>Camera</title><p>hello</p></html>' };

const seen = async (site: Site, options: Partial<Row> = {}) => {
  const server = await tcpServer(served(site));
  try {
    const observed = await observeWith(probe, { protocol: 'http', ...options, port: server.port });
    const { outcome } = observed.attempt;
    return {
      found: observed.facts
        .filter(
          (fact): fact is Extract<Fact, { kind: 'access' }> => fact.kind === 'access' && fact.class !== 'discovery',
        )
        .map(
          ({ class: what, action, resource, authentication, how, marker }) =>
            `${resource} ${what} ${action} ${authentication} ${how}${marker ? ` ${marker}` : ''}`,
        ),
      outcome: outcome.status === 'completed' ? 'completed' : `${outcome.reason} ${outcome.open.join()}`,
      detail: outcome.status === 'completed' ? '' : outcome.detail,
      asked: server.met,
      gets: observed.transcripts.filter(({ entries }) =>
        entries.some(({ dir, bytes }) => dir === 'sent' && bytes.toString('latin1').startsWith('GET ')),
      ).length,
      evidence: observed.evidence,
    };
  } finally {
    await server.close();
  }
};

const text = (body: string): Answer => ({ type: 'text/plain', body });
const json = (value: unknown): Answer => ({ type: 'application/json', body: JSON.stringify(value) });
const SETTINGS = '<html><form method=post><input name=ntp value=pool></form></html>';
const jpeg = Buffer.from('ffd8ffe000104a46494600010100', 'hex');

describe('what is open over HTTP', () => {
  it('asks for no more than forty paths, each once', () => {
    expect(KNOWN_PATHS.length).toBeLessThan(40);
    expect(new Set(KNOWN_PATHS.map(({ path }) => path)).size).toBe(KNOWN_PATHS.length);
  });

  it('finds what holds settings, secrets, files and pictures, each by what it is', async () => {
    const { found, outcome, gets } = await seen(
      only({
        '/': home,
        '/api/config': json({ net: { ssid: 'Home', key: 'correct-7' } }),
        '/api/users': json([{ name: 'admin', password_hash: '5f4dcc3b5aa765d6' }]),
        '/api/status': json({ token: 'x1', access_token: 'eyJhbGciOi' }),
        '/config.bin': { type: 'application/octet-stream', body: Buffer.from('1f8b0800', 'hex') },
        '/etc/passwd': text('root:x:0:0:root:/root:/bin/sh\n'),
        '/system.log': text('Jan  1 00:00:01 cam init: up\nJan  1 00:00:02 cam net: up\nJan  1 00:00:03 cam x: up\n'),
        '/.git/config': text('[core]\n\trepositoryformatversion = 0\n'),
        '/.env': text('APP=cam\nDB_PASSWORD=horse-7\n'),
        '/.htpasswd': text('admin:$apr1$abc$def\n'),
        '/backup/': { body: '<html><title>Index of /backup/</title><h1>Index of /backup/</h1></html>' },
        '/snapshot.jpg': { type: 'image/jpeg', body: jpeg },
        '/mjpg/video.mjpg': { type: 'multipart/x-mixed-replace; boundary=x', body: '--x\r\n', goesOn: true },
        '/phpinfo.php': { body: '<html><title>phpinfo()</title></html>' },
        '/actuator/env': json({ activeProfiles: [], propertySources: [] }),
        '/config': { status: 401, body: '<html><form method=post><input name=psk value=correct-7></form></html>' },
      }),
    );
    expect(found.sort()).toEqual(
      [
        '/api/config secret read none recognised',
        '/api/users secret read none recognised',
        '/api/status secret read none guessed',
        '/config.bin setting read none recognised',
        '/etc/passwd secret read none recognised',
        '/system.log content read none recognised',
        '/.git/config content read none recognised',
        '/.env secret read none recognised',
        '/.htpasswd secret read none recognised',
        '/backup/ content list none recognised',
        '/snapshot.jpg content read none recognised',
        '/mjpg/video.mjpg function read none recognised',
        '/phpinfo.php content read none recognised',
        '/actuator/env setting read none recognised',
        '/config secret read none recognised',
      ].sort(),
    );
    // The 401 names no scheme that could be tried.
    expect(outcome).toBe('unsupported login,throttle');
    expect(gets).toBeLessThan(48);
  });

  it.each<[string, Site, string[]]>([
    [
      'in a frame, and where its menu leads',
      only({
        '/': { body: '<html><frameset><frame src="menu.htm"></frameset></html>' },
        '/menu.htm': { body: '<html><a href="wlan.htm">x</a><a href="reboot.htm">x</a></html>' },
        '/wlan.htm': { body: SETTINGS },
        '/reboot.htm': { body: SETTINGS },
      }),
      ['/wlan.htm setting read none recognised'],
    ],
    [
      'in gzip that nobody asked for',
      only({ '/': { body: gzipSync(SETTINGS), headers: ['Content-Encoding: gzip'] } }),
      ['/ setting read none recognised'],
    ],
    [
      'in half a deflate without its head',
      only({
        '/': {
          body: deflateRawSync(`${SETTINGS}${'x1'.repeat(999)}`).subarray(0, -2),
          headers: ['Content-Encoding: deflate'],
        },
      }),
      ['/ setting read none recognised'],
    ],
    [
      'in UTF-16',
      only({ '/': { body: Buffer.from(`\ufeff${SETTINGS}`, 'utf16le') } }),
      ['/ setting read none recognised'],
    ],
    [
      'a login page in gzip is no archive',
      only({ '/': { body: gzipSync('<html><input type=password></html>'), headers: ['Content-Encoding: gzip'] } }),
      [],
    ],
    [
      'that speaks of locks',
      only({ '/': { body: `The user is locked${SETTINGS}` } }),
      ['/ setting read none recognised'],
    ],
  ])('finds settings %s', async (_name, site, expected) => {
    const { found } = await seen(site, { candidates: [] });
    expect(found).toEqual(expected);
  });

  it('does not read what is in no coding that it says it is in', async () => {
    const { found, outcome } = await seen(only({ '/': { body: 'x'.repeat(99), headers: ['Content-Encoding: gzip'] } }));
    expect({ found, outcome }).toEqual({ found: [], outcome: 'protocol login,throttle,access' });
  });

  const form = '<html><form method=post action=/send><input name=mail value=you></form></html>';
  it.each<[string, Site]>([
    ['one page for every path', () => home],
    [
      'one page with a form for every path, which names the path',
      (path) => ({ body: `${path}<p>x</p>${form}`, status: path === '/' ? 404 : 200 }),
    ],
    [
      'a page for each ending',
      (path) => (path.endsWith('.json') ? json({ ssid: 'none-7' }) : only({ '/': home })(path)),
    ],
    ['everything is led to the front', (path) => (path === '/' ? home : { status: 302, headers: ['Location: /'] })],
    ['everything is led to a portal', () => ({ status: 302, headers: ['Location: http://192.0.2.1/portal'] })],
    [
      'an interface that refuses in words',
      only({ '/': home, '/api/config': json({ error: 'Unauthorized', hostname: 'cam' }) }),
    ],
    [
      'labels in the words of users',
      only({ '/': home, '/config.json': json({ password: 'Passwort', wifi_key: 'Enter the key here' }) }),
    ],
  ])('finds nothing: %s', async (_name, site) => {
    expect((await seen(site)).found).toEqual([]);
  });

  it('looks for planted markers in all that is read, once in what every path shows', async () => {
    const markers = [{ name: 'wifi', value: 'Bench-Net-9' }];
    const front: Answer = { body: '<html><p>Network: Bench-Net-9</p></html>' };
    const own = await seen(only({ '/': front, '/log': text(Buffer.from('Bench-Net-9').toString('base64')) }), {
      markers,
    });
    expect(own.found).toEqual(['/ customer-data read none marker wifi', '/log customer-data read none marker wifi']);
    const missing = await seen((path) => (path === '/' ? home : { status: 404, body: 'Bench-Net-9' }), { markers });
    expect(missing.found).toEqual(['/admin customer-data read none marker wifi']);
  });

  it('goes on without a path that is not answered, and says so in the end', async () => {
    const { found, outcome, detail } = await seen(
      (path) => (path === '/admin' ? 'silence' : only({ '/': home, '/config': text('psk=correct-7\n') })(path)),
      { limits: { wait: 150, attempt: 60_000 } },
    );
    expect(found).toEqual(['/config secret read none recognised']);
    expect(`${outcome}: ${detail}`).toMatch(/^timeout access: \/admin: /);
  });

  it('asks for no more where it is told "too many"', async () => {
    let asked = 0;
    const { outcome, asked: met } = await seen((path) =>
      path === '/' || asked++ < 3 ? (path === '/' ? home : { status: 404 }) : { status: 429 },
    );
    expect(outcome).toBe('locked access');
    expect(met).toBeLessThan(8);
  });

  it('reads no more than its bytes of an endless page, names it, and keeps a sample of it', async () => {
    const { outcome, detail, evidence } = await seen(
      (path) => (path === '/' ? { body: '<p>x</p>', goesOn: true } : { status: 404 }),
      {
        limits: { readBytes: 200_000, wait: 1000 },
      },
    );
    expect(`${outcome}: ${detail}`).toMatch(/^protocol login,throttle,access: /);
    expect(Math.max(...[...evidence.values()].map(({ bytes }) => bytes.length))).toBeLessThan(400_000);
  });
});
