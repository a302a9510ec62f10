import { isSame } from './lab-against.ts';
import { suppliedByMaker } from './lab-supplied.ts';
import type { ReportInput } from './report.ts';
import { suitabilityView } from './suitability-view.ts';
import { count, visible } from './text.ts';

/** What nobody has to state for it to be true of every report. */
export const ITEMS_ONLY = 'Results relate only to the items tested.';

const customer = (input: ReportInput): string[] => {
  const { lab, findings } = input.assessment;
  const supplied = suppliedByMaker(input).length + (lab?.customerSupplied?.length ?? 0);
  if (supplied === 0) return [];
  const resting = findings.filter(({ restsOn }) => restsOn === 'declaration').length;
  return [
    'What is named as supplied by the customer is the customer’s word: the laboratory does not answer for it, and where it is wrong, results that rest on it are too.',
    resting === 0
      ? 'No finding rests on what the customer declared alone.'
      : `${count(resting, 'finding rests', 'findings rest')} on what the customer declared, and each says so.`,
  ];
};

const opinions = ({ assessment: { lab, remedies, findings } }: ReportInput): string[] => {
  if (remedies === 'left-out') return ['Remedies were left out: this report holds no opinions.'];
  if (findings.every(({ remedy }) => remedy === undefined)) return [];
  const by = lab?.opinions;
  return [
    by === undefined
      ? 'Remedies are opinions and no results; nobody is named who is authorised to release them.'
      : `Remedies are opinions and no results; ${visible(by.name, 200)}, ${visible(by.role, 200)}, is authorised to release them.`,
  ];
};

const sampling = ({ assessment: { lab } }: ReportInput): string[] =>
  lab?.sampling === undefined || (lab.sampling !== 'none' && lab.sampling.by === 'laboratory')
    ? []
    : ['The laboratory did not draw the sample: results apply to the item as it was received.'];

const persons = ({ assessment: { lab } }: ReportInput): string[] => {
  if (lab === undefined) return [];
  const { tester, reviewer, authoriser } = lab;
  return [
    ...(isSame(reviewer, authoriser) ? ['The one who reviewed the results also authorises the report.'] : []),
    ...(isSame(tester, authoriser) ? ['The one who tested also authorises the report.'] : []),
  ];
};

/** What has to be said of every result, a sentence each: of whom it holds, whose information it is, how it was decided. */
export const statementsOf = (input: ReportInput, isTestReport: boolean): string[] => {
  const { assessment } = input;
  const { lab, decisionRule, profile } = assessment;
  const laboratory = lab?.laboratory === undefined ? 'the laboratory' : visible(lab.laboratory.name, 200);
  return [
    ITEMS_ONLY,
    ...(lab?.amends === undefined
      ? []
      : [
          `This report ${isTestReport ? 'replaces' : 'is meant to replace, and does not,'} the report ${visible(lab.amends.report, 200)}. What changed: ${visible(lab.amends.changed, 800)}. Why: ${visible(lab.amends.why, 800)}`,
        ]),
    `This report is not to be reproduced except in full without the written approval of ${laboratory}.`,
    ...sampling(input),
    ...customer(input),
    ...(lab?.external === undefined || lab.external.length === 0
      ? []
      : [`${count(lab.external.length, 'part')} of the results came from others; they are named.`]),
    `Conformity with ${visible(profile.title, 300)}, edition ${visible(profile.edition, 100)}, is decided by the rule ${decisionRule}, which this report prints.`,
    'Verdicts are no measurements, and no measurement uncertainty belongs to them: what was not covered is stated instead.',
    ...opinions(input),
    suitabilityView(assessment.suitability).headline,
    ...(lab?.laboratory?.accreditation === undefined
      ? []
      : ['The accreditation is stated as the laboratory states it: the tool has not verified it.']),
    ...persons(input),
  ];
};
