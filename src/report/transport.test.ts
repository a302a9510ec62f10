import { beforeAll, describe, expect, test } from 'vitest';
import { elementsOf } from '../../test/kit/page.ts';
import { type AttemptDraft, attempt, type FactDraft, recognised, scan } from '../../test/kit/run.ts';
import { transportInput, WEAK } from '../../test/kit/transport.ts';
import { html } from './html.tsx';
import { markdown } from './markdown.ts';
import { transportBlocks } from './pdf-transport.ts';
import type { ReportInput } from './report.ts';
import { type Item, type Picture, type Server, transportOf } from './transport-view.ts';
import { viewOf } from './view.ts';

const input = transportInput();
const pictures = transportOf(input)[0]!.pictures;
const at = (all: readonly Picture[], port: number): Picture => all.find((one) => one.port === port)!;
const server = (picture: Picture, title: string): Server => picture.servers.find((one) => one.title === title)!;
const lineOf = ({ lines }: Server, title: string) => lines.find((line) => line.title === title)!;
const items = (of: Server, line: string, list = 0): readonly Item[] => lineOf(of, line).lists[list]!.items;
const said = (all: readonly Item[]): string[] =>
  all.map(({ name, told, fails }) => `${name} ${told}${fails === undefined ? '' : ` ${fails}`}`);

/** What is seen of one TLS server, by its facts and how its attempt ended. */
const tlsOf = (facts: readonly FactDraft[], rest: Parameters<typeof attempt>[3] = {}): Server => {
  const one = transportInput([
    scan({ tcp: [443] }),
    recognised('tcp/443', 'tls', 'http+tls'),
    attempt('tls-server', 'camera/tcp/443/tls', facts, rest),
  ]);
  return server(at(transportOf(one)[0]!.pictures, 443), 'TLS');
};

