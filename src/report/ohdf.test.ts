import fc from 'fast-check';
import { type ContextualizedControl, contextualizeEvaluation, convertFile } from 'inspecjs';
import { describe, expect, test } from 'vitest';
import { schemaProblems } from '../../test/kit/oscal.ts';
import { expectedOf, HOSTILE, poisoned } from '../../test/kit/read-back.ts';
import { type OhdfDocument, oscalResult, propertyOf, readOhdf } from '../../test/kit/read-formats-f1.ts';
import { reportInputs } from '../../test/kit/report-inputs.ts';
import { sampleInput } from '../../test/sample.ts';
import { wholeInput } from '../../test/sample-whole.ts';
import { CRITERION_VERDICTS, type CriterionVerdict } from '../model/verdict.ts';
import { ohdf } from './ohdf.ts';
import { oscal } from './oscal.ts';
import type { ReportInput } from './report.ts';

const render = (input: ReportInput): string => String(ohdf.render(input));

/** The controls as inspecjs understands them. Throws what its strict parser says against the file. */
const understood = (text: string): readonly ContextualizedControl[] => {
  const { '1_0_ExecJson': evaluation, errors } = convertFile(text, true);
  if (evaluation === undefined) throw errors?.['1_0_ExecJson'] ?? new Error('no execution');
  const [profile] = contextualizeEvaluation(evaluation).contains;
  if (profile === undefined) throw new Error('no profile');
  return profile.contains;
};

const statuses = (text: string) => new Map(understood(text).map(({ data, hdf }) => [data.id, hdf.status]));

/** What HDF has to say of each verdict. */
const STATUS: Record<CriterionVerdict, string> = {
  pass: 'Passed',
  fail: 'Failed',
  inconclusive: 'Not Reviewed',
  'not-assessed': 'Not Reviewed',
  'not-applicable': 'Not Applicable',
};

const expectedStatuses = ({ assessment: { criteria } }: ReportInput) =>
  new Map(
    criteria
      .filter(({ heading, components }) => !heading || components.length > 0)
      .map(({ id, verdict }) => [id, STATUS[verdict]]),
  );

const profileOf = (text: string) => {
  const [profile] = (JSON.parse(text) as OhdfDocument).profiles;
  if (profile === undefined) throw new Error('no profile');
  return profile;
};

describe.each(reportInputs())('OHDF of %s', (_, input) => {
  const text = render(input);

  test('is read by inspecjs, and every control has the status of the verdict', () => {
    expect(statuses(text)).toEqual(expectedStatuses(input));
  });

  test('says what the assessment says, criterion by criterion', () => {
    const { checks: __, ...expected } = expectedOf(input);
    expect(readOhdf(text)).toEqual(expected);
  });

  test('puts every leaf below its headings', () => {
    const { groups, controls } = profileOf(text);
    const parents = new Map(input.assessment.criteria.map(({ id, parent }) => [id, parent]));
    const above = (id: string): string[] => {
      const parent = parents.get(id);
      return parent === undefined ? [] : [parent, ...above(parent)];
    };
    for (const { id } of controls) {
      const expected = [id, ...above(id)].filter((one) => groups.some((group) => group.id === one));
      expect(groups.filter((group) => group.controls.includes(id)).map((group) => group.id)).toEqual(
        groups.map((group) => group.id).filter((one) => expected.includes(one)),
      );
    }
  });

  test('is the same bytes from the same input', () => {
    expect(render(structuredClone(input))).toBe(text);
  });
});

