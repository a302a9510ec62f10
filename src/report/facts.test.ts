import { describe, expect, test } from 'vitest';
import { sampleRun } from '../../test/sample.ts';
import { type Fact as AnyFact, FACT_KINDS, Fact } from '../model/fact.ts';
import { factWords } from './fact-words.ts';
import { credentialRows, openPorts, portCounts } from './ports-view.ts';

const sha = 'ab'.repeat(32);

const WORDS: [AnyFact, string][] = [
  [
    { kind: 'port', transport: 'tcp', port: 22, state: 'open', reason: 'syn-ack', by: 'nmap' },
    'tcp/22 open (syn-ack, by nmap)',
  ],
  [
    {
      kind: 'port',
      transport: 'udp',
      port: 53,
      to: 69,
      state: 'open-or-filtered',
      reason: 'no-response',
      by: 'payload',
    },
    'udp/53-69 silent (open or filtered) (no-response, by payload)',
  ],
  [
    { kind: 'service', protocol: 'http', security: 'tls', product: 'lighttpd', version: '1.4' },
    'speaks http over TLS: lighttpd 1.4',
  ],
  [{ kind: 'service', protocol: 'unknown', security: 'none' }, 'answers, but not in a protocol that was recognised'],
  [
    {
      kind: 'login',
      protocol: 'ssh',
      account: 'root',
      secret: 'mirai-01',
      arm: 'candidate',
      accepted: false,
      answer: 'failure',
    },
    'ssh login, account “root” with list entry mirai-01: rejected (failure)',
  ],
  [
    { kind: 'login', protocol: 'ftp', account: '', arm: 'none', accepted: true, answer: '230' },
    'ftp login, without credentials: accepted (230)',
  ],
  [
    { kind: 'throttle', protocol: 'http', after: 3, response: 'lock', milliseconds: 60_000 },
    'http: after 3 failed logins a lock of 60,000 ms',
  ],
  [{ kind: 'throttle', protocol: 'http', after: 30, response: 'none' }, 'http: after 30 failed logins no reaction'],
  [
    { kind: 'throttle', protocol: 'ssh', account: 'lab', after: 10, response: 'none', milliseconds: 2000 },
    'ssh: after 10 failed logins of account “lab” no reaction, each answered after 2,000 ms',
  ],
  [
    { kind: 'throttle', protocol: 'vnc', account: '', after: 4, response: 'delay', milliseconds: 5000 },
    'vnc: after 4 failed logins of no user name a delay of 5,000 ms',
  ],
  [
    {
      kind: 'login',
      protocol: 'http',
      account: 'admin',
      secret: 'list-1',
      arm: 'repeat',
      accepted: true,
      proven: true,
      grants: 'change-only',
      changeAsked: true,
      answer: '302',
    },
    'http login, account “admin” with list entry list-1 again: accepted, grants change-only, asks for a new password (302)',
  ],
  ...([true, false, undefined] as const).map((granted): [AnyFact, string] => [
    {
      kind: 'access',
      protocol: 'http',
      class: 'setting',
      action: 'read',
      resource: '/admin',
      authentication: 'required',
      how: 'declared',
      as: 'ordinary',
      ...(granted === undefined ? {} : { granted }),
    },
    `http read of /admin (setting, declared): ${granted === undefined ? 'tried' : granted ? 'reached' : 'refused'} with the declared ordinary account`,
  ]),
  [
    {
      kind: 'access',
      protocol: 'http',
      class: 'content',
      action: 'read',
      resource: '/status',
      authentication: 'none',
      how: 'marker',
      marker: 'wifi-key',
    },
    'http read of /status (content, marker): reached without credentials, holds the planted marker “wifi-key”',
  ],
  [
    {
      kind: 'access',
      protocol: 'mqtt',
      class: 'function',
      action: 'subscribe',
      resource: '#',
      authentication: 'any',
      how: 'recognised',
    },
    'mqtt subscribe of # (function, recognised): reached with any credentials at all',
  ],
  [
    {
      kind: 'access',
      protocol: 'http',
      class: 'setting',
      action: 'read',
      resource: '/x',
      authentication: 'required',
      how: 'declared',
    },
    'http read of /x (setting, declared): refused without credentials',
  ],
  [
    { kind: 'channel', protocol: 'http', encryption: 'none', upgrade: 'redirect', to: 'https://x/' },
    'http travels in the clear, hands over by redirect to https://x/',
  ],
  [{ kind: 'offer', protocol: 'tls', role: 'suite', version: 'TLS 1.2', name: 'X' }, 'tls offers suite X in TLS 1.2'],
  [
    {
      kind: 'certificate',
      position: 0,
      sha256: sha,
      subject: 'CN=a',
      issuer: 'CN=b',
      names: [],
      notBefore: '2020-01-01T00:00:00Z',
      notAfter: '2021-01-01T00:00:00Z',
      signatureAlgorithm: 'sha1',
      selfSigned: false,
      isCa: true,
      inDate: false,
      nameMatches: false,
      trusted: false,
      chain: 'broken',
    },
    'certificate 0: CN=a, issued by CN=b, valid 2020-01-01 to 2021-01-01, sha1, a CA certificate, out of date, does not name the host, not trusted, chain broken',
  ],
  [
    { kind: 'key', use: 'ssh-host', algorithm: 'rsa', bits: 1024, sha256: sha },
    `ssh-host key, rsa 1024 bits, SHA-256 ${sha}`,
  ],
  [{ kind: 'weakness', protocol: 'tls', name: 'Heartbleed', present: true }, 'tls: Heartbleed present'],
  [
    { kind: 'identity', what: 'serial', value: '0021', via: 'mdns', authenticated: false },
    'serial “0021” read via mdns without login',
  ],
  [
    {
      kind: 'flow',
      direction: 'out',
      peer: '198.18.0.9',
      port: 80,
      transport: 'tcp',
      protocol: 'http',
      encryption: 'unknown',
      bytes: 1234,
    },
    'sends to 198.18.0.9 tcp/80 http, encryption unknown, 1,234 bytes',
  ],
  [
    { kind: 'event', via: 'syslog', about: 'failed login', after: 'ssh-login' },
    'reported “failed login” via syslog after ssh-login',
  ],
  [
    { kind: 'update', url: 'http://x/y', role: 'image', transport: 'none', case: 'fetch', outcome: 'accepted' },
    'update image http://x/y over a clear channel, case fetch: accepted',
  ],
  [
    { kind: 'artifact', role: 'image', url: 'y', format: 'fit', digest: sha, signed: 'none' },
    'image y of format fit, not signed',
  ],
  [
    { kind: 'liveness', transport: 'tcp', port: 80, state: 'stopped', after: 'x@y' },
    'tcp/80 no longer answered after x@y',
  ],
];