describe('a picture of transport', () => {
  test('ports that fail stand first, each once, with what speaks there', () =>
    expect(pictures.map(({ transport, port, fails }) => `${transport}/${port}${fails ? ' fails' : ''}`)).toEqual([
      'tcp/22 fails',
      'tcp/25 fails',
      'tcp/443 fails',
      'tcp/80',
      'tcp/8443',
      'tcp/8883',
      'udp/5684',
    ]));

  test('versions are accepted, fail, refused, or could not be told', () => {
    expect(said(items(server(at(pictures, 443), 'TLS'), 'Versions'))).toEqual([
      'SSLv2 refused',
      'SSLv3 accepted conclusive',
      'TLS 1.0 accepted conclusive',
      'TLS 1.1 refused',
      'TLS 1.2 accepted',
      'TLS 1.3 accepted',
    ]);
    expect(said(items(server(at(pictures, 8883), 'TLS'), 'Versions'))).toEqual([
      'SSLv2 could not tell',
      'SSLv3 could not tell',
      'TLS 1.0 could not tell',
      'TLS 1.1 could not tell',
      'TLS 1.2 accepted',
      'TLS 1.3 could not tell',
    ]);
  });

  test('of what stayed open, only that could not be told', () => {
    const offers = [
      { role: 'version', version: 'TLS 1.0' },
      { role: 'suite', version: 'TLS 1.2' },
    ] as const;
    const tls = tlsOf([version('TLS 1.2'), version('TLS 1.3')], { broke: 'timeout', open: ['offer'], offers });
    expect(said(items(tls, 'Versions'))).toEqual([
      'SSLv2 refused',
      'SSLv3 refused',
      'TLS 1.0 could not tell',
      'TLS 1.1 refused',
      'TLS 1.2 accepted',
      'TLS 1.3 accepted',
    ]);
    expect(lineOf(tls, 'Suites').lists.map(({ title, note }) => `${title} ${note ?? '–'}`)).toEqual([
      'TLS 1.2 perhaps not all of them',
      'TLS 1.3 –',
    ]);
  });

  test('suites stand by version, and which is weak is what the finding rests on', () => {
    const tls = server(at(pictures, 443), 'TLS');
    expect(lineOf(tls, 'Suites').lists.map(({ title, note }) => `${title} ${note ?? '–'}`)).toEqual([
      'SSLv3 –',
      'TLS 1.0 –',
      'TLS 1.2 –',
      'TLS 1.3 in the server’s order',
    ]);
    expect(said(items(tls, 'Suites'))).toEqual([
      'TLS_RSA_WITH_RC4_128_SHA accepted conclusive',
      'TLS_RSA_WITH_3DES_EDE_CBC_SHA accepted conclusive',
      'TLS_DHE_RSA_WITH_AES_128_CBC_SHA accepted',
      'TLS_RSA_WITH_AES_128_CBC_SHA accepted',
    ]);
    const withdrawn: ReportInput = {
      ...input,
      assessment: {
        ...input.assessment,
        findings: input.assessment.findings.map((one) => ({
          ...one,
          ...(one.check === 'tls-ciphers-strong' ? { withdrawn: ['w1'] as never } : {}),
        })),
      },
    };
    const again = server(at(transportOf(withdrawn)[0]!.pictures, 443), 'TLS');
    expect(items(again, 'Suites').some(({ fails }) => fails !== undefined)).toBe(false);
  });

  test.each<[string, number, string, string | undefined, string | undefined]>([
    [
      'everything since SSLv3',
      443,
      'TLS',
      'SSLv3, TLS_RSA_WITH_RC4_128_SHA',
      'TLS 1.3, TLS_AES_256_GCM_SHA384, x25519',
    ],
    [
      'sound, in the order of the client',
      8443,
      'TLS',
      'TLS 1.2, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
      'TLS 1.3, TLS_AES_128_GCM_SHA256, x25519',
    ],
    ['PSK', 5684, 'DTLS', 'DTLS 1.2, TLS_PSK_WITH_AES_128_CCM_8', 'DTLS 1.2, TLS_PSK_WITH_AES_128_CCM_8'],
    [
      'SSH',
      22,
      'SSH',
      'diffie-hellman-group1-sha1, ssh-rsa, aes128-cbc, hmac-md5',
      'curve25519-sha256, rsa-sha2-512, chacha20-poly1305@openssh.com, hmac-sha2-256',
    ],
    ['nothing is negotiated', 80, 'Channel', undefined, undefined],
  ])('what clients get: %s', (_, port, title, weakest, modern) => {
    const of = server(at(pictures, port), title);
    expect([of.weakest, of.modern]).toEqual([weakest, modern]);
  });

  const version = (name: string): FactDraft => ({ kind: 'offer', role: 'version', name });
  const suite = (version: string, name: string): FactDraft => ({ kind: 'offer', role: 'suite', version, name });
  const GCM = 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256';
  test.each<[string, FactDraft[], Parameters<typeof attempt>[3], string | undefined, string | undefined]>([
    ['nothing was accepted', [], {}, undefined, undefined],
    ['timed out', [], { broke: 'timeout' }, undefined, undefined],
    [
      'of what was seen',
      [version('TLS 1.2')],
      { broke: 'timeout' },
      'TLS 1.2 (of what was seen)',
      'TLS 1.2 (of what was seen)',
    ],
    [
      'old alone',
      [version('TLS 1.0'), suite('TLS 1.0', 'TLS_RSA_WITH_AES_128_CBC_SHA')],
      {},
      'TLS 1.0, TLS_RSA_WITH_AES_128_CBC_SHA',
      'nothing: it speaks no version as old as TLS 1.0',
    ],
    [
      'weak alone',
      [version('TLS 1.2'), suite('TLS 1.2', 'TLS_RSA_WITH_RC4_128_SHA')],
      {},
      'TLS 1.2, TLS_RSA_WITH_RC4_128_SHA',
      'nothing: it takes none of the suites of TLS 1.2',
    ],
    [
      'the weak suite is in a newer version',
      [version('TLS 1.2'), suite('TLS 1.2', GCM), version('TLS 1.3'), suite('TLS 1.3', 'TLS_SHA256_SHA256')],
      {},
      'TLS 1.3, TLS_SHA256_SHA256',
      'nothing: it takes none of the suites of TLS 1.3',
    ],
    [
      'static RSA has no group',
      [
        version('TLS 1.2'),
        suite('TLS 1.2', 'TLS_RSA_WITH_AES_128_GCM_SHA256'),
        { kind: 'offer', role: 'group', version: 'TLS 1.2', name: 'x25519' },
      ],
      {},
      'TLS 1.2, TLS_RSA_WITH_AES_128_GCM_SHA256',
      'TLS 1.2, TLS_RSA_WITH_AES_128_GCM_SHA256',
    ],
  ])('what clients get: %s', (_, facts, rest, weakest, modern) => {
    const of = tlsOf(facts, rest);
    expect([of.weakest, of.modern]).toEqual([weakest, modern]);
  });

  test('each line names its check, what it said here, and the criteria that ask for it', () => {
    const [bears] = lineOf(server(at(pictures, 443), 'TLS'), 'Versions').bears;
    expect(bears).toMatchObject({
      check: 'tls-versions-current',
      verdict: 'fail',
      findings: ['tls-versions-current@camera/tcp/443'],
      criteria: [{ id: 'DP-2', as: 'required', verdict: 'fail' }],
    });
    const of = (port: number, title: string, line: string) =>
      lineOf(server(at(pictures, port), title), line).bears.map(({ check, verdict }) => `${check} ${verdict}`);
    expect(of(8443, 'TLS', 'Suites')).toEqual(['tls-ciphers-strong pass']);
    expect(of(8883, 'TLS', 'Flaws')).toEqual(['tls-known-flaws-absent inconclusive']);
    expect(of(25, 'TLS after STARTTLS (smtp)', 'Versions')).toEqual(['tls-versions-current pass']);
    expect(of(25, 'Channel', 'Travels')).toEqual(['transport-encrypted fail']);
    expect(of(443, 'Channel', 'Pages')).toEqual(['http-hardened fail']);
    expect(of(22, 'SSH', 'Algorithms')).toEqual(['ssh-algorithms-strong fail']);
  });

  test('flaws are present, absent, or could not be told', () => {
    expect(said(items(server(at(pictures, 443), 'TLS'), 'Flaws')).slice(2, 8)).toEqual([
      'insecure-renegotiation refused',
      'crime refused',
      'poodle accepted conclusive',
      'poodle-tls refused',
      'drown refused',
      'sweet32 accepted conclusive',
    ]);
    expect(new Set(items(server(at(pictures, 8883), 'TLS'), 'Flaws').map(({ told }) => told))).toEqual(
      new Set(['could not tell']),
    );
  });

  test('a run whose probes did not ask for flaws did not ask for SSLv2 either', () => {
    const one = transportInput([
      scan({ tcp: [443] }),
      recognised('tcp/443', 'tls'),
      attempt('old-tls', 'camera/tcp/443/tls', [version('TLS 1.2')]),
    ]);
    const tls = server(at(transportOf(one)[0]!.pictures, 443), 'TLS');
    expect(said(items(tls, 'Versions')).slice(0, 2)).toEqual(['SSLv2 could not tell', 'SSLv3 refused']);
  });

  test('who recognises a service and who logs in say one thing of its channel', () => {
    const one = transportInput([
      scan({ tcp: [23] }),
      attempt('service', 'camera/tcp/23', [
        { kind: 'service', protocol: 'telnet' },
        { kind: 'channel', protocol: 'telnet', encryption: 'none' },
      ]),
      attempt('telnet-login', 'camera/tcp/23/telnet', [
        { kind: 'channel', protocol: 'telnet', encryption: 'none', credentials: true },
      ]),
    ]);
    const [channel] = at(transportOf(one)[0]!.pictures, 23).servers;
    expect(channel!.lines[0]!.says.map(({ words }) => words)).toEqual(['telnet travels in the clear, passwords too']);
  });

  test('a service that does not go on in TLS has no server of it, and one that timed out has one that nobody knows', () => {
    const ftp = (rest: Parameters<typeof attempt>[3]) =>
      transportInput([
        scan({ tcp: [21] }),
        recognised('tcp/21', 'ftp'),
        attempt('ftp-access', 'camera/tcp/21/ftp', [{ kind: 'channel', protocol: 'ftp', encryption: 'none' }]),
        attempt('tls-server', 'camera/tcp/21/ftp', [], rest),
      ]);
    const titles = (one: ReportInput) =>
      transportOf(one)[0]!.pictures.flatMap(({ servers }) => servers.map((s) => s.title));
    expect(titles(ftp({}))).toEqual(['Channel']);
    expect(titles(ftp({ broke: 'timeout' }))).toEqual(['Channel', 'TLS after AUTH TLS (ftp)']);
  });
});

