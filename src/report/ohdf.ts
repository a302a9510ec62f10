import { v5 } from 'uuid';
import type { ComponentVerdict, CriterionResult, Disposed } from '../model/assessment.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import { criterionSentences, findingSentence, findingsOf, isIndicated, verdictSentences } from './criterion-words.ts';
import { disposedWords } from './html-decided.tsx';
import { labViewOf } from './lab-view.ts';
import { isHeededBy } from './persons-view.ts';
import type { Reporter, ReportInput } from './report.ts';
import { againstBench } from './suitability-view.ts';
import { visible } from './text.ts';
import { saysMore, type View, viewOf } from './view.ts';
import { DECISION_RULES, VERDICT_NAMES } from './words.ts';

/** The Heimdall Data Format as InSpec writes it for an execution (MITRE, `inspecjs`, exec-json 1.0). */

/**
 * Weight of a level. HDF has no field for it but the impact, and takes an impact of 0 as "not applicable": so `info` is not
 * 0, or a criterion that is for information would lose its verdict.
 */
const IMPACTS: Record<CriterionResult['level'], number> = { must: 0.7, should: 0.5, info: 0.1 };

type Status = 'passed' | 'failed' | 'skipped';

/** The status that makes HDF say of the whole control what the verdict says. */
const STATUSES: Record<CriterionVerdict, Status> = {
  pass: 'passed',
  fail: 'failed',
  inconclusive: 'skipped',
  'not-assessed': 'skipped',
  'not-applicable': 'skipped',
};

/** Namespace of the digests below (RFC 9562, 5.5). */
const PROFILES = 'e0f7b1f2-6d3c-5c1a-a3a7-94d1c2f0b6e5';

/**
 * The profile's digest. HDF requires one; a profile that came without has in its place two UUIDs of version 5, of its id
 * and edition, in hexadecimal: as long as a SHA-256, and none.
 */
const digestOf = ({ assessment: { profile } }: ReportInput): string =>
  profile.digest ??
  [1, 2].map((n) => v5(JSON.stringify([profile.id, profile.edition, n]), PROFILES).replaceAll('-', '')).join('');

/** `0.1.0` of `probity 0.1.0`. */
const releaseOf = (tool: string): string => visible(tool.replace(/^\S+ (?=\d)/, ''), 100);

interface Result {
  readonly status: Status;
  readonly code_desc: string;
  readonly message?: string;
  readonly skip_message?: string;
  readonly run_time: number;
  readonly start_time: string;
}

const texts = (lines: readonly string[]): string => lines.map((one) => visible(one)).join('\n');

const resultOf = (status: Status, about: string, message: string, at: string): Result => ({
  status,
  code_desc: about,
  ...(status === 'failed' ? { message } : {}),
  ...(status === 'skipped' ? { skip_message: message } : {}),
  run_time: 0,
  start_time: at,
});

/** What fails or is open of one component, a line each. */
const troubleOf = (ids: readonly string[], view: View): string[] =>
  ids.flatMap((id) => {
    const finding = view.findings.get(id)?.finding;
    return finding !== undefined && (finding.verdict === 'fail' || finding.verdict === 'inconclusive')
      ? [findingSentence(finding)]
      : [];
  });

/**
 * A result for each component. HDF makes a control of its results: one failed fails it, else one passed passes it. So a
 * component's result is `passed` or `failed` only where the criterion's verdict is not another; it is skipped otherwise,
 * with what was found on it in words.
 */
const ofComponent = (one: ComponentVerdict, result: CriterionResult, view: View, at: string): Result => {
  const { component, verdict, because, findings, restsOn } = one;
  const agrees = verdict === result.verdict || (verdict === 'pass' && result.verdict === 'fail');
  const rests = restsOn === 'declaration' ? ' It rests on the maker’s declaration.' : '';
  const name = verdict === 'pass' ? 'Pass within the stated coverage' : VERDICT_NAMES[verdict];
  const of =
    verdict === result.verdict ? '' : ` (of the criterion over all components: ${VERDICT_NAMES[result.verdict]})`;
  return resultOf(
    agrees ? STATUSES[verdict] : 'skipped',
    visible(`${component}: ${name}. ${because}${rests}`),
    texts([`${name} on ${component}${of}. ${because}`, ...troubleOf(findings, view)]),
    at,
  );
};

