import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { expectedOf, HOSTILE, poisoned } from '../../test/kit/read-back.ts';
import { readJunit } from '../../test/kit/read-formats-f2.ts';
import { reportInputs } from '../../test/kit/report-inputs.ts';
import { sampleInput } from '../../test/sample.ts';
import { TELNET, wholeInput } from '../../test/sample-whole.ts';
import { junit } from './junit.ts';
import { escapeXml } from './junit-xml.ts';
import type { ReportInput } from './report.ts';

const schema = readFileSync(new URL('../../test/schemas/junit/junit-10.xsd', import.meta.url), 'utf8');
const render = (input: ReportInput): string => String(junit.render(input));

/** What xmllint says of each document by its name; one process for all, for each costs its start. */
const problems = async (documents: readonly (readonly [string, string])[]): Promise<Record<string, string[]>> => {
  const xml = documents.map(([, contents], index) => ({ fileName: `document-${index}.xml`, contents }));
  const { errors } = await validateXML({ xml, schema, maxMemoryPages: 8192 });
  return Object.fromEntries(
    documents.map(([name], index) => [
      name,
      errors.filter(({ loc }) => loc?.fileName === `document-${index}.xml`).map(({ message }) => message),
    ]),
  );
};

const casesOf = (document: string): string[] => document.match(/<testcase [\s\S]*?<\/testcase>/g) ?? [];
const caseOf = (document: string, name: string): string =>
  casesOf(document).find((one) => one.includes(`name="${name}`)) ?? '';

