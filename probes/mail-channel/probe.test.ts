import type { Socket } from 'node:net';
import { expect } from 'vitest';
import type { TcpService } from '../../fixtures/service.ts';
import * as fixtures from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { type Observed, probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

type More = { credentials?: boolean; offered?: 'starttls'; upgrade?: 'starttls' };
const channel = (protocol: string, more: More = {}) =>
  ({ kind: 'channel', protocol, encryption: 'none', ...more }) as Fact;
const service = (one: TcpService): Pick<Row, 'start'> => ({ start: (host) => one.start(host, 0) });
const MAKE = { smtp: fixtures.smtp, imap: fixtures.imap, pop3: fixtures.pop3 };
const PROTOCOLS = Object.keys(MAKE) as (keyof typeof MAKE)[];
const tls = {};

/** A name, a password or a message: none may ever be sent. */
const isGentle = ({ transcripts }: Observed) => {
  for (const { entries } of transcripts)
    for (const { dir, bytes } of entries)
      if (dir === 'sent' && /^(PASS|RCPT|DATA|a\d+ LOGIN|AUTH \w+ \S)/im.test(bytes.toString('latin1')))
        throw new Error(`sent ${bytes}`);
  if (transcripts.length > 2) throw new Error(`${transcripts.length} connections`);
};

const saying = (words: string) => (observed: Observed) => {
  isGentle(observed);
  const { outcome } = observed.attempt;
  expect(outcome.status === 'inconclusive' && outcome.detail).toContain(words);
};

/** Answers each line by its first match; `tag` is put in IMAP's place. Silence where nothing matches, `null` closes. */
const scripted = (greeting: string, answers: readonly (readonly [RegExp, string | null])[]): Pick<Row, 'tcp'> => ({
  tcp: (socket: Socket) => {
    if (greeting) socket.write(greeting);
    socket.on('data', (bytes: Buffer) => {
      const [, tag = ''] = /^(a\d) /.exec(bytes.toString('latin1')) ?? [];
      const answer = answers.find(([when]) => when.test(bytes.toString('latin1')))?.[1];
      if (answer === null) socket.end();
      else if (answer !== undefined) socket.write(answer.replaceAll('TAG', tag));
    });
  },
});

const common = { outcome: 'completed', also: isGentle } as const;
const ehlo = (...lines: string[]) =>
  [/^EHLO/, ['mail', ...lines].map((l, i) => `250${i === lines.length ? ' ' : '-'}${l}\r\n`).join('')] as const;
const ready = '220 mail ESMTP\r\n';
const noAuth = [/^AUTH/, '503 not advertised\r\n'] as const;
const noSasl = [/^AUTH/, '-ERR unknown\r\n'] as const;
const quit = [/QUIT/, '221 bye\r\n'] as const;
const refusesStarttls = [/^STARTTLS/, '454 TLS not available\r\n'] as const;
const capability = (...words: string[]) =>
  [/CAPABILITY/, `* CAPABILITY IMAP4rev1 ${words.join(' ')}\r\nTAG OK\r\n`] as const;
const capa = (...words: string[]) => [/^CAPA/, `+OK\r\n${words.join('\r\n')}\r\n.\r\n`] as const;

const each: Row[] = PROTOCOLS.flatMap((protocol): Row[] => {
  const at = { ...common, protocol, security: 'none' } as const;
  const make = MAKE[protocol];
  return [
    {
      ...at,
      name: `${protocol} without TLS`,
      device: 'weak',
      ...service(make()),
      sees: [channel(protocol, { credentials: true })],
    },
    {
      ...at,
      name: `${protocol} offers TLS and takes passwords without`,
      device: 'weak',
      ...service(make({ tls })),
      sees: [channel(protocol, { credentials: true, offered: 'starttls' })],
    },
    {
      ...at,
      name: `${protocol} serves nothing before TLS`,
      device: 'sound',
      ...service(make({ tls, requireTls: true })),
      sees: [channel(protocol, { credentials: false, upgrade: 'starttls' })],
    },
    {
      ...at,
      name: `${protocol} serves nothing before TLS that encrypts nothing`,
      device: 'weak',
      ...service(make({ tls: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'eNULL' }, requireTls: true })),
      sees: [{ ...channel(protocol, { credentials: false }), version: 'TLS 1.2' } as Fact],
    },
    {
      ...at,
      name: `${protocol} serves nothing before TLS that asks for what we have not`,
      device: 'sound',
      ...service(make({ tls: { maxVersion: 'TLSv1.2', ciphers: 'PSK-AES128-GCM-SHA256' }, requireTls: true })),
      sees: [channel(protocol, { credentials: false, upgrade: 'starttls' })],
    },
    ...(['talks on in the clear', 'closes'] as const).map(
      (how): Row => ({
        ...at,
        name: `${protocol} asks for TLS, grants it, and ${how}`,
        device: 'cannot-tell',
        ...service(make({ tls, requireTls: true, instead: how === 'closes' ? 'grants and closes' : 'grants' })),
        sees: [],
        outcome: how === 'closes' ? 'reset' : 'protocol',
        open: ['channel'],
        also: saying('granted, and none came of it'),
      }),
    ),
    {
      ...at,
      name: `${protocol} offers TLS and does not have it`,
      device: 'weak',
      ...service(make({ tls, instead: 'refuses' })),
      sees: [channel(protocol, { credentials: true })],
    },
    {
      ...at,
      name: `${protocol} asks for TLS and does not have it`,
      device: 'cannot-tell',
      ...service(make({ tls, requireTls: true, instead: 'refuses' })),
      sees: [],
      outcome: 'protocol',
      open: ['channel'],
    },
    {
      ...at,
      name: `${protocol} asks for TLS and closes`,
      device: 'cannot-tell',
      ...service(make({ tls, requireTls: true, instead: 'closes' })),
      sees: [],
      outcome: 'reset',
    },
    {
      ...at,
      name: `${protocol} asks for TLS and falls silent`,
      device: 'cannot-tell',
      limits: { wait: 100 },
      ...service(make({ tls, requireTls: true, instead: 'silence' })),
      sees: [],
      outcome: 'timeout',
    },
    {
      ...at,
      name: `${protocol} asks for TLS and says more behind its word`,
      device: 'cannot-tell',
      ...service(make({ tls, requireTls: true, instead: { injects: '250 ok\r\n' } })),
      sees: [],
      outcome: 'protocol',
    },
    {
      ...at,
      name: `${protocol} serves nothing, and has no TLS`,
      device: 'cannot-tell',
      ...service(make({ requireTls: true })),
      sees: [],
      outcome: 'unsupported',
    },
    {
      ...at,
      name: `${protocol} inside TLS`,
      device: 'sound',
      security: 'tls',
      ...service(fixtures.tls(make())),
      sees: [{ kind: 'channel', protocol, encryption: 'tls', version: 'TLS 1.3' }],
    },
    {
      ...at,
      name: `${protocol} inside TLS that encrypts nothing`,
      device: 'weak',
      security: 'tls',
      ...service(fixtures.tls(make(), { maxVersion: 'TLSv1.2', ciphers: 'eNULL' })),
      sees: [{ kind: 'channel', protocol, encryption: 'none', version: 'TLS 1.2' }],
    },
    {
      ...at,
      name: `${protocol}: silence`,
      device: 'cannot-tell',
      limits: { wait: 60 },
      ...service(fixtures.stall(make())),
      sees: [],
      outcome: 'timeout',
    },
    {
      ...at,
      name: `${protocol}: silence half-way`,
      device: 'cannot-tell',
      limits: { wait: 100 },
      ...service(fixtures.stallAfter(make({ tls }), 40)),
      sees: [],
      outcome: 'timeout',
    },
    {
      ...at,
      name: `${protocol}: a drip`,
      device: 'cannot-tell',
      limits: { wait: 60 },
      ...service(fixtures.drip(make(), 20)),
      sees: [],
      outcome: 'timeout',
    },
    {
      ...at,
      name: `${protocol}: a reset`,
      device: 'cannot-tell',
      ...service(fixtures.reset(make())),
      sees: [],
      outcome: 'reset',
    },
    {
      ...at,
      name: `${protocol}: a reset half-way`,
      device: 'cannot-tell',
      ...service(fixtures.reset(make({ requireTls: true, tls }), 40)),
      sees: [],
      outcome: 'reset',
    },
    {
      ...at,
      name: `${protocol}: garbage`,
      device: 'cannot-tell',
      ...service(fixtures.garble(make())),
      sees: [],
      outcome: 'timeout',
      limits: { wait: 60 },
    },
    {
      ...at,
      name: `${protocol}: a flood`,
      device: 'cannot-tell',
      ...service(fixtures.flood(make())),
      sees: [],
      outcome: 'protocol',
    },
  ];
});

