import type { Assessment, CriterionResult, Disposed, Finding } from '../model/assessment.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import { criterionNotes, decisionsOf, headOf, notesOf, runsOf, toolOf } from './head.ts';
import { disposedWords } from './html-decided.tsx';
import { isHeededBy, isWithdrawn } from './persons-view.ts';
import type { Reporter, ReportInput } from './report.ts';
import { type Evidence, evidenceOf, REPORT_FOLDER } from './sarif-evidence.ts';
import { invocationsOf, logicalLocation, message, NOTIFICATIONS } from './sarif-run.ts';
import { sentence, visible } from './text.ts';
import { missingWords, saysMore, type View, viewOf } from './view.ts';
import { VERDICT_NAMES } from './words.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** Most evidence files, basis ids and missing things that one result names; how many more there are is said. */
const MOST = 20;

/** SARIF's kinds (3.27.9). What was not assessed is open too; `properties.verdict` tells them apart. */
const KINDS: Record<CriterionVerdict, string> = {
  fail: 'fail',
  pass: 'pass',
  inconclusive: 'open',
  'not-assessed': 'open',
  'not-applicable': 'notApplicable',
};

const words = (lines: readonly string[]): string =>
  lines
    .filter((line) => line !== '')
    .map(sentence)
    .join(' ');

/** At most `MOST` of a list, and how many were left out under `<name>LeftOut`. */
const bounded = (name: string, all: readonly unknown[]): Record<string, unknown> => ({
  [name]: all.slice(0, MOST),
  ...(all.length > MOST ? { [`${name}LeftOut`]: all.length - MOST } : {}),
});

/** Checks first, then criteria and their headings, in the order in which results name them by number. */
const rulesOf = ({ assessment }: ReportInput, view: View) => {
  const texts = new Map(view.profile.criteria.map(({ id, text }) => [id, text]));
  return [
    ...view.checks.map(({ check, title, theme, built, findings }) => ({
      id: visible(check, 200),
      shortDescription: { text: visible(title, 500) },
      help: { text: visible(`Expected: ${findings[0]?.finding.expected ?? title}`) },
      properties: { rule: 'check', theme, built },
    })),
    ...assessment.criteria.map(({ id, title, heading, level, kind, parent }) => ({
      id: visible(id, 200),
      shortDescription: { text: visible(title, 500) },
      help: { text: visible(texts.get(id) ?? title) },
      properties: { rule: heading ? 'heading' : 'criterion', level, kind, ...(parent === undefined ? {} : { parent }) },
    })),
  ];
};

/** Dispositions in force, where together they are heeded under every criterion that the finding counts for. */
const heededEverywhere = (finding: Finding, { criteria }: Assessment, { persons, profile }: View): Disposed[] => {
  const inForce = (persons.dispositions.get(finding.id) ?? []).filter(({ is }) => is === 'in-force');
  const counts = new Set(
    criteria.flatMap(({ id, components }) =>
      inForce.length > 0 && components.some(({ findings }) => findings.includes(finding.id)) ? [id] : [],
    ),
  );
  const asked = profile.criteria.filter(({ id }) => counts.has(id));
  return asked.every((criterion) => inForce.some((one) => isHeededBy(one, finding, criterion))) ? inForce : [];
};

/** Dispositions that a gate heeds throughout, and a withdrawal: the kind of the result stays what it is (3.27.23). */
const suppressionsOf = (finding: Finding, assessment: Assessment, view: View) => {
  const { persons } = view;
  const inForce = heededEverywhere(finding, assessment, view);
  const withdrawal = persons.withdrawals.get(finding.withdrawn ?? '')?.withdrawal;
  const accepted = { kind: 'external', status: 'accepted' };
  return [
    ...inForce.map((one) => {
      const { id, justification, approvedBy, expires, selects, kind } = one.disposition;
      const only = selects.criterion === undefined ? '' : `, for ${selects.criterion} only`;
      return {
        ...accepted,
        justification: visible(`${disposedWords(one)}${only}, approved by ${approvedBy}: ${justification}`),
        properties: { disposition: visible(id, 200), kind, expires },
      };
    }),
    ...(isWithdrawn(finding)
      ? [
          {
            ...accepted,
            justification: visible(
              `withdrawn, the tool was wrong here${withdrawal ? `, by ${withdrawal.by.join(' and ')}: ${withdrawal.why}` : ''}`,
            ),
            properties: { withdrawal: visible(finding.withdrawn ?? '', 200) },
          },
        ]
      : []),
  ];
};

/** The same for the same thing in every run of a device: state, check, component and place, never a run's id. */
const fingerprintOf = ({ id, run, facets }: Finding, { assessment }: ReportInput): string => {
  const plain = id.startsWith(`${run}:`) ? id.slice(run.length + 1) : id;
  const state = facets.state ?? assessment.runs.find((one) => one.id === run)?.state ?? 'operational';
  return visible(`${state}:${plain}`);
};

/**
 * An indicative failure is for a person to review (3.27.9): no viewer may show it as one that decides. What was withdrawn
 * and did not fail counts as open, and is shown as that.
 */
const kindOf = (finding: Finding): string => {
  const { verdict, strength } = finding;
  if (verdict === 'fail') return strength === 'indicative' ? 'review' : 'fail';
  return isWithdrawn(finding) ? 'open' : KINDS[verdict];
};

const levelOf = (kind: string): string => (kind === 'fail' ? 'error' : 'none');

