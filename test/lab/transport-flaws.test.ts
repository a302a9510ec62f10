import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TlsFlawedOptions, tlsFlawed } from '../../fixtures/services/tls-flawed.ts';
import { flaws } from '../../probes/tls-server/flaws.ts';
import { tlsServer } from '../../probes/tls-server/probe.ts';
import { observeWith } from '../kit/probe.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { listening } from './ready.ts';
import { tlsStacks } from './tls-servers.ts';

const run = promisify(execFile);
const probe = tlsServer([flaws]);

/** What is there, what is not clear and what is not, by our probe. */
const ours = async (host: string, port: number): Promise<{ present: string[]; absent: string[]; said: string }> => {
  const { facts, attempt } = await observeWith(probe, {
    host,
    port,
    protocol: 'tls',
    security: 'none',
    limits: { wait: 2_000, attempt: 60_000 },
  });
  const named = (present: boolean): string[] =>
    facts.flatMap((fact) => (fact.kind === 'weakness' && fact.present === present ? [fact.name] : [])).sort();
  const { outcome } = attempt;
  return {
    present: named(true),
    absent: named(false),
    said: outcome.status === 'completed' ? 'completed' : `${outcome.reason}: ${outcome.detail}`,
  };
};

const SCRIPTS = {
  'ssl-heartbleed': 'heartbleed',
  'ssl-ccs-injection': 'ccs-injection',
  'sslv2-drown': 'drown',
  'ssl-poodle': 'poodle',
} as const;

/** Which of the flaws that nmap asks for it finds. */
const nmaps = async (host: string, port: number): Promise<string[]> => {
  const scripts = Object.keys(SCRIPTS).map((name) => `+${name}`);
  const words = ['-n', '-Pn', '-p', String(port), '--script', scripts.join(), '--script-args', 'vulns.showall', host];
  const { stdout } = await run('nmap', words);
  // One block a script, each beginning with `| name:`.
  return stdout.split(/^\|[ _](?=ssl)/m).flatMap((block) => {
    const name = SCRIPTS[/^([\w-]+):/.exec(block)?.[1] as keyof typeof SCRIPTS];
    return name !== undefined && /^\|\s+state: (LIKELY )?VULNERABLE/im.test(block) ? [name] : [];
  });
};

const NONE = [
  'drown',
  'poodle',
  'sweet32',
  'freak',
  'insecure-renegotiation',
  'crime',
  'heartbleed',
  'ccs-injection',
  'fallback-unprotected',
  'robot',
  'poodle-tls',
].sort();
const without = (...names: string[]): string[] => NONE.filter((name) => !names.includes(name));

const [RSA_AES, RSA_3DES, RSA_EXPORT, ECDHE_GCM, ECDHE_CBC] = [0x002f, 0x000a, 0x0003, 0xc02f, 0xc013];

const simulated: { name: string; server: TlsFlawedOptions; present: string[] }[] = [
  {
    name: 'every flaw',
    server: {
      versions: ['SSLv3', 'TLS 1.0', 'TLS 1.1', 'TLS 1.2'],
      suites: [RSA_3DES, RSA_AES, RSA_EXPORT, ECDHE_GCM],
      ssl2: true,
      compression: true,
      noRenegotiationInfo: true,
      noFallbackScsv: true,
      heartbeat: 'bleeding',
      earlyCcs: 'taken',
      rsa: 'oracle',
      padding: 'none',
    },
    present: NONE,
  },
  {
    name: 'none',
    server: { versions: ['TLS 1.0', 'TLS 1.1', 'TLS 1.2'], suites: [ECDHE_GCM, ECDHE_CBC, RSA_AES] },
    present: [],
  },
];

describe.skipIf(!has('nmap'))('simulated servers, as nmap finds them', { concurrent: true }, () => {
  for (const { name, server, present } of simulated)
    test(name, async () => {
      const running = await tlsFlawed(server).start('127.0.0.1', 0);
      try {
        const seen = await ours('127.0.0.1', running.port);
        expect(seen).toEqual({ present, absent: without(...present), said: 'completed' });
        const theirs = await nmaps('127.0.0.1', running.port);
        expect(theirs.sort()).toEqual(
          present.filter((one) => (Object.values(SCRIPTS) as string[]).includes(one)).sort(),
        );
      } finally {
        await running.close();
      }
    });
});

/** `open`: what is said of what stays open. */
const real: { stack: keyof typeof tlsStacks; present: string[]; open?: [string, RegExp] }[] = [
  { stack: 'modern', present: [] },
  { stack: 'weakest', present: [] },
  { stack: 'gnutls', present: ['sweet32'] },
  { stack: 'heartbeats', present: [], open: ['heartbleed', /a correct one brought alert unexpected_message/] },
  { stack: 'nss', present: ['poodle', 'sweet32'] },
  { stack: 'mosquitto', present: [] },
  { stack: 'stunnel', present: [] },
];

const why = missing();
describe.skipIf(why !== undefined)(
  why ?? 'real servers have no flaw but those they are set up with',
  { concurrent: true },
  () => {
    let lab: Lab;
    const at = new Map<string, Host>();
    const lacks = (name: keyof typeof tlsStacks) => tlsStacks[name].needs.find((program) => !has(program));

    beforeAll(async () => {
      lab = createLab();
      for (const { stack } of real) {
        if (lacks(stack)) continue;
        const host = lab.host(stack);
        tlsStacks[stack].start(host, 4433);
        at.set(stack, host);
      }
      for (const host of at.values()) await listening(host, 4433);
    }, 30_000);
    afterAll(() => lab?.close());

    for (const { stack, present, open } of real) {
      const lack = lacks(stack);
      const title = `${tlsStacks[stack].name}${lack ? ` (skipped: \`${lack}\` is not installed)` : ''}`;
      test.skipIf(lack)(title, { timeout: 30_000 }, async () => {
        const { address } = at.get(stack)!;
        const seen = await ours(address, 4433);
        expect(seen).toEqual({
          present,
          absent: without(...present, ...(open ? [open[0]] : [])),
          said: open ? expect.stringMatching(open[1]) : 'completed',
        });
        if (!has('nmap')) return;
        const asked = Object.values(SCRIPTS) as string[];
        expect((await nmaps(address, 4433)).sort()).toEqual(present.filter((one) => asked.includes(one)).sort());
      });
    }
  },
);