const smtp = { ...common, protocol: 'smtp', security: 'none' } as const;
const imap = { ...common, protocol: 'imap', security: 'none' } as const;
const pop3 = { ...common, protocol: 'pop3', security: 'none' } as const;

probeTest(probe, [
  ...each,
  {
    ...smtp,
    name: 'takes mail in the clear, and passwords in TLS alone',
    device: 'weak',
    ...service(fixtures.smtp({ tls, requireTls: 'logins' })),
    sees: [channel('smtp', { credentials: false, offered: 'starttls' })],
  },
  {
    ...smtp,
    name: 'lists a login that it refuses for want of TLS',
    device: 'weak',
    ...service(fixtures.smtp({ tls, requireTls: 'logins', listed: ['PLAIN'] })),
    sees: [channel('smtp', { credentials: false, offered: 'starttls' })],
  },
  {
    ...smtp,
    name: 'takes the other method by which a password is sent',
    device: 'weak',
    ...service(fixtures.smtp({ mechanisms: ['CRAM-MD5', 'LOGIN'] })),
    sees: [channel('smtp', { credentials: true })],
  },
  ...(['PLAIN', 'LOGIN', 'XOAUTH2'] as const).map(
    (one): Row => ({
      ...smtp,
      name: `holds every login to TLS but ${one}`,
      device: 'weak',
      ...scripted(ready, [
        ehlo('STARTTLS', 'AUTH PLAIN LOGIN XOAUTH2'),
        [/^MAIL/, '530 5.7.0 Must issue a STARTTLS command first\r\n'],
        [new RegExp(`^AUTH ${one}`), '334 \r\n'],
        [/^AUTH/, '538 Encryption required\r\n'],
        [/^\*/, '501 cancelled\r\n'],
        refusesStarttls,
        quit,
      ]),
      sees: [channel('smtp', { credentials: true })],
    }),
  ),
  {
    ...smtp,
    name: 'holds mail to TLS, and lets in by a challenge without',
    device: 'weak',
    ...scripted(ready, [
      ehlo('STARTTLS', 'AUTH PLAIN GSSAPI CRAM-MD5'),
      [/^MAIL/, '530 5.7.0 Must issue a STARTTLS command first\r\n'],
      [/^AUTH CRAM-MD5/, '334 PDEyPg==\r\n'],
      [/^AUTH/, '538 Encryption required\r\n'],
      [/^\*/, '501 cancelled\r\n'],
      refusesStarttls,
      quit,
    ]),
    sees: [channel('smtp', { credentials: false })],
  },
  ...(['501 initial response required', '535 no'] as const).map(
    (words): Row => ({
      ...smtp,
      name: `holds mail to TLS, and answers a login that it does not list with ${words}`,
      device: 'cannot-tell',
      ...scripted(ready, [
        ehlo('STARTTLS'),
        [/^MAIL/, '530 5.7.0 Must issue a STARTTLS command first\r\n'],
        [/^AUTH/, `${words}\r\n`],
        refusesStarttls,
        quit,
      ]),
      sees: [],
      outcome: 'protocol',
    }),
  ),
  {
    ...smtp,
    name: 'takes a login without listing it',
    device: 'weak',
    ...service(fixtures.smtp({ tls, listed: [] })),
    sees: [channel('smtp', { credentials: true, offered: 'starttls' })],
  },
  {
    ...smtp,
    name: 'has no logins',
    device: 'weak',
    ...service(fixtures.smtp({ mechanisms: [] })),
    sees: [channel('smtp', { credentials: false })],
  },
  {
    ...smtp,
    name: 'knows no EHLO',
    device: 'weak',
    ...scripted(ready, [
      [/^EHLO/, '502 no\r\n'],
      [/^HELO/, '250 hi\r\n'],
      noAuth,
      [/^(MAIL|RSET)/, '250 ok\r\n'],
      quit,
    ]),
    sees: [channel('smtp', { credentials: false })],
  },
  {
    ...smtp,
    name: 'asks for a login before mail, and takes it in TLS alone',
    device: 'cannot-tell',
    ...scripted(ready, [
      ehlo('STARTTLS'),
      [/^MAIL/, '530 5.7.0 Authentication required\r\n'],
      [/^AUTH/, '538 Encryption required\r\n'],
      refusesStarttls,
      quit,
    ]),
    sees: [],
    outcome: 'protocol',
    also: saying('TLS is offered, and was refused'),
  },
  {
    ...smtp,
    name: 'asks for a login before mail, and takes one that moves no password',
    device: 'weak',
    ...scripted(ready, [
      ehlo('AUTH CRAM-MD5'),
      [/^MAIL/, '530 5.7.0 Authentication required\r\n'],
      [/^AUTH (PLAIN|LOGIN)/, '504 no\r\n'],
      [/^AUTH CRAM-MD5/, '334 PDEyPg==\r\n'],
      [/^\*/, '501 cancelled\r\n'],
      quit,
    ]),
    sees: [channel('smtp', { credentials: false })],
  },
  {
    ...smtp,
    name: 'does not take mail from nobody, and offers TLS',
    device: 'cannot-tell',
    ...scripted(ready, [ehlo('STARTTLS'), [/^MAIL/, '550 who?\r\n'], noAuth, refusesStarttls, quit]),
    sees: [],
    outcome: 'protocol',
    also: saying('whether mail is taken in the clear'),
  },
  {
    ...smtp,
    name: 'a refusal that only names a host of TLS',
    device: 'cannot-tell',
    ...scripted(ready, [
      ehlo('STARTTLS'),
      [/^MAIL/, '550 see https://tls.example/TLS or mail postmaster@ssl.example\r\n'],
      noAuth,
      refusesStarttls,
      quit,
    ]),
    sees: [],
    outcome: 'protocol',
    also: saying('whether mail is taken in the clear'),
  },
  {
    ...smtp,
    name: 'does not take mail from nobody, and has no TLS',
    device: 'weak',
    ...scripted(ready, [ehlo('SIZE'), [/^MAIL/, '550 who?\r\n'], noAuth, quit]),
    sees: [channel('smtp', { credentials: false })],
    outcome: 'protocol',
    also: saying('whether mail is taken in the clear'),
  },
  {
    ...smtp,
    name: 'takes mail, and falls silent at AUTH',
    device: 'weak',
    limits: { wait: 80 },
    ...scripted(ready, [ehlo('AUTH PLAIN'), [/^(MAIL|RSET)/, '250 ok\r\n'], quit]),
    sees: [channel('smtp')],
    outcome: 'timeout',
    also: saying('no whole reply to AUTH'),
  },
  {
    ...smtp,
    name: 'says what is neither yes nor no to AUTH',
    device: 'weak',
    ...scripted(ready, [ehlo('AUTH PLAIN'), [/^AUTH/, '454 later\r\n'], [/^(MAIL|RSET)/, '250 ok\r\n'], quit]),
    sees: [channel('smtp')],
  },
  {
    ...smtp,
    name: 'closes once a login is taken back',
    device: 'weak',
    ...scripted(ready, [ehlo('AUTH PLAIN'), [/^AUTH/, '334 \r\n'], [/^\*/, null], [/^(MAIL|RSET)/, '250 ok\r\n']]),
    sees: [channel('smtp', { credentials: true })],
  },
  {
    ...smtp,
    name: 'the same answer to everything',
    device: 'cannot-tell',
    ...scripted(ready, [[/./, '220 mail ESMTP\r\n']]),
    sees: [],
    outcome: 'protocol',
    also: saying('EHLO was answered with 220'),
  },
  {
    ...smtp,
    name: '250 to everything',
    device: 'weak',
    ...scripted(ready, [[/./, '250 ok\r\n']]),
    sees: [channel('smtp')],
  },
  {
    ...smtp,
    name: 'busy',
    device: 'cannot-tell',
    ...scripted('421 too busy\r\n', []),
    sees: [],
    outcome: 'locked',
  },
  {
    ...imap,
    name: 'logs in by a challenge in the clear, by a password in TLS alone',
    device: 'weak',
    ...scripted('* OK\r\n', [
      capability('STARTTLS', 'LOGINDISABLED', 'AUTH=CRAM-MD5'),
      [/AUTHENTICATE (PLAIN|LOGIN)/, 'TAG NO [PRIVACYREQUIRED] no\r\n'],
      [/AUTHENTICATE CRAM-MD5/, '+ PDEyPg==\r\n'],
      [/^\*/, 'a4 BAD cancelled\r\n'],
      [/STARTTLS/, 'TAG BAD\r\n'],
      [/LOGOUT/, 'TAG OK\r\n'],
    ]),
    sees: [channel('imap', { credentials: false })],
  },
  {
    ...imap,
    name: 'says that logins are disabled, and takes one by the name of LOGIN',
    device: 'weak',
    ...scripted('* OK\r\n', [
      capability('STARTTLS', 'LOGINDISABLED'),
      [/AUTHENTICATE PLAIN/, 'TAG NO [PRIVACYREQUIRED] no\r\n'],
      [/AUTHENTICATE LOGIN/, '+ VXNlcm5hbWU6\r\n'],
      [/^\*/, 'a3 BAD cancelled\r\n'],
      [/STARTTLS/, 'TAG BAD\r\n'],
      [/LOGOUT/, 'TAG OK\r\n'],
    ]),
    sees: [channel('imap', { credentials: true })],
  },
  {
    ...imap,
    name: 'takes LOGIN alone',
    device: 'weak',
    ...scripted('* OK\r\n', [capability('ID'), [/AUTHENTICATE/, 'TAG BAD unknown\r\n'], [/LOGOUT/, 'TAG OK\r\n']]),
    sees: [channel('imap', { credentials: true })],
  },
  {
    ...imap,
    name: 'everybody is logged in',
    device: 'weak',
    ...service(fixtures.imap({ preauth: true, tls })),
    sees: [channel('imap', { credentials: false })],
  },
  {
    ...imap,
    name: 'lists a method that it says nothing of',
    device: 'cannot-tell',
    ...scripted('* OK\r\n', [
      capability('STARTTLS', 'LOGINDISABLED', 'AUTH=GSSAPI'),
      [/AUTHENTICATE (PLAIN|LOGIN)/, 'TAG NO encryption required\r\n'],
      [/AUTHENTICATE GSSAPI/, 'TAG NO not now\r\n'],
      [/STARTTLS/, 'TAG BAD\r\n'],
      [/LOGOUT/, 'TAG OK\r\n'],
    ]),
    sees: [],
    outcome: 'protocol',
    also: saying('whether GSSAPI is taken in the clear was not said'),
  },
  {
    ...imap,
    name: 'says goodbye',
    device: 'cannot-tell',
    ...scripted('* BYE full\r\n', []),
    sees: [],
    outcome: 'locked',
  },
  {
    ...pop3,
    name: 'knows no capabilities',
    device: 'weak',
    ...service(fixtures.pop3({ old: true })),
    sees: [channel('pop3', { credentials: true })],
  },
  {
    ...pop3,
    name: 'knows no capabilities, and goes on in TLS',
    device: 'sound',
    ...service(fixtures.pop3({ old: true, tls, requireTls: true })),
    sees: [channel('pop3', { credentials: false, upgrade: 'starttls' })],
  },
  {
    ...pop3,
    name: 'wants TLS for a name, and takes a login that it does not list',
    device: 'weak',
    ...scripted('+OK\r\n', [
      capa('STLS'),
      [/^AUTH PLAIN/, '+ \r\n'],
      [/^\*/, '-ERR cancelled\r\n'],
      [/^USER/, '-ERR TLS required\r\n'],
      [/^STLS/, '-ERR\r\n'],
      quit,
    ]),
    sees: [channel('pop3', { credentials: true })],
  },
  {
    ...pop3,
    name: 'does not know the name, and lists USER',
    device: 'weak',
    ...scripted('+OK\r\n', [capa('USER'), noSasl, [/^USER/, '-ERR no such user\r\n'], quit]),
    sees: [channel('pop3', { credentials: true })],
  },
  {
    ...pop3,
    name: 'does not know the name, and lists nothing',
    device: 'cannot-tell',
    ...scripted('+OK\r\n', [capa('STLS'), noSasl, [/^USER/, '-ERR no such user\r\n'], [/^STLS/, '-ERR\r\n'], quit]),
    sees: [],
    outcome: 'protocol',
    also: saying('whether logins are taken in the clear was not said'),
  },
  {
    ...pop3,
    name: 'wants TLS for a password, and greets with a stamp for APOP',
    device: 'cannot-tell',
    ...scripted('+OK <1896.6971@mail.example>\r\n', [
      capa('STLS'),
      noSasl,
      [/^USER/, '-ERR TLS required\r\n'],
      [/^STLS/, '-ERR\r\n'],
      quit,
    ]),
    sees: [],
    outcome: 'protocol',
    also: saying('whether logins are taken in the clear was not said'),
  },
  {
    ...pop3,
    name: 'is busy',
    device: 'cannot-tell',
    ...scripted('-ERR busy\r\n', []),
    sees: [],
    outcome: 'locked',
  },
]);