const findingResult = (finding: Finding, ruleIndex: number, input: ReportInput, view: View, evidence: Evidence) => {
  const { id, check, run, verdict, strength, component, about, because, expected, basis, coverage } = finding;
  const kind = kindOf(finding);
  const files = evidence.of(finding);
  const [first] = files;
  return {
    ruleId: visible(check, 200),
    ruleIndex,
    kind,
    level: levelOf(kind),
    message: message(words([because, `Expected: ${expected}`, ...notesOf(finding, view)])),
    locations: [
      {
        ...(first === undefined ? {} : { physicalLocation: { artifactLocation: first } }),
        logicalLocations: [logicalLocation(component, about)],
      },
    ],
    partialFingerprints: { 'probityFinding/v1': fingerprintOf(finding, input) },
    suppressions: suppressionsOf(finding, input.assessment, view),
    attachments: files.slice(0, MOST).map((artifactLocation) => ({ artifactLocation })),
    properties: {
      result: 'finding',
      finding: visible(id),
      run,
      verdict,
      strength,
      component: visible(component, 200),
      ...(about.subject === undefined ? {} : { subject: visible(about.subject, 500) }),
      ...bounded(
        'basis',
        basis.map((one) => visible(one, 500)),
      ),
      ...(files.length > MOST ? { attachmentsLeftOut: files.length - MOST } : {}),
      ...(coverage === undefined ? {} : { coverage: { ...coverage, what: visible(coverage.what, 200) } }),
      ...(finding.restsOn === undefined ? {} : { restsOn: finding.restsOn }),
      ...(finding.gap === undefined ? {} : { gap: finding.gap }),
      ...(finding.remedy === undefined || isWithdrawn(finding) ? {} : { opinionOnRemedy: visible(finding.remedy) }),
      decisions: decisionsOf(finding, view),
    },
  };
};

const criterionResult = (result: CriterionResult, ruleIndex: number, { assessment }: ReportInput, view: View) => {
  const { id, verdict, basis, heading, because, components, title } = result;
  const kind = heading && !saysMore(result) ? 'informational' : KINDS[verdict];
  const missing = components.flatMap((one) => one.missing.map((each) => missingWords(each, view.profile)));
  return {
    ruleId: visible(id, 200),
    ruleIndex,
    kind,
    level: levelOf(kind),
    message: message(words([`${VERDICT_NAMES[verdict]}: ${title}.`, because, ...criterionNotes(result, view)])),
    locations: (components.length === 0 ? [assessment.target] : components.map(({ component }) => component)).map(
      (component) => ({ logicalLocations: [logicalLocation(component)] }),
    ),
    partialFingerprints: { 'probityCriterion/v1': visible(`${assessment.profile.id}:${id}`, 500) },
    suppressions: [],
    properties: {
      result: heading ? 'heading' : 'criterion',
      verdict,
      basis,
      components: components.map((one) => ({ component: visible(one.component, 200), verdict: one.verdict })),
      ...bounded(
        'stillToBeDone',
        [...new Set(missing)].map((one) => visible(one, 500)),
      ),
    },
  };
};

/**
 * `results.sarif`, SARIF 2.1.0: a result for each finding and each criterion, a rule for each check and criterion. The
 * level follows the verdict alone, and only a conclusive failure has one. Verdicts of checks are in the run's properties.
 */
export const sarif: Reporter = {
  format: 'sarif',
  file: 'results.sarif',
  mediaType: 'application/sarif+json',
  render: (input) => {
    const { assessment } = input;
    const view = viewOf(input);
    const evidence = evidenceOf(input, view);
    const { name, version } = toolOf(assessment);
    const rules = rulesOf(input, view);
    const ruleOf = new Map(view.checks.map(({ check }, index) => [check, index]));
    const results = [
      ...assessment.findings.map((one) => findingResult(one, ruleOf.get(one.check) ?? -1, input, view, evidence)),
      ...assessment.criteria.map((one, index) => criterionResult(one, view.checks.length + index, input, view)),
    ];
    const id = ['probity', assessment.target, assessment.profile.id, assessment.report ?? assessment.judgedAt];
    const once = headOf(input).filter(({ name: one }) => !['run', 'missing', 'statement'].includes(one));
    const all = (wanted: string) =>
      headOf(input)
        .filter((one) => one.name === wanted)
        .map(({ value }) => value);
    const run = {
      tool: {
        driver: {
          name: visible(name, 100),
          version: visible(version, 100),
          language: 'en',
          rules,
          notifications: NOTIFICATIONS,
        },
      },
      automationDetails: {
        id: id.map((part) => visible(part, 200).replaceAll('/', '-')).join('/'),
        ...(assessment.report === undefined ? {} : { guid: assessment.report }),
      },
      invocations: invocationsOf(input),
      originalUriBaseIds: { [REPORT_FOLDER]: { description: { text: 'The folder that this file lies in.' } } },
      artifacts: evidence.artifacts,
      results,
      properties: {
        ...Object.fromEntries(once.map(({ name: one, value }) => [one, value])),
        runs: runsOf(input),
        missingForTestReport: all('missing'),
        statements: all('statement'),
        checks: assessment.checks.map(({ check, component, verdict }) => ({
          check: visible(check, 200),
          component: visible(component, 200),
          verdict,
        })),
      },
    };
    return `${JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs: [run] }, null, 1)}\n`;
  },
};
