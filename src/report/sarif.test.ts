import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { expectedOf, HOSTILE, poisoned } from '../../test/kit/read-back.ts';
import { readSarif } from '../../test/kit/read-formats-f2.ts';
import { reportInputs } from '../../test/kit/report-inputs.ts';
import { sampleInput } from '../../test/sample.ts';
import { CERTIFICATE, TELNET, TLS, wholeInput } from '../../test/sample-whole.ts';
import type { ReportInput } from './report.ts';
import { sarif } from './sarif.ts';

const schema = new URL('../../test/schemas/sarif/sarif-2.1.0.json', import.meta.url);
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')));

interface Result {
  ruleId: string;
  ruleIndex: number;
  kind: string;
  level: string;
  message: { text: string };
  locations: {
    physicalLocation?: { artifactLocation: { uri: string } };
    logicalLocations: { fullyQualifiedName: string }[];
  }[];
  partialFingerprints: Record<string, string>;
  suppressions: { kind: string; status: string; justification: string }[];
  properties: Record<string, unknown>;
}
const render = (input: ReportInput): string => String(sarif.render(input));
const runOf = (input: ReportInput) => JSON.parse(render(input)).runs[0];
const findings = (input: ReportInput): Map<string, Result> =>
  new Map(
    (runOf(input).results as Result[])
      .filter(({ properties }) => properties.result === 'finding')
      .map((one) => [String(one.properties.finding), one]),
  );

