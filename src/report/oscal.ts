import type { PortsCovered } from '../model/assessment.ts';
import { labViewOf } from './lab-view.ts';
import { criterionFindings, objectiveId, risksOf } from './oscal-findings.ts';
import { type Making, observedOf, type Resource } from './oscal-observations.ts';
import { metadataOf, personId } from './oscal-parties.ts';
import { subjectsOf } from './oscal-subjects.ts';
import { documentId, instant, line, NAMESPACE, namedOf, property, prose, some, token } from './oscal-text.ts';
import { folderOf, type Reporter } from './report.ts';
import { relativeLink } from './text.ts';
import { viewOf } from './view.ts';
import {
  DECISION_RULES,
  LABEL_DISCLAIMER,
  LEVEL_WORDS,
  STATE_WORDS,
  VERDICT_MEANINGS,
  VERDICT_NAMES,
} from './words.ts';

const profileResource = ({ input: { assessment }, named }: Making): Resource => ({
  uuid: named('profile'),
  title: line(`${assessment.profile.title}, edition ${assessment.profile.edition}`),
  description:
    'The criteria that were judged by. There is no OSCAL assessment plan: the profile of criteria and the decision rule stand in its place.',
  props: [
    ...property('profile', assessment.profile.id),
    ...property('edition', assessment.profile.edition),
    ...property('sha-256', assessment.profile.digest),
    ...property('decision-rule', assessment.decisionRule),
    ...property('extends', assessment.profile.extends?.profile),
    ...(assessment.profile.excluded ?? []).flatMap(({ id, why }) => property('excluded', id, { remarks: line(why) })),
  ],
});

/** A run by its seal, which is the SHA-256 of its SHA256SUMS. */
const runResources = ({ input, named }: Making): Resource[] =>
  input.assessment.runs.map(({ id, seal, state, status }) => {
    const reported = input.runs.find(({ run }) => run.id === id);
    const folder = reported === undefined ? undefined : folderOf(input, reported);
    const href = folder === undefined ? undefined : relativeLink(folder, 'SHA256SUMS');
    return {
      uuid: named('run', id),
      title: line(`Run ${id}`),
      props: [
        ...property('run', id),
        ...property('seal', seal),
        ...property('state', state),
        ...property('status', status),
      ],
      rlinks:
        href === undefined
          ? undefined
          : [
              {
                href,
                'media-type': 'text/plain',
                hashes: seal === undefined ? undefined : [{ algorithm: 'SHA-256', value: seal }],
              },
            ],
    };
  });

/** The criteria as objectives of this assessment: what the findings' targets refer to. */
const objectivesOf = ({ input: { assessment, profile } }: Making) => {
  const asked = new Map(profile.criteria.map((one) => [one.id, one]));
  return assessment.criteria.map(({ id, title, parent }) => ({
    'control-id': token(id),
    description: line(title),
    props: [...property('criterion', id), ...property('parent', parent)],
    parts: [
      { id: objectiveId(id), name: 'assessment-objective', title: line(id), prose: line(asked.get(id)?.text ?? title) },
    ],
  }));
};

const reviewedOf = ({ input: { assessment } }: Making) => ({
  description: line(`All criteria of ${assessment.profile.id}, edition ${assessment.profile.edition}`),
  'control-selections': [{ 'include-controls': assessment.criteria.map(({ id }) => ({ 'control-id': token(id) })) }],
  'control-objective-selections': [
    { 'include-objectives': assessment.criteria.map(({ id }) => ({ 'objective-id': objectiveId(id) })) },
  ],
});

/** What was done when: each run that stands in the report, the passes over the references, and the judgement. */
const logOf = ({ input, named }: Making) => {
  const { assessment, runs } = input;
  const tester = assessment.lab?.tester;
  const by = tester === undefined ? undefined : [{ 'party-uuid': personId(named, tester.name), 'role-id': 'tester' }];
  return [
    ...runs.map(({ run, seal }) => ({
      uuid: named('log', run.id),
      title: line(`Run ${run.id}`),
      description: line(`${run.target.id}, ${STATE_WORDS[run.state]}: ${run.status}`),
      start: instant(run.startedAt) ?? instant(assessment.judgedAt),
      end: instant(run.endedAt),
      props: [...property('run', run.id), ...property('state', run.state), ...property('seal', seal)],
      links: assessment.runs.some(({ id }) => id === run.id)
        ? [{ href: `#${named('run', run.id)}`, rel: 'run' }]
        : undefined,
      'logged-by': by,
    })),
    ...(assessment.suitability?.passes ?? []).map((pass, index) => ({
      uuid: named('log', 'suitability', String(index)),
      title: line(`Known references, ${pass.when} the test`),
      description: prose(
        ...pass.references.map(({ name, kind, is, because }) => `${name} (${kind}): ${is}. ${because}`),
      ),
      start: instant(pass.at) ?? instant(assessment.judgedAt),
      end: instant(pass.endedAt),
      props: property('suitable', pass.suitable ? 'yes' : 'no'),
    })),
    {
      uuid: named('log', 'judged'),
      title: 'Judgement',
      description: line(`By the decision rule ${assessment.decisionRule}, without the device.`),
      start: instant(assessment.judgedAt),
      end: instant(assessment.judgedAt),
    },
  ];
};