describe('the transport in reports', () => {
  const page = String(html.render(input));
  const section = page.slice(page.indexOf('id="transport"'), page.indexOf('id="found"'));
  const { text } = elementsOf(page);

  test('says in words what its colours say', () => {
    expect(text).toContain('SSLv2 (refused)');
    expect(text).toContain('! SSLv3 (fails)');
    expect(text).toContain('TLS 1.1 ? (could not tell)');
    expect(text).toContain('poodle (present, fails)');
    expect(text).toContain('heartbleed (absent)');
    expect(text).toContain('Weakest client getsSSLv3, TLS_RSA_WITH_RC4_128_SHA');
    expect(section).toMatch(/<li class="chip untold">/);
    expect(section).toMatch(/<li class="chip offers">SSLv2/);
  });

  test('leads to findings and criteria that the page has', () => {
    const links = [...section.matchAll(/href="#([^"]+)"/g)].map(([, to]) => to!);
    expect(links.length).toBeGreaterThan(20);
    for (const to of new Set(links)) expect(page, to).toContain(`id="${to}"`);
  });

  test('in Markdown, a row a server', () => {
    const md = String(markdown.render(input));
    expect(md).toContain('## Transport');
    expect(md).toMatch(
      /\| tcp\/443 \| TLS \| SSLv3, TLS\\_RSA\\_WITH\\_RC4\\_128\\_SHA \| TLS 1\.3, .* \| .*SSLv3, TLS 1\.0.* \| nothing \| DP-2 Fail/,
    );
    expect(md).not.toMatch(/\| tcp\/8443 \| Channel/);
  });

  test('in the PDF, in the same words', () => {
    const blocks = JSON.stringify(transportBlocks(input, viewOf(input)));
    for (const words of [
      'Weakest client gets: SSLv3, TLS_RSA_WITH_RC4_128_SHA.',
      'SSLv2 (refused)',
      'TLS 1.1 (could not tell)',
      'poodle (present, fails)',
      'TLS after STARTTLS (smtp) at tcp/25',
    ])
      expect(blocks).toContain(words);
  });
});

