import type { CriterionResult, Finding } from '../model/assessment.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import { disposedWords } from './html-decided.tsx';
import { isHeededBy, isWithdrawn } from './persons-view.ts';
import { missingWords, type NamedFinding, namedFinding, type View } from './view.ts';
import { DIRECTION_WORDS, instantWords, MISSING_TITLES, placeWords, VERDICT_MEANINGS, VERDICT_NAMES } from './words.ts';

/** What formats without a layout of their own say of one criterion: plain sentences, not yet made safe to print. */

/** The findings of a criterion over its components, each once, those that do not stand in the report left out. */
export const findingsOf = ({ components }: CriterionResult, view: View): Finding[] =>
  [...new Set(components.flatMap(({ findings }) => findings))].flatMap((id) => view.findings.get(id)?.finding ?? []);

/** Whether the criterion is open although something fails: it is indicated and not shown. */
export const isIndicated = (result: CriterionResult, view: View): boolean =>
  result.verdict === 'inconclusive' &&
  findingsOf(result, view).some((finding) => finding.verdict === 'fail' && !isWithdrawn(finding));

/** Whether a pass rests on what the maker declared. */
export const restsOnDeclaration = ({ verdict, components }: CriterionResult): boolean =>
  verdict === 'pass' && components.some(({ restsOn }) => restsOn === 'declaration');

const named = (verdict: CriterionVerdict): string =>
  verdict === 'pass' ? 'Pass within the stated coverage' : VERDICT_NAMES[verdict];

/** The verdict in words, and what it does not say. */
export const verdictSentences = (result: CriterionResult, view: View): string[] => [
  `${named(result.verdict)}. ${VERDICT_MEANINGS[result.verdict]}`,
  ...(restsOnDeclaration(result) ? ['It rests on the maker’s declaration.'] : []),
  ...(isIndicated(result, view) ? ['A failure is indicated and not shown: it is not settled.'] : []),
];

/** `Fail (indicated only): SSH, tcp/22: …`, with what was expected, and what persons decided of it. */
export const findingSentence = (finding: Finding): string => {
  const { verdict, strength, component, about, because, expected, gap } = finding;
  const how = verdict === 'fail' && strength === 'indicative' ? ' (indicated only)' : gap ? ' (not covered)' : '';
  const out = isWithdrawn(finding) ? ' [withdrawn, counts no longer]' : '';
  return `${VERDICT_NAMES[verdict]}${how}${out}: ${finding.check} on ${component}, ${placeWords(about)}: ${because} Expected: ${expected}`;
};

const componentSentences = ({ components, because: of }: CriterionResult): string[] =>
  components.map(({ component, verdict, because, restsOn }) => {
    const rests = restsOn === 'declaration' ? ' It rests on the maker’s declaration.' : '';
    return `${component}: ${named(verdict)}.${because === of ? '' : ` ${because}`}${rests}`;
  });

const missingSentences = ({ components }: CriterionResult, { profile, findingIds }: View): string[] => [
  ...new Set(
    components.flatMap(({ missing }) =>
      missing
        .filter(({ what, detail }) => what !== 'finding' || namedFinding(detail, findingIds).finding === undefined)
        .map((one) => `${MISSING_TITLES[one.what]}: ${missingWords(one, profile)}`),
    ),
  ),
];

const carriedSentences = ({ carried }: CriterionResult): string[] =>
  carried === undefined
    ? []
    : [
        `Carried over the crosswalk ${carried.crosswalk} (${DIRECTION_WORDS[carried.direction]}): ${named(carried.verdict)}. ${carried.because}`,
      ];

const personsSentences = (result: CriterionResult, view: View): string[] => {
  const { claims, attestations, attachments } = view.persons;
  return [
    ...(claims.get(result.id) ?? []).map(
      ({ why, component, acceptedBy }) =>
        `Declared not applicable${component === undefined ? '' : ` on ${component}`}: ${why} ` +
        (acceptedBy === undefined ? 'Nobody of the laboratory has accepted it.' : `Accepted by ${acceptedBy}.`),
    ),
    ...(attestations.get(result.id) ?? []).map(({ attestation: one, ended }) => {
      const who = `${one.by}${one.role === undefined ? '' : `, ${one.role}`}, for the ${one.for}`;
      const end = ended ? ' It had ended when this was judged.' : '';
      return `Attestation ${one.id} (${who}) says ${one.verdict} to ${one.settles.join(', ')}: ${one.statement}${end}`;
    }),
    ...(attachments.get(result.id) ?? []).map(({ name, by }) => `Filed as evidence by ${by}: ${name}`),
  ];
};

/** What was decided of its findings, a sentence each: the verdict stays as it is. */
export const decidedSentences = (result: CriterionResult, view: View): string[] => {
  const asked = view.profile.criteria.find(({ id }) => id === result.id);
  return findingsOf(result, view).flatMap((finding) => {
    const withdrawal = view.persons.withdrawals.get(finding.withdrawn ?? '')?.withdrawal;
    return [
      ...(view.persons.dispositions.get(finding.id) ?? [])
        .filter((one) => asked === undefined || isHeededBy(one, finding, asked))
        .map(
          (one) =>
            `${finding.id}: ${VERDICT_NAMES[finding.verdict]}, ${disposedWords(one)}. ${one.disposition.justification} ` +
            `Approved by ${one.disposition.approvedBy}. The verdict does not change.`,
        ),
      ...(withdrawal === undefined
        ? []
        : [
            `${finding.id}: withdrawn by ${withdrawal.by.join(' and ')}, ${instantWords(withdrawal.at)}: ${withdrawal.why}`,
          ]),
    ];
  });
};

/** Everything else that a reader of the criterion is told, the most important first. */
export const criterionSentences = (result: CriterionResult, view: View): string[] => [
  ...(result.reading === undefined ? [] : [`Read as: ${result.reading}`]),
  ...componentSentences(result),
  ...missingSentences(result, view),
  ...decidedSentences(result, view),
  ...personsSentences(result, view),
  ...carriedSentences(result),
];

/** How binding a criterion is. */
export const CRITERION_LEVELS: Record<CriterionResult['level'], string> = {
  must: 'required',
  should: 'recommended',
  info: 'informative',
};

/** The findings of a criterion by what they say of it; a withdrawn one says nothing any more. */
export const FINDING_KINDS = [
  ['Failing', ({ finding }: NamedFinding) => finding.verdict === 'fail' && !isWithdrawn(finding)],
  ['Withdrawn', ({ finding }: NamedFinding) => isWithdrawn(finding)],
  ['Open', ({ finding }: NamedFinding) => finding.verdict === 'inconclusive' && !isWithdrawn(finding)],
  ['Passing', ({ finding }: NamedFinding) => finding.verdict === 'pass' && !isWithdrawn(finding)],
  ['Not applicable', ({ finding }: NamedFinding) => finding.verdict === 'not-applicable' && !isWithdrawn(finding)],
] as const;