const covered = ({ component, host, transport, whole, open, uncovered, silent }: PortsCovered): string =>
  [
    `${component} ${host} ${transport}: ${whole ? 'whole' : 'not whole'}`,
    `open ${open || 'none'}`,
    `not covered ${uncovered || 'none'}`,
    `silent ${silent || 'none'}`,
  ].join('; ');

const resultProps = ({ input: { assessment } }: Making) => [
  ...property('verdict', assessment.verdict),
  ...property('decision-rule', assessment.decisionRule),
  ...property('profile', assessment.profile.id),
  ...property('edition', assessment.profile.edition),
  ...property('target', assessment.target),
  ...property('remedies', assessment.remedies),
  ...property('suitable', assessment.suitability && (assessment.suitability.suitable ? 'yes' : 'no')),
  ...property('via-crosswalk', assessment.via && `${assessment.via.crosswalk}, edition ${assessment.via.edition}`),
  ...(assessment.ports ?? []).flatMap((one) => property('ports-covered', covered(one), { class: one.state })),
  ...(assessment.label?.levels ?? []).flatMap(({ title, is }) =>
    property('label-level', `${title}: ${LEVEL_WORDS[is]}`, { remarks: LABEL_DISCLAIMER }),
  ),
];

const resultOf = (making: Making, observations: readonly object[]) => {
  const { input, named, subjects } = making;
  const { assessment, runs } = input;
  const starts = runs.flatMap(({ run }) => instant(run.startedAt) ?? []).sort();
  const ends = runs.map(({ run }) => instant(run.endedAt));
  return {
    uuid: named('result'),
    title: line(`${assessment.target}: ${VERDICT_NAMES[assessment.verdict]}`),
    description: prose(`${VERDICT_NAMES[assessment.verdict]}. ${VERDICT_MEANINGS[assessment.verdict]}`),
    start: starts[0] ?? instant(assessment.judgedAt),
    // A run that is still going on has no end, and so these results have none.
    end: ends.every((end) => end !== undefined) ? [...ends].sort().at(-1) : undefined,
    props: resultProps(making),
    'local-definitions': subjects.definitions,
    'reviewed-controls': reviewedOf(making),
    attestations: some(
      labViewOf(input).statements.map((statement, index) => ({
        parts: [{ uuid: named('statement', String(index)), name: 'statement', ns: NAMESPACE, prose: line(statement) }],
      })),
    ),
    'assessment-log': { entries: logOf(making) },
    observations: some(observations),
    risks: some(risksOf(making)),
    findings: some(criterionFindings(making)),
    remarks: prose(...DECISION_RULES[assessment.decisionRule]),
  };
};

/**
 * `oscal-assessment-results.json`: OSCAL assessment-results 1.2, a finding for each criterion, an observation for each
 * finding, check, attestation and attachment, and an open risk for each failure. All verdicts stand among the properties
 * of the namespace `urn:probity:ns:oscal:1`, in our words.
 */
export const oscal: Reporter = {
  format: 'oscal',
  file: 'oscal-assessment-results.json',
  mediaType: 'application/json',
  render: (input) => {
    const named = namedOf(input.assessment);
    const making: Making = { input, view: viewOf(input), named, subjects: subjectsOf(input, named) };
    const { observations, resources } = observedOf(making);
    const document = {
      uuid: documentId(input.assessment, named),
      metadata: metadataOf(input, making.view, named),
      'import-ap': {
        href: `#${named('profile')}`,
        remarks: 'No assessment plan in OSCAL exists: the resource names the profile of criteria that was judged by.',
      },
      'local-definitions': { 'objectives-and-methods': some(objectivesOf(making)) },
      results: [resultOf(making, observations)],
      'back-matter': { resources: [profileResource(making), ...runResources(making), ...resources] },
    };
    return `${JSON.stringify({ 'assessment-results': document }, null, 2)}\n`;
  },
};
