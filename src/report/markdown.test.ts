import fc from 'fast-check';
import { marked, type Token } from 'marked';
import { describe, expect, test } from 'vitest';
import { expectedOf, HOSTILE, poisoned } from '../../test/kit/read-back.ts';
import { readMarkdown, tablesOf, textOf } from '../../test/kit/read-formats-f2.ts';
import { reportInputs } from '../../test/kit/report-inputs.ts';
import { sampleInput } from '../../test/sample.ts';
import { wholeInput } from '../../test/sample-whole.ts';
import { LONGEST_MARKDOWN, markdown } from './markdown.ts';
import { md } from './markdown-text.ts';
import type { ReportInput } from './report.ts';
import { visible } from './text.ts';

const render = (input: ReportInput): string => String(markdown.render(input));

/** Every token of a document, those inside others too. */
const tokensOf = (document: string): Token[] => {
  const found: Token[] = [];
  void marked.walkTokens(marked.lexer(document, { gfm: true }), (token) => {
    found.push(token);
  });
  return found;
};

/** Kinds of tokens that our own document is made of; links, pictures, emphasis and HTML are none of them. */
const OURS = new Set([
  'heading',
  'paragraph',
  'table',
  'text',
  'escape',
  'codespan',
  'space',
  'list',
  'list_item',
  'strong',
]);

const failedTable = 'Verdict, Check, Where, Because, Expected, Decided';
const openTable = 'Cause, Findings, Checks';

