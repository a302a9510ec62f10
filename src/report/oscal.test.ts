import { lexer, type Token } from 'marked';
import { describe, expect, test } from 'vitest';
import { placesOf, referenceProblems, schemaProblems } from '../../test/kit/oscal.ts';
import { expectedOf, HOSTILE, poisoned } from '../../test/kit/read-back.ts';
import { hasProperty, type OscalDocument, oscalResult, propertyOf, readOscal } from '../../test/kit/read-formats-f1.ts';
import { reportInputs } from '../../test/kit/report-inputs.ts';
import { sampleInput } from '../../test/sample.ts';
import { TELNET, TLS, wholeInput } from '../../test/sample-whole.ts';
import type { Lab } from '../model/lab.ts';
import { oscal } from './oscal.ts';
import { token } from './oscal-text.ts';
import type { ReportInput } from './report.ts';

const REPORT = '0b9d3b5e-6a4e-5a65-9a55-0f6f2a3c1d10';

const filedInput = (input: ReportInput, more: Partial<ReportInput['assessment']> = {}): ReportInput => ({
  ...input,
  assessment: { ...input.assessment, report: REPORT, ...more },
});

const render = (input: ReportInput): string => String(oscal.render(input));
const parsed = (input: ReportInput): OscalDocument => JSON.parse(render(input));

describe.each(reportInputs())('OSCAL of %s', (_, input) => {
  const text = render(input);

  test('keeps to NIST’s schema, and everything referred to is there once', () => {
    const document = JSON.parse(text);
    expect(schemaProblems(document)).toEqual([]);
    expect(referenceProblems(document)).toEqual([]);
  });

  test('says what the assessment says, criterion by criterion and check by check', () => {
    expect(readOscal(text)).toEqual(expectedOf(input));
  });

  test('is satisfied where it passes and nowhere else', () => {
    const expected = new Map(input.assessment.criteria.map(({ id, verdict }) => [id, verdict]));
    for (const finding of oscalResult(text).findings) {
      const verdict = expected.get(propertyOf(finding, 'criterion'));
      const { state, reason } = finding.target.status;
      expect([verdict, state]).toEqual([verdict, verdict === 'pass' ? 'satisfied' : 'not-satisfied']);
      expect([verdict, reason]).toEqual([verdict, verdict === 'pass' || verdict === 'fail' ? verdict : 'other']);
    }
  });

  test('is the same bytes from the same input', () => {
    expect(render(structuredClone(input))).toBe(text);
  });
});

