import { describe, expect, test } from 'vitest';
import { elementsOf } from '../../test/kit/page.ts';
import { sampleInput, sampleRun } from '../../test/sample.ts';
import type { Fact } from '../model/fact.ts';
import type { Run } from '../model/run.ts';
import { html } from './html.tsx';
import { captureOf, interfacesOf } from './interfaces-view.ts';

/** The sample with these facts seen at tcp/80, and nothing else there. */
const at80 = (...facts: Fact[]): Run => {
  const run = sampleRun();
  run.attempts = run.attempts.flatMap((attempt) => {
    if (attempt.endpoint.port !== 80) return [attempt];
    const observations = facts.map((fact, n) => ({ id: `x#${n}`, at: run.startedAt, fact, evidence: [] }));
    return [{ ...attempt, observations }];
  });
  return run;
};

const clear: Fact = { kind: 'channel', protocol: 'http', encryption: 'none' };
const tls: Fact = { kind: 'channel', protocol: 'http', encryption: 'tls', version: 'TLS 1.3' };
const redirect: Fact = { ...clear, upgrade: 'redirect', to: 'https://x/' };
const open: Fact = {
  kind: 'access',
  protocol: 'http',
  class: 'setting',
  action: 'read',
  resource: '/',
  authentication: 'none',
  how: 'recognised',
};
const asked: Fact = { ...open, authentication: 'required' };
const anything: Fact = { ...open, authentication: 'any' };
const refused: Fact = { kind: 'login', protocol: 'http', account: '', arm: 'none', accepted: false, answer: '401' };
const repeat: Fact = { ...refused, account: 'root', arm: 'repeat', accepted: true };

describe('an interface', () => {
  test.each<[string, Fact[], string, string]>([
    ['nothing seen is never a claim', [], 'could not tell', 'could not tell'],
    ['in the clear, reached', [clear, open], 'in the clear', 'without a login'],
    ['protected, asked', [tls, asked], 'protected', 'asks for a login'],
    ['both', [clear, tls, open, asked], 'in the clear and protected', 'some without a login'],
    ['only hands over', [redirect], 'hands over', 'could not tell'],
    ['hands over, and speaks in clear too', [redirect, clear], 'in the clear', 'could not tell'],
    ['an account of a role', [{ ...asked, as: 'ordinary', granted: false }], 'could not tell', 'could not tell'],
    ['any credentials are none', [anything], 'could not tell', 'without a login'],
    ['a refused login without credentials asks for one', [refused], 'could not tell', 'asks for a login'],
    ['a default that was proven', [asked, { ...repeat, proven: true }], 'could not tell', 'listed default accepted'],
    ['a default without its controls', [asked, repeat], 'could not tell', 'asks for a login'],
    ['wrapped service', [{ kind: 'service', protocol: 'mqtt', security: 'tls' }], 'protected', 'could not tell'],
  ])('%s', (_, facts, travels, login) => {
    expect(interfacesOf(at80(...facts)).find(({ port }) => port === 80)).toMatchObject({ travels, login });
  });

  test('those that nobody declared stand first', () => {
    expect(interfacesOf(sampleRun()).map(({ port, declared }) => [port, declared])).toEqual([
      [22, 'not declared'],
      [23, 'not declared'],
      [80, 'not declared'],
      [5353, 'not declared'],
      [443, 'declared'],
      [554, 'declared'],
    ]);
  });
});

describe('the picture', () => {
  const pageOf = (run: Run): string => String(html.render({ ...sampleInput(), runs: [{ run }] }));

  test('a pin each port, with what the table says of it', () => {
    const page = pageOf(at80(clear, open));
    const svg = page.slice(page.indexOf('<svg'), page.indexOf('</svg>'));
    expect(svg.split('<g>')).toHaveLength(7);
    expect(svg.split('class="head undeclared"')).toHaveLength(5);
    expect(elementsOf(page).text).toContain('in the clear · without a login · not declared');
    expect(svg).toContain('aria-label="camera at 198.18.4.21: 6 open ports.');
  });

  test('a device that answers everywhere has sixty pins and a bounded table', () => {
    const run = sampleRun();
    run.attempts[0]!.observations = [
      {
        id: 'all',
        at: run.startedAt,
        evidence: [],
        fact: { kind: 'port', transport: 'tcp', port: 1, to: 65_535, state: 'open', reason: 'syn-ack', by: 'nmap' },
      },
    ];
    const page = pageOf(run);
    expect(page.slice(page.indexOf('<svg'), page.indexOf('</svg>')).split('<g>')).toHaveLength(61);
    expect(page).toContain('more in the table');
    expect(page.length).toBeLessThan(500_000);
  });
});

describe('what was captured', () => {
  test('nothing, and the report says so', () => {
    expect(captureOf(sampleRun())).toEqual({ seconds: 0, attempts: [] });
    expect(String(html.render(sampleInput()))).toContain('no traffic was captured (0 seconds)');
  });

  test('the seconds that probes listened', () => {
    const run = sampleRun();
    run.probes.push({ id: 'capture', version: '1', emits: ['flow'], impact: 'passive' });
    const [first] = run.attempts;
    const listened = { startedAt: '2026-11-22T10:00:00.000Z', endedAt: '2026-11-22T11:00:00.000Z' };
    run.attempts.push({ ...first!, ...listened, id: 'capture@camera', probe: 'capture', observations: [] });
    expect(captureOf(run)).toEqual({ seconds: 3600, attempts: ['capture@camera'] });
    expect(String(html.render({ ...sampleInput(), runs: [{ run }] }))).toContain(
      'traffic was captured for 3,600 seconds',
    );
  });
});
