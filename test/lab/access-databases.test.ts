import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import mysqlLogin from '../../probes/mysql-login/probe.ts';
import postgresqlLogin from '../../probes/postgresql-login/probe.ts';
import redisAccess from '../../probes/redis-access/probe.ts';
import service from '../../probes/service/probe.ts';
import vncLogin from '../../probes/vnc-login/probe.ts';
import type { Account, Candidate, Probe } from '../../src/observe/probe.ts';
import { vncResponse } from '../../src/observe/protocols/vnc.ts';
import { type Observed, observeWith } from '../kit/probe.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { listening } from './ready.ts';
import { certificate } from './servers.ts';

const why = missing();
const POSTGRESQL = '/usr/lib/postgresql/15/bin';
const absent = {
  redis: has('redis-server') ? undefined : '`redis-server` is not installed',
  vnc: has('Xvnc') ? undefined : '`Xvnc` (Debian: tigervnc-standalone-server) is not installed',
  postgresql: fs.existsSync(join(POSTGRESQL, 'initdb')) ? undefined : 'PostgreSQL 15 is not installed',
  mysql: has('mariadbd') ? undefined : '`mariadbd` (Debian: mariadb-server-core) is not installed',
};
const PASSWORD = 'OnlyHere1';
const candidates: Candidate[] = ['hunter2', 'meinsm99'].flatMap((secret) => [
  { id: `admin:${secret}`, user: 'admin', secret },
  { id: `:${secret}`, user: '', secret },
]);

/** What was seen in a line: `login admin:hunter2 no`, `access none`, and how it ended. */
const told = ({ facts, attempt: { outcome } }: Observed): string[] => [
  ...facts.flatMap((fact) => {
    if (fact.kind === 'login') {
      const secret = fact.arm === 'random' || fact.arm === 'known-user-random' ? fact.account : (fact.secret ?? '');
      return [`${fact.arm} ${secret}: ${fact.accepted ? (fact.proven ? 'proven' : 'yes') : 'no'}, ${fact.answer}`];
    }
    if (fact.kind === 'access') return [`access ${fact.class}: ${fact.authentication}`];
    if (fact.kind === 'channel') {
      const takes = fact.credentials === undefined ? '' : fact.credentials ? ', passwords' : ', no passwords';
      return [
        `channel ${fact.encryption}${fact.upgrade ? `, ${fact.upgrade}` : ''}${fact.offered ? ', offered' : ''}${takes}`,
      ];
    }
    if (fact.kind === 'throttle') return [`throttle ${fact.response}`];
    return [];
  }),
  outcome.status === 'completed' ? 'completed' : `${outcome.reason}: ${outcome.open.join(' ')}`,
];

