import type { Disposed, Withdrawn } from '../model/assessment.ts';
import type { Attachment, EvidenceFile } from '../model/person.ts';
import type { NotApplicableClaim } from '../model/target.ts';
import {
  attention,
  type Block,
  badge,
  bold,
  cells,
  digest,
  facts,
  heading,
  type Inline,
  id,
  link,
  listed,
  note,
  soft,
  table,
  text,
} from './pdf-blocks.ts';
import { type NamedAttestation, selectorWords } from './persons-view.ts';
import { count, visible } from './text.ts';
import { missingWords, type View } from './view.ts';
import { DISPOSED_WORDS, DISPOSITION_KINDS, instantWords, WITHDRAWN_WORDS } from './words.ts';

const LAB = { lab: 'for the laboratory', maker: 'for the maker' } as const;

/** A finding by its short name where the report has it, else by its id. */
export const findingLink = (of: string, view: View): Inline => {
  const named = view.findings.get(of);
  return named === undefined ? id(of) : link(named.name, named.anchor);
};

const criterionLink = (of: string, view: View): Inline => link(id(of), view.anchors.get(of));

/** Files by name and digest. They are named and not linked: where they lie is the laboratory's to know. */
const filesOf = (files: readonly EvidenceFile[]): Inline =>
  listed(files.map(({ file, sha256 }): Inline => [`${visible(file, 200)} `, digest(sha256)]));

/** Who says it: name, role, and whether for the laboratory or the maker. */
export const personWords = ({ attestation: { by, role, for: of } }: NamedAttestation): string =>
  `${visible(by, 200)}${role ? `, ${visible(role, 200)}` : ''}, ${LAB[of]}`;

/** A finding by its short name, or a person's item in words with its id. */
const settled = (name: string, view: View): Inline => {
  if (view.findings.has(name)) return findingLink(name, view);
  const words = missingWords({ what: 'person', detail: name }, view.profile);
  return [words !== name && `${visible(words, 400)} `, id(name)];
};

const signedBy = (by: { name: string; key: string } | undefined): Inline =>
  by === undefined ? attention('Not signed.') : [`Signed by key ${visible(by.name, 200)} `, digest(by.key), '.'];

const attested = (named: NamedAttestation, view: View): Block => {
  const { attestation: said, anchor, ended } = named;
  const item = Object.entries(said.item).map(([name, value]) => `${name} ${value}`);
  return {
    is: 'card',
    tone: 'none',
    anchor,
    of: [
      text(
        [
          badge(said.verdict),
          ' ',
          criterionLink(said.criterion, view),
          said.component && `, ${visible(said.component, 200)}`,
          bold(` ${personWords(named)}`),
          ended && attention(' ended before the judgement: it settles nothing'),
          said.for === 'maker' && soft(' a maker’s statement settles nothing by itself'),
        ],
        { after: 2 },
      ),
      text(visible(said.statement), { after: 3 }),
      facts([
        ['Settles', listed(said.settles.map((name) => settled(name, view)))],
        ['Evidence', filesOf(said.evidence)],
      ]),
      note([
        id(said.id),
        said.profile && `, for ${visible(said.profile, 200)}`,
        `, ${visible(instantWords(said.at), 100)}`,
        said.until && `, until ${visible(instantWords(said.until), 100)}`,
        `. Bound to ${item.length > 0 ? visible(item.join(', ')) : 'no item that is named'}, and to the runs sealed `,
        listed(said.seals.map(digest)),
        '. ',
        signedBy(said.signedBy),
      ]),
    ],
  };
};

const standing = (is: string, good: boolean, why: string): { stack: Inline[] } => ({
  stack: [good ? is : attention(is), !good && soft(visible(why))],
});

