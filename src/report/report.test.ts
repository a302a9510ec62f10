import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elementsOf } from '../../test/kit/page.ts';
import { sampleAssessment, sampleInput, sampleProfile, sampleRun } from '../../test/sample.ts';
import { Assessment } from '../model/assessment.ts';
import { Run } from '../model/run.ts';
import { reporters } from './index.ts';
import { renderIndex } from './index-page.tsx';
import type { ReportInput } from './report.ts';
import { STYLE } from './style.ts';
import { summaryOf } from './summary.ts';
import { relativeLink, visible } from './text.ts';
import { failedOf, missingWords, namedFinding, SIMULATED, toDoOf } from './view.ts';
import { VERDICT_NAMES } from './words.ts';

const render = (format: string, input: ReportInput = sampleInput()): string => {
  const written = reporters.get(format)?.[0]?.render(input);
  if (typeof written !== 'string') throw new Error(`no text of format ${format}`);
  return written;
};

/** Every text of a value replaced, but for those that schemas hold to a form. */
const poison = <T>(value: T, word: string): T => {
  const free = new Set([
    'tool',
    'title',
    'edition',
    'because',
    'expected',
    'remedy',
    'detail',
    'reading',
    'subject',
    'text',
    'name',
    'names',
    'answer',
    'product',
    'version',
    'reason',
    'account',
    'secret',
    'by',
    'model',
    'serial',
    'firmware',
    'sample',
    'conditions',
    'tester',
    'host',
    'what',
    'profile',
    'protocol',
    'node',
    'discovery',
    'scope',
    'udp',
    'target',
    'vendor',
    'component',
  ]);
  const enums = new Set([
    'nmap',
    'connect',
    'payload',
    'person',
    'declaration',
    'state',
    'coverage',
    'control',
    'finding',
    'tls',
    'dtls',
    'ssh',
  ]);
  const walk = (inner: unknown, key: string): unknown => {
    if (typeof inner === 'string') return free.has(key) && !enums.has(inner) ? `${word}${inner}` : inner;
    if (Array.isArray(inner)) return inner.map((entry) => walk(entry, key));
    if (typeof inner === 'object' && inner !== null)
      return Object.fromEntries(Object.entries(inner).map(([name, entry]) => [name, walk(entry, name)]));
    return inner;
  };
  return walk(value, '') as T;
};

const HOSTILE = {
  html: '</style></title></p><script>alert(1)</script><img src=x onerror=alert(1)>"\'&',
  attribute: '" onmouseover="alert(1)" x="',
  entity: '&lt;script&gt;&#60;',
  url: 'javascript:alert(1)//https://evil.test/',
  ansi: '\u001b[2J\u001b]8;;https://evil.test\u0007\u009b31m',
  bidi: '\u202etxt.exe\u2066\u200b\u00ad',
  long: 'A'.repeat(100_000),
  surrogate: 'x\ud800y',
  newline: 'a\r\nb\tc\u0000d',
} as const;

describe('the sample', () => {
  test('keeps to the schemas', () => {
    expect(Assessment.parse(sampleAssessment())).toEqual(sampleAssessment());
    expect(Run.parse(sampleRun())).toEqual(sampleRun());
  });
});

describe('json', () => {
  test('round trip, whatever the order of keys', () => {
    const text = render('json');
    expect(Assessment.parse(JSON.parse(text))).toEqual(sampleAssessment());
    const turn = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(turn)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([key, inner]) => [key, turn(inner)]),
            )
          : value;
    const turned = turn(sampleAssessment()) as Assessment;
    expect(Object.keys(turned)[0]).not.toBe('schema');
    expect(render('json', { ...sampleInput(), assessment: turned })).toBe(text);
  });

  test.each(Object.entries(HOSTILE))('round trip of %s', (_, word) => {
    const assessment = poison(sampleAssessment(), word);
    expect(JSON.parse(render('json', { ...sampleInput(), assessment }))).toEqual(assessment);
  });

  test('refuses what is no assessment', () => {
    const assessment = { ...sampleAssessment(), verdict: 'fine' } as unknown as Assessment;
    expect(() => render('json', { ...sampleInput(), assessment })).toThrow();
  });
});

