import { execFile, execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RawSshOptions, rawSsh, version1Key } from '../../fixtures/services/ssh-raw.ts';
import probe from '../../probes/ssh-server/probe.ts';
import check from '../../src/judge/checks/ssh-algorithms-strong.ts';
import type { FactOf } from '../../src/model/fact.ts';
import { attempt, judged, recognised, run, scan } from '../kit/check.ts';
import { type Observed, observeWith } from '../kit/probe.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { listening } from './ready.ts';

const programs = ['sshd', 'ssh-keygen', 'ssh-keyscan', 'ssh-audit', 'dropbear', 'dropbearkey'].filter(
  (one) => !has(one),
);
const why = missing() ?? (programs.length > 0 ? `${programs.join(', ')} not installed` : undefined);

const newKey = (host: Host, type: string, bits?: number): string => {
  const file = join(host.dir, `host-${type}-${bits ?? ''}.key`);
  if (!fs.existsSync(file))
    execFileSync('ssh-keygen', ['-q', '-t', type, ...(bits ? ['-b', String(bits)] : []), '-N', '', '-f', file]);
  return file;
};

const sshd = (host: Host, port: number, lines: readonly string[], own?: Record<string, string>): void => {
  fs.mkdirSync('/run/sshd', { recursive: true });
  const text = [`Port ${port}`, 'PidFile none', 'UsePAM no', 'StrictModes no', 'MaxStartups 100', ...lines].join('\n');
  host.start(['/usr/sbin/sshd', '-D', '-e', '-f', host.file(`sshd-${port}.conf`, `${text}\n`)], own ? { own } : {});
};

const dropbear = (host: Host, port: number, keys: readonly (readonly [type: string, bits?: number])[]): void => {
  const files = keys.flatMap(([type, bits]) => {
    const file = join(host.dir, `dropbear-${port}.${type}`);
    execFileSync('dropbearkey', ['-t', type, ...(bits ? ['-s', String(bits)] : []), '-f', file], { stdio: 'ignore' });
    return ['-r', file];
  });
  host.start(['dropbear', '-F', '-E', '-P', join(host.dir, `dropbear-${port}.pid`), ...files, '-p', String(port)]);
};

/** A host key with a certificate of an authority of its own. */
const certified = (host: Host): string[] => {
  const [key, ca] = [newKey(host, 'ed25519'), newKey(host, 'ecdsa', 256)];
  execFileSync('ssh-keygen', [
    '-q',
    '-s',
    ca,
    '-I',
    'lab host',
    '-h',
    '-n',
    'lab.example',
    '-V',
    '-1d:+1d',
    '-z',
    '9',
    `${key}.pub`,
  ]);
  return [`HostKey ${key}`, `HostCertificate ${key.replace(/\.key$/, '.key-cert.pub')}`];
};

/** What a server is, and what must be told of it beside its lists. `keys` are algorithm and bits, `groups` bits. */
interface Case {
  readonly name: string;
  readonly start: (host: Host, port: number) => void;
  readonly keys: readonly string[];
  readonly groups: readonly number[];
  readonly says: RegExp;
  /** The server keeps the next connection out while it is at work on the last: ssh-audit goes on without a group. */
  readonly crowded?: true;
}

const OLD = [
  'KexAlgorithms +diffie-hellman-group1-sha1,diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1',
  'Ciphers +3des-cbc,aes128-cbc,aes192-cbc,aes256-cbc',
  'MACs +hmac-md5,hmac-md5-96,hmac-sha1-96,hmac-md5-etm@openssh.com',
  'HostKeyAlgorithms +ssh-rsa,ssh-dss',
];
const MODERN = /^pass Of the \d+ algorithms that SSH at tcp\/\d+ offers, none is known to be weak/;

