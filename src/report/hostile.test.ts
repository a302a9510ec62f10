import { describe, expect, test } from 'vitest';
import { elementsOf } from '../../test/kit/page.ts';
import { sampleRun } from '../../test/sample.ts';
import { wholeInput } from '../../test/sample-whole.ts';
import type { Assessment } from '../model/assessment.ts';
import type { Profile } from '../model/profile.ts';
import type { Target } from '../model/target.ts';
import { html } from './html.tsx';
import { renderIndex } from './index-page.tsx';
import type { ReportInput } from './report.ts';
import { summaryOf } from './summary.ts';

const render = (input: ReportInput): string => String(html.render(input));
const whole = render(wholeInput());

describe('hostile words in everything that persons, makers and crosswalks say', () => {
  const SAID = new Set(
    'statement by role name file why justification approvedBy note title because readBy scheme certificate check version detail edition evidence status ixit controls csf component acceptedBy crosswalk settles id profile criterion subject row finding failing open condition text reading until addresses names partOf for serial'.split(
      ' ',
    ),
  );
  /** The word before every text of these names. */
  const poisoned = (input: ReportInput, word: string, said: ReadonlySet<string> = SAID): ReportInput => {
    const walk = (value: unknown, key: string): unknown => {
      if (typeof value === 'string')
        return said.has(key) && !/^(lab|maker|nobody)$/.test(value) ? `${word}${value}` : value;
      if (Array.isArray(value)) return value.map((one) => walk(one, key));
      if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
        return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, walk(one, name)]));
      return value;
    };
    const [one] = input.runs;
    if (!one) throw new Error('no run');
    const target = walk(one.run.target, '') as Target;
    return {
      ...input,
      assessment: walk(input.assessment, '') as Assessment,
      profile: walk(input.profile, '') as Profile,
      runs: [{ ...one, run: { ...one.run, target } }],
    };
  };
  const forms = (page: string) =>
    new Set(elementsOf(page).elements.map(({ name, attributes }) => `${name} ${Object.keys(attributes)}`));

  test.each([
    ['elements', '</details></style><script>alert(1)</script><img src=x onerror=alert(1)>'],
    ['attributes', '" open onmouseover="alert(1)" x=\'" open>'],
    ['addresses', 'javascript:alert(1)//https://evil.test/'],
    ['marks that reorder', '\u202etxt.exe\u2066\u200b\u200f\u061c'],
    ['controls', '\u0000\u001b[2J\r\n\u009b31m'],
    ['half characters', 'x\ud800y'],
  ])('%s', (_, word) => {
    const hostile = poisoned(wholeInput(), word);
    const page = render(hostile);
    const index = renderIndex(
      summaryOf([{ assessment: hostile.assessment, run: sampleRun(), folder: 'a/b', files: ['report.html'] }]),
    );
    const sound = forms(whole);
    expect([...forms(page)].filter((form) => !sound.has(form))).toEqual([]);
    for (const text of [page, index]) {
      expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(text).not.toMatch(/<script|<img/);
      for (const { attributes } of elementsOf(text).elements)
        if (attributes.href !== undefined)
          expect(attributes.href).toMatch(/^(#[A-Za-z0-9_.-]+|[A-Za-z0-9_./-]+(#[A-Za-z0-9_.-]+)?)$/);
    }
  });

  test('a megabyte is cut, wherever it stands', () => {
    const texts = new Set(
      [...SAID].filter((name) => !/^(id|finding|criterion|component|check|row|settles)$/.test(name)),
    );
    const page = render(poisoned(wholeInput(), 'A'.repeat(1_000_000), texts));
    expect(page.length).toBeLessThan(2_000_000);
    expect(page).toMatch(/more characters\)/);
    expect(page).not.toMatch(/A{2001}/);
  });
});
