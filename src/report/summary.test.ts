import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleAssessment, sampleRun } from '../../test/sample.ts';
import { renderIndex } from './index-page.tsx';
import { type Assessed, addToSummary, renderSummary, Summary, summaryOf, totalOf } from './summary.ts';

const assessed = (
  target: string,
  id: string,
  profile = 'sample-2026',
  files = ['assessment.json', 'report.html'],
): Assessed => {
  const assessment = sampleAssessment();
  return {
    assessment: { ...assessment, target, profile: { ...assessment.profile, id: profile } },
    run: { ...sampleRun(), id },
    folder: `${target}/${id}/assessments/${profile}`,
    files,
  };
};

const ALL = [
  assessed('camera', '20261122T101500Z'),
  assessed('camera', '20261122T101500Z', 'other-2026'),
  assessed('camera', '20261121T101500Z'),
  assessed('camera', '20261120T101500Z', 'other-2026'),
  assessed('bulb', '20261122T101500Z'),
  assessed('sensor', '20261123T101500Z'),
];

describe('summaryOf', () => {
  test('a device each, newest run first, what came before in `earlier`', () => {
    const { devices } = summaryOf(ALL);
    expect(devices.map(({ device, run }) => [device, run])).toEqual([
      ['sensor', '20261123T101500Z'],
      ['bulb', '20261122T101500Z'],
      ['camera', '20261122T101500Z'],
    ]);
    const camera = devices[2];
    expect(camera?.assessments.map(({ profile }) => profile)).toEqual(['other-2026', 'sample-2026']);
    expect(camera?.earlier).toEqual([
      {
        run: '20261121T101500Z',
        status: 'completed',
        checks: { passed: 2, failed: 4, open: 1 },
        report: 'camera/20261121T101500Z/assessments/sample-2026/report.html',
      },
      {
        run: '20261120T101500Z',
        status: 'completed',
        checks: { passed: 2, failed: 4, open: 1 },
        report: 'camera/20261120T101500Z/assessments/other-2026/report.html',
      },
    ]);
  });

  test('counts checks by theme and criteria by verdict; what is not applicable is no pass', () => {
    const [row] = summaryOf([assessed('camera', '20261122T101500Z')]).devices;
    expect(row?.themes).toEqual({
      access: { passed: 1, failed: 1, open: 0 },
      interfaces: { passed: 0, failed: 1, open: 0 },
      transport: { passed: 1, failed: 2, open: 0 },
      update: { passed: 0, failed: 0, open: 0 },
      product: { passed: 0, failed: 0, open: 1 },
    });
    expect(row && totalOf(row)).toEqual({ passed: 2, failed: 4, open: 1 });
    expect(row?.assessments[0]).toMatchObject({
      verdict: 'fail',
      criteria: { fail: 2, inconclusive: 1, 'not-assessed': 2, pass: 1, 'not-applicable': 0 },
      toDo: 7,
    });
  });

  test('in any order, each as often as you like, it is the same', () => {
    const expected = renderSummary(summaryOf(ALL));
    fc.assert(
      fc.property(fc.shuffledSubarray([...ALL, ...ALL], { minLength: 12 }), (list) => {
        expect(renderSummary(summaryOf(list))).toBe(expected);
      }),
      { numRuns: 30 },
    );
  });

  test('one more is the same as all anew', () => {
    const [last, ...others] = [...ALL].reverse();
    expect(last && addToSummary(summaryOf(others), last)).toEqual(summaryOf(ALL));
  });
});

describe('renderSummary', () => {
  test('one line a device, and it reads back', () => {
    const text = renderSummary(summaryOf(ALL));
    expect(text.split('\n').filter((line) => line.includes('"device"'))).toHaveLength(3);
    expect(Summary.parse(JSON.parse(text))).toEqual(summaryOf(ALL));
    expect(JSON.parse(renderSummary(summaryOf([])))).toEqual({ schema: 1, devices: [] });
  });
});

describe('renderIndex', () => {
  test('links each report, relative to the results folder', () => {
    const html = renderIndex(summaryOf(ALL));
    for (const { folder } of ALL.slice(0, 4)) expect(html).toContain(`href="${folder}/report.html"`);
    expect(html).toContain('3 devices');
    expect(html).toContain('4 failed, 1 could not tell');
  });

  test('a run that was broken off says so, and a folder without any', () => {
    const broken = assessed('camera', '20261122T101500Z');
    expect(renderIndex(summaryOf([{ ...broken, run: { ...broken.run, status: 'aborted' } }]))).toContain('aborted');
    expect(renderIndex(summaryOf([]))).toContain('No run has been judged yet.');
  });
});
