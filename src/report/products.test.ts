import { describe, expect, test } from 'vitest';
import { elementsOf } from '../../test/kit/page.ts';
import { sampleRun } from '../../test/sample.ts';
import { wholeInput } from '../../test/sample-whole.ts';
import type { Assessment } from '../model/assessment.ts';
import type { Component } from '../model/target.ts';
import { treeOf } from './html-product.tsx';
import { renderIndex } from './index-page.tsx';
import { type Assessed, Summary, summaryOf } from './summary.ts';

describe('the tree of components', () => {
  const component = (id: string, partOf?: string): Component => ({
    id,
    kind: 'device',
    addresses: [],
    names: [],
    declares: {},
    ...(partOf === undefined ? {} : { partOf }),
  });
  const shape = (branches: ReturnType<typeof treeOf>): string =>
    branches.map(({ component: { id }, parts }) => (parts.length > 0 ? `${id}(${shape(parts)})` : id)).join(' ');

  test.each([
    ['flat', [component('a'), component('b')], 'a b'],
    ['nested', [component('c', 'b'), component('a'), component('b', 'a')], 'a(b(c))'],
    ['part of nothing that is there', [component('a', 'x')], 'a'],
    ['a ring', [component('a', 'b'), component('b', 'a'), component('c')], 'c a(b)'],
    ['part of itself', [component('a', 'a')], 'a'],
  ])('%s', (_, components, expected) => {
    expect(shape(treeOf(components))).toBe(expected);
  });
});

describe('several profiles of one run', () => {
  const { assessment, runs } = wholeInput();
  const run = runs[0]?.run ?? sampleRun();
  const by = (id: string, more: Partial<Assessment>): Assessed => ({
    assessment: { ...assessment, ...more, profile: { ...assessment.profile, id } },
    run,
    folder: `camera/${run.id}/assessments/${id}`,
    files: ['report.html'],
  });
  const plain = by('nist-2022', { label: undefined, via: undefined });
  const summary = summaryOf([by('scheme-1', {}), plain]);

  test('the summary takes in label and crosswalk, and still reads what was written before them', () => {
    const [row] = Summary.parse(summary).devices;
    expect(row?.assessments.map(({ profile, via, label }) => [profile, via, label?.levels])).toEqual([
      ['nist-2022', undefined, undefined],
      [
        'scheme-1',
        { crosswalk: 'pilot-annex-a', edition: '2022' },
        [
          { id: 'one', title: 'One star', is: 'open' },
          { id: 'two', title: 'Two stars', is: 'not-met' },
        ],
      ],
    ]);
  });

  test('stand side by side under their device, views marked, labels in one line', () => {
    const page = renderIndex(summary);
    const { text } = elementsOf(page);
    expect(page.split('<ul class="side">')[1]?.split('</ul>')[0]?.split('<li>')).toHaveLength(3);
    expect(text).toContain('a view through the crosswalk pilot-annex-a, edition 2022');
    expect(text).toContain('Sample label: “One star” is open, “Two stars” is not met; no mark is earned by it');
    expect(renderIndex(summaryOf([plain]))).not.toContain('class="side"');
  });

  test('an assessment that was judged again is folded behind the newer one', () => {
    const again = by('nist-2022', { label: undefined, via: undefined, judgedAt: '2026-11-23T09:00:00Z' });
    const page = renderIndex(summaryOf([plain, { ...again, folder: `${again.folder}@20261123T090000Z` }]));
    const { text } = elementsOf(page);
    expect(text).toContain('judged 2026-11-23 09:00:00 UTC1 assessment judged again sincenist-2022, 2026-11-22');
    expect(page.split('class="assessment"')).toHaveLength(2);
    expect(page.split('<summary>')[1]).toMatch(/href="[^"@]*\/report\.html"/);
  });
});