const CASES: readonly Case[] = [
  {
    name: 'OpenSSH as Debian ships it',
    start: (host, port) =>
      sshd(host, port, [
        `HostKey ${newKey(host, 'ed25519')}`,
        `HostKey ${newKey(host, 'rsa', 3072)}`,
        `HostKey ${newKey(host, 'ecdsa', 256)}`,
      ]),
    keys: ['ec 256', 'ed25519 256', 'rsa 3072'],
    groups: [2048],
    says: MODERN,
  },
  {
    name: 'OpenSSH with old algorithms, and RSA of 1024 bits',
    start: (host, port) =>
      sshd(host, port, [
        `HostKey ${newKey(host, 'ed25519')}`,
        `HostKey ${newKey(host, 'rsa', 1024)}`,
        'RequiredRSASize 1024',
        'Compression yes',
        ...OLD,
      ]),
    keys: ['ed25519 256', 'rsa 1024'],
    groups: [2048],
    says: /^fail .*diffie-hellman-group1-sha1 \(a group of 1024 bits; RFC 9142\).*ssh-rsa \(.*3des-cbc \(.*hmac-md5/,
  },
  {
    name: 'OpenSSH with a host certificate',
    start: (host, port) => sshd(host, port, certified(host)),
    keys: ['ec 256', 'ed25519 256'],
    groups: [2048],
    says: MODERN,
  },
  {
    name: 'OpenSSH with post-quantum key exchange alone, and ECDSA of 521 bits',
    start: (host, port) =>
      sshd(host, port, [
        `HostKey ${newKey(host, 'ecdsa', 521)}`,
        'KexAlgorithms sntrup761x25519-sha512@openssh.com',
        'Ciphers aes256-gcm@openssh.com',
      ]),
    keys: ['ec 521'],
    groups: [],
    says: MODERN,
  },
  {
    name: 'OpenSSH whose only groups are of 3072 bits',
    start: (host, port) =>
      sshd(host, port, [`HostKey ${newKey(host, 'ed25519')}`, `KexAlgorithms ${GEX}`], {
        '/etc/ssh/moduli': host.file(
          'moduli',
          fs
            .readFileSync('/etc/ssh/moduli', 'utf8')
            .split('\n')
            .filter((line) => line.split(' ')[4] === '3071')
            .join('\n'),
        ),
      }),
    keys: ['ed25519 256'],
    groups: [3072, 2048],
    says: MODERN,
  },
  {
    name: 'OpenSSH that takes one connection at a time before its login',
    start: (host, port) =>
      sshd(host, port, [`HostKey ${newKey(host, 'ed25519')}`, 'MaxStartups 1', 'LoginGraceTime 10']),
    crowded: true,
    keys: ['ed25519 256'],
    groups: [2048],
    says: MODERN,
  },
  {
    name: 'OpenSSH that takes two connections from one address before their login',
    start: (host, port) =>
      sshd(host, port, [
        `HostKey ${newKey(host, 'ed25519')}`,
        `HostKey ${newKey(host, 'ecdsa', 256)}`,
        'PerSourceMaxStartups 2',
        'LoginGraceTime 10',
      ]),
    crowded: true,
    keys: ['ec 256', 'ed25519 256'],
    groups: [2048],
    says: MODERN,
  },
  {
    name: 'Dropbear',
    start: (host, port) => dropbear(host, port, [['ed25519'], ['ecdsa', 256], ['rsa', 2048]]),
    keys: ['ec 256', 'ed25519 256', 'rsa 2048'],
    groups: [],
    says: /^fail .*ssh-rsa \(signatures over SHA-1; RFC 8332\)/,
  },
  {
    name: 'Dropbear with RSA of 1024 bits',
    start: (host, port) => dropbear(host, port, [['rsa', 1024]]),
    keys: ['rsa 1024'],
    groups: [],
    says: /^fail .*ssh-rsa \(signatures over SHA-1; RFC 8332\)/,
  },
];
const GEX = 'diffie-hellman-group-exchange-sha256';

interface Audit {
  readonly banner: { readonly protocol: readonly [number, number] };
  readonly kex: readonly { readonly algorithm: string; readonly keysize?: number }[];
  readonly key: readonly { readonly algorithm: string; readonly keysize?: number }[];
  readonly enc: readonly string[];
  readonly mac: readonly string[];
  readonly compression: readonly string[];
}

const audited = async (host: string, port: number): Promise<Audit> => {
  // Its exit code says what it thinks of the server.
  const { stdout } = await promisify(execFile)('ssh-audit', ['-j', '-p', String(port), host], {
    timeout: 60_000,
  }).catch((error: { stdout: string }) => error);
  return JSON.parse(stdout) as Audit;
};

const names = ({ facts }: Observed, role: FactOf<'offer'>['role']): string[] =>
  facts.flatMap((fact) => (fact.kind === 'offer' && fact.role === role ? [fact.name] : [])).sort();
const groupsOf = ({ facts }: Observed): number[] =>
  facts.flatMap((fact) => (fact.kind === 'offer' && fact.role === 'group' ? [fact.bits ?? 0] : []));

/** The six lists, as ssh-audit tells them. */
const listsOf = (audit: Audit) => ({
  kex: audit.kex.map(({ algorithm }) => algorithm).sort(),
  'host-key': audit.key.map(({ algorithm }) => algorithm).sort(),
  cipher: [...audit.enc].sort(),
  mac: [...audit.mac].sort(),
  compression: [...audit.compression].sort(),
});
const seenLists = (observed: Observed) => ({
  kex: names(observed, 'kex'),
  'host-key': names(observed, 'host-key'),
  cipher: names(observed, 'cipher'),
  mac: names(observed, 'mac'),
  compression: names(observed, 'compression'),
});

const told = ({ facts, attempt: { outcome } }: Observed, port: number): string => {
  const [finding] = judged(check, [
    run({
      attempts: [
        scan({ tcp: [port] }),
        recognised(`tcp/${port}`, 'ssh'),
        attempt(
          'ssh-server',
          `camera/tcp/${port}/ssh`,
          facts,
          outcome.status === 'completed' ? {} : { broke: outcome.reason, open: outcome.open },
        ),
      ],
    }),
  ]);
  return `${finding?.verdict} ${finding?.because}`;
};

const title = `SSH servers beside ssh-audit and ssh-keyscan${why === undefined ? '' : ` (skipped: ${why})`}`;
describe.skipIf(why !== undefined)(title, () => {
  let lab: Lab;
  let host: Host;
  const seen = new Map<string, Observed>();
  const audits = new Map<string, Audit>();
  const portOf = (one: Case): number => 2200 + CASES.indexOf(one);

  beforeAll(async () => {
    lab = createLab();
    host = lab.host('shells');
    for (const one of CASES) one.start(host, portOf(one));
    await listening(host, CASES.map(portOf));
    for (const one of CASES)
      seen.set(
        one.name,
        await observeWith(probe, {
          host: host.address,
          port: portOf(one),
          protocol: 'ssh',
          names: ['lab.example'],
          limits: { wait: 5000, attempt: 60_000 },
        }),
      );
    await Promise.all(CASES.map(async (one) => audits.set(one.name, await audited(host.address, portOf(one)))));
  }, 120_000);
  afterAll(() => lab?.close());

  describe.each(CASES.map((one) => [one.name, one] as const))('%s', (name, one) => {
    test(`it is looked at whole, in ${one.crowded ? 'twenty' : 'a dozen'} connections`, () => {
      const observed = seen.get(name)!;
      expect(observed.attempt.outcome).toEqual({ status: 'completed' });
      expect(observed.transcripts.length).toBeLessThanOrEqual(one.crowded ? 20 : 12);
    });

    test('its lists are those of ssh-audit', () => {
      expect(seenLists(seen.get(name)!)).toEqual(listsOf(audits.get(name)!));
    });

    if (!one.crowded)
      test('the least group and the size of RSA are those of ssh-audit', () => {
        const { kex, key } = audits.get(name)!;
        const observed = seen.get(name)!;
        const sizes = kex.flatMap(({ algorithm, keysize }) => (algorithm === GEX && keysize ? [keysize] : []));
        expect(
          groupsOf(observed)
            .sort((a, b) => a - b)
            .slice(0, 1),
        ).toEqual(sizes);
        const rsa = new Set(
          key.flatMap(({ algorithm, keysize }) => (/^(rsa-sha2|ssh-rsa)/.test(algorithm) ? [keysize] : [])),
        );
        expect(
          observed.facts.flatMap((fact) => (fact.kind === 'key' && fact.algorithm === 'rsa' ? [fact.bits] : [])),
        ).toEqual([...rsa]);
      });

    test('its keys are those of ssh-keyscan', () => {
      // One after the other: it asks for several at once, and a server may take one connection.
      const scanned = ['rsa', 'ecdsa', 'ed25519']
        .map((type) => ['-t', type, '-p', String(portOf(one)), host.address])
        .map((words) => spawnSync('ssh-keyscan', words, { encoding: 'utf8' }).stdout)
        .join('');
      const expected = spawnSync('ssh-keygen', ['-l', '-E', 'sha256', '-f', '-'], { input: scanned, encoding: 'utf8' })
        .stdout.split('\n')
        .flatMap((line) => /SHA256:(\S+)/.exec(line)?.[1] ?? [])
        .map((base64) => Buffer.from(base64, 'base64').toString('hex'));
      const keys = seen.get(name)!.facts.flatMap((fact) => (fact.kind === 'key' ? [fact] : []));
      expect(expected.length).toBeGreaterThan(0);
      expect(
        keys
          .filter(({ use }) => use === 'ssh-host')
          .map(({ sha256 }) => sha256)
          .sort(),
      ).toEqual(expected.sort());
      expect(keys.map(({ algorithm, bits }) => `${algorithm} ${bits}`).sort()).toEqual(one.keys);
    });

    test('its groups, Terrapin, and what the check says', () => {
      const observed = seen.get(name)!;
      expect(groupsOf(observed)).toEqual(one.groups);
      expect(observed.facts.find(({ kind }) => kind === 'weakness')).toMatchObject({ present: false });
      expect(told(observed, portOf(one))).toMatch(one.says);
    });
  });

  test('the certificate is what ssh-keygen -L says of it', () => {
    const [, , one] = CASES as [Case, Case, Case];
    const fact = seen.get(one.name)!.facts.find((each) => each.kind === 'certificate');
    const listed = execFileSync('ssh-keygen', ['-L', '-f', join(host.dir, 'host-ed25519-.key-cert.pub')], {
      encoding: 'utf8',
    });
    expect(fact).toMatchObject({
      format: 'openssh',
      subject: 'lab host',
      serial: '9',
      names: ['lab.example'],
      nameMatches: true,
      inDate: true,
      keyUsage: ['host'],
      selfSigned: false,
      signatureHolds: true,
    });
    const authority = /Signing CA: (?:ECDSA) (SHA256:\S+) \(using (\S+)\)/.exec(listed)!;
    expect(fact).toMatchObject({
      issuer: `ecdsa-sha2-nistp256 ${authority[1]}`,
      signatureAlgorithm: authority[2],
    });
  });
});

/* ssh-audit against servers that nobody ships any more: scripted, on loopback. */
describe.skipIf(!has('ssh-audit'))('scripted servers beside ssh-audit', () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });
  const serve = async (options: RawSshOptions): Promise<{ port: number }> => {
    const server = createServer((socket: Socket) => rawSsh(options)(socket.on('error', () => socket.destroy())));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.address() as { port: number };
  };
  const ed25519 = Buffer.concat([
    Buffer.from([0, 0, 0, 11]),
    Buffer.from('ssh-ed25519'),
    Buffer.from([0, 0, 0, 32]),
    Buffer.alloc(32, 1),
  ]);
  const keys = { 'ssh-ed25519': ed25519 };
  const kex = ['curve25519-sha256', GEX];

  test.each([
    [
      'any group from 1024 bits on',
      { keys, lists: { kex }, group: (_least: number, wanted: number) => Math.max(1024, wanted) },
      1024,
    ],
    ['1536 bits to everybody', { keys, lists: { kex }, group: () => 1536 }, 1536],
    [
      'SSH 1 beside SSH 2',
      {
        ident: 'SSH-1.99-old',
        keys,
        version1: version1Key(Buffer.concat([Buffer.alloc(1), Buffer.alloc(96, 0xc5)]), 35),
      },
      undefined,
    ],
  ] as const)('%s', async (_name, options, least) => {
    const { port } = await serve(options);
    const observed = await observeWith(probe, { port, protocol: 'ssh', limits: { wait: 2000 } });
    expect(observed.attempt.outcome).toEqual({ status: 'completed' });
    const audit = await audited('127.0.0.1', port);
    expect(seenLists(observed)).toEqual(listsOf(audit));
    expect(names(observed, 'version')[0]).toBe(
      `SSH-${audit.banner.protocol.join('.')}`.replace(/^SSH-1\.99$/, 'SSH-1.5'),
    );
    const sizes = audit.kex.flatMap(({ algorithm, keysize }) => (algorithm === GEX && keysize ? [keysize] : []));
    expect(sizes).toEqual(least === undefined ? [] : [least]);
    expect(Math.min(...groupsOf(observed))).toBe(least ?? Number.POSITIVE_INFINITY);
  });

  // Where the two differ, and who is right: docs/decisions/0097.
  test('of lists that differ by direction, ssh-audit tells one', async () => {
    const lists = {
      cipherToServer: ['arcfour', 'aes128-ctr'],
      cipherToClient: ['aes128-ctr'],
      macToServer: ['hmac-sha2-256'],
      macToClient: ['hmac-sha2-256', 'hmac-md5'],
    };
    const { port } = await serve({ keys, lists });
    const observed = await observeWith(probe, { port, protocol: 'ssh', limits: { wait: 2000 } });
    const { enc, mac } = await audited('127.0.0.1', port);
    expect({ enc, mac }).toEqual({ enc: ['aes128-ctr'], mac: ['hmac-sha2-256', 'hmac-md5'] });
    expect({ enc: names(observed, 'cipher'), mac: names(observed, 'mac') }).toEqual({
      enc: ['aes128-ctr', 'arcfour'],
      mac: ['hmac-md5', 'hmac-sha2-256'],
    });
  });
});
