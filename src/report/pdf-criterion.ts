import type { ComponentVerdict, CriterionResult, Missing } from '../model/assessment.ts';
import type { Criterion } from '../model/profile.ts';
import { CRITERION_LEVELS, FINDING_KINDS } from './criterion-words.ts';
import { isMapped } from './html-carried.tsx';
import { disposedWords } from './html-decided.tsx';
import { CONDITION_WORDS, coverageAsked, linkWords } from './link-words.ts';
import {
  type Block,
  badge,
  bold,
  bullet,
  digest,
  facts,
  type Inline,
  id,
  link,
  listed,
  note,
  soft,
  text,
} from './pdf-blocks.ts';
import { carriedBlocks } from './pdf-carried.ts';
import { findingLink, personWords } from './pdf-persons.ts';
import { isHeededBy, isWithdrawn } from './persons-view.ts';
import { visible } from './text.ts';
import { missingWords, type NamedFinding, namedFinding, type View } from './view.ts';
import {
  BASIS_WORDS,
  MISSING_ORDER,
  MISSING_TITLES,
  QUANTIFIER_WORDS,
  REACH_WORDS,
  STATE_WORDS,
  VERDICT_NAMES,
} from './words.ts';

/** Findings named in one line of one criterion; the others stand in assessment.json. */
const MOST_LINKS = 24;

/** `F3, F4 and 12 more`. */
export const findingLinks = (findings: readonly NamedFinding[]): Inline =>
  findings.length === 0
    ? ''
    : listed(
        findings.map(({ name, anchor }) => link(name, anchor)),
        MOST_LINKS,
      );

/** In words, and a person's item by its id too: that is what an attestation names. */
export const missingInline = (missing: Missing, view: View): Inline => {
  const words = missingWords(missing, view.profile);
  return [visible(words), words !== missing.detail && [' ', id(missing.detail)]];
};

interface Needed extends Missing {
  readonly components: readonly string[];
}

/** What the components still need, each thing once; findings stand among the open and failing ones already. */
const neededOf = ({ components }: CriterionResult, ids: View['findingIds']): Needed[] => {
  const all = new Map<string, Needed>();
  for (const { component, missing } of components)
    for (const { what, detail } of missing) {
      if (what === 'finding' && namedFinding(detail, ids).finding !== undefined) continue;
      const key = `${what} ${detail}`;
      all.set(key, { what, detail, components: [...(all.get(key)?.components ?? []), component] });
    }
  return [...all.values()];
};

const needsBlocks = (result: CriterionResult, view: View): Block[] => {
  const needed = neededOf(result, view.findingIds);
  return MISSING_ORDER.filter((kind) => needed.some(({ what }) => what === kind)).map((kind) =>
    text(
      [
        soft(`${MISSING_TITLES[kind]}: `),
        needed
          .filter(({ what }) => what === kind)
          .map(
            (missing, index): Inline => [
              index > 0 && '; ',
              missingInline(missing, view),
              missing.components.length < result.components.length &&
                soft(` (${visible(missing.components.join(', '), 400)})`),
            ],
          ),
      ],
      { size: 8.5, after: 2 },
    ),
  );
};

/** What was decided of the findings under a criterion, a line each: beside its unchanged verdict. */
const decidedBlocks = (ids: readonly string[], asked: Criterion | undefined, view: View): Block[] =>
  ids.flatMap((one): Block[] => {
    const finding = view.findings.get(one)?.finding;
    if (finding === undefined) return [];
    const disposed = (view.persons.dispositions.get(one) ?? [])
      .filter((each) => asked === undefined || isHeededBy(each, finding, asked))
      .map(
        (each) =>
          `${VERDICT_NAMES[finding.verdict]}, ${disposedWords(each)}, approved by ${each.disposition.approvedBy}; the verdict does not change`,
      );
    const words = isWithdrawn(finding)
      ? [...disposed, `withdrawn (${finding.withdrawn}): it counts no longer`]
      : disposed;
    return words.map((each) => bullet([findingLink(one, view), `: ${visible(each, 400)}`]));
  });

const componentBlock = (
  { component, verdict, because, restsOn, findings }: ComponentVerdict,
  of: CriterionResult,
  asked: Criterion | undefined,
  view: View,
): Block => {
  const known = findings.flatMap((one) => view.findings.get(one) ?? []);
  const blocks = [
    text(
      [
        badge(verdict),
        ' ',
        bold(visible(component)),
        because !== of.because && ` ${visible(because)}`,
        verdict === 'pass' && ' Pass within the stated coverage.',
        restsOn && ' Rests on the maker’s declaration.',
      ],
      { size: 8.5, after: 2 },
    ),
    ...(known.length === 0
      ? []
      : [facts(FINDING_KINDS.map(([title, is]) => [title, findingLinks(known.filter(is))] as const))]),
    ...decidedBlocks(findings, asked, view),
  ];
  return { is: 'card', tone: 'none', of: blocks };
};

/** `required; decided by automated tests`. */
export const basisWords = ({ level, basis }: CriterionResult): string =>
  `${CRITERION_LEVELS[level]}; ${basis === 'none' ? 'no basis yet' : `decided ${BASIS_WORDS[basis]}`}`;

const texts = (items: readonly string[] | undefined): Inline =>
  items?.length ? listed(items.map((one) => visible(one, 400))) : '';