describe('report.md', () => {
  test.each(reportInputs())('%s: says what the assessment says, within its bound', (_, input) => {
    const document = render(input);
    expect(readMarkdown(document)).toEqual(expectedOf(input));
    expect(document.length).toBeLessThan(LONGEST_MARKDOWN);
    expect(render(structuredClone(input))).toBe(document);
    expect(tokensOf(document).filter(({ type }) => !OURS.has(type))).toEqual([]);
    const failing = input.assessment.findings.filter(({ verdict }) => verdict === 'fail');
    expect(tablesOf(document).get(failedTable)?.length ?? 0).toBe(failing.length);
  });

  test('the whole of a small one', () => {
    const document = render(sampleInput());
    expect(document.split('\n').slice(0, 12)).toEqual([
      '# Fail: Doorstep camera by Sample criteria for connected products',
      '',
      '|  | Fail | Could not tell | Not assessed | Pass | Not applicable |',
      '| --- | --- | --- | --- | --- | --- |',
      '| Criteria | 2 | 1 | 2 | 1 | 0 |',
      '| Checks, a component each | 4 | 1 | 0 | 2 | 1 |',
      '',
      'Pass means: within the stated coverage. “Could not tell” and “not assessed” are no passes.',
      '',
      '## What failed',
      '',
      '| Verdict | Check | Where | Because | Expected | Decided |',
    ]);
    const tables = tablesOf(document);
    expect(tables.get(failedTable)?.map(([verdict, check, where]) => [verdict, check, where])).toEqual([
      ['Fail', 'default-credentials-rejected', 'tcp/23 (telnet)'],
      ['Fail', 'services-declared', 'tcp/23 (telnet)'],
      ['Fail', 'tls-versions-current', 'tcp/443 (tls)'],
      ['Fail, indicated, not conclusive', 'tls-certificate-valid', 'tcp/443 (tls)'],
    ]);
    expect(tables.get(openTable)).toContainEqual(['No probe that ran reads identifiers.', '1', 'device-identifiable']);
    expect(tables.get('What, Things, Criteria that need them')).toContainEqual([
      'To be examined by a person',
      '2',
      '2',
    ]);
    expect(tables.get('Criterion, Verdict, Basis, Title')).toContainEqual([
      'IAC-1a',
      'Fail, rests on the maker’s declaration',
      'automated',
      'Only needed interfaces are offered',
    ]);
    expect(tables.get('Check, Component, Verdict')).toContainEqual([
      'tls-certificate-valid',
      'camera',
      'Fail, indicated, not conclusive',
    ]);
  });

  test('what persons decided stands beside the failure', () => {
    const rows = tablesOf(render(wholeInput())).get(failedTable) ?? [];
    const decided = new Map(rows.map(([, check = '', , , , said = '']) => [check, said]));
    expect(decided.get('tls-versions-current')).toBe(
      'risk accepted until 2027-01-31 00:00 +01:00, approved by C. Owner; the verdict does not change',
    );
    expect(decided.get('default-credentials-rejected')).toMatch(/^withdrawn \(W-1\): it counts no longer; /);
  });

  describe('where there is no room', () => {
    const many = (findings: number, criteria: number, long: string): ReportInput => {
      const input = sampleInput();
      const { assessment } = input;
      const times = <T>(n: number, make: (index: number) => T): T[] =>
        Array.from({ length: n }, (_, index) => make(index));
      const [finding] = assessment.findings;
      const [, leaf] = assessment.criteria;
      if (finding === undefined || leaf === undefined) throw new Error('the sample has findings and criteria');
      const verdicts = ['pass', 'not-assessed', 'fail', 'inconclusive', 'not-applicable'] as const;
      return {
        ...input,
        assessment: {
          ...assessment,
          findings: times(findings, (index) => ({
            ...finding,
            id: `check-${index}@camera`,
            check: `check-${index}`,
            because: long,
          })),
          criteria: times(criteria, (index) => ({
            ...leaf,
            id: `C-${index}`,
            title: long,
            verdict: verdicts[index % 5]!,
            components: [],
          })),
        },
      };
    };

    test('300 criteria and 210 leaves are all there, by id', () => {
      const input = many(0, 300, 'A criterion with a title of some length, as catalogues have them');
      const document = render(input);
      expect(tablesOf(document).has('Criterion, Verdict')).toBe(true);
      expect(readMarkdown(document).criteria).toEqual(expectedOf(input).criteria);
    });

    test('no failure is left out silently: what is not told in full is named, what is not named is counted', () => {
      for (const n of [50, 200, 2000]) {
        const document = render(many(n, 8, `It failed. ${'x'.repeat(280)}`));
        const told = tablesOf(document).get(failedTable)?.length ?? 0;
        const named = document.match(/^- check-\d+`@`camera$/gm)?.length ?? 0;
        const counted = Number(document.match(/and ([\d,]+) failing findings? for whose/)?.[1]?.replace(',', '') ?? 0);
        expect(told + named + counted).toBe(n);
        expect(told).toBeGreaterThan(20);
        expect(document.length).toBeLessThan(LONGEST_MARKDOWN);
        if (n > 50)
          expect(Number(document.match(/\*\*([\d,]+) more findings? failed/)?.[1]?.replace(',', ''))).toBe(n - told);
      }
    });

    test('of thousands of criteria the failing ones stand first, and the others are counted by verdict', () => {
      const document = render(many(3, 5000, 'x'));
      const rows = tablesOf(document).get('Criterion, Verdict') ?? [];
      expect(rows.length).toBeGreaterThan(500);
      expect(new Set(rows.slice(0, 500).map(([, verdict]) => verdict))).toEqual(new Set(['Fail']));
      const left = document.match(/\*\*Not shown here, in `assessment\.json`: (.*)\.\*\*/)?.[1] ?? '';
      const counted = [...left.matchAll(/(\d+) /g)].reduce((sum, [, n]) => sum + Number(n), 0);
      expect(rows.length + counted).toBe(5000);
    });
  });

  test.each(HOSTILE)('hostile words do nothing: %s', (_, word) => {
    const document = render(poisoned(wholeInput(), word));
    expect(document.length).toBeLessThan(LONGEST_MARKDOWN);
    expect(document).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(tokensOf(document).filter(({ type }) => !OURS.has(type))).toEqual([]);
    const outside = document.replace(/`[^`\n]*`/g, '·');
    expect(outside).not.toMatch(/[@#](?=\w)|:\/\/|www\.|(?<!\d):\w+:|GH-\d/);
    const { criteria } = readMarkdown(document);
    expect(criteria).toEqual(expectedOf(wholeInput()).criteria);
    const sound = tablesOf(render(wholeInput()));
    for (const [titles, rows] of tablesOf(document)) {
      expect(sound.has(titles)).toBe(true);
      for (const row of rows) expect(row.length).toBe(titles.split(', ').length);
    }
  });

  test('whatever is said is read back as it was said, as plain text', () => {
    const letters = fc.constantFrom(
      ...'\\`*_{}[]<>()!|~&$+=-.#@:/ 1aw\n\u202e'.split(''),
      'www.',
      '://',
      ':a:',
      'GH-1',
      '&lt;',
    );
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 20 }), (text) => {
        const said = visible(text).replace(/\s+/g, ' ').trim();
        const [token] = marked.lexer(`| a | b |\n| --- | --- |\n| ${md(text)} | x |\n`, { gfm: true });
        if (token?.type !== 'table') throw new Error('no table');
        const [[cell, next] = []] = token.rows as { tokens: Token[] }[][];
        expect([textOf(cell!.tokens), textOf(next!.tokens)]).toEqual([said, 'x']);
        expect(cell!.tokens.filter(({ type }) => !OURS.has(type))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