describe('junit.xml', () => {
  test.each(reportInputs())('%s: says what the assessment says', (_, input) => {
    const document = render(input);
    const expected = expectedOf(input);
    expect(readJunit(document)).toEqual(expected);
    expect(render(structuredClone(input))).toBe(document);
  });

  test('all keep to the schema, with whatever words in them', async () => {
    const whole = reportInputs().map(([name, input]) => [name, render(input)] as const);
    const hostile = HOSTILE.map(([name, word]) => [name, render(poisoned(wholeInput(), word))] as const);
    const found = await problems([...whole, ...hostile]);
    expect(Object.values(found).flat()).toEqual([]);
    expect(Object.keys(found)).toHaveLength(whole.length + hostile.length);
  });

  test('the validator bites', async () => {
    const document = render(sampleInput());
    const found = await problems([
      ['whole', document],
      ['an unknown element', document.replace('<failure ', '<broken ').replace('</failure>', '</broken>')],
      ['a suite without its name', document.replace(/<testsuite name="[^"]*"/, '<testsuite')],
      ['not well formed', document.replace('</testsuites>', '')],
    ]);
    expect(Object.entries(found).map(([name, all]) => [name, all.length > 0])).toEqual([
      ['whole', false],
      ['an unknown element', true],
      ['a suite without its name', true],
      ['not well formed', true],
    ]);
  });

  test('counts are those of the tests inside, in every suite and over all', () => {
    for (const [, input] of reportInputs()) {
      const document = render(input);
      const counted = (text: string) => [
        casesOf(text).length,
        ...['<failure ', '<error ', '<skipped '].map((start) => text.split(start).length - 1),
      ];
      const said = (tag: string) =>
        ['tests', 'failures', 'errors', 'skipped'].map((name) =>
          Number(tag.match(new RegExp(` ${name}="(\\d+)"`))?.[1]),
        );
      const suites = document.match(/<testsuite [\s\S]*?<\/testsuite>/g) ?? [];
      for (const suite of suites) expect(said(suite.slice(0, suite.indexOf('>')))).toEqual(counted(suite));
      const [tests, failures, errors] = counted(document);
      const [, root = ''] = document.split('\n');
      expect(said(root).slice(0, 3)).toEqual([tests, failures, errors]);
      expect(tests).toBe(
        input.assessment.checks.length +
          input.assessment.criteria.filter((one) => !one.heading || one.components.length > 0).length +
          document.split(' classname="notes"').length -
          1,
      );
    }
  });

  test('only a pass has nothing but output, and only what does not apply is skipped', () => {
    const document = render(sampleInput());
    expect(caseOf(document, 'keys-strong on camera')).toMatch(
      /<system-out>Pass within the stated coverage: Keys are strong/,
    );
    expect(caseOf(document, 'login-guessing-limited')).not.toMatch(/<(failure|error|skipped)/);
    expect(caseOf(document, 'default-credentials-rejected')).toMatch(/<failure type="fail" message="Fail: /);
    expect(caseOf(document, 'tls-certificate-valid')).toMatch(
      /<failure type="fail-indicated" message="Fail, indicated, not conclusive: /,
    );
    expect(caseOf(document, 'update-image-signed')).toMatch(/<skipped type="not-applicable" message="Not applicable: /);
    expect(caseOf(document, 'device-identifiable')).toMatch(/<error type="inconclusive" .*The check is not built\./);
    expect(caseOf(document, 'DOC-1: ')).toMatch(/<error type="not-assessed" message="Not assessed: /);
    expect(caseOf(document, 'IAC-1b: ')).toMatch(/<error type="inconclusive" message="Could not tell: /);
    expect(caseOf(document, 'IAC-1a: ')).toMatch(/Rests on the maker’s declaration \(camera\)\./);
    expect(caseOf(document, 'DP: ')).toBe('');
  });

  test('what persons decided stands beside a verdict that stays', () => {
    const document = render(wholeInput());
    expect(caseOf(document, 'tls-versions-current')).toMatch(
      /<failure type="fail"[\s\S]*risk accepted until 2027-01-31/,
    );
    expect(caseOf(document, 'tls-versions-current')).toContain('the verdict does not change');
    expect(caseOf(document, TELNET.split('@')[0] ?? '')).toContain('withdrawn (W-1): it counts no longer');
  });

  test('a heading that fails by itself, a bench that was not suitable and what is said beside the checks are not green', () => {
    const input = wholeInput();
    const { assessment } = input;
    const [dp] = assessment.criteria;
    const own = { component: 'camera', verdict: 'fail' as const, findings: [], because: 'So said.', missing: [] };
    const suitability = {
      schema: 1 as const,
      tool: 'probity 0',
      passes: [],
      suitable: false,
      because: 'nothing answered',
    };
    const note = { ...assessment.findings[0]!, check: 'dispositions-in-force', verdict: 'inconclusive' as const };
    const document = render({
      ...input,
      assessment: {
        ...assessment,
        suitability,
        findings: [...assessment.findings, { ...note, id: 'n', because: 'The waiver "D-2" has expired.' }],
        criteria: assessment.criteria.map((one) =>
          one === dp ? { ...one, components: [own] } : one.heading ? one : { ...one, verdict: 'pass' as const },
        ),
      },
    });
    expect(caseOf(document, 'DP: ')).toMatch(/<failure type="fail"[\s\S]*camera: Fail\. So said\./);
    expect(caseOf(document, 'bench-suitable')).toMatch(
      /<error type="inconclusive" message="The bench was not shown to be suitable: nothing answered\."/,
    );
    expect(caseOf(document, 'dispositions-in-force')).toMatch(
      /<error type="inconclusive"[^>]*&quot;D-2&quot; has expired/,
    );
    expect(caseOf(render(input), 'bench-suitable')).toBe('');
  });

  test.each(HOSTILE)('hostile words leave no mark: %s', (_, word) => {
    const document = render(poisoned(wholeInput(), word));
    expect(document).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Cn}]|<script|<img|<!\[CDATA/u);
    expect(document.length).toBeLessThan(1_000_000);
    const { criteria, checks } = readJunit(document);
    expect({ criteria, checks }).toEqual({
      criteria: expectedOf(wholeInput()).criteria,
      checks: expectedOf(wholeInput()).checks,
    });
  });

  test('no character is left that XML has no place for', () => {
    expect(escapeXml('a\u0000\u0008\u000b\ud800\ufffe<&>"\'\n')).toBe('a␀␈␋⟨U+D800⟩⟨U+FFFE⟩&lt;&amp;&gt;&quot;&apos;␊');
  });
});
