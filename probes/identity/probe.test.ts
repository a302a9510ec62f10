import type { Socket } from 'node:net';
import * as fixtures from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { probeTest } from '../../test/kit/probe.ts';
import probe from './probe.ts';

type Identity = Extract<Fact, { kind: 'identity' }>;
const says = (what: Identity['what'], value: string, via: string): Identity => ({
  kind: 'identity',
  what,
  value,
  via,
  authenticated: false,
});
const answers = (answer: (path: string) => string) => (socket: Socket) =>
  socket.once('data', (bytes: Buffer) => socket.end(answer(/^\S+ (\S+)/.exec(bytes.toString('latin1'))?.[1] ?? '')));
const common = { protocol: 'http', outcome: 'completed' } as const;

probeTest(probe, [
  {
    name: 'title, server and realm, behind a redirect of its own',
    device: 'weak',
    ...common,
    tcp: answers((path) =>
      path === '/'
        ? 'HTTP/1.1 302 F\r\nServer: GoAhead\r\nLocation: /login.htm?a=1\r\n\r\n'
        : 'HTTP/1.1 401 U\r\nServer: GoAhead\r\nWWW-Authenticate: Basic realm="Acme CAM-7"\r\n\r\n<TITLE lang=en>\n Acme &amp; Sons \u001b[31m&#169;</TITLE>',
    ),
    sees: [
      says('name', 'GoAhead', 'http server'),
      says('name', 'Acme CAM-7', 'http realm'),
      says('name', 'Acme & Sons [31m©', 'http title'),
    ],
  },
  {
    name: 'a title without end',
    device: 'weak',
    ...common,
    tcp: answers(() => `HTTP/1.1 200 OK\r\n\r\n<title>${'x'.repeat(5000)}`),
    sees: [says('name', 'x'.repeat(200), 'http title')],
  },
  {
    name: 'a redirect to elsewhere is not followed',
    device: 'sound',
    ...common,
    tcp: answers((path) =>
      path === '/'
        ? 'HTTP/1.1 302 F\r\nLocation: http://192.0.2.1/x\r\n\r\n'
        : 'HTTP/1.1 200 OK\r\n\r\n<title>no</title>',
    ),
    sees: [],
  },
  {
    name: 'an entity that is no character',
    device: 'sound',
    ...common,
    tcp: answers(() => 'HTTP/1.1 200 OK\r\n\r\n<title>&#999999999;&#9;</title>'),
    sees: [says('name', '&#999999999;', 'http title')],
  },
  {
    name: 'nothing but a page',
    device: 'sound',
    ...common,
    tcp: answers(() => 'HTTP/1.1 200 OK\r\n\r\nhello'),
    sees: [],
  },
  {
    name: 'an SSH banner',
    device: 'weak',
    ...common,
    protocol: 'ssh',
    tcp: (s) => s.write('SSH-2.0-Acme_1.2\r\n'),
    sees: [says('name', 'Acme_1.2', 'ssh banner')],
  },
  {
    name: 'a certificate',
    device: 'weak',
    ...common,
    protocol: 'tls',
    start: (host) => fixtures.https({ tls: { certificate: { commonName: '02:00:00:00:00:01' } } }).start(host, 0),
    sees: [says('mac', '02:00:00:00:00:01', 'certificate')],
  },
  {
    name: 'too many requests',
    device: 'cannot-tell',
    ...common,
    start: (host) => fixtures.tooMany(fixtures.http()).start(host, 0),
    sees: [],
    outcome: 'locked',
  },
  {
    name: 'silence',
    device: 'cannot-tell',
    ...common,
    start: (host) => fixtures.stall(fixtures.http()).start(host, 0),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'a reset',
    device: 'cannot-tell',
    ...common,
    protocol: 'tls',
    start: (host) => fixtures.reset(fixtures.http()).start(host, 0),
    sees: [],
    outcome: 'reset',
  },
  {
    name: 'SSH silence',
    device: 'cannot-tell',
    ...common,
    protocol: 'ssh',
    start: (host) => fixtures.stall(fixtures.http()).start(host, 0),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'SSH garbage',
    device: 'cannot-tell',
    ...common,
    protocol: 'ssh',
    start: (host) => fixtures.flood(fixtures.http()).start(host, 0),
    sees: [],
    outcome: 'protocol',
  },
  {
    name: 'SNMP silence',
    device: 'cannot-tell',
    ...common,
    protocol: 'snmp',
    udp: () => undefined,
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'SNMP garbage',
    device: 'cannot-tell',
    ...common,
    protocol: 'snmp',
    udp: (_m, answer) => answer('0\x03\x02\x01\x03'),
    sees: [],
    outcome: 'protocol',
  },
]);