const dispositions = (rows: readonly Disposed[], view: View): Block =>
  table(
    'Dispositions: what a gate does with a finding; no verdict changes by them',
    [
      { title: 'Kind', width: { share: 2 } },
      { title: 'Stands', width: { share: 2 } },
      { title: 'Findings', width: { share: 3 } },
      { title: 'Because', width: { share: 3 } },
      { title: 'Approved', width: { share: 2 } },
    ],
    rows.map(({ disposition: one, is, why, findings }) =>
      cells(
        { stack: [DISPOSITION_KINDS[one.kind], id(one.id)] },
        standing(DISPOSED_WORDS[is], is === 'in-force', why),
        {
          stack: [
            findings.length === 0 ? 'none' : listed(findings.map((each) => findingLink(each, view))),
            soft(`selects ${visible(selectorWords(one.selects), 400)}`),
          ],
        },
        {
          stack: [
            visible(one.justification),
            one.riskAssessment && soft(['Risk assessment ', filesOf([one.riskAssessment])]),
          ],
        },
        {
          stack: [
            visible(one.approvedBy, 200),
            soft(visible(instantWords(one.approvedAt), 100)),
            soft(`until ${visible(instantWords(one.expires), 100)}`),
          ],
        },
      ),
    ),
  );

const withdrawals = (rows: readonly Withdrawn[], view: View): Block =>
  table(
    'Withdrawals: findings in which two persons say that the tool was wrong',
    [
      { title: 'Finding', width: { share: 3 } },
      { title: 'Stands', width: { share: 2 } },
      { title: 'Why', width: { share: 4 } },
      { title: 'By', width: { share: 2 } },
    ],
    rows.map(({ withdrawal: one, is, why }) =>
      cells(
        {
          stack: [
            findingLink(one.finding, view),
            soft([id(one.check), ` version ${visible(one.version, 100)}`]),
            id(one.id),
          ],
        },
        standing(WITHDRAWN_WORDS[is], is === 'in-force', why),
        { stack: [visible(one.why), soft(['Evidence against it: ', filesOf(one.counterEvidence)])] },
        { stack: [visible(one.by.join(' and '), 400), soft(visible(instantWords(one.at), 100))] },
      ),
    ),
  );

const claims = (rows: readonly NotApplicableClaim[], view: View): Block =>
  table(
    'Declared not applicable by the maker',
    [
      { title: 'What', width: { share: 2 } },
      { title: 'Why', width: { share: 4 } },
      { title: 'Accepted', width: { share: 2 } },
    ],
    rows.map((one) =>
      cells(
        {
          stack: [
            one.criterion ? criterionLink(one.criterion, view) : id(one.condition ?? ''),
            one.component && soft(visible(one.component, 200)),
          ],
        },
        visible(one.why),
        one.acceptedBy ? visible(one.acceptedBy, 200) : attention('not accepted'),
      ),
    ),
  );

const attachments = (rows: readonly Attachment[], view: View): Block =>
  table(
    'Evidence filed under a criterion; shown, deciding nothing',
    [
      { title: 'Criterion', width: { share: 2 } },
      { title: 'File', width: { share: 3 } },
      { title: 'By', width: { share: 2 } },
      { title: 'Note', width: { share: 3 } },
    ],
    rows.map((one) =>
      cells(
        { stack: [criterionLink(one.criterion, view), one.component && soft(visible(one.component, 200))] },
        { stack: [[`${visible(one.name, 200)} `, digest(one.sha256)], soft(visible(one.file, 200))] },
        { stack: [visible(one.by, 200), soft(visible(instantWords(one.at), 100))] },
        visible(one.note ?? ''),
      ),
    ),
  );

/** All that persons said of this assessment, with who, when and on what evidence. */
export const personsBlocks = (view: View): Block[] => {
  const { all } = view.persons;
  return [
    dispositions(all.dispositions, view),
    withdrawals(all.withdrawals, view),
    claims(all.claims, view),
    ...(all.attestations.length > 0 ? [heading(4, count(all.attestations.length, 'attestation'))] : []),
    ...all.attestations.map((named) => attested(named, view)),
    attachments(all.attachments, view),
  ];
};