describe('results.sarif', () => {
  test.each(reportInputs())('%s: keeps to the schema, and says what the assessment says', (_, input) => {
    const document = render(input);
    expect(validate(JSON.parse(document)), JSON.stringify(validate.errors)).toBe(true);
    expect(readSarif(document)).toEqual(expectedOf(input));
    expect(render(structuredClone(input))).toBe(document);

    const run = JSON.parse(document).runs[0];
    const results = run.results as Result[];
    expect(results.length).toBe(input.assessment.findings.length + input.assessment.criteria.length);
    for (const { ruleId, ruleIndex, kind, level } of results) {
      expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
      expect(level).toBe(kind === 'fail' ? 'error' : 'none');
    }
  });

  test('the validator bites', () => {
    const whole = JSON.parse(render(sampleInput()));
    const spoilt = (change: (log: typeof whole) => void): boolean => {
      const log = structuredClone(whole);
      change(log);
      return validate(log);
    };
    expect(spoilt(() => {})).toBe(true);
    expect(spoilt((log) => delete log.runs[0].tool)).toBe(false);
    expect(spoilt((log) => Object.assign(log.runs[0].results[0], { kind: 'maybe' }))).toBe(false);
    expect(spoilt((log) => Object.assign(log.runs[0].automationDetails, { guid: 'none' }))).toBe(false);
    expect(spoilt((log) => Object.assign(log.runs[0].invocations[0], { startTimeUtc: 'yesterday' }))).toBe(false);
    expect(spoilt((log) => Object.assign(log.runs[0].results[0].suppressions, [{ kind: 'internal' }]))).toBe(false);
  });

  test('kinds follow the verdict; an indicated failure is for review, what nobody looked at is open', () => {
    const seen = [...findings(sampleInput()).values()].map(({ kind, properties }) => [
      properties.verdict,
      properties.strength,
      kind,
    ]);
    expect(new Set(seen.map((one) => one.join(' ')))).toEqual(
      new Set([
        'fail conclusive fail',
        'fail indicative review',
        'pass conclusive pass',
        'inconclusive conclusive open',
        'not-applicable conclusive notApplicable',
      ]),
    );
    const criteria = (runOf(sampleInput()).results as Result[]).filter(
      ({ properties }) => properties.result !== 'finding',
    );
    expect(criteria.map(({ ruleId, kind, properties }) => `${ruleId} ${properties.verdict} ${kind}`)).toEqual([
      'DP fail informational',
      'DP-1 not-assessed open',
      'DP-2 fail fail',
      'IAC fail informational',
      'IAC-1a fail fail',
      'IAC-1b inconclusive open',
      'KEY-1 pass pass',
      'DOC-1 not-assessed open',
    ]);
  });

  test('a disposition in force and a withdrawal suppress, and change no kind; one that ended does not', () => {
    const all = findings(wholeInput());
    const { kind, suppressions } = all.get(TLS)!;
    expect(kind).toBe('fail');
    expect(suppressions).toMatchObject([{ kind: 'external', status: 'accepted' }]);
    expect(suppressions[0]?.justification).toBe(
      'risk accepted until 2027-01-31 00:00 +01:00, for DP-2 only, approved by C. Owner: The pictures are public.',
    );
    expect(all.get(CERTIFICATE)?.suppressions).toEqual([]);
    expect(all.get(CERTIFICATE)?.properties.decisions).toEqual([
      expect.stringContaining('waiver expired 2026-06-30 00:00 UTC, heeded by no gate'),
    ]);
    expect(all.get(TELNET)?.kind).toBe('fail');
    expect(all.get(TELNET)?.suppressions[0]?.justification).toMatch(
      /^withdrawn, the tool was wrong here, by L\. Tester and S\. Second: /,
    );
    expect(all.get(TELNET)?.properties.opinionOnRemedy).toBeUndefined();
  });

  test('nothing is greener than what counts: headings, withdrawn passes, a bench that was not suitable, part of the criteria', () => {
    const input = wholeInput();
    const { assessment } = input;
    const own = { component: 'camera', verdict: 'fail' as const, findings: [TLS], because: 'So.', missing: [] };
    const passed = assessment.findings.find(({ verdict }) => verdict === 'pass')!;
    const changed: ReportInput = {
      ...input,
      assessment: {
        ...assessment,
        criteria: assessment.criteria.map((one) => (one.id === 'DP' ? { ...one, components: [own] } : one)),
        findings: assessment.findings.map((one) => (one === passed ? { ...one, withdrawn: 'W-1' } : one)),
        suitability: { schema: 1, tool: 'probity 0', passes: [], suitable: false, because: 'nothing answered' },
      },
    };
    const run = runOf(changed);
    expect(validate(JSON.parse(render(changed))), JSON.stringify(validate.errors)).toBe(true);
    expect((run.results as Result[]).find(({ ruleId }) => ruleId === 'DP')?.kind).toBe('fail');
    expect(findings(changed).get(passed.id)?.kind).toBe('open');
    // Accepted for DP-2 only, and now it counts for DP too.
    expect(findings(changed).get(TLS)?.suppressions).toEqual([]);
    expect(run.invocations[0]).toMatchObject({ executionSuccessful: false });
    expect(run.invocations[0].toolExecutionNotifications[0]).toMatchObject({
      descriptor: { id: 'not-suitable' },
      level: 'error',
      message: {
        text: 'The bench was not shown to be suitable: nothing answered. What was not seen may be there.',
      },
    });
    expect(runOf(input).invocations[0].toolExecutionNotifications).not.toContainEqual(
      expect.objectContaining({ descriptor: expect.objectContaining({ id: 'not-suitable' }) }),
    );
  });

  test('evidence is linked by relative path and digest where its folder is known, and only named where it is not', () => {
    const linked = runOf(sampleInput());
    const telnet = findings(sampleInput()).get(TELNET)!;
    const uri = telnet.locations[0]?.physicalLocation?.artifactLocation.uri;
    expect(uri).toMatch(/^\.\.\/\.\.\/run\/evidence\/[0-9a-f]{64}$/);
    const artifact = linked.artifacts.find((one: { location: { uri: string } }) => one.location.uri === uri);
    expect(uri?.endsWith(artifact.hashes['sha-256'])).toBe(true);
    expect(linked.artifacts[0].location.uri).toBe('../../run/SHA256SUMS');
    const apart = runOf({ ...sampleInput(), evidence: undefined });
    expect(apart.artifacts.every((one: object) => !('location' in one))).toBe(true);
    expect(JSON.stringify(apart.results)).not.toMatch(/physicalLocation|evidence\//);
    expect(telnet.locations[0]?.logicalLocations[0]?.fullyQualifiedName).toBe('camera/tcp/23');
  });

  test('a fingerprint is that of the same finding in another run', () => {
    const input = sampleInput();
    const later = JSON.parse(JSON.stringify(input).replaceAll('20261122T101500Z', '20270101T000000Z')) as ReportInput;
    const prints = (one: ReportInput) =>
      [...findings(one).values()].map(({ partialFingerprints }) => partialFingerprints);
    expect(prints(later)).toEqual(prints(input));
    const prefixed = structuredClone(input);
    for (const one of prefixed.assessment.findings) one.id = `${one.run}:${one.id}`;
    expect(prints(prefixed)).toEqual(prints(input));
    expect(new Set(prints(input).map((one) => JSON.stringify(one))).size).toBe(input.assessment.findings.length);
    expect(JSON.stringify(prints(input))).not.toContain('20261122T101500Z');
  });

  test('a run that was cut short was not successful, and each attempt that could not tell is notified', () => {
    const input = sampleInput();
    expect(runOf(input).invocations[0].executionSuccessful).toBe(true);
    const [notice] = runOf(input).invocations[0].toolExecutionNotifications;
    expect(notice).toMatchObject({ descriptor: { id: 'timeout' }, properties: { attempt: 'identify@camera/tcp/554' } });
    expect(runOf(input).invocations[0].toolConfigurationNotifications).toHaveLength(1);
    const [one] = input.runs;
    const cut = { ...input, runs: [{ ...one!, run: { ...one!.run, status: 'aborted' as const } }] };
    expect(runOf(cut).invocations[0].executionSuccessful).toBe(false);
  });

  test('the report’s id is the automation’s guid', () => {
    const input = sampleInput();
    expect(runOf(input).automationDetails.guid).toBeUndefined();
    const report = 'c2a1c1b4-2f0e-5c1f-8d2b-1b1a1f1e1d1c';
    const filed = { ...input, assessment: { ...input.assessment, report } };
    expect(runOf(filed).automationDetails).toEqual({
      guid: report,
      id: `probity/doorstep-camera/sample-2026/${report}`,
    });
  });

  test.each(HOSTILE)('hostile words leave no mark: %s', (_, word) => {
    const document = render(poisoned(wholeInput(), word));
    const log = JSON.parse(document);
    expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
    expect(document).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|\\u/u);
    expect(document.length).toBeLessThan(1_000_000);
    expect(readSarif(document).criteria).toEqual(expectedOf(wholeInput()).criteria);
    const texts: string[] = log.runs[0].results.map((one: Result) => one.message.text);
    for (const text of texts) expect(text).not.toMatch(/[^\\]\]\(|(?<!\{)\{\d+\}/);
  });
});