/** The results of a control; where no component carries the criterion's verdict, the criterion itself has one. */
const resultsOf = (result: CriterionResult, view: View, at: string): Result[] => {
  const results = result.components.map((one) => ofComponent(one, result, view, at));
  const status = STATUSES[result.verdict];
  if (results.some((one) => one.status === status)) return results;
  const words = [...verdictSentences(result, view), result.because];
  return [...results, resultOf(status, visible(`The criterion: ${result.because}`), texts(words), at)];
};

const disposedOf = (result: CriterionResult, view: View): Disposed[] => {
  const asked = view.profile.criteria.find(({ id }) => id === result.id);
  const all = findingsOf(result, view).flatMap((finding) =>
    (view.persons.dispositions.get(finding.id) ?? []).filter(
      (one) => asked === undefined || isHeededBy(one, finding, asked),
    ),
  );
  return [...new Set(all)];
};

/** Dispositions in force as a waiver whose control was run all the same: `skipped_due_to_waiver` would change its status. */
const waiverOf = (disposed: readonly Disposed[]) => {
  const inForce = disposed.filter(({ is }) => is === 'in-force');
  const expiries = inForce.map(({ disposition }) => disposition.expires);
  const [first] = expiries.sort((a, b) => Date.parse(a) - Date.parse(b));
  return first === undefined
    ? null
    : {
        expiration_date: visible(first, 100),
        justification: texts(inForce.map(({ disposition }) => disposition.justification)),
        message: texts(
          inForce.map(
            (one) =>
              `${disposedWords(one)}, approved by ${one.disposition.approvedBy}. The verdict does not change: ${one.why}.`,
          ),
        ),
        run: true,
        skipped_due_to_waiver: false,
      };
};

const listed = (list: readonly string[] | undefined) =>
  list === undefined || list.length === 0 ? undefined : list.map((one) => visible(one, 200));

const controlOf = (result: CriterionResult, view: View, input: ReportInput, at: string) => {
  const asked = view.profile.criteria.find(({ id }) => id === result.id);
  const findings = findingsOf(result, view);
  const disposed = disposedOf(result, view);
  const remedies = findings.flatMap(({ verdict, remedy }) =>
    verdict === 'fail' && remedy !== undefined ? [remedy] : [],
  );
  const sentences = criterionSentences(result, view);
  return {
    id: visible(result.id),
    title: visible(result.title),
    desc: texts([asked?.text ?? result.title, `${VERDICT_NAMES[result.verdict]}: ${result.because}`]),
    descriptions: [
      { label: 'verdict', data: texts(verdictSentences(result, view)) },
      ...(sentences.length > 0 ? [{ label: 'rationale', data: texts(sentences) }] : []),
      ...(findings.length > 0 ? [{ label: 'check', data: texts(findings.map(findingSentence)) }] : []),
      ...(remedies.length > 0 ? [{ label: 'fix', data: texts(['Opinions, not results:', ...new Set(remedies)]) }] : []),
    ],
    impact: result.verdict === 'not-applicable' ? 0 : IMPACTS[result.level],
    tags: {
      verdict: result.verdict,
      level: result.level,
      kind: result.kind,
      basis: result.basis,
      parent: result.parent === undefined ? undefined : visible(result.parent),
      indicated_failure: isIndicated(result, view) ? true : undefined,
      dispositions: listed(disposed.map((one) => `${one.disposition.id}: ${disposedWords(one)}`)),
      nist: listed(asked?.controls),
      csf: listed(asked?.csf),
      report: input.assessment.report,
    },
    refs: [],
    source_location: {},
    code: '',
    waiver_data: waiverOf(disposed),
    results: resultsOf(result, view, at),
  };
};