describe('html', () => {
  test('every finding stands in it once, with its verdict, its reason and what was expected', () => {
    const html = render('html');
    for (const finding of sampleAssessment().findings) {
      const parts = html.split(`data-finding="${finding.id}"`);
      expect(parts).toHaveLength(2);
      const own = parts[1]?.split('data-finding=')[0] ?? '';
      expect(own).toContain(`<span class="badge ${finding.verdict}">${VERDICT_NAMES[finding.verdict]}</span>`);
      expect(own).toContain(finding.because);
      expect(own).toContain(finding.expected);
      if (finding.remedy) expect(own).toContain(`<b>Opinion, not part of the result:</b> ${finding.remedy}`);
      if (finding.restsOn) expect(own).toContain('the maker’s declaration'.slice(4));
    }
  });

  test('failing first, within each theme', () => {
    const html = render('html');
    const place = (id: string) => html.indexOf(`data-finding="${id}"`);
    expect(place('default-credentials-rejected@camera/tcp/23')).toBeLessThan(
      place('default-credentials-rejected@camera/tcp/554'),
    );
    expect(place('default-credentials-rejected@camera/tcp/554')).toBeLessThan(
      place('default-credentials-rejected@camera/tcp/22'),
    );
    expect(html.indexOf('id="criterion-IAC-1a"')).toBeLessThan(html.indexOf('id="criterion-IAC-1b"'));
    expect(html.indexOf('id="criterion-DP-1"')).toBeLessThan(html.indexOf('id="criterion-KEY-1"'));
  });

  test('the basis of a finding leads to its observation, and that to its evidence', () => {
    const { elements } = elementsOf(render('html'));
    const ids = elements.flatMap(({ attributes: { id } }) => id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const links = elements.flatMap(({ name, attributes: { href } }) => (name === 'a' ? [href ?? ''] : []));
    const inside = links.filter((href) => href.startsWith('#'));
    expect(inside.length).toBeGreaterThan(30);
    expect(inside.filter((href) => !ids.includes(href.slice(1)))).toEqual([]);
    const outside = links.filter((href) => !href.startsWith('#'));
    expect(outside.length).toBeGreaterThan(5);
    expect(outside.filter((href) => !/^\.\.\/\.\.\/run\/evidence\/[0-9a-f]{64}$/.test(href))).toEqual([]);
    const [login] = sampleRun().attempts.filter(({ id }) => id === 'telnet-login@camera/tcp/23');
    expect(outside).toContain(`../../run/evidence/${login?.observations[0]?.evidence[0]}`);
  });

  test.each([
    ['the seal', '1267126712671267'],
    ['the state of the item', 'operational'],
    ['who permitted what', 'connections and logins, by R. Okafor, Example Vision'],
    ['the scope', '198.18.4.21/32, 2001:db8::15/128'],
    ['how ports were found', 'nmap 7.93 (SYN scan)'],
    ['the limits', '4 connections at a time, 10,000 packets a second'],
    ['ports nobody recognised', 'not recognised'],
    ['ports nobody declared', 'not declared'],
    ['the coverage of credentials', '1 of 5 list entries'],
    ['what is still to be done', 'a capture of one boot and one idle hour'],
    ['what leaves something open', 'Port tcp/554 is open and no service was recognised on it. F2'],
    ['a reading', 'Protections are those of BCP 195'],
    ['what a pass rests on', 'Pass within the stated coverage.'],
    ['an indicated failure', 'indicated, not conclusive'],
    ['a check nobody built', 'named by the profile and not built yet'],
    ['why an attempt could not tell', 'no answer in time: no byte within 2,000 ms of any of 7 greetings'],
    ['the decision rule', 'A criterion passes only positively'],
  ])('says %s', (_, words) => {
    expect(elementsOf(render('html')).text.replaceAll(/\s+/g, ' ')).toContain(words);
  });

  test("a person's item stands in the profile's words, with the id that an attestation names", () => {
    const profile = { ...sampleProfile(), persons: { 'declaration-reviewed': 'What the maker declares was reviewed' } };
    const { text } = elementsOf(render('html', { ...sampleInput(), profile }));
    expect(text.replaceAll(/\s+/g, ' ')).toContain('What the maker declares was reviewed declaration-reviewed');
    expect(missingWords({ what: 'person', detail: 'non-ip:reset <b>' }, profile)).toBe(
      'The interface "reset <b>", which no probe can see, was examined',
    );
    expect(missingWords({ what: 'person', detail: 'unheard-of' }, profile)).toBe('unheard-of');
    expect(missingWords({ what: 'coverage', detail: 'declaration-reviewed' }, profile)).toBe('declaration-reviewed');
  });

  test('of a simulated device it says that only its own ports were asked, on the page and in the index', () => {
    const run = sampleRun();
    expect(render('html')).not.toContain('Simulated');
    const attempts = run.attempts.map((attempt) => ({
      ...attempt,
      observations: attempt.observations.map((observation) =>
        observation.fact.kind === 'port'
          ? { ...observation, fact: { ...observation.fact, by: 'sandbox' as const } }
          : observation,
      ),
    }));
    const simulated = { ...run, attempts };
    expect(render('html', { ...sampleInput(), runs: [{ run: simulated }] }).split(SIMULATED)).toHaveLength(3);
    const index = (of: Run) =>
      renderIndex(summaryOf([{ assessment: sampleAssessment(), run: of, folder: 'a/b', files: ['report.html'] }]));
    expect(index(simulated)).toContain('Of simulated devices only their own ports were asked');
    expect(index(run)).not.toContain('Of simulated');
  });

  test('a run that was not sealed, or broken off, says so', () => {
    const run = { ...sampleRun(), status: 'aborted' as const };
    const html = render('html', { ...sampleInput(), runs: [{ run }] });
    expect(html).toContain('not sealed');
    expect(html).toContain('aborted: not all of it was carried out');
  });

  test('nothing open and nothing seen is never shown as a pass', () => {
    const assessment = {
      ...sampleAssessment(),
      findings: [],
      checks: [],
      criteria: [],
      verdict: 'not-assessed' as const,
    };
    const run = { ...sampleRun(), attempts: [] };
    const html = render('html', { ...sampleInput(), assessment, runs: [{ run }] });
    expect(html.slice(0, html.indexOf('id="rule"'))).not.toContain('badge pass');
    expect(html).toContain('<span class="badge not-assessed">Not assessed</span>');
  });

  test('several runs: each basis leads to its own run and folder', () => {
    const second = { ...sampleRun(), id: '20261123T101500Z', state: 'factory-default' as const };
    const assessment = sampleAssessment();
    const [first] = assessment.findings;
    if (!first) throw new Error('no finding');
    first.basis = ['20261123T101500Z:telnet-login@camera/tcp/23#1'];
    const html = render('html', {
      ...sampleInput(),
      assessment,
      runs: [
        { run: sampleRun(), folder: '../../run' },
        { run: second, folder: '../../../20261123T101500Z/run' },
      ],
    });
    const { elements } = elementsOf(html);
    const own = html.split(`data-finding="${first.id}"`)[1] ?? '';
    const anchor = /<a href="#(attempt-[0-9-]+)"/.exec(own)?.[1];
    const [before = '', after = ''] = html.split(`<li id="${anchor}"`);
    expect(before).toContain('Run 20261123T101500Z');
    expect(after.slice(0, 1000)).toContain('href="../../../20261123T101500Z/run/evidence/');
    expect(elements.some(({ attributes: { href } }) => href?.startsWith('../../run/evidence/'))).toBe(true);
  });

  test('apart from its run, evidence is named and not linked', () => {
    const html = render('html', { ...sampleInput(), evidence: undefined });
    expect(html).not.toContain('/evidence/');
    expect(html).toContain('<span class="evidence">');
  });
});

const index = (assessment: Assessment, run: Run): string =>
  renderIndex(
    summaryOf([{ assessment, run, folder: 'camera/20261122T101500Z/assessments/sample', files: ['report.html'] }]),
  );

describe.each(Object.entries(HOSTILE))('hostile words everywhere: %s', (name, word) => {
  const clean = sampleInput();
  const hostile: ReportInput = {
    ...clean,
    assessment: poison(clean.assessment, word),
    runs: clean.runs.map(({ run, ...rest }) => ({ run: poison(run, word), ...rest })),
    profile: poison(clean.profile, word),
    evidence: '../../run/',
  };
  const pages = [
    ['report', render('html', hostile), render('html', clean)],
    ['index', index(hostile.assessment, hostile.runs[0]?.run ?? sampleRun()), index(sampleAssessment(), sampleRun())],
  ] as const;

  test.each(pages)('%s: not one element or attribute more, and nothing leads outside', (_, html, sound) => {
    const [seen, expected] = [elementsOf(html).elements, elementsOf(sound).elements];
    const forms = (elements: typeof seen) =>
      new Set(elements.map(({ name: tag, attributes }) => `${tag} ${Object.keys(attributes)}`));
    expect([...forms(seen)].filter((form) => !forms(expected).has(form))).toEqual([]);
    for (const { attributes } of seen)
      for (const key of ['href', 'src', 'action', 'style'] as const)
        if (attributes[key] !== undefined)
          expect(attributes[key]).toMatch(/^(#[A-Za-z0-9_.-]+|[A-Za-z0-9_./-]+(#[A-Za-z0-9_.-]+)?)$/);
    expect(html.indexOf('</title>')).toBe(html.lastIndexOf('</title>'));
    expect(html.indexOf('</style>')).toBe(html.lastIndexOf('</style>'));
  });

  test.each(pages)('%s: no control character, no hidden or reordering one, and bounded', (_, html) => {
    expect(html).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(html.length).toBeLessThan(1_500_000);
    if (name === 'ansi') expect(html).toContain('␛[2J');
    if (name === 'bidi') expect(html).toContain('⟨U+202E⟩txt.exe');
    if (name === 'long') expect(html).toMatch(/more characters\)|A{100}/);
  });
});

describe('pages', () => {
  test('hold no address of the network', () => {
    for (const html of [render('html'), index(sampleAssessment(), sampleRun())]) {
      expect(html).not.toMatch(/https?:|\/\/[a-z]|url\(|@import|<script|<iframe|<img|<link/i);
      expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    }
  });

  const all = async (input: ReportInput): Promise<Record<string, unknown>> => {
    const written: Record<string, unknown> = {};
    for (const reporter of [...reporters.values()].flat()) written[reporter.file] = await reporter.render(input);
    return written;
  };

  test('the same input gives the same bytes', async () => {
    expect(await all(structuredClone(sampleInput()))).toEqual(await all(sampleInput()));
  });

  test('the input is not changed', async () => {
    const input = sampleInput();
    await all(input);
    expect(input).toEqual(sampleInput());
    expect(input.profile).toEqual(sampleProfile());
  });
});

describe('what is still to be done', () => {
  test('one cause that leaves several checks open stands once, with all of them', () => {
    const assessment = sampleAssessment();
    const [a = '', b = ''] = assessment.findings.slice(2, 5).map(({ id }) => id);
    const [component] = assessment.criteria[2]?.components ?? [];
    if (!component) throw new Error('no component');
    component.missing = [a, b].map((id) => ({ what: 'finding' as const, detail: `${id}: no answer: none at all` }));
    assessment.criteria = assessment.criteria.slice(2, 3);
    expect(toDoOf(assessment)).toEqual([
      { what: 'finding', detail: 'no answer: none at all', criteria: ['DP-2'], components: [], findings: [a, b] },
    ]);
  });

  test('of a product it says which components need it; one that nobody can reach is to be reached first', () => {
    const assessment = sampleAssessment();
    const [finding] = assessment.findings;
    const [check] = assessment.checks;
    const criterion = assessment.criteria.find(({ components }) => components.length > 0);
    const [component] = criterion?.components ?? [];
    if (!finding || !check || !criterion || !component) throw new Error('no component');
    const reach = {
      ...finding,
      id: 'x@app/gap:reach',
      component: 'app',
      about: { host: 'app', subject: 'gap:reach' },
      because: 'no address',
    };
    assessment.findings.push(reach);
    assessment.checks.push({ ...check, component: 'app' }, { ...check, component: 'hub' });
    const [declaration, state] = [
      { what: 'declaration' as const, detail: 'data' },
      { what: 'state' as const, detail: 'reset' },
    ];
    assessment.criteria = [
      {
        ...criterion,
        id: 'C-1',
        components: [
          { ...component, component: 'hub', missing: [declaration, state] },
          { ...component, component: 'app', missing: [declaration, state] },
        ],
      },
    ];
    const toDo = toDoOf(assessment).map(({ what, detail, components, findings }) => [
      what,
      detail,
      components,
      findings,
    ]);
    expect(toDo).toEqual([
      ['declaration', 'data', ['hub', 'app'], []],
      ['state', 'reset', ['hub'], []],
      ['finding', 'no address', ['app'], ['x@app/gap:reach']],
    ]);
  });

  test('what failed: a check each, conclusive ones first, without what was withdrawn', () => {
    const assessment = sampleAssessment();
    const all = assessment.findings.filter(({ verdict }) => verdict === 'fail');
    const [first, ...others] = all;
    if (!first) throw new Error('nothing fails');
    expect(new Set(failedOf(assessment).map(({ check }) => check))).toEqual(new Set(all.map(({ check }) => check)));
    assessment.findings = [
      { ...first, strength: 'indicative' },
      { ...first, id: 'second', because: 'Again.', strength: 'conclusive' },
      { ...first, id: 'third', because: 'Again.' },
      ...others.map((one) => ({ ...one, withdrawn: 'W-1' })),
    ];
    expect(failedOf(assessment)).toEqual([
      {
        check: first.check,
        title: expect.any(String),
        components: [first.component],
        because: 'Again.',
        more: 1,
        indicated: false,
      },
    ]);
  });

  test.each([
    ['x@c/gap:udp: not settled: why', { finding: 'x@c/gap:udp', why: 'not settled: why' }],
    ['x@c', { finding: 'x@c', why: 'x@c' }],
    ['y@c: who knows', { why: 'y@c: who knows' }],
  ])('%s', (detail, expected) => {
    expect(namedFinding(detail, new Set(['x@c', 'x@c/gap:udp']))).toEqual(expected);
  });
});

describe('style', () => {
  const luminance = (hex: string): number => {
    const long = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join('') : hex.slice(1);
    const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) => {
      const part = Number.parseInt(long.slice(at, at + 2), 16) / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const palettes = [...STYLE.matchAll(/--paper:[^}]*/g)].map(([block]) =>
    Object.fromEntries(
      [...block.matchAll(/--([a-z-]+):(#[0-9a-f]+)/g)].map(([, name = '', colour = '']) => [name, colour]),
    ),
  );

  test.each([
    ['ink', 'paper'],
    ['ink', 'sheet'],
    ['soft', 'paper'],
    ['soft', 'sheet'],
    ['link', 'paper'],
    ['link', 'sheet'],
    ['fail', 'fail-bg'],
    ['open', 'open-bg'],
    ['pass', 'pass-bg'],
    ['none', 'none-bg'],
    ['fail', 'paper'],
    ['open', 'paper'],
    ['pass', 'paper'],
    ['none', 'paper'],
    ['fail', 'sheet'],
    ['open', 'sheet'],
    ['pass', 'sheet'],
  ])('%s on %s has a contrast of 4.5 (WCAG 2.2, 1.4.3) in light, dark and print', (front, back) => {
    expect(palettes).toHaveLength(3);
    for (const palette of palettes) {
      const [x = 0, y = 0] = [palette[front] ?? '', palette[back] ?? ''].map(luminance).sort((a, b) => b - a);
      expect((x + 0.05) / (y + 0.05)).toBeGreaterThanOrEqual(4.5);
    }
  });
});

describe('visible', () => {
  test.each([
    ['plain words, “quotes”, 日本語', 'plain words, “quotes”, 日本語'],
    ['\u001b[31m', '␛[31m'],
    ['a\nb', 'a␊b'],
    ['\u007f\u009b', '␡⟨U+009B⟩'],
    ['\u202e\u2066\u200b\ufeff', '⟨U+202E⟩⟨U+2066⟩⟨U+200B⟩⟨U+FEFF⟩'],
    ['\ud800', '⟨U+D800⟩'],
    ['\u{e0041}', '⟨U+E0041⟩'],
    ['', ''],
  ])('%j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('is bounded, and says how much was cut', () => {
    expect(visible('é'.repeat(10), 4)).toBe('éééé … (6 more characters)');
    expect(visible('😀😀😀', 3)).toBe('😀😀😀');
  });

  test('leaves nothing unseen of any text', () => {
    const codePoints = fc.array(fc.nat(0x10ffff), { maxLength: 20 }).map((codes) => String.fromCodePoint(...codes));
    const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
    fc.assert(
      fc.property(codePoints, (text) => !unseen.test(visible(text))),
      { numRuns: 100 },
    );
  });
});

describe('relativeLink', () => {
  test.each([
    [['../../run/', 'evidence', 'ab12'], '../../run/evidence/ab12'],
    [
      ['camera/20261122T101500Z/assessments/nist@20261122T101501Z', 'report.html'],
      'camera/20261122T101500Z/assessments/nist@20261122T101501Z/report.html',
    ],
    [['https://evil.test/x'], undefined],
    [['//evil.test'], undefined],
    [['/etc/passwd'], undefined],
    [['javascript:alert(1)'], undefined],
    [['a?b'], undefined],
    [['a b'], undefined],
    [['a%2fb'], undefined],
    [['a\\b'], undefined],
    [['', 'x'], undefined],
  ])('%j', (parts, link) => {
    expect(relativeLink(...parts)).toBe(link);
  });
});