describe('states of every criterion, whatever the verdicts of it and of its components', () => {
  const verdict = fc.constantFrom(...CRITERION_VERDICTS);
  const level = fc.constantFrom('must' as const, 'should' as const, 'info' as const);
  const own = fc.record({ verdict, level, of: fc.array(verdict, { maxLength: 4 }) });

  test('OHDF and OSCAL', () => {
    const base = wholeInput();
    const { criteria } = base.assessment;
    fc.assert(
      fc.property(fc.array(own, { minLength: criteria.length, maxLength: criteria.length }), (drawn) => {
        const input: ReportInput = {
          ...base,
          assessment: {
            ...base.assessment,
            criteria: criteria.map((one, index) => {
              const { of, ...more } = drawn[index]!;
              const [first] = one.components;
              const components = of.map((each, at) => ({
                component: `component-${at}`,
                verdict: each,
                findings: first?.findings ?? [],
                because: 'It is so.',
                missing: [],
              }));
              return { ...one, ...more, components };
            }),
          },
        };
        expect(statuses(render(input))).toEqual(expectedStatuses(input));
        const text = String(oscal.render(input));
        const { findings } = oscalResult(text);
        expect(findings.map(({ target }) => target.status.state === 'satisfied')).toEqual(
          input.assessment.criteria.map((one) => one.verdict === 'pass'),
        );
        expect(findings.map((one) => propertyOf(one, 'verdict'))).toEqual(
          input.assessment.criteria.map((one) => one.verdict),
        );
        expect(schemaProblems(JSON.parse(text))).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

describe('OHDF of the whole sample', () => {
  const text = render(wholeInput());
  const control = (id: string, of = text) => {
    const [one] = profileOf(of).controls.filter((each) => each.id === id);
    if (one === undefined) throw new Error(`no control ${id}`);
    return one;
  };

  test('a disposition in force is a waiver that skips nothing', () => {
    expect(control('DP-2').waiver_data).toMatchObject({
      justification: 'The pictures are public.',
      expiration_date: '2027-01-31T00:00:00+01:00',
      run: true,
      skipped_due_to_waiver: false,
    });
    expect(statuses(text).get('DP-2')).toBe('Failed');
    expect(control('KEY-1').waiver_data).toBeNull();
  });

  test('the message of a failure holds what failed, what was expected, and what is open', () => {
    const [camera] = control('DP-2').results;
    expect(camera?.message).toContain('Fail: tls-versions-current on camera, tcp/443 (tls): TLS 1.0 was accepted.');
    expect(camera?.message).toContain('Expected: Only TLS 1.2 and TLS 1.3 are accepted.');
    expect(camera?.message).toContain('Fail (indicated only): tls-certificate-valid');
  });

  test('what is skipped says why: not assessed and could not tell are told apart', () => {
    expect(control('DP-1').results[0]?.skip_message).toMatch(/^Not assessed on camera/);
    expect(control('IAC-1b').results[0]?.skip_message).toMatch(/^Could not tell on camera/);
    expect(control('DOC-1').results).toHaveLength(1);
    expect(control('KEY-1').results[0]?.code_desc).toContain('Pass within the stated coverage');
  });

  test('levels are impacts, and NIST’s controls are tags', () => {
    expect([control('DP-2').impact, control('IAC-1b').impact]).toEqual([0.7, 0.5]);
    const [one] = understood(text).filter(({ data }) => data.id === 'DP-2');
    expect(one?.hdf.parsedNistTags.map((tag) => tag.rawText)).toEqual(['SC-8', 'SC-13']);
  });

  test('a profile without a digest has a value of that length, and the same one each time', () => {
    const input = sampleInput();
    const { digest, ...profile } = input.assessment.profile;
    expect(profileOf(render(input)).sha256).toBe(digest);
    const bare = render({ ...input, assessment: { ...input.assessment, profile } });
    expect(profileOf(bare).sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(render({ ...input, assessment: { ...input.assessment, profile: { ...profile } } })).toBe(bare);
  });

  test.each(HOSTILE)('hostile words: %s', (_, word) => {
    const input = poisoned(wholeInput(), word);
    const hostile = render(input);
    expect(statuses(hostile)).toEqual(expectedStatuses(input));
    expect(hostile).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(hostile.length).toBeLessThan(500_000);
  });

  test.each<[string, (control: Record<string, unknown>) => void]>([
    ['no impact', (one) => delete one.impact],
    ['an id that is a number', (one) => Object.assign(one, { id: 7 })],
    ['no results', (one) => delete one.results],
    ['a status of its own', (one) => Object.assign((one.results as object[])[0]!, { status: 'perhaps' })],
  ])('inspecjs refuses %s', (_, change) => {
    const document = JSON.parse(text);
    change(document.profiles[0].controls[0]);
    expect(() => understood(JSON.stringify(document))).toThrow();
  });
});
