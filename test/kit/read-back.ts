import { labViewOf } from '../../src/report/lab-view.ts';
import type { ReportInput } from '../../src/report/report.ts';
import type { ReadBack } from './read-formats-f2.ts';

/** What a format has to say of an input, for comparison with what was read back from it. */
export const expectedOf = (input: ReportInput): Required<ReadBack> => {
  const { assessment } = input;
  return {
    report: labViewOf(input).id,
    verdict: assessment.verdict,
    criteria: new Map(assessment.criteria.map(({ id, verdict }) => [id, verdict])),
    checks: new Map(assessment.checks.map(({ check, component, verdict }) => [`${check} ${component}`, verdict])),
  };
};

/** The word in every text that a device, a person or a profile has a say in (a long one in some); ids and enumerations stay. */
export const poisoned = (input: ReportInput, word: string): ReportInput => {
  const said = new Set(
    (word.length > 1_000
      ? 'because title subject justification comment'
      : 'because expected remedy subject what detail statement why justification approvedBy title text name by role note host answer model serial firmware profileTitle comment printed source target vendor edition'
    ).split(' '),
  );
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return said.has(key) ? `${word}${value}` : value;
    if (Array.isArray(value)) return value.map((one) => walk(one, key));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, walk(one, name)]));
    return value;
  };
  const { assessment, profile, runs, crosswalks } = input;
  return {
    ...input,
    assessment: walk(assessment, '') as ReportInput['assessment'],
    profile: walk(profile, '') as ReportInput['profile'],
    crosswalks: walk(crosswalks, '') as ReportInput['crosswalks'],
    runs: runs.map((one) => ({ ...one, run: walk(one.run, '') as typeof one.run })),
  };
};

/** Words that mean something to some reader of some format. */
export const HOSTILE: readonly (readonly [string, string])[] = [
  ['elements', '</text></system-out>]]><script>alert(1)</script><img src=x onerror=alert(1)>'],
  ['attributes', '" onmouseover="alert(1)" x=\'" '],
  [
    'links',
    '[click](javascript:alert(1)) ![i](http://evil.test/i.png) <http://evil.test> http://evil.test www.evil.test a@evil.test ',
  ],
  ['references', '@admin #1 GH-2 :smile: org/repo#3 $x$ {0} '],
  ['tables', 'a|b\\|c\\\\|d`e``f`|| '],
  ['formulas', '=HYPERLINK("http://evil.test") ;=1+1 '],
  ['marks that reorder', '\u202etxt.exe\u2066\u200b\u200f\u061c'],
  ['controls', '\u0000\u001b[2J\r\n\u009b31m\ufffe\uffff'],
  ['half characters', 'x\ud800y\udc00'],
  ['a megabyte', 'A'.repeat(1_000_000)],
];