/** The leaves below a heading, however deep. */
const below = (id: string, criteria: readonly CriterionResult[]): string[] =>
  criteria
    .filter((one) => one.parent === id)
    .flatMap((one) => [...(one.heading ? [] : [one.id]), ...below(one.id, criteria)]);

const groupsOf = ({ criteria }: ReportInput['assessment']) =>
  criteria
    .filter(({ heading }) => heading)
    .map((heading) => ({
      id: visible(heading.id),
      title: visible(`${heading.title}: ${VERDICT_NAMES[heading.verdict]}`),
      controls: [...(saysMore(heading) ? [heading.id] : []), ...below(heading.id, criteria)].map((one) => visible(one)),
    }));

/** What HDF has no field for, as inputs of the profile. */
const attributesOf = (input: ReportInput) => {
  const { assessment } = input;
  const lab = labViewOf(input);
  const attribute = (name: string, value: string, more: object = {}) => ({
    name,
    options: { value: visible(value), ...more },
  });
  return [
    attribute('report', lab.id),
    attribute('kind of report', lab.kind),
    ...lab.missing.map((field) => attribute('missing for a test report', field)),
    ...lab.fields.map(({ name, value, from }) => attribute('field', value, { name: visible(name), from })),
    ...lab.statements.map((statement) => attribute('statement', statement)),
    attribute('tool', assessment.tool),
    attribute('judged at', assessment.judgedAt),
    attribute('decision rule', assessment.decisionRule, {
      description: DECISION_RULES[assessment.decisionRule].join(' '),
    }),
    attribute('verdict', assessment.verdict),
    ...assessment.runs.map(({ id, seal, state, status }) =>
      attribute('run', id, { seal: seal ?? null, state, status }),
    ),
    ...assessment.criteria
      .filter(({ heading }) => heading)
      .map(({ id, verdict }) => attribute('heading', id, { verdict })),
  ];
};

const total = (results: readonly Result[][], status: Status) => ({
  total: results.filter((all) => {
    const [first] = (['failed', 'passed', 'skipped'] as const).filter((one) => all.some((each) => each.status === one));
    return first === status;
  }).length,
});

/**
 * `ohdf.json`: a control for each criterion that is no heading, or one that says more than its leaves; a group for each heading. HDF's status of a control is
 * Passed, Failed or Not Applicable exactly where the verdict is, and Not Reviewed for "could not tell" and "not assessed",
 * which the tag `verdict` and the message tell apart.
 */
export const ohdf: Reporter = {
  format: 'ohdf',
  file: 'ohdf.json',
  mediaType: 'application/json',
  render: (input) => {
    const { assessment, runs } = input;
    const view = viewOf(input);
    const bench = againstBench(assessment);
    const starts = runs.map(({ run }) => run.startedAt).sort();
    const controls = view.judged.map((one) => controlOf(one, view, input, starts.at(-1) ?? assessment.judgedAt));
    const results = controls.map((control) => control.results);
    const document = {
      platform: { name: 'probity', release: releaseOf(assessment.tool), target_id: visible(assessment.target) },
      profiles: [
        {
          name: visible(assessment.profile.id),
          title: visible(assessment.profile.title),
          version: visible(assessment.profile.edition),
          sha256: digestOf(input),
          summary: `${labViewOf(input).kind}: ${VERDICT_NAMES[assessment.verdict]}`,
          supports: [],
          attributes: attributesOf(input),
          groups: groupsOf(assessment),
          controls,
          status: 'loaded',
          ...(bench.length > 0 ? { status_message: bench.join(' ') } : {}),
        },
      ],
      statistics: {
        duration: 0,
        controls: {
          passed: total(results, 'passed'),
          skipped: total(results, 'skipped'),
          failed: total(results, 'failed'),
        },
      },
      version: releaseOf(assessment.tool),
    };
    return `${JSON.stringify(document, null, 2)}\n`;
  },
};
