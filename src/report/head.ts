import type { CriterionResult, Finding } from '../model/assessment.ts';
import { disposedWords } from './html-decided.tsx';
import { labViewOf } from './lab-view.ts';
import { isWithdrawn } from './persons-view.ts';
import type { ReportInput } from './report.ts';
import { count, visible } from './text.ts';
import { targetOf, type View } from './view.ts';
import { BASIS_WORDS, STATE_WORDS, VERDICT_NAMES } from './words.ts';

/** One thing that a report says of itself, for formats that have no page to say it on. */
export interface HeadField {
  readonly name: string;
  readonly title: string;
  readonly value: string;
}

/** Longest value in a report's head, in characters. */
const LONGEST_VALUE = 500;

/** The tool's name and version, from `probity 0.1.0`. */
export const toolOf = ({ tool }: { tool: string }): { name: string; version: string } => {
  const at = tool.lastIndexOf(' ');
  return at === -1 ? { name: tool, version: '' } : { name: tool.slice(0, at), version: tool.slice(at + 1) };
};

/** Each run judged, with its state, how it ended and its seal. */
export const runsOf = ({ assessment: { runs } }: Pick<ReportInput, 'assessment'>): string[] =>
  runs.map(({ id, state, status, seal }) =>
    visible(`${id}: ${STATE_WORDS[state]}, ${status}, ${seal === undefined ? 'not sealed' : `seal ${seal}`}`),
  );

/** What was tested, by the name that people know it by. */
export const subjectOf = (input: ReportInput): string =>
  visible(targetOf(input)?.product?.name ?? input.assessment.target, 200);

/** What every format says of the assessment as a whole; a name may occur several times. Values are made visible. */
export const headOf = (input: ReportInput): HeadField[] => {
  const { assessment } = input;
  const { profile, via } = assessment;
  const lab = labViewOf(input);
  const field = (name: string, title: string, value: string): HeadField => ({
    name,
    title,
    value: visible(value, LONGEST_VALUE),
  });
  return [
    field('report', 'Report', lab.id),
    field('kind', 'Kind', lab.kind),
    ...lab.missing.map((one) => field('missing', 'Missing for a test report', one)),
    field('verdict', 'Verdict', assessment.verdict),
    field('target', 'Target', assessment.target),
    field('profile', 'Profile', profile.id),
    field('profileTitle', 'Profile’s title', profile.title),
    field('edition', 'Edition', profile.edition),
    ...(profile.digest === undefined ? [] : [field('profileDigest', 'Profile’s digest', profile.digest)]),
    ...(via === undefined ? [] : [field('via', 'Carried over', `${via.crosswalk}, ${via.edition}`)]),
    field('decisionRule', 'Decision rule', assessment.decisionRule),
    field('judgedAt', 'Judged at', assessment.judgedAt),
    field('tool', 'Tool', assessment.tool),
    ...runsOf(input).map((value) => field('run', 'Run', value)),
    ...(assessment.remedies === undefined ? [] : [field('remedies', 'Remedies', assessment.remedies)]),
    ...lab.statements.map((one) => field('statement', 'Statement', one)),
  ];
};

/** What persons decided of a finding, a line each: beside its unchanged verdict. */
export const decisionsOf = (finding: Finding, { persons }: View): string[] => {
  const disposed = (persons.dispositions.get(finding.id) ?? []).map(
    (one) => `${disposedWords(one)}, approved by ${one.disposition.approvedBy}; the verdict does not change`,
  );
  if (!isWithdrawn(finding)) return disposed.map((one) => visible(one, LONGEST_VALUE));
  const why = persons.withdrawals.get(finding.withdrawn ?? '')?.withdrawal.why;
  const words = `withdrawn (${finding.withdrawn}): it counts no longer${why === undefined ? '' : `; ${why}`}`;
  return [...disposed, words].map((one) => visible(one, LONGEST_VALUE));
};

/** What has to be said beside a finding's verdict: how far a failure and a pass go, and what they rest on. */
export const notesOf = (finding: Finding, view: View): string[] => {
  const { verdict, strength, coverage, restsOn } = finding;
  const tried =
    coverage === undefined ? undefined : `${coverage.tried} of ${coverage.of} ${visible(coverage.what, 100)}`;
  return [
    ...(verdict === 'fail' && strength === 'indicative' ? ['Indicated, not conclusive.'] : []),
    ...(verdict === 'pass' ? [`Pass within the stated coverage${tried === undefined ? '' : `: ${tried}`}.`] : []),
    ...(verdict !== 'pass' && tried !== undefined ? [`Tried: ${tried}.`] : []),
    ...(restsOn === undefined ? [] : ['Rests on the maker’s declaration.']),
    ...decisionsOf(finding, view).map((one) => `${VERDICT_NAMES[verdict]}, ${one}.`),
  ];
};

/** What has to be said beside a criterion's verdict: what it comes from, what it rests on, who accepted it. */
export const criterionNotes = (result: CriterionResult, { persons }: View): string[] => {
  const rests = result.components.filter(({ restsOn }) => restsOn !== undefined).map(({ component }) => component);
  const claims = persons.claims.get(result.id) ?? [];
  const missing = result.components.reduce((sum, one) => sum + one.missing.length, 0);
  return [
    ...(result.verdict === 'pass' ? ['Pass within the stated coverage.'] : []),
    `Basis: ${BASIS_WORDS[result.basis]}.`,
    ...(rests.length === 0 ? [] : [`Rests on the maker’s declaration (${rests.join(', ')}).`]),
    ...claims.map(({ why, acceptedBy }) =>
      visible(
        `Claimed not applicable: ${why}; ${acceptedBy ? `accepted by ${acceptedBy}` : 'accepted by nobody'}.`,
        LONGEST_VALUE,
      ),
    ),
    ...(result.carried === undefined
      ? []
      : [
          visible(
            `Carried over ${result.carried.crosswalk}: ${VERDICT_NAMES[result.carried.verdict]}. ${result.carried.because}`,
            LONGEST_VALUE,
          ),
        ]),
    ...(missing === 0 ? [] : [`Still to be done: ${count(missing, 'thing')}.`]),
  ];
};