describe.skipIf(why !== undefined)(why ?? 'logins of real servers', () => {
  let lab: Lab;
  let host: Host;

  const look = async (
    probe: Probe,
    protocol: string,
    port: number,
    more: { security?: 'tls'; accounts?: Account[]; candidates?: Candidate[] } = {},
  ): Promise<string[]> => {
    const observed = await observeWith(probe, {
      host: host.address,
      port,
      protocol,
      candidates,
      limits: { wait: 3000, attempt: 30_000 },
      ...more,
    });
    const kept = [...observed.evidence.values()].map(({ bytes }) => bytes.toString('latin1')).join('\n');
    expect(kept).not.toMatch(/hunter2|meinsm99|OnlyHere1/);
    return told(observed);
  };

  /** What the port is recognised as, with its product and version. */
  const recognised = async (port: number): Promise<string> => {
    const { facts } = await observeWith(service, { host: host.address, port, limits: { wait: 2000 } });
    return facts
      .flatMap((fact) => (fact.kind === 'service' ? [[fact.protocol, fact.product].filter(Boolean).join(' ')] : []))
      .join(', ');
  };

  beforeAll(() => {
    lab = createLab();
    host = lab.host('device');
    // Servers that change to an account of their own must reach their files.
    execFileSync('chmod', ['755', host.dir, join(host.dir, '..')]);
  });
  afterAll(() => lab.close());

  describe.skipIf(absent.redis !== undefined)(absent.redis ?? 'Redis 7', () => {
    beforeAll(async () => {
      const { cert, key } = certificate(host, { bits: 2048, days: 30, name: 'lab' });
      const redis = (port: number, ...options: string[]) =>
        host.start([
          'redis-server',
          host.file(`redis-${port}.conf`, `port ${port}\nbind 0.0.0.0\nsave ""\n${options.join('\n')}\n`),
        ]);
      redis(6379, 'protected-mode no');
      redis(6380, `requirepass ${PASSWORD}`);
      redis(6381, `requirepass ${PASSWORD}`, 'user admin on >meinsm99 ~* &* +@all');
      redis(6382);
      redis(
        0,
        'protected-mode no',
        'tls-port 6383',
        `tls-cert-file ${cert}`,
        `tls-key-file ${key}`,
        'tls-auth-clients no',
      );
      redis(6384, 'protected-mode no', 'user default on nopass ~* -@all', 'user admin on >meinsm99 ~* +@all');
      await listening(host, [6379, 6380, 6381, 6382, 6383, 6384]);
    });

    const shut = [
      'channel none, passwords',
      'none : no, NOAUTH',
      'random random: no, WRONGPASS',
      'access setting: required',
    ];
    const hit = [
      'candidate admin:hunter2: no, WRONGPASS',
      'candidate :hunter2: no, WRONGPASS',
      'candidate admin:meinsm99: yes, OK',
      'known-user-random admin: no, WRONGPASS',
      'random random: no, WRONGPASS',
      'repeat admin:meinsm99: proven, OK',
    ];
    test('is recognised', async () => {
      expect(await Promise.all([6379, 6380, 6382, 6383].map(recognised))).toEqual([
        'redis',
        'redis',
        'redis',
        'tls, redis',
      ]);
    });
    test.each([
      ['open', 6379, ['none : yes, INFO', 'access setting: none', 'completed']],
      [
        'a password',
        6380,
        [
          ...shut,
          ...['admin', '', 'admin', ''].map(
            (user, at) => `candidate ${user}:${at < 2 ? 'hunter2' : 'meinsm99'}: no, WRONGPASS`,
          ),
          'throttle none',
          'completed',
        ],
      ],
      ['a listed default', 6381, [...shut, ...hit, 'throttle none', 'completed']],
      ['protected mode', 6382, ['access setting: required', 'unsupported: login throttle']],
      [
        'a default user who may do nothing',
        6384,
        [
          'none : no, NOPERM',
          shut[2],
          shut[3],
          hit[0],
          'candidate :hunter2: no, no password is set',
          ...hit.slice(2),
          'throttle none',
          'completed',
        ],
      ],
    ] as const)('%s', async (_, port, sees) => expect(await look(redisAccess, 'redis', port)).toEqual(sees));
    test('open inside TLS', async () =>
      expect(await look(redisAccess, 'redis', 6383, { security: 'tls' })).toEqual([
        'none : yes, INFO',
        'access setting: none',
        'completed',
      ]));
  });

  describe.skipIf(absent.vnc !== undefined)(absent.vnc ?? 'TigerVNC 1.12', () => {
    beforeAll(async () => {
      // vncpasswd(1): the password in DES with a key that everybody knows.
      const fixed = Buffer.from([23, 82, 107, 6, 35, 78, 88, 7]).toString('latin1');
      const file = (name: string, password: string) => {
        fs.writeFileSync(join(host.dir, name), vncResponse(fixed, Buffer.from(password.padEnd(8, '\0').slice(0, 8))));
        return join(host.dir, name);
      };
      const display = 200 + (process.pid % 100) * 7;
      const xvnc = (index: number, types: string, password = PASSWORD, ...more: string[]) =>
        host.start([
          'Xvnc',
          `:${display + index}`,
          // Within its namespace alone, and without a trace in /tmp.
          '-listen',
          'tcp',
          '-nolisten',
          'unix',
          '-nolisten',
          'local',
          '-nolock',
          '-geometry',
          '64x64',
          '-rfbport',
          String(5900 + index),
          '-SecurityTypes',
          types,
          '-PasswordFile',
          file(`vnc-${index}`, password),
          ...more,
        ]);
      xvnc(0, 'None');
      xvnc(1, 'VncAuth');
      xvnc(2, 'VncAuth', 'meinsm99');
      const { cert, key } = certificate(host, { bits: 2048, days: 30, name: 'lab' });
      xvnc(3, 'X509Vnc,TLSVnc', 'meinsm99', '-X509Cert', cert, '-X509Key', key);
      xvnc(4, 'VncAuth,X509None', PASSWORD, '-X509Cert', cert, '-X509Key', key);
      xvnc(5, 'VncAuth,TLSNone');
      xvnc(6, 'TLSNone,TLSVnc');
      await listening(host, [5900, 5901, 5902, 5903, 5904, 5905, 5906]);
    });

    const shut = ['none : no, None is not offered', 'random : no, SecurityResult 1', 'access function: required'];
    const hit = [
      'candidate :hunter2: no, SecurityResult 1',
      'candidate :meinsm99: yes, ServerInit',
      'known-user-random : no, SecurityResult 1',
      'random : no, SecurityResult 1',
      'repeat :meinsm99: proven, ServerInit',
      'completed',
    ];
    test('is recognised', async () => expect(await recognised(5900)).toBe('vnc'));
    test.each([
      ['None', 5900, ['channel none, no passwords', 'none : yes, ServerInit', 'access function: none', 'completed']],
      [
        'all rejected',
        5901,
        [
          'channel none, no passwords',
          ...shut,
          hit[0],
          'candidate :meinsm99: no, SecurityResult 1',
          'throttle none',
          'completed',
        ],
      ],
      ['a listed default', 5902, ['channel none, no passwords', ...shut, ...hit]],
      ['a listed default inside TLS', 5903, ['channel none, starttls', ...shut, ...hit]],
      ['None inside TLS', 5904, ['channel none', 'none : yes, ServerInit', 'access function: none', 'completed']],
      [
        'None inside TLS without a certificate',
        5905,
        [
          'channel none',
          ...shut.slice(0, 2),
          hit[0],
          'candidate :meinsm99: no, SecurityResult 1',
          'throttle none',
          'unsupported: access',
        ],
      ],
      ['nothing but TLS without a certificate', 5906, ['unsupported: login throttle access channel']],
    ] as const)('%s', async (_, port, sees) => expect(await look(vncLogin, 'vnc', port)).toEqual(sees));
    test('shuts out who fails too often', async () => {
      const seen = await look(vncLogin, 'vnc', 5901, {
        candidates: Array.from({ length: 8 }, (_, index) => ({ id: `${index}`, user: '', secret: `wrong${index}` })),
      });
      expect(seen.slice(-2)).toEqual(['throttle lock', 'locked: login']);
    });
  });

  describe.skipIf(absent.postgresql !== undefined)(absent.postgresql ?? 'PostgreSQL 15', () => {
    const as = (...command: string[]) =>
      execFileSync('setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', ...command], {
        cwd: '/',
        stdio: ['pipe', 'ignore', 'pipe'],
        input: [
          `ALTER ROLE postgres PASSWORD '${PASSWORD}'`,
          `CREATE ROLE admin LOGIN PASSWORD 'meinsm99'`,
          "SET password_encryption = 'md5'",
          "CREATE ROLE old LOGIN PASSWORD 'meinsm99'",
          '',
        ].join(';\n'),
      });
    beforeAll(async () => {
      const first = join(host.dir, 'pg');
      fs.mkdirSync(first);
      execFileSync('chown', ['postgres', first]);
      as(
        join(POSTGRESQL, 'initdb'),
        '-D',
        first,
        '-N',
        '-A',
        'scram-sha-256',
        '--no-instructions',
        '-U',
        'postgres',
        `--pwfile=${host.file('pg-password', PASSWORD)}`,
      );
      as(join(POSTGRESQL, 'postgres'), '--single', '-D', first, 'postgres');
      const { cert, key } = certificate(host, { bits: 2048, days: 30, name: 'lab' });
      const start = (port: number, hba: string) => {
        const data = `${first}-${port}`;
        execFileSync('cp', ['-a', first, data]);
        fs.writeFileSync(join(data, 'pg_hba.conf'), hba);
        for (const [from, to] of [
          [cert, 'server.crt'],
          [key, 'server.key'],
        ] as const)
          execFileSync('install', ['-o', 'postgres', '-m', '600', from, join(data, to)]);
        host.start([
          'setpriv',
          '--reuid=postgres',
          '--regid=postgres',
          '--clear-groups',
          join(POSTGRESQL, 'postgres'),
          '-D',
          data,
          '-p',
          String(port),
          '-k',
          data,
          '-F',
          '-c',
          'listen_addresses=*',
          '-c',
          'ssl=on',
          '-c',
          'shared_buffers=1MB',
          '-c',
          'max_wal_senders=0',
          '-c',
          'wal_level=minimal',
        ]);
      };
      start(5432, 'host all all all scram-sha-256\n');
      start(5433, 'host all all all trust\n');
      start(5434, 'host all old all md5\nhostssl all all all password\n');
      start(5435, 'host all all all reject\n');
      await listening(host, [5432, 5433, 5434, 5435]);
    });

    const shut = ['none : no, a password is asked for', 'random random: no, 28P01', 'access function: required'];
    const hit = (user: string) => [
      `candidate ${user}:hunter2: no, 28P01`,
      `candidate ${user}:meinsm99: yes, ReadyForQuery`,
      `known-user-random ${user}: no, 28P01`,
      'random random: no, 28P01',
      `repeat ${user}:meinsm99: proven, ReadyForQuery`,
      'completed',
    ];
    const old = candidates
      .filter(({ user }) => user !== '')
      .map(({ id, ...rest }) => ({ ...rest, id: id.replace('admin', 'old'), user: 'old' }));
    test('is recognised', async () => expect(await recognised(5432)).toBe('postgresql'));
    test('a listed default, by SCRAM-SHA-256 in TLS', async () =>
      expect(await look(postgresqlLogin, 'postgresql', 5432)).toEqual([
        'channel none, offered',
        ...shut,
        ...hit('admin'),
      ]));
    test('all rejected, and the declared account works', async () =>
      expect(
        await look(postgresqlLogin, 'postgresql', 5432, {
          candidates: candidates.slice(0, 1),
          accounts: [{ user: 'postgres', secret: PASSWORD }],
        }),
      ).toEqual([
        'channel none, offered',
        ...shut,
        'declared declared:postgres: yes, ReadyForQuery',
        'candidate admin:hunter2: no, 28P01',
        'declared declared:postgres: yes, ReadyForQuery',
        'throttle none',
        'completed',
      ]));
    test('trust', async () =>
      expect(await look(postgresqlLogin, 'postgresql', 5433)).toEqual([
        'channel none, offered',
        'none : yes, ReadyForQuery',
        'access function: none',
        'completed',
      ]));
    test('a listed default by MD5, and logins of others in TLS alone', async () =>
      expect(await look(postgresqlLogin, 'postgresql', 5434, { candidates: old })).toEqual([
        ...shut,
        ...hit('old').slice(0, -1),
        'channel none, offered',
        'completed',
      ]));
    test('a listed default by a password in TLS, and nobody is known who is taken without', async () =>
      expect(await look(postgresqlLogin, 'postgresql', 5434)).toEqual([
        ...shut,
        ...hit('admin').slice(0, -1),
        'unsupported: channel',
      ]));
    test('everybody is kept out', async () =>
      expect(await look(postgresqlLogin, 'postgresql', 5435)).toEqual(['unsupported: login throttle access channel']));
  });

  describe.skipIf(absent.mysql !== undefined)(absent.mysql ?? 'MariaDB 10.11', () => {
    beforeAll(async () => {
      const data = join(host.dir, 'mariadb');
      execFileSync(
        'mariadb-install-db',
        ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
        { stdio: 'ignore' },
      );
      const { cert, key } = certificate(host, { bits: 2048, days: 30, name: 'lab' });
      const init = host.file(
        'init.sql',
        [
          "CREATE OR REPLACE USER admin@'%' IDENTIFIED BY 'meinsm99' REQUIRE SSL",
          `CREATE OR REPLACE USER lab@'%' IDENTIFIED BY '${PASSWORD}'`,
          "CREATE OR REPLACE USER old@'%' IDENTIFIED BY 'meinsm99' PASSWORD EXPIRE",
          "INSTALL SONAME 'auth_ed25519'",
          "CREATE OR REPLACE USER modern@'%' IDENTIFIED VIA ed25519 USING PASSWORD('meinsm99')",
          '',
        ].join(';\n'),
      );
      execFileSync('cp', ['-a', data, `${data}-tls`]);
      const start = (port: number, folder: string, ...options: string[]) =>
        host.start([
          'mariadbd',
          '--no-defaults',
          '--user=root',
          `--datadir=${folder}`,
          `--port=${port}`,
          '--bind-address=0.0.0.0',
          `--socket=${join(host.dir, `s${port}`)}`,
          `--pid-file=${join(host.dir, `p${port}`)}`,
          `--init-file=${init}`,
          '--innodb-buffer-pool-size=8M',
          '--skip-name-resolve',
          '--max-password-errors=4',
          ...options,
        ]);
      start(3306, data, `--ssl-cert=${cert}`, `--ssl-key=${key}`);
      start(3307, `${data}-tls`, `--ssl-cert=${cert}`, `--ssl-key=${key}`, '--require-secure-transport=ON');
      await listening(host, [3306, 3307]);
    });

    const shut = ['none : no, ER 1045', 'random random: no, ER 1045', 'access function: required'];
    const named = (user: string) =>
      candidates.filter((c) => c.user !== '').map(({ secret }) => ({ id: `${user}:${secret}`, user, secret }));
    const hit = (user: string, answer = 'OK', last = answer) => [
      `candidate ${user}:hunter2: no, ER 1045`,
      `candidate ${user}:meinsm99: yes, ${answer}`,
      `known-user-random ${user}: no, ER 1045`,
      'random random: no, ER 1045',
      `repeat ${user}:meinsm99: proven, ${last}`,
    ];
    test('is recognised', async () => expect(await recognised(3306)).toBe('mysql MariaDB'));
    test('a listed default that works in TLS alone', async () =>
      expect(await look(mysqlLogin, 'mysql', 3306, { candidates: named('admin') })).toEqual([
        ...shut,
        ...hit('admin'),
        'unsupported: channel',
      ]));
    test('a listed default that must be changed', async () =>
      expect(await look(mysqlLogin, 'mysql', 3306, { candidates: named('old') })).toEqual([
        ...shut,
        ...hit('old', 'OK', 'a new password is asked for'),
        'channel none, offered',
        'completed',
      ]));
    test('all rejected, the declared account works, and in the clear too', async () =>
      expect(
        await look(mysqlLogin, 'mysql', 3306, {
          candidates: named('lab').slice(0, 1),
          accounts: [{ user: 'lab', secret: PASSWORD }],
        }),
      ).toEqual([
        ...shut,
        'declared declared:lab: yes, OK',
        'candidate lab:hunter2: no, ER 1045',
        'declared declared:lab: yes, OK',
        'channel none, offered',
        'completed',
      ]));
    test('a listed default by Ed25519', async () =>
      expect(await look(mysqlLogin, 'mysql', 3306, { candidates: named('modern') })).toEqual([
        ...shut,
        ...hit('modern'),
        'channel none, offered',
        'completed',
      ]));
    // It does not say so, even to the right password: it may as well be a rule for that account.
    test('a listed default where TLS is needed of all', async () =>
      expect(await look(mysqlLogin, 'mysql', 3307, { candidates: named('modern') })).toEqual([
        ...shut,
        ...hit('modern'),
        'unsupported: channel',
      ]));
    test('blocks an account that fails too often', async () => {
      const wrong = Array.from({ length: 6 }, (_, index) => ({ id: `${index}`, user: 'lab', secret: `wrong${index}` }));
      expect((await look(mysqlLogin, 'mysql', 3306, { candidates: wrong })).slice(-2)).toEqual([
        'throttle lock',
        'locked: login channel',
      ]);
    });
  });
});
