import type { CriterionResult, Finding } from '../model/assessment.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import {
  criterionSentences,
  findingsOf,
  isIndicated,
  restsOnDeclaration,
  verdictSentences,
} from './criterion-words.ts';
import { disposedWords } from './html-decided.tsx';
import { attachmentId, attestationId, byTool, type Making, observationId } from './oscal-observations.ts';
import { line, property, prose, some, token } from './oscal-text.ts';
import { isWithdrawn } from './persons-view.ts';
import { placeWords, VERDICT_NAMES } from './words.ts';

/**
 * The state of a criterion in OSCAL, which has two. Only a pass is `satisfied`, so that a reader of the state alone never
 * takes silence, or a requirement that nobody met, for compliance; `reason` is `other` for what is neither pass nor fail,
 * and `verdict` among our properties tells those three apart.
 */
export const STATES: Record<CriterionVerdict, { state: 'satisfied' | 'not-satisfied'; reason: string }> = {
  pass: { state: 'satisfied', reason: 'pass' },
  fail: { state: 'not-satisfied', reason: 'fail' },
  inconclusive: { state: 'not-satisfied', reason: 'other' },
  'not-assessed': { state: 'not-satisfied', reason: 'other' },
  'not-applicable': { state: 'not-satisfied', reason: 'other' },
};

/** The id of a criterion's objective, which `local-definitions` define. */
export const objectiveId = (criterion: string): string => `${token(criterion)}.obj`;

/** Whether a finding is a risk: it fails, and nobody has taken it out. */
const isRisk = (finding: Finding): boolean => finding.verdict === 'fail' && !isWithdrawn(finding);

/** Criteria that failed by a person's word alone: no finding of theirs is a risk already. */
const failedByPerson = (result: CriterionResult, { view }: Making): boolean =>
  result.verdict === 'fail' && !result.heading && !findingsOf(result, view).some(isRisk);

const ofFinding = (finding: Finding, { view, named }: Making) => {
  const indicated = finding.strength === 'indicative';
  const decided = view.persons.dispositions.get(finding.id) ?? [];
  return {
    uuid: named('risk', finding.id),
    title: line(`${indicated ? 'Indicated, not shown: ' : ''}${finding.check}, ${placeWords(finding.about)}`, 400),
    description: line(finding.because),
    statement: prose(
      `Expected: ${finding.expected}`,
      indicated ? 'The failure is only indicated: what was seen does not decide it.' : 'What was seen decides it.',
    ),
    props: [
      ...property('finding', finding.id),
      ...property('check', finding.check),
      ...property('component', finding.component),
      ...property('strength', finding.strength),
      ...decided.flatMap((one) =>
        property('disposition', one.disposition.id, { class: one.is, remarks: line(disposedWords(one)) }),
      ),
    ],
    // A disposition changes what is done about a failure, never that it is there.
    status: 'open',
    origins: byTool(named),
    'mitigating-factors': some(
      decided.map(({ disposition, is, why }) => ({
        uuid: named('disposition', disposition.id, finding.id),
        description: prose(
          `${disposedWords({ disposition, is, why, findings: [] })}: ${disposition.justification}`,
          `Approved by ${disposition.approvedBy}. The verdict does not change.`,
        ),
      })),
    ),
    remediations: some(
      finding.remedy === undefined
        ? []
        : [
            {
              uuid: named('remedy', finding.id),
              lifecycle: 'recommendation',
              title: 'An opinion on how to mend it, not a result',
              description: line(finding.remedy),
            },
          ],
    ),
    'related-observations': [{ 'observation-uuid': observationId(named, finding.id) }],
  };
};

const ofPerson = (result: CriterionResult, { view, named }: Making) => ({
  uuid: named('risk-of-criterion', result.id),
  title: line(`Criterion ${result.id} fails`, 400),
  description: line(result.because),
  statement: prose('No finding of a probe fails it: a person’s statement or a carried verdict does.'),
  props: property('criterion', result.id),
  status: 'open',
  origins: byTool(named),
  'related-observations': some(
    (view.persons.attestations.get(result.id) ?? [])
      .filter(({ attestation }) => attestation.verdict === 'fail')
      .map(({ attestation }) => ({ 'observation-uuid': attestationId(named, attestation) })),
  ),
});

/** A risk for each failing finding, and for each criterion that fails without one. All of them are open. */
export const risksOf = (making: Making): object[] => [
  ...making.input.assessment.findings.filter(isRisk).map((finding) => ofFinding(finding, making)),
  ...making.input.assessment.criteria
    .filter((result) => failedByPerson(result, making))
    .map((result) => ofPerson(result, making)),
];

const relatedOf = (result: CriterionResult, { view, named }: Making): string[] => [
  ...findingsOf(result, view).map(({ id }) => observationId(named, id)),
  ...(view.persons.attestations.get(result.id) ?? []).map(({ attestation }) => attestationId(named, attestation)),
  ...(view.persons.attachments.get(result.id) ?? []).map((attachment) => attachmentId(named, attachment)),
];

const ofCriterion = (result: CriterionResult, making: Making) => {
  const { view, named } = making;
  const risks = [
    ...findingsOf(result, view)
      .filter(isRisk)
      .map(({ id }) => named('risk', id)),
    ...(failedByPerson(result, making) ? [named('risk-of-criterion', result.id)] : []),
  ];
  return {
    uuid: named('criterion', result.id),
    title: line(`${result.id}: ${result.title}`, 400),
    description: prose(`${VERDICT_NAMES[result.verdict]}: ${result.because}`),
    props: [
      ...property('criterion', result.id),
      ...property('verdict', result.verdict),
      ...property('heading', result.heading ? 'yes' : 'no'),
      ...property('parent', result.parent),
      ...property('level', result.level),
      ...property('kind', result.kind),
      ...property('basis', result.basis),
      ...property('rests-on', restsOnDeclaration(result) ? 'declaration' : undefined),
      ...property('indicated-failure', isIndicated(result, view) ? 'yes' : undefined),
      ...result.components.flatMap(({ component, verdict }) =>
        property('component-verdict', verdict, { remarks: line(component) }),
      ),
    ],
    origins: byTool(named),
    target: {
      type: 'objective-id',
      'target-id': objectiveId(result.id),
      title: line(result.title, 400),
      status: { ...STATES[result.verdict], remarks: prose(...verdictSentences(result, view)) },
      'implementation-status': result.verdict === 'not-applicable' ? { state: 'not-applicable' } : undefined,
    },
    'related-observations': some(relatedOf(result, making).map((uuid) => ({ 'observation-uuid': uuid }))),
    'related-risks': some(risks.map((uuid) => ({ 'risk-uuid': uuid }))),
    remarks: prose(...criterionSentences(result, view)) || undefined,
  };
};

/** A finding for each criterion, headings too, in the profile's order. */
export const criterionFindings = (making: Making): object[] =>
  making.input.assessment.criteria.map((result) => ofCriterion(result, making));
