import { describe, expect, test } from 'vitest';
import { elementsOf } from '../../test/kit/page.ts';
import { keptInput } from '../../test/kit/report-inputs.ts';
import { sampleInput, sampleProfile } from '../../test/sample.ts';
import { wholeInput } from '../../test/sample-whole.ts';
import type { Finding } from '../model/assessment.ts';
import { Profile } from '../model/profile.ts';
import { declaredRows } from './declared-view.ts';
import { evidenceAnchor, VIEWER } from './evidence-page.tsx';
import { html } from './html.tsx';
import { linkWords } from './link-words.ts';
import type { ReportInput } from './report.ts';
import { runningFoot } from './style.ts';
import { viewOf } from './view.ts';
import { REMEDIES_LEFT_OUT } from './words.ts';

const render = (input: ReportInput): string => String(html.render(input));
const textOf = (input: ReportInput): string => elementsOf(render(input)).text;

describe('the declaration beside what was observed', () => {
  const rowsOf = (input: ReportInput) => {
    const view = viewOf(input);
    return view.components
      .flatMap((component) => declaredRows(component, view))
      .map(({ part, declared, findings }) => [part, declared, findings.map(({ finding }) => finding.id)]);
  };

  test('each declared service has the findings about its port, its range or its protocol', () => {
    const input = sampleInput();
    const [first] = input.assessment.findings;
    const finding = (check: string, about: Partial<Finding['about']>): Finding => ({
      ...first!,
      id: `${check}@${about.port ?? about.subject}`,
      check,
      about: { host: 'x', ...about },
    });
    input.assessment.findings = [
      finding('declared-services-found', { transport: 'tcp', port: 443 }),
      finding('declared-services-found', { subject: 'mdns at udp/dynamic' }),
      finding('services-declared', { transport: 'tcp', port: 554 }),
      finding('services-declared', { transport: 'udp', port: 443 }),
      finding('tls-versions-current', { transport: 'tcp', port: 443 }),
      finding('declaration-consistent', { transport: 'tcp', port: 443, subject: 'logins' }),
    ];
    expect(rowsOf(input)).toEqual([
      [
        'Service',
        'tcp/443 (http): firmware update and viewing over the local network',
        ['declared-services-found@443'],
      ],
      ['Service', 'udp/dynamic (mdns): found by the app', ['declared-services-found@mdns at udp/dynamic']],
      ['Service', 'tcp/550-560: video', ['services-declared@554']],
    ]);
  });

  test('other parts in words, without secrets, and what no probe sees is a person’s', () => {
    const input = sampleInput();
    const [camera] = input.runs[0]!.run.target.components;
    camera!.declares = {
      interfaces: [
        { kind: 'ip', name: 'Wi-Fi' },
        { kind: 'button', name: 'reset', reason: 'defaults' },
      ],
      logins: { lock: { after: 5, for: '15m' } },
      accounts: [{ user: 'lab', secret: { file: 'secret-place.txt' }, role: 'admin' }],
      update: { mechanism: 'polls', key: 'PEM BYTES', keyFile: 'key-place.pem', policy: 'automatic' },
    };
    expect(rowsOf(input)).toEqual([
      ['Interface', 'Wi-Fi (ip)', []],
      ['Interface', 'reset (button): defaults', []],
      ['Wrong logins', 'a lock after 5 in a row for 15m', []],
      ['Account', 'user lab, role admin', []],
      ['Updates', 'mechanism polls, policy automatic, signed by a declared key', []],
    ]);
    expect(render(input)).not.toMatch(/secret-place|key-place|PEM BYTES/);
  });
});

describe('the reading under which a finding is conclusive', () => {
  test.each([
    [{ check: 'x', as: 'required' }, 'has to pass; a failure decides, where the check itself calls it conclusive.'],
    [
      { check: 'x', as: 'counter', fail: 'indicative', conclusiveWhen: 'fetched-by-device-and-unsigned' },
      'fails the criterion where it fails, and passes nothing; a failure is only indicated, unless the device itself fetched it, and nothing signs it.',
    ],
    [{ check: 'x', as: 'counter', fail: 'indicative' }, 'only indicated, never conclusive.'],
    [{ check: 'x', as: 'supports' }, 'is shown beside it and decides nothing.'],
    [
      { check: 'x', as: 'required', in: ['operational'], indicativeIn: ['reset'], grants: { unknown: 'indicative' } },
      'has to pass, in the state operational; a failure decides, where the check itself calls it conclusive; in the state after a reset it is only indicated; a login that grants something unknown only indicates.',
    ],
  ])('%j', (link, words) => {
    const { criteria } = Profile.parse({ ...sampleProfile(), criteria: [{ id: 'a', title: 'a', checks: [link] }] });
    expect(linkWords(criteria[0]!.checks[0]!)).toContain(words);
  });

  test('stands under its criterion, with the conditions that are met', () => {
    const input = sampleInput();
    const asked = input.profile.criteria.find(({ id }) => id === 'DP-2');
    asked?.checks.push({
      check: 'tls-versions-current',
      as: 'counter',
      fail: 'indicative',
      conclusiveWhen: 'login-in-clear',
    });
    expect(textOf(input)).not.toContain('Met here');
    for (const finding of input.assessment.findings) finding.conditions = ['login-in-clear'];
    expect(textOf(input)).toContain('Met here: a login travels in the clear.');
  });
});