/** The reading under which a finding is conclusive here, and what the profile wants to be looked at. */
const conclusiveBlocks = (result: CriterionResult, asked: Criterion, view: View): Block[] => {
  if (asked.checks.length === 0) return [];
  const wanted = new Set(asked.checks.flatMap(({ conclusiveWhen }) => conclusiveWhen ?? []));
  const met = new Set(
    result.components
      .flatMap(({ findings }) => findings)
      .flatMap((one) => view.findings.get(one)?.finding ?? [])
      .flatMap(({ verdict, conditions }) => (verdict === 'fail' ? conditions : [])),
  );
  const holds = [...wanted].filter((one) => met.has(one)).map((one) => CONDITION_WORDS[one]);
  const covered = coverageAsked(asked);
  return [
    note(bold('When a finding is conclusive here'), { after: 1 }),
    ...asked.checks.map((one) =>
      note([link(id(one.check), view.checks.find(({ check }) => check === one.check)?.anchor), ` ${linkWords(one)}`], {
        bullet: '–',
        indent: 12,
        after: 1,
      }),
    ),
    note(holds.length > 0 && [bold('Met here: '), `${visible(holds.join('; '))}.`], { indent: 12, after: 1 }),
    note(
      `Asked for in the state ${asked.states.map((state) => STATE_WORDS[state]).join(', ')}${
        covered ? `; to be covered: ${visible(covered, 400)}` : ''
      }.`,
      { indent: 12, after: 3 },
    ),
  ];
};

/** What the profile says of a criterion besides its text: what would settle it, and where else it stands. */
const aboutBlocks = (
  { status, evidence, testCases, ixit, controls, csf, quantifier }: Criterion,
  several: boolean,
): Block[] => {
  const cases = testCases?.map(
    ({ id: name, kind, units }) => `${name} (${kind}${units.length > 0 ? `: ${units.join(', ')}` : ''})`,
  );
  const any = [evidence, testCases, ixit, controls, csf].some((list) => (list?.length ?? 0) > 0);
  if (!any && status === undefined) return [];
  const rows: (readonly [string, Inline])[] = [
    ['Evidence', texts(evidence)],
    ['Status, as printed', status !== undefined && id(status)],
    ['Test cases', texts(cases)],
    ['IXIT tables', texts(ixit)],
    ['SP 800-53', texts(controls)],
    ['CSF 1.1', texts(csf)],
    ['Components', !several && QUANTIFIER_WORDS[quantifier]],
  ];
  return [
    note(bold('What would settle it, and where it stands'), { after: 1 }),
    facts(rows.map(([name, of]) => [name, soft(of)])),
  ];
};

/** What persons said of one criterion: a line each, leading to the whole of it. */
const personsBlocks = (of: string, { persons }: View): Block[] => {
  const rows: (readonly [string, Inline])[] = [
    ...(persons.claims.get(of) ?? []).map(({ component, why, acceptedBy }): readonly [string, Inline] => [
      'Claimed not applicable',
      visible(
        `${component ? `${component}: ` : ''}${why}. ${
          acceptedBy ? `Accepted for the laboratory by ${acceptedBy}` : 'The laboratory has not accepted it'
        }.`,
      ),
    ]),
    ...(persons.attestations.get(of) ?? []).map((named): readonly [string, Inline] => {
      const { attestation: said, anchor, ended } = named;
      return [
        'Attested',
        [
          badge(said.verdict),
          ` ${said.component ? `${visible(said.component, 200)}: ` : ''}${visible(said.statement)} `,
          soft(`${personWords(named)}, `),
          link(visible(said.at.slice(0, 10)), anchor),
          ended && ' (ended)',
        ],
      ];
    }),
    ...(persons.attachments.get(of) ?? []).map((one): readonly [string, Inline] => [
      'Filed',
      [`${visible(one.name, 200)} `, digest(one.sha256), soft(` ${visible(one.by, 200)}`)],
    ]),
  ];
  return rows.length === 0 ? [] : [facts(rows)];
};

/** One criterion with all that is known of it. */
export const criterionBlocks = (result: CriterionResult, asked: Criterion | undefined, view: View): Block[] => {
  const several = result.components.length > 1;
  const anchor = view.anchors.get(result.id);
  return [
    {
      is: 'heading',
      level: 4,
      of: [
        badge(result.verdict),
        ' ',
        id(result.id),
        ` ${visible(result.title)}`,
        result.heading && ' (the heading itself)',
      ],
      ...(anchor === undefined ? {} : { anchor: result.heading ? `own-${anchor}` : anchor }),
      outline: `${visible(result.id, 80)} ${VERDICT_NAMES[result.verdict]}`,
    },
    text(asked?.text === undefined ? undefined : soft(visible(asked.text)), { size: 8.5, after: 3 }),
    text([visible(result.because), soft(` ${basisWords(result)}`)], { after: 3 }),
    text(result.reading !== undefined && [bold('Reading: '), visible(result.reading)], { size: 8.5, after: 3 }),
    text(asked?.reach && [bold(REACH_WORDS[asked.reach.can]), ` ${visible(asked.reach.why)}`], { size: 8.5, after: 3 }),
    text(
      several &&
        asked !== undefined && [
          bold('Product: '),
          badge(result.verdict),
          soft(` ${QUANTIFIER_WORDS[asked.quantifier]}`),
        ],
      { size: 8.5, after: 3 },
    ),
    ...result.components.map((component) => componentBlock(component, result, asked, view)),
    ...needsBlocks(result, view),
    ...(result.carried === undefined ? [] : carriedBlocks(result.carried, isMapped(result, asked))),
    ...(result.heading ? [] : personsBlocks(result.id, view)),
    ...(asked === undefined ? [] : [...conclusiveBlocks(result, asked, view), ...aboutBlocks(asked, several)]),
  ];
};
