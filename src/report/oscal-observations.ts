import type { CheckResult, Finding } from '../model/assessment.ts';
import type { Attachment, Attestation, EvidenceFile } from '../model/person.ts';
import { personId } from './oscal-parties.ts';
import { type Subjects, toolId } from './oscal-subjects.ts';
import { instant, line, type Named, property, prose, some } from './oscal-text.ts';
import { isWithdrawn } from './persons-view.ts';
import { folderOf, type ReportInput } from './report.ts';
import { relativeLink } from './text.ts';
import type { Reference, View } from './view.ts';
import { NOTE_TITLES, placeWords, VERDICT_NAMES } from './words.ts';

/** What one document is made with. */
export interface Making {
  readonly input: ReportInput;
  readonly view: View;
  readonly named: Named;
  readonly subjects: Subjects;
}

/** A resource of the back matter: a file that is named by its digest, and lies where this document does not know. */
export interface Resource {
  readonly uuid: string;
  readonly title: string;
  readonly [field: string]: unknown;
}

/** Observations, and the resources that they refer to. */
export interface Observed {
  readonly observations: readonly object[];
  readonly resources: readonly Resource[];
}

export const observationId = (named: Named, finding: string): string => named('finding', finding);
export const attestationId = (named: Named, { id, criterion }: Attestation): string =>
  named('attestation', id, criterion);
export const attachmentId = (named: Named, { criterion, file }: Attachment): string =>
  named('attachment', criterion, file);

/** The tool as the origin of an observation, a risk or a finding. */
export const byTool = (named: Named) => [{ actors: [{ type: 'tool', 'actor-uuid': toolId(named) }] }];
const byPerson = (named: Named, name: string) => [{ actors: [{ type: 'party', 'actor-uuid': personId(named, name) }] }];

const referencesOf = ({ basis }: Finding, { references }: View): Reference[] =>
  basis.flatMap((id) => references.get(id) ?? []);

/** When the last of what a finding rests on was seen; for one that rests on nothing, when it was judged. */
const collectedAt = (finding: Finding, { input, view }: Making): string | undefined => {
  const times = referencesOf(finding, view).flatMap(
    ({ observation, attempt }) => instant(observation?.at ?? attempt.endedAt) ?? [],
  );
  return times.sort().at(-1) ?? instant(input.assessment.judgedAt);
};

/** A file by its digest: what it is called, and what is known of where it is. */
const fileResource = ({ file, sha256 }: EvidenceFile, named: Named): Resource => ({
  uuid: named('file', sha256, file),
  title: line(file),
  description: 'A file that a person named as evidence. It lies with the laboratory, not beside this document.',
  props: property('sha-256', sha256),
});

/** The evidence of a finding: a link into its run's folder, or, where that is not known, a resource with the digest. */
const evidenceOf = (finding: Finding, { input, view, named }: Making): { links: object[]; resources: Resource[] } => {
  const found = new Map(
    referencesOf(finding, view).flatMap(({ observation, attempt, run }) =>
      (observation?.evidence ?? attempt.evidence).map((digest) => [`${run.id} ${digest}`, { digest, run }] as const),
    ),
  );
  const links: object[] = [];
  const resources: Resource[] = [];
  for (const { digest, run } of found.values()) {
    const reported = input.runs.find((one) => one.run === run);
    const folder = reported === undefined ? undefined : folderOf(input, reported);
    const href = folder === undefined ? undefined : relativeLink(folder, 'evidence', digest);
    const uuid = named('evidence', run.id, digest);
    const description = `Recorded in run ${run.id}`;
    // The digest is the file's name; where there is no link to it, a resource holds it.
    links.push({ href: href ?? `#${uuid}`, description });
    if (href !== undefined) continue;
    const props = [...property('sha-256', digest), ...property('run', run.id)];
    resources.push({ uuid, title: `Evidence ${digest}`, description, props });
  }
  return { links, resources };
};

const findingProps = (finding: Finding) => [
  ...property('said-of', 'finding'),
  ...property('finding', finding.id),
  ...property('check', finding.check),
  ...property('component', finding.component),
  ...property('run', finding.run),
  ...property('verdict', finding.verdict),
  ...property('strength', finding.strength),
  ...property('place', placeWords(finding.about)),
  ...property('gap', finding.gap ? 'yes' : undefined),
  ...property('withdrawn', finding.withdrawn),
  ...property('rests-on', finding.restsOn),
  ...property(
    'coverage',
    finding.coverage && `${finding.coverage.tried} of ${finding.coverage.of} ${finding.coverage.what}`,
  ),
];

