import { describe, expect, test } from 'vitest';
import { keptAssessment } from '../../test/kept-runs.ts';
import { elementsOf } from '../../test/kit/page.ts';
import { compare } from '../judge/compare.ts';
import { Assessment } from '../model/assessment.ts';
import { CHANGES, type Comparison } from '../model/comparison.ts';
import { renderComparison } from './compare-page.tsx';
import { comparisonText, countsWords } from './compare-text.ts';

const whole = Assessment.parse(JSON.parse(keptAssessment('weak-camera')));

/** The kept assessment, and one of which a pass is lost, a failure gone, one new and a criterion another. */
const worse = (): Comparison => {
  const { findings } = whole;
  const lost = findings.find(({ verdict, about }) => verdict === 'pass' && about.port !== undefined)!;
  const gone = findings.find(({ verdict, about }) => verdict === 'fail' && about.port !== undefined)!;
  const young = {
    ...whole,
    judgedAt: '2027-01-01T00:00:00.000Z',
    findings: findings
      .filter((one) => one !== gone)
      .map((one) => (one === lost ? { ...one, verdict: 'fail' as const, because: 'it broke' } : one)),
    criteria: whole.criteria.map((one, index) =>
      index === 0 ? { ...one, verdict: one.verdict === 'pass' ? ('fail' as const) : ('pass' as const) } : one,
    ),
  };
  return compare(whole, young);
};

const BAD = '<script>alert(1)</script>\u202e\u001b[31m\ud800';
/** Nothing in it that a terminal or a page would obey. */
const isPlain = (text: string): boolean =>
  !text.includes('\u001b') && !text.includes('\u202e') && Buffer.from(text).toString() === text;

const hostile = (): Comparison => {
  const comparison = worse();
  const finding = comparison.changes[0]!.before!;
  const said = { ...finding, because: BAD };
  return {
    ...comparison,
    old: { ...comparison.old, target: BAD, tool: BAD },
    new: { ...comparison.new, target: BAD },
    notes: [BAD],
    changes: CHANGES.map((kind) => ({
      kind,
      id: `${kind}${BAD}`,
      check: BAD,
      component: BAD,
      because: BAD + 'x'.repeat(1_000_000),
      before: said,
      after: said,
      deviceChanged: false,
    })),
    criteria: [{ id: BAD, title: BAD, before: 'pass', after: 'fail' }],
    device: {
      known: true,
      changes: [
        {
          what: 'service',
          is: 'changed',
          component: BAD,
          place: BAD,
          name: BAD,
          before: [BAD.repeat(500)],
          after: Array(5_000).fill(BAD),
        },
        ...Array(900).fill({
          what: 'port',
          is: 'came',
          component: 'a',
          place: 'tcp/1',
          name: '',
          before: ['closed'],
          after: ['open'],
        }),
      ],
    },
    test: [{ what: 'source', name: BAD, before: BAD, after: BAD.repeat(1_000) }],
  };
};

describe('the page of a comparison', () => {
  test('says first whether it is worse, and names everything that changed', () => {
    const comparison = worse();
    expect(comparison.worse).toBe(true);
    const html = renderComparison(comparison, { old: '../a/report.html', new: 'b/report.html' });
    expect(renderComparison(structuredClone(comparison), { old: '../a/report.html', new: 'b/report.html' })).toBe(html);
    const { elements, text } = elementsOf(html);
    expect(text).toContain('Worse than before');
    for (const { kind, id, because } of comparison.changes.filter(({ kind }) => kind !== 'same')) {
      expect(elements.some(({ attributes }) => attributes.id === kind)).toBe(true);
      expect(text).toContain(id);
      expect(text).toContain(because);
    }
    for (const { id } of comparison.criteria) expect(text).toContain(id);
    expect(text).toContain('what changed on the device is not known');
    expect(elements.flatMap(({ attributes }) => attributes.href ?? []).filter((href) => !href.startsWith('#'))).toEqual(
      ['../a/report.html', 'b/report.html'],
    );
  });

  test('of what is as it was', () => {
    const comparison = compare(whole, whole);
    expect(elementsOf(renderComparison(comparison)).text).toMatch(
      /Not worse than before.*Every finding is as it was\./,
    );
    expect(countsWords(comparison)).toBe(`${whole.findings.length} unchanged`);
  });

  test('leads nowhere but up and down folders of plain names', () => {
    for (const href of ['https://x.example/', '//x', '/etc/passwd', 'javascript:alert(1)', 'a?b'])
      expect(renderComparison(worse(), { old: href })).not.toContain(`href="${href}"`);
  });

  test('of hostile words: they are shown, bounded, and do nothing', () => {
    const comparison = hostile();
    const html = renderComparison(comparison);
    expect(html).not.toContain('<script');
    expect(isPlain(html)).toBe(true);
    expect(html.length).toBeLessThan(1_000_000);
    expect(elementsOf(html).text).toContain('⟨U+202E⟩');
    const text = comparisonText(comparison);
    expect(isPlain(text)).toBe(true);
    expect(text.length).toBeLessThan(100_000);
    expect(text).toContain('more (--format json has all)');
  });
});

test('for a terminal: what changed by kind, the device, the test, and the counts last', () => {
  const comparison = worse();
  const lines = comparisonText(comparison).trimEnd().split('\n');
  expect(lines.filter((line) => line.startsWith('worse '))).toEqual([expect.stringMatching(/: it broke$/)]);
  expect(lines.filter((line) => line.startsWith('not-re-tested '))).toHaveLength(comparison.counts['not-re-tested']);
  expect(lines.filter((line) => line.startsWith('criterion '))).toHaveLength(1);
  expect(lines.at(-2)).toMatch(/^on the device: The runs of both/);
  expect(lines.at(-1)).toBe(`${comparison.counts.same} unchanged; worse than before`);
  const seen = comparisonText({
    ...comparison,
    device: {
      known: true,
      changes: [
        {
          what: 'port',
          is: 'came',
          component: 'camera',
          place: 'tcp/23',
          name: '',
          before: ['closed'],
          after: ['open: telnet'],
        },
      ],
    },
    test: [{ what: 'probe', name: 'ssh-login', before: '1', after: '2' }],
  });
  expect(seen).toContain('on the device:\n  camera tcp/23: port came: closed -> open: telnet\n');
  expect(seen).toContain('in the test:\n  probe ssh-login: 1 -> 2\n');
});