describe('a hostile device', () => {
  const WORD = '</td><script>alert(1)</script>\u202e';
  const names = Array.from({ length: 300 }, (_, n) => `${WORD}${n}`);
  const many: readonly AttemptDraft[] = Array.from({ length: 60 }, (_, n) =>
    attempt('service', `camera/tcp/${10_000 + n}`, [
      { kind: 'service', protocol: 'telnet' },
      { kind: 'channel', protocol: `telnet${WORD}`, encryption: 'none', version: WORD },
    ]),
  );
  const hostile = (): ReportInput =>
    transportInput([
      scan({ tcp: [22, 443, ...many.map((_, n) => 10_000 + n)] }),
      recognised('tcp/22', 'ssh'),
      recognised('tcp/443', 'tls', 'http+tls'),
      many,
      attempt('tls-server', 'camera/tcp/443/tls', [
        ...WEAK,
        ...names.slice(0, 100).map((name): FactDraft => ({ kind: 'offer', role: 'version', name })),
        ...names.map((name): FactDraft => ({ kind: 'offer', role: 'suite', version: 'TLS 1.2', name })),
        ...names.slice(0, 60).map(
          (name, n): FactDraft => ({
            kind: 'certificate',
            subject: name,
            sha256: n.toString(16).padStart(64, '0'),
          }),
        ),
        ...names.slice(0, 100).map((name): FactDraft => ({ kind: 'weakness', protocol: 'tls', name, present: true })),
      ]),
      attempt(
        'ssh-server',
        'camera/tcp/22/ssh',
        names.map((name): FactDraft => ({ kind: 'offer', protocol: 'ssh', role: 'cipher', name })),
      ),
    ]);
  let one: ReportInput;
  let page: string;
  beforeAll(() => {
    one = hostile();
    page = String(html.render(one));
  });

  test('fills no page, and hides no failure behind what it made up', () => {
    const [{ pictures, more }] = transportOf(one) as [ReturnType<typeof transportOf>[0]];
    expect(pictures).toHaveLength(40);
    expect(more).toBe(22);
    const tls = server(at(pictures, 443), 'TLS');
    const suites = lineOf(tls, 'Suites').lists.find(({ title }) => title === 'TLS 1.2')!;
    expect(suites.items).toHaveLength(64);
    expect(suites.items.map(({ name }) => name)).toContain('TLS_RSA_WITH_RC4_128_SHA');
    expect(suites.more).toBe(243);
    const section = page.slice(page.indexOf('id="transport"'), page.indexOf('id="found"'));
    expect(section.length).toBeLessThan(400_000);
  });

  test('says nothing that a page obeys', () => {
    expect(page).not.toContain('<script');
    expect(page).not.toContain('\u202e');
    elementsOf(page);
    expect(String(markdown.render(one)).length).toBeLessThan(60_000);
  });
});
