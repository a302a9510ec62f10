import type { Lab, Party, Signatory } from '../model/lab.ts';
import { labViewOf } from './lab-view.ts';
import { documentId, instant, line, type Named, oscalString, property, prose, some } from './oscal-text.ts';
import type { ReportInput } from './report.ts';
import type { View } from './view.ts';

/** The version of OSCAL that documents are written in. */
export const OSCAL_VERSION = '1.2.0';

const ROLES = {
  laboratory: 'Laboratory that carried out the tests',
  customer: 'Customer of the laboratory',
  tester: 'Tester',
  reviewer: 'Reviewer of the results',
  authoriser: 'Authoriser of the report',
} as const;
type Role = keyof typeof ROLES;

const BODIES = ['laboratory', 'customer'] as const;
const SIGNATORIES = ['tester', 'reviewer', 'authoriser'] as const;

/** The UUID of a person, who is known by the name alone: one party, in however many roles. */
export const personId = (named: Named, name: string): string => named('person', name);

const organisation = (role: (typeof BODIES)[number], party: Party, named: Named) => ({
  uuid: named('organisation', role),
  type: 'organization',
  name: oscalString(party.name),
  props: some(property('contact', party.contact)),
  addresses: [{ 'addr-lines': [oscalString(party.address)] }],
});

const signatoriesOf = (lab: Lab | undefined): [Role, Signatory][] =>
  SIGNATORIES.flatMap((role): [Role, Signatory][] => (lab?.[role] === undefined ? [] : [[role, lab[role]]]));

const partiesOf = ({ assessment: { lab } }: ReportInput, view: View, named: Named) => {
  const { attestations, attachments, dispositions, withdrawals } = view.persons.all;
  const names = new Set([
    ...signatoriesOf(lab).map(([, { name }]) => name),
    ...attestations.map(({ attestation }) => attestation.by),
    ...attachments.map(({ by }) => by),
    ...dispositions.map(({ disposition }) => disposition.approvedBy),
    ...withdrawals.flatMap(({ withdrawal }) => withdrawal.by),
  ]);
  const ofLab = new Set(signatoriesOf(lab).map(([, { name }]) => name));
  return [
    ...BODIES.flatMap((role) => (lab?.[role] === undefined ? [] : [organisation(role, lab[role], named)])),
    ...[...names].map((name) => ({
      uuid: personId(named, name),
      type: 'person',
      name: oscalString(name),
      'member-of-organizations':
        ofLab.has(name) && lab?.laboratory !== undefined ? [named('organisation', 'laboratory')] : undefined,
    })),
  ];
};

const responsibleOf = (lab: Lab | undefined, named: Named) => [
  ...BODIES.filter((role) => lab?.[role] !== undefined).map((role) => ({
    'role-id': role,
    'party-uuids': [named('organisation', role)],
  })),
  ...signatoriesOf(lab).map(([role, signatory]) => ({
    'role-id': role,
    'party-uuids': [personId(named, signatory.name)],
    props: some(property('function', signatory.role)),
  })),
];

/** Who made the document, for whom, and what it says of itself: a test report or an engineering run. */
export const metadataOf = (input: ReportInput, view: View, named: Named) => {
  const { assessment } = input;
  const lab = labViewOf(input);
  const responsible = responsibleOf(assessment.lab, named);
  return {
    title: line(`${lab.kind}: ${assessment.target} by ${assessment.profile.title}`),
    'last-modified': instant(assessment.judgedAt),
    // An amended report is a document with an id of its own that names the one it replaces.
    version: '1.0',
    'oscal-version': OSCAL_VERSION,
    'document-ids': [{ identifier: oscalString(assessment.report ?? documentId(assessment, named)) }],
    props: [
      ...property('report', lab.id),
      ...property('report-number', assessment.lab?.number),
      ...property('kind-of-report', lab.kind),
      ...property('is-test-report', lab.isTestReport ? 'yes' : 'no'),
      ...property('replaces-report', assessment.lab?.amends?.report),
      ...property('tool', assessment.tool),
      ...property('signed', assessment.signed ? 'yes' : 'no'),
      ...lab.missing.flatMap((one) => property('missing', one)),
      ...lab.fields.flatMap(({ name, value, from }) => property('field', `${name}: ${value}`, { class: from })),
    ],
    roles: some(responsible.map(({ 'role-id': id }) => ({ id, title: ROLES[id] }))),
    parties: some(partiesOf(input, view, named)),
    'responsible-parties': some(responsible),
    remarks: prose(
      `${lab.kind}.`,
      lab.missing.length > 0 && 'What is in the way of a test report stands among the properties, as “missing”.',
      ...lab.statements,
    ),
  };
};
