import type { CheckResult, CriterionResult, Finding } from '../model/assessment.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import { criterionNotes, headOf, notesOf } from './head.ts';
import { type Element, element, xmlDocument } from './junit-xml.ts';
import { isWithdrawn } from './persons-view.ts';
import type { Reporter, ReportInput } from './report.ts';
import { againstBench, suitabilityWords } from './suitability-view.ts';
import { sentence } from './text.ts';
import { failingFirst, missingWords, tally, type View, viewOf } from './view.ts';
import { placeWords, THEME_TITLES, THEMES, VERDICT_NAMES } from './words.ts';

/** Most findings and missing things that one test names; how many more there are is said. */
const MOST = 50;

/** A test of the document: its verdict, and what is said of it, a line each. */
interface Test {
  readonly name: string;
  readonly classname: string;
  readonly verdict: CriterionVerdict;
  /** Every failing finding is only indicative. */
  readonly indicated: boolean;
  readonly message: string;
  readonly lines: readonly string[];
}

/** Lines up to a bound, and how many more there are. */
const bounded = (lines: readonly string[]): string[] =>
  lines.length <= MOST ? [...lines] : [...lines.slice(0, MOST), `… and ${lines.length - MOST} more`];

/**
 * What stands inside a test. Viewers show a test with nothing but output as green, and most of them a skipped one too: so
 * only what does not apply is skipped, and what is open or was not looked at is an error.
 */
const outcomeOf = ({ verdict, indicated, message, lines }: Test): Element => {
  if (verdict === 'pass') return element('system-out', {}, [message, ...lines]);
  const name = verdict === 'fail' ? 'failure' : verdict === 'not-applicable' ? 'skipped' : 'error';
  const type = verdict === 'fail' && indicated ? 'fail-indicated' : verdict;
  return element(name, { type, message }, lines);
};

const testcase = (test: Test): Element =>
  element('testcase', { name: test.name, classname: test.classname }, [outcomeOf(test)]);

const countsOf = (tests: readonly Test[]) => {
  const counts = tally(tests);
  return {
    tests: tests.length,
    failures: counts.fail,
    errors: counts.inconclusive + counts['not-assessed'],
    skipped: counts['not-applicable'],
  };
};

const findingLine = (finding: Finding, view: View): string =>
  [
    `${VERDICT_NAMES[finding.verdict]} at ${placeWords(finding.about)}: ${sentence(finding.because)}`,
    sentence(`Expected: ${finding.expected}`),
    ...notesOf(finding, view),
  ].join(' ');

const checkTest = (result: CheckResult, view: View): Test => {
  const { check, component, title, verdict, theme, built } = result;
  const findings = failingFirst(result.findings.flatMap((id) => view.findings.get(id)?.finding ?? []));
  const deciding = findings.filter((one) => one.verdict === verdict && !isWithdrawn(one));
  const indicated = deciding.length > 0 && deciding.every(({ strength }) => strength === 'indicative');
  const within = verdict === 'pass' ? ' within the stated coverage' : '';
  const how = verdict === 'fail' && indicated ? ', indicated, not conclusive' : within;
  return {
    name: `${check} on ${component}`,
    classname: `checks.${theme}`,
    verdict,
    indicated: verdict === 'fail' && indicated,
    message: `${VERDICT_NAMES[verdict]}${how}: ${title}. ${deciding[0]?.because ?? ''}${built ? '' : ' The check is not built.'}`,
    lines: bounded(findings.map((one) => findingLine(one, view))),
  };
};

const criterionTest = (result: CriterionResult, profile: string, view: View): Test => {
  const { id, title, verdict, because, components } = result;
  const missing = components.flatMap((one) =>
    one.missing.map((each) => `Missing: ${missingWords(each, view.profile)}`),
  );
  const within = verdict === 'pass' ? ' within the stated coverage' : '';
  return {
    name: `${id}: ${title}`,
    classname: `criteria.${profile}`,
    verdict,
    indicated: false,
    message: `${VERDICT_NAMES[verdict]}${within}: ${because}`,
    lines: [
      ...criterionNotes(result, view),
      ...bounded(components.map((one) => `${one.component}: ${VERDICT_NAMES[one.verdict]}. ${one.because}`)),
      ...bounded([...new Set(missing)]),
    ],
  };
};

/** What stands beside the checks: findings about decisions and crosswalks, a check each; and a bench that was not suitable. */
const noteTests = (input: ReportInput, view: View): Test[] => [
  ...againstBench(input.assessment).map((message) => ({
    name: 'bench-suitable',
    classname: 'notes',
    verdict: 'inconclusive' as const,
    indicated: false,
    message,
    lines: suitabilityWords(input.assessment).slice(1),
  })),
  ...view.checks
    .filter(({ results }) => results.length === 0)
    .map(({ check, title, findings }) => {
      const [first] = findings;
      const verdict = first?.finding.verdict ?? 'inconclusive';
      return {
        name: check,
        classname: 'notes',
        verdict,
        indicated: false,
        message: `${VERDICT_NAMES[verdict]}: ${title}. ${first?.finding.because ?? ''}`,
        lines: bounded(findings.map(({ finding }) => findingLine(finding, view))),
      };
    }),
];

const property = (name: string, value: string): Element => element('property', { name, value });

const suite = (name: string, tests: readonly Test[], input: ReportInput, properties: readonly Element[]): Element =>
  element('testsuite', { name, ...countsOf(tests), timestamp: input.assessment.judgedAt }, [
    element('properties', {}, properties),
    ...tests.map(testcase),
  ]);

/**
 * `junit.xml`: a suite for each theme of checks, a test for each check on a component; a suite of what is
 * said beside them, where anything is; and a suite of the criteria that
 * are judged themselves, with their headings as properties: a heading that says no more than its leaves would count them twice.
 */
export const junit: Reporter = {
  format: 'junit',
  file: 'junit.xml',
  mediaType: 'application/xml',
  render: (input) => {
    const { assessment } = input;
    const view = viewOf(input);
    const head = headOf(input).map(({ name, value }) => property(name, value));
    const byTheme = THEMES.map((theme) => ({
      name: `Checks: ${THEME_TITLES[theme]}`,
      tests: assessment.checks.filter((one) => one.theme === theme).map((one) => checkTest(one, view)),
    })).filter(({ tests }) => tests.length > 0);
    const notes = noteTests(input, view);
    const criteria = view.judged.map((one) => criterionTest(one, assessment.profile.id, view));
    const headings = assessment.criteria
      .filter(({ heading }) => heading)
      .map(({ id, verdict }) => property(`heading ${id}`, verdict));
    const { skipped: _, ...all } = countsOf([...byTheme.flatMap(({ tests }) => tests), ...notes, ...criteria]);
    return xmlDocument(
      element('testsuites', { name: `Probity: ${assessment.target} by ${assessment.profile.id}`, ...all }, [
        ...byTheme.map(({ name, tests }) => suite(name, tests, input, head)),
        ...(notes.length > 0 ? [suite('Notes', notes, input, head)] : []),
        suite(`Criteria: ${assessment.profile.title}`, criteria, input, [...head, ...headings]),
      ]),
    );
  },
};