const ofFinding = (finding: Finding, making: Making): { observation: object; resources: Resource[] } => {
  const { links, resources } = evidenceOf(finding, making);
  const { named, subjects } = making;
  const { verdict, strength } = finding;
  const indicated = verdict === 'fail' && strength === 'indicative';
  return {
    observation: {
      uuid: observationId(named, finding.id),
      title: line(`${finding.check}: ${placeWords(finding.about)}`, 400),
      description: prose(
        `${VERDICT_NAMES[verdict]}${indicated ? ', indicated only' : ''}: ${finding.because}`,
        `Expected: ${finding.expected}`,
        isWithdrawn(finding) && 'Withdrawn by two persons: it counts no longer.',
      ),
      props: findingProps(finding),
      // What the judge says of persons’ decisions and of crosswalks is no test of a device.
      methods: [NOTE_TITLES[finding.check] === undefined ? 'TEST' : 'EXAMINE'],
      types: ['finding'],
      origins: byTool(named),
      subjects: some(subjects.of(finding.component)),
      'relevant-evidence': some(links),
      collected: collectedAt(finding, making),
    },
    resources,
  };
};

const ofCheck = (result: CheckResult, making: Making) => {
  const { view, named, subjects, input } = making;
  const findings = result.findings.flatMap((id) => view.findings.get(id)?.finding ?? []);
  const times = findings.flatMap((finding) => collectedAt(finding, making) ?? []);
  return {
    uuid: named('check', result.check, result.component),
    title: line(`${result.title} (${result.component})`, 400),
    description: prose(
      `Check ${result.check} on ${result.component}: ${VERDICT_NAMES[result.verdict]}, the worst of its findings.`,
      findings.length === 0 && 'No finding stands in the assessment.',
      !result.built && 'The check is named by the profile and was not built.',
    ),
    props: [
      ...property('said-of', 'check'),
      ...property('check', result.check),
      ...property('component', result.component),
      ...property('verdict', result.verdict),
      ...property('theme', result.theme),
      ...property('built', result.built ? 'yes' : 'no'),
    ],
    links: some(findings.map(({ id }) => ({ href: `#${observationId(named, id)}`, rel: 'finding' }))),
    methods: ['TEST'],
    types: ['discovery'],
    origins: byTool(named),
    subjects: some(subjects.of(result.component)),
    collected: times.sort().at(-1) ?? instant(input.assessment.judgedAt),
  };
};

const filesOf = (files: readonly EvidenceFile[], named: Named) =>
  some(
    files.map((file) => ({
      href: `#${fileResource(file, named).uuid}`,
      description: line(file.file),
      props: property('sha-256', file.sha256),
    })),
  );

/** A person's statement: the laboratory's examined something, the maker's was asked for it. */
const ofAttestation = (attestation: Attestation, ended: boolean, { input, named, subjects }: Making) => ({
  uuid: attestationId(named, attestation),
  title: line(`Attestation ${attestation.id}, criterion ${attestation.criterion}`, 400),
  description: prose(attestation.statement, `It settles: ${attestation.settles.join(', ')}.`),
  props: [
    ...property('said-of', 'attestation'),
    ...property('attestation', attestation.id),
    ...property('criterion', attestation.criterion),
    ...property('says', attestation.verdict),
    ...property('for', attestation.for),
    ...property('ended', ended ? 'yes' : 'no'),
    ...property('signed-by', attestation.signedBy?.name),
  ],
  methods: [attestation.for === 'lab' ? 'EXAMINE' : 'INTERVIEW'],
  types: ['control-objective'],
  origins: byPerson(named, attestation.by),
  subjects: some(subjects.of(attestation.component)),
  'relevant-evidence': filesOf(attestation.evidence, named),
  collected: instant(attestation.at) ?? instant(input.assessment.judgedAt),
  expires: instant(attestation.until),
});

const ofAttachment = (attachment: Attachment, { input, named, subjects }: Making) => ({
  uuid: attachmentId(named, attachment),
  title: line(`Filed under criterion ${attachment.criterion}`, 400),
  description: prose(attachment.note ?? attachment.name, 'It is shown and decides nothing.'),
  props: [...property('said-of', 'attachment'), ...property('criterion', attachment.criterion)],
  methods: ['EXAMINE'],
  types: ['control-objective'],
  origins: byPerson(named, attachment.by),
  subjects: some(subjects.of(attachment.component)),
  'relevant-evidence': filesOf([{ file: attachment.name, sha256: attachment.sha256 }], named),
  collected: instant(attachment.at) ?? instant(input.assessment.judgedAt),
});

/** An observation for each finding, check on a component, attestation and attachment, in the assessment's order. */
export const observedOf = (making: Making): Observed => {
  const { input, view, named } = making;
  const { attestations, attachments } = view.persons.all;
  const found = input.assessment.findings.map((finding) => ofFinding(finding, making));
  const files = [
    ...attestations.flatMap(({ attestation }) => attestation.evidence),
    ...attachments.map(({ name, sha256 }) => ({ file: name, sha256 })),
  ];
  const resources = [...found.flatMap((one) => one.resources), ...files.map((file) => fileResource(file, named))];
  return {
    observations: [
      ...found.map(({ observation }) => observation),
      ...input.assessment.checks.map((result) => ofCheck(result, making)),
      ...attestations.map(({ attestation, ended }) => ofAttestation(attestation, ended, making)),
      ...attachments.map((attachment) => ofAttachment(attachment, making)),
    ],
    resources: [...new Map(resources.map((one) => [one.uuid, one])).values()],
  };
};