describe('what the report says of itself', () => {
  test('its id is at the head, at the end and on every printed page', () => {
    const report = '5d1c9f1e-4b1a-5a50-8a44-0d6b5f0c6d11';
    const input = sampleInput();
    const page = render({ ...input, assessment: { ...input.assessment, report } });
    expect(page.slice(0, page.indexOf('<h1>'))).toContain(report);
    expect(page.slice(page.indexOf('<footer>'))).toMatch(new RegExp(`${report}.*End of report\\.`));
    expect(page).toContain(`@bottom-left{content:"Report ${report}"`);
  });

  test.each(['"}</style><script>', "'\\", 'a\nb', '\u202ex', '\ud800'])('no id ends the style: %j', (id) => {
    expect(runningFoot(id)).toMatch(
      /^@page\{@bottom-left\{content:"[A-Za-z0-9 .:/\\-]*";font:9pt sans-serif;color:#525d6c\}\}\n$/,
    );
  });

  test('remedies are opinions; where they are left out the report says why', () => {
    const input = sampleInput();
    expect(textOf(input)).toContain('Opinion, not part of the result: Give each device');
    expect(textOf(input)).not.toContain(REMEDIES_LEFT_OUT);
    const findings = input.assessment.findings.map(({ remedy: _, ...finding }) => finding);
    const without = textOf({ ...input, assessment: { ...input.assessment, findings, remedies: 'left-out' } });
    expect(without).toContain(REMEDIES_LEFT_OUT);
    expect(without).not.toContain('Opinion, not part of the result:');
  });

  test.each([
    'Simple acceptance: a check compares what was observed with what has to hold',
    'Silence can be made to look like absence',
    'A pass that rests on a declaration is as true as the declaration',
    'Not offered It was asked for',
    'Invalid It was offered, and does not hold',
    'Could not tell The question was not answered',
  ])('how a pass could be wrong: %s', (words) => {
    const squeezed = (text: string) => text.replaceAll(/\s+/g, '');
    expect(squeezed(textOf(sampleInput()))).toContain(squeezed(words));
  });

  test('a failing and an open finding say what was seen, each with a way to it', () => {
    const page = render(sampleInput());
    const own = (id: string) => page.split(`data-finding="${id}"`)[1]?.split('data-finding=')[0] ?? '';
    expect(own('tls-versions-current@camera/tcp/443')).toMatch(
      /Seen.*<a href="#attempt-[0-9-]+">tls offers version TLS 1.0/,
    );
    expect(own('default-credentials-rejected@camera/tcp/554')).toContain('no answer in time: no byte within');
  });

  test('an accepted login is seen before those that were refused', () => {
    const page = render(keptInput('weak-camera'));
    const own = page.split('data-finding="default-credentials-rejected@weak-camera/tcp/2323"')[1]?.slice(0, 1500) ?? '';
    expect(own).toMatch(
      /<ul class="plain seen"><li><a href="#attempt-[0-9-]+">telnet login, account “root” with[^<]*: accepted/,
    );
  });

  test('beside its evidence page, each digest leads to its place there', () => {
    const page = render({ ...sampleInput(), viewer: VIEWER });
    const [attempt] = sampleInput().runs[0]!.run.attempts;
    const [digest = ''] = attempt!.evidence;
    expect(page).toContain(`href="${VIEWER}#${evidenceAnchor(digest)}"`);
    expect(page).not.toContain('href="../../run/evidence/');
    expect(render({ ...sampleInput(), viewer: '//evil.test/x' })).not.toContain('evil.test');
  });
});

describe('the matrix', () => {
  test('a cell each criterion and component, told by glyph and word, leading to it', () => {
    const page = render(wholeInput());
    const [grid = ''] = /<section[^>]*class="scroll grid".*?<\/section>/s.exec(page) ?? [];
    const { text } = elementsOf(`<body>${grid}</body></html>`);
    expect(text).toContain('✕Fail DP-2');
    expect(text).toContain('·Not assessed DP-2');
    expect(text).toContain('DP-1 –');
    expect(grid).toContain('<a class="cell fail" href="#criterion-DP-2">');
  });

  test('a pass that rests on a declaration says so wherever it stands', () => {
    const input = sampleInput();
    const [component] = input.assessment.criteria.find(({ id }) => id === 'KEY-1')?.components ?? [];
    const said = (of: ReportInput): number => textOf(of).split(/[Rr]ests on the (?:maker’s )?declaration/).length;
    const before = said(input);
    component!.restsOn = 'declaration';
    expect(said(input)).toBe(before + 4);
  });
});

test('200 findings on 64 KB of observations: under 2 MB and well under 2 s', () => {
  const input = sampleInput();
  const all = input.assessment.findings;
  const findings = Array.from({ length: 200 }, (_, n): Finding => {
    const one = all[n % all.length]!;
    return { ...one, id: `${one.id}/${n}`, remedy: 'Give each device a password of its own. '.repeat(4) };
  });
  for (const { components } of input.assessment.criteria)
    for (const component of components) component.findings = findings.map(({ id }) => id);
  const started = performance.now();
  const page = render({ ...input, assessment: { ...input.assessment, findings } });
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(page.length).toBeLessThan(2_000_000);
  expect(page.split('data-finding=')).toHaveLength(201);
});