describe('factWords', () => {
  test.each(WORDS)('%j', (fact, words) => {
    expect(Fact.parse(fact)).toEqual(fact);
    expect(factWords(fact)).toBe(words);
  });

  const artifact = { kind: 'artifact', role: 'image', url: 'y', format: 'fit', digest: sha } as const;
  const leaf = WORDS.find(([{ kind }]) => kind === 'certificate')![0] as AnyFact & { kind: 'certificate' };
  const update = { kind: 'update', url: 'u', role: 'image', transport: 'tls', case: 'expired' } as const;
  test.each<[AnyFact, string]>([
    [{ ...artifact, signed: 'invalid' }, 'signed, and the signature is invalid'],
    [{ ...artifact, signed: 'unverified' }, 'signed: whether the signature holds could not be told'],
    [{ ...artifact, signed: 'encrypted' }, 'encrypted: whether it is signed could not be told'],
    [{ ...leaf, trusted: undefined }, 'held against no trust anchor, for none was given'],
    [{ ...leaf, nameMatches: undefined }, 'held to no name, for none is known'],
    [{ ...update, outcome: 'untried' }, 'not tried, which says nothing'],
  ])('tells what is not there, what is invalid and what could not be told apart: %j', (fact, words) => {
    expect(factWords(fact)).toContain(words);
  });

  test('knows every kind', () => {
    expect(new Set(WORDS.map(([{ kind }]) => kind))).toEqual(new Set(FACT_KINDS));
  });
});

describe('what was covered', () => {
  test('open ports, with what speaks there and what the maker says', () => {
    const rows = openPorts(sampleRun()).map(({ transport, port, services, declared, reason }) => [
      `${transport}/${port}`,
      services.join('; '),
      declared,
      reason,
    ]);
    expect(rows).toEqual([
      ['tcp/22', 'ssh, dropbear 2017.75', 'not declared', undefined],
      ['tcp/23', 'telnet', 'not declared', undefined],
      ['tcp/80', 'http, GoAhead-Webs', 'not declared', undefined],
      ['tcp/443', 'tls; http over TLS', 'declared', 'firmware update and viewing over the local network'],
      ['tcp/554', '', 'declared', 'video'],
      ['udp/5353', '', 'not declared', undefined],
    ]);
  });

  test('a dynamic port is declared by what speaks there; no declaration is not "not declared"', () => {
    const run = sampleRun();
    const [camera] = run.target.components;
    const identify = run.attempts.find(({ id }) => id === 'identify@camera/tcp/22');
    identify?.observations.push({
      id: 'x',
      at: run.startedAt,
      evidence: [],
      fact: { kind: 'service', protocol: 'mdns', security: 'none' },
    });
    if (identify) identify.endpoint = { host: '198.18.4.21', transport: 'udp', port: 5353 };
    expect(openPorts(run).at(-1)).toMatchObject({ port: 5353, declared: 'declared', reason: 'found by the app' });
    if (camera) camera.declares = {};
    expect(new Set(openPorts(run).map(({ declared }) => declared))).toEqual(new Set(['nothing declared']));
  });

  test('ports by state; one that was seen open counts as open alone', () => {
    const run = sampleRun();
    expect(portCounts(run)).toEqual([
      { component: 'camera', host: '198.18.4.21', transport: 'tcp', open: 5, closed: 65_530, filtered: 0, silent: 0 },
      { component: 'camera', host: '198.18.4.21', transport: 'udp', open: 1, closed: 0, filtered: 0, silent: 1 },
    ]);
    const [ports] = run.attempts;
    if (ports) run.attempts.push({ ...ports, id: 'again' });
    expect(portCounts(run)[0]?.open).toBe(5);
  });

  test('credentials, an attempt each', () => {
    expect(credentialRows(sampleRun())).toEqual([
      { attempt: 'ssh-login@camera/tcp/22', tried: 2, of: 5, matched: 2 },
      { attempt: 'telnet-login@camera/tcp/23', tried: 1, of: 5, matched: 2 },
    ]);
  });
});