describe('OSCAL of the whole sample', () => {
  const document = parsed(filedInput(wholeInput()));
  const result = oscalResult(JSON.stringify(document));
  const finding = (id: string) => {
    const [one] = result.findings.filter((each) => propertyOf(each, 'criterion') === id);
    if (one === undefined) throw new Error(`no finding of ${id}`);
    return one;
  };
  const observations = (kind: string) => result.observations.filter((one) => propertyOf(one, 'said-of') === kind);

  test('is the report, by its id, at the instant of the judgement', () => {
    const { uuid, metadata } = document['assessment-results'];
    expect(uuid).toBe(REPORT);
    expect(metadata['oscal-version']).toBe('1.2.0');
    expect(metadata['last-modified']).toBe('2026-11-22T10:25:00.000Z');
    expect([result.start, result.end]).toEqual(['2026-11-22T10:15:00.000Z', '2026-11-22T10:24:51.000Z']);
    expect(propertyOf(metadata, 'kind-of-report')).toBe('Engineering run, not a test report');
  });

  test.each([
    ['KEY-1', /^Pass within the stated coverage\./],
    ['DP-1', /^Not assessed\. Nobody has looked/],
    ['IAC-1b', /^Could not tell\. .*neither a pass nor a fail/],
    ['DP-2', /^Fail\. /],
  ])('says of %s in words', (id, words) => {
    expect(finding(id).target.status.remarks).toMatch(words);
  });

  test('tells an indicated failure from a shown one', () => {
    const risk = (result.risks ?? []).filter(({ title }) => title.startsWith('Indicated, not shown'));
    expect(risk.map((one) => propertyOf(one, 'strength'))).toEqual(['indicative']);
    const input = wholeInput();
    const criteria = input.assessment.criteria.map((one) =>
      one.id === 'DP-2' ? { ...one, verdict: 'inconclusive' as const } : one,
    );
    const [open] = oscalResult(render(filedInput(input, { criteria }))).findings.filter(
      (one) => propertyOf(one, 'criterion') === 'DP-2',
    );
    expect(propertyOf(open!, 'indicated-failure')).toBe('yes');
    expect(open?.target.status.remarks).toContain('indicated and not shown');
  });

  test('says where a pass rests on a declaration, and what does not apply', () => {
    const criteria = wholeInput().assessment.criteria.map((one) => ({
      ...one,
      ...(one.id === 'IAC-1a'
        ? {
            verdict: 'pass' as const,
            components: one.components.map((each) => ({ ...each, verdict: 'pass' as const })),
          }
        : {}),
      ...(one.id === 'KEY-1' ? { verdict: 'not-applicable' as const } : {}),
    }));
    const { findings } = oscalResult(render(filedInput(wholeInput(), { criteria })));
    const rests = findings.filter((one) => hasProperty(one, 'rests-on'));
    expect(rests.map((one) => propertyOf(one, 'criterion'))).toEqual(['IAC-1a']);
    expect(rests[0]?.target.status.remarks).toContain('rests on the maker’s declaration');
    const [none] = findings.filter((one) => propertyOf(one, 'criterion') === 'KEY-1');
    expect(none?.target).toMatchObject({
      status: { state: 'not-satisfied', reason: 'other' },
      'implementation-status': { state: 'not-applicable' },
    });
  });

  test('links the evidence in the run’s folder, or names it by digest', () => {
    const hrefs = (input: ReportInput) =>
      oscalResult(render(input)).observations.flatMap((one) =>
        propertyOf(one, 'said-of') === 'finding' ? (one['relevant-evidence'] ?? []).map(({ href }) => href) : [],
      );
    const linked = hrefs(filedInput(wholeInput()));
    expect(linked.length).toBeGreaterThan(10);
    for (const href of linked) expect(href).toMatch(/^\.\.\/\.\.\/run\/evidence\/[0-9a-f]{64}$/);
    const { evidence: _, ...apart } = filedInput(wholeInput());
    const named = hrefs(apart);
    expect(named).toHaveLength(linked.length);
    for (const href of named) expect(href).toMatch(/^#[0-9a-f-]{36}$/);
    expect(referenceProblems(parsed(apart))).toEqual([]);
    expect(schemaProblems(parsed(apart))).toEqual([]);
  });

  test('probes test, the laboratory examines, the maker is asked', () => {
    const methods = (kind: string) => observations(kind).map((one) => one.methods);
    expect(new Set(methods('finding').flat())).toEqual(new Set(['TEST']));
    expect(methods('attestation')).toEqual([['EXAMINE'], ['INTERVIEW']]);
    expect(methods('attachment')).toEqual([['EXAMINE']]);
  });

  test('a disposition closes no risk, and a withdrawn finding is none', () => {
    expect(new Set((result.risks ?? []).map(({ status }) => status))).toEqual(new Set(['open']));
    const of = new Map((result.risks ?? []).map((one) => [propertyOf(one, 'finding'), one]));
    expect(of.get(TLS)?.['mitigating-factors']?.[0]?.description).toMatch(
      /^risk accepted until 2027-01-31.*The pictures are public\.[\s\S]*The verdict does not change\.$/,
    );
    expect(of.has(TELNET)).toBe(false);
    const withdrawn = observations('finding').filter((one) => hasProperty(one, 'withdrawn'));
    expect(withdrawn.map((one) => propertyOf(one, 'finding'))).toEqual([TELNET]);
    expect(propertyOf(withdrawn[0]!, 'verdict')).toBe('fail');
  });

  test('remedies are opinions, and left out with the remedies', () => {
    const lifecycles = (input: ReportInput) =>
      (oscalResult(render(input)).risks ?? []).flatMap((one) => one.remediations ?? []).map((one) => one.lifecycle);
    expect(lifecycles(sampleInput())).toEqual(['recommendation']);
    const findings = sampleInput().assessment.findings.map(({ remedy: __, ...one }) => one);
    expect(lifecycles(filedInput(sampleInput(), { findings, remedies: 'left-out' }))).toEqual([]);
  });

  test('names the laboratory, its customer and the three who sign', () => {
    const lab: Lab = {
      laboratory: { name: 'Bench 4', address: '1 Lab Road\nTown', contact: 'bench@lab.test', accreditation: 'L-1' },
      customer: { name: 'Example Vision', address: '2 Maker Street' },
      number: 'TR-7',
      items: [
        { component: 'camera', model: 'EV-210', condition: 'new', photographs: [{ file: 'front.jpg' }] },
        { component: 'elsewhere', serial: '1', photographs: [] },
      ],
      tester: { name: 'L. Tester', role: 'engineer' },
      reviewer: { name: 'R. Reviewer', role: 'senior engineer' },
      authoriser: { name: 'A. Head', role: 'head of laboratory' },
    };
    const own = parsed(filedInput(wholeInput(), { lab }));
    expect(schemaProblems(own)).toEqual([]);
    expect(referenceProblems(own)).toEqual([]);
    const { parties, roles } = own['assessment-results'].metadata;
    expect(roles?.map(({ id }) => id)).toEqual(['laboratory', 'customer', 'tester', 'reviewer', 'authoriser']);
    // The tester attested too, and is one party.
    expect(parties?.map(({ name }) => name)).toEqual(
      ['Bench 4', 'Example Vision', 'L. Tester', 'R. Reviewer', 'A. Head', 'P. Maker', 'C. Owner', 'S. Second'].sort(
        (a, b) => (parties ?? []).findIndex(({ name }) => name === a) - (parties ?? []).findIndex((p) => p.name === b),
      ),
    );
    expect(parties).toHaveLength(8);
  });

  test('UUIDs hang on the report’s id; without one, on the runs, the profile and the instant', () => {
    const ids = (input: ReportInput) =>
      new Set(placesOf(parsed(input)).flatMap((one) => (one.key === 'uuid' ? one.value : [])));
    const shared = (a: ReportInput, b: ReportInput) => {
      const others = ids(b);
      return [...ids(a)].filter((id) => others.has(id)).length;
    };
    const later = { judgedAt: '2026-11-23T00:00:00.000Z' };
    const bare = sampleInput();
    expect(shared(filedInput(bare), filedInput(bare, later))).toBe(ids(filedInput(bare)).size);
    expect(shared(filedInput(bare), bare)).toBe(0);
    expect(shared(bare, { ...bare, assessment: { ...bare.assessment, ...later } })).toBe(0);
    // A report’s id of a version that OSCAL does not take is still the report’s, and the document has another.
    const seventh = filedInput(bare, { report: '01935a3e-5c00-7000-8000-000000000000' });
    expect(schemaProblems(parsed(seventh))).toEqual([]);
    expect(readOscal(render(seventh)).report).toBe('01935a3e-5c00-7000-8000-000000000000');
  });

  test('a run that is not there, or has no end, leaves a document that is still whole', () => {
    const none = parsed({ ...filedInput(wholeInput()), runs: [] });
    expect([schemaProblems(none), referenceProblems(none)]).toEqual([[], []]);
    const [one] = sampleInput().runs;
    const going = { ...sampleInput(), runs: [{ ...one!, run: { ...one!.run, endedAt: undefined } }] };
    expect(oscalResult(render(going)).end).toBeUndefined();
    expect(schemaProblems(parsed(going))).toEqual([]);
  });
});

describe('the validators bite', () => {
  /** What may be broken in a document: any field of any object. */
  interface Mutable {
    [key: string]: unknown;
  }
  const at = (within: unknown, ...path: string[]): Mutable =>
    path.reduce<unknown>((value, key) => (value as Mutable)[key], within) as Mutable;
  const finding = (document: Mutable) => at(document, 'results', '0', 'findings', '0');
  const broken = (change: (document: Mutable) => void): unknown => {
    const document: unknown = JSON.parse(render(sampleInput()));
    change(at(document, 'assessment-results'));
    return document;
  };

  test.each<[string, (document: Mutable) => void]>([
    ['no results', (one) => delete one.results],
    ['no state', (one) => delete at(finding(one), 'target', 'status').state],
    ['a state of its own', (one) => Object.assign(at(finding(one), 'target', 'status'), { state: 'partly' })],
    ['a token with a space', (one) => Object.assign(at(finding(one), 'target'), { 'target-id': 'DP 1' })],
    ['a token that begins with a digit', (one) => Object.assign(at(finding(one), 'target'), { 'target-id': '5.3-1' })],
    ['a UUID of version 7', (one) => Object.assign(one, { uuid: '01935a3e-5c00-7000-8000-000000000000' })],
    [
      'an instant without a zone',
      (one) => Object.assign(at(one, 'metadata'), { 'last-modified': '2026-11-22T10:25:00' }),
    ],
    ['a string with a space at its end', (one) => Object.assign(at(one, 'metadata'), { version: '1.0 ' })],
    ['a field of nobody’s', (one) => Object.assign(finding(one), { severity: 'high' })],
    ['an empty list', (one) => Object.assign(finding(one), { 'related-risks': [] })],
  ])('the schema refuses %s', (_, change) => {
    expect(schemaProblems(broken(change)).length).toBeGreaterThan(0);
  });

  test.each<[string, (document: Mutable) => void]>([
    ['an id defined twice', (one) => Object.assign(finding(one), { uuid: one.uuid })],
    [
      'an observation that is not there',
      (one) => Object.assign(finding(one), { 'related-observations': [{ 'observation-uuid': REPORT }] }),
    ],
    [
      'a risk that is an observation',
      (one) =>
        Object.assign(finding(one), {
          'related-risks': [{ 'risk-uuid': at(one, 'results', '0', 'observations', '0').uuid }],
        }),
    ],
    ['a target that is no objective', (one) => Object.assign(at(finding(one), 'target'), { 'target-id': 'DP-9.obj' })],
    ['a resource that is not there', (one) => Object.assign(at(one, 'import-ap'), { href: `#${REPORT}` })],
  ])('the references refuse %s', (_, change) => {
    const document = broken(change);
    expect(schemaProblems(document)).toEqual([]);
    expect(referenceProblems(document).length).toBeGreaterThan(0);
  });
});

describe('tokens', () => {
  test.each([
    ['KEY-1', 'KEY-1'],
    ['5.3-1', '_5.3-1'],
    ['a b:c', 'a_20_b_3a_c'],
    ['_5', '_5f_5'],
    ['Prüfung', 'Prüfung'],
    ['\ud800', '_d800_'],
    ['', '_'],
  ])('%j is %s', (id, expected) => {
    expect(token(id)).toBe(expected);
  });

  test('long ones are cut, and differ still', () => {
    const [one, other] = ['x', 'y'].map((end) => token(`${'a'.repeat(100_000)}${end}`));
    expect(one?.length).toBeLessThan(300);
    expect(one).not.toBe(other);
    expect(token(`${'\u{10400}'.repeat(100)}x`)).toMatch(/^(\p{L}|_)(\p{L}|\p{N}|[.\-_])*$/u);
    expect(token(`a${'\u{10400}'.repeat(100)}`)).toMatch(/^(\p{L}|_)(\p{L}|\p{N}|[.\-_])*$/u);
  });
});

describe('hostile words', () => {
  test.each(HOSTILE)('%s, in the ids of criteria and components', (_, word) => {
    const whole = wholeInput();
    const { assessment, profile } = whole;
    const of = (id: string): string => `${id}${word}`;
    const criteria = assessment.criteria.map((one) => ({
      ...one,
      id: of(one.id),
      parent: one.parent && of(one.parent),
    }));
    const asked = profile.criteria.map((one) => ({ ...one, id: of(one.id) }));
    const checks = assessment.checks.map((one) => ({ ...one, component: of(one.component) }));
    const document = parsed({
      ...whole,
      profile: { ...profile, criteria: asked },
      assessment: { ...assessment, criteria, checks },
    });
    expect(schemaProblems(document)).toEqual([]);
    expect(referenceProblems(document)).toEqual([]);
  });

  const MARKUP = new Set(['title', 'description', 'remarks', 'prose', 'statement', 'text']);
  const typesOf = (tokens: readonly Token[]): string[] =>
    tokens.flatMap((one) => [one.type, ...('tokens' in one && one.tokens ? typesOf(one.tokens) : [])]);

  test.each(HOSTILE)('%s', (name, word) => {
    const text = render(poisoned(wholeInput(), word));
    const document = JSON.parse(text);
    expect(schemaProblems(document)).toEqual([]);
    expect(referenceProblems(document)).toEqual([]);
    expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(text.length).toBeLessThan(1_000_000);
    if (name === 'a megabyte') return;
    const texts = placesOf(document).filter(({ key, within }) => MARKUP.has(key) && within.subject === undefined);
    expect(texts.length).toBeGreaterThan(100);
    const types = new Set(texts.flatMap(({ value }) => typesOf(lexer(value, { gfm: false }))));
    expect([...types].filter((type) => !['paragraph', 'text', 'escape', 'space'].includes(type))).toEqual([]);
  });
});
