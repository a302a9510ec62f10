import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import httpLogin from '../../probes/http-login/probe.ts';
import { observeWith } from '../kit/probe.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { listening } from './ready.ts';
import { busyboxHttpd, nginx } from './servers.ts';

const why = missing();
const user = 'admin';
const right = 'meinsm99';
const candidates = [
  { id: 'x:1', user, secret: 'hunter2' },
  { id: 'x:2', user, secret: right },
];

const lighttpd = (host: Host, config: string): void => {
  host.file('www/index.html', '<html><title>Gateway</title><p>Live picture</p></html>\n');
  host.start([
    'lighttpd',
    '-D',
    '-f',
    host.file(
      'lighttpd.conf',
      `server.document-root = "${host.dir}/www"\nindex-file.names = ("index.html")\n${config}`,
    ),
  ]);
};
const digest = (host: Host, port: number, algorithm: 'MD5' | 'SHA-256', secret: string): void => {
  const hash = createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(`${user}:gateway:${secret}`)
    .digest('hex');
  const file = host.file('htdigest', `${user}:gateway:${hash}\n`);
  lighttpd(
    host,
    `server.port = ${port}\nserver.modules = ("mod_auth", "mod_authn_file")\nauth.backend = "htdigest"\nauth.backend.htdigest.userfile = "${file}"\nauth.require = ("/" => ("method" => "digest", "algorithm" => "${algorithm}", "realm" => "gateway", "require" => "valid-user"))\n`,
  );
};
const plain = (host: Host, secret: string): string => host.file('users', `${user}:${secret}\n`);

const nginxBasic = (host: Host, port: number, secret: string): void => {
  host.file('www/index.html', '<html><title>Gateway</title></html>\n');
  host.file('www/backup/gateway.cfg', 'x\n');
  const users = host.file('htpasswd', `${user}:{PLAIN}${secret}\n`);
  nginx(
    host,
    `server { listen ${port}; root ${host.dir}/www; location / { auth_basic "gateway"; auth_basic_user_file ${users}; } location /backup/ { autoindex on; } }`,
  );
};

interface Server {
  readonly name: string;
  readonly needs: string;
  start(host: Host, port: number, secret: string): void;
  /** Access that is reached, as `class action resource authentication`. */
  readonly open: readonly string[];
}
const shut = ['content read / required'];
const servers: readonly Server[] = [
  { name: 'nginx with Basic', needs: 'nginx', start: nginxBasic, open: [...shut, 'content list /backup/ none'] },
  {
    name: 'lighttpd with Basic',
    needs: 'lighttpd',
    start: (host, port, secret) =>
      lighttpd(
        host,
        `server.port = ${port}\nserver.modules = ("mod_auth", "mod_authn_file")\nauth.backend = "plain"\nauth.backend.plain.userfile = "${plain(host, secret)}"\nauth.require = ("/" => ("method" => "basic", "realm" => "gateway", "require" => "valid-user"))\n`,
      ),
    open: shut,
  },
  {
    name: 'lighttpd with Digest and MD5',
    needs: 'lighttpd',
    start: (host, port, secret) => digest(host, port, 'MD5', secret),
    open: shut,
  },
  {
    name: 'lighttpd with Digest and SHA-256',
    needs: 'lighttpd',
    start: (host, port, secret) => digest(host, port, 'SHA-256', secret),
    open: shut,
  },
  {
    name: 'busybox httpd with Basic',
    needs: 'busybox',
    start: (host, port, secret) => busyboxHttpd(host, port, user, secret),
    open: shut,
  },
];
const listings: readonly Server[] = [
  {
    name: 'nginx',
    needs: 'nginx',
    start: (host, port) => nginx(host, `server { listen ${port}; root ${host.dir}/www; autoindex on; }`),
    open: ['content list / none', 'content list /backup/ none'],
  },
  {
    name: 'lighttpd',
    needs: 'lighttpd',
    start: (host, port) => {
      lighttpd(host, `server.port = ${port}\nserver.modules = ("mod_dirlisting")\ndir-listing.activate = "enable"\n`);
    },
    open: ['discovery read / none', 'content list /backup/ none'],
  },
  {
    name: 'Python',
    needs: 'python3',
    start: (host, port) =>
      host.start(['python3', '-m', 'http.server', String(port), '-d', join(host.dir, 'www'), '-b', host.address]),
    open: ['content list / none', 'content list /backup/ none'],
  },
];

describe.skipIf(why !== undefined)(
  `HTTP logins of real servers${why ? ` (skipped: ${why})` : ''}`,
  { concurrent: true },
  () => {
    let lab: Lab;
    beforeAll(() => {
      lab = createLab();
    });
    afterAll(() => lab?.close());

    const seen = async (server: Server, name: string, secret: string) => {
      const host = lab.host(name);
      host.file('www/backup/gateway.cfg', 'x\n');
      server.start(host, 80, secret);
      await listening(host, 80);
      const { facts, attempt, tried } = await observeWith(httpLogin, {
        host: host.address,
        port: 80,
        protocol: 'http',
        candidates,
        limits: { wait: 2000, attempt: 60_000 },
      });
      const access = facts.flatMap((fact) =>
        fact.kind === 'access' ? [`${fact.class} ${fact.action} ${fact.resource} ${fact.authentication}`] : [],
      );
      const logins = facts.flatMap((fact) =>
        fact.kind === 'login' && fact.arm !== 'random' && fact.arm !== 'none'
          ? [`${fact.arm} ${fact.secret} ${fact.accepted}${fact.proven ? ' proven' : ''} ${fact.grants ?? ''}`.trim()]
          : [],
      );
      return { access, logins, tried, outcome: attempt.outcome };
    };
    const done = { status: 'completed' };

    for (const server of servers) {
      const absent = has(server.needs) ? '' : ` (skipped: no ${server.needs})`;
      test.skipIf(absent !== '')(
        `${server.name}: a default that is accepted, and one that is not${absent}`,
        async ({ expect }) => {
          const id = String(servers.indexOf(server));
          const [weak, sound] = await Promise.all([
            seen(server, `w${id}`, right),
            seen(server, `s${id}`, 'quite-another-7'),
          ]);
          expect(weak).toEqual({
            access: server.open,
            logins: [
              'candidate x:1 false',
              'candidate x:2 true full',
              'known-user-random random false',
              'repeat x:2 true proven full',
            ],
            tried: ['x:1', 'x:2'],
            outcome: done,
          });
          expect(sound).toEqual({
            access: server.open,
            logins: ['candidate x:1 false', 'candidate x:2 false'],
            tried: ['x:1', 'x:2'],
            outcome: done,
          });
        },
      );
    }

    for (const server of listings) {
      const absent = has(server.needs) ? '' : ` (skipped: no ${server.needs})`;
      test.skipIf(absent !== '')(`${server.name}: a folder that everybody may list${absent}`, async ({ expect }) => {
        const { access, logins } = await seen(server, `l${listings.indexOf(server)}`, '');
        expect({ access, logins }).toEqual({ access: server.open, logins: [] });
      });
    }
  },
);
