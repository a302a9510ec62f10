import type { VNode } from 'preact';
import type { Finding } from '../model/assessment.ts';
import { Decided } from './html-decided.tsx';
import { Badge, Id, Row, Table } from './html-parts.tsx';
import { isSeen, Seen } from './html-seen.tsx';
import { isWithdrawn } from './persons-view.ts';
import { grouped, visible } from './text.ts';
import type { CheckView, NamedFinding, Reference, View } from './view.ts';
import { placeWords, STATE_WORDS, THEME_TITLES, THEMES } from './words.ts';

/** Basis ids printed with one finding; the others stand in assessment.json. */
const MOST_BASIS = 16;

interface Shown {
  readonly references: ReadonlyMap<string, Reference>;
  /** The whole report's view, for what persons decided of a finding. */
  readonly whole: View;
  /** Whether runs in several states were judged together. */
  readonly several: boolean;
  /** Whether there is one component, which then need not be named each time. */
  readonly alone: boolean;
}

const Basis = ({ ids, references }: { ids: readonly string[]; references: Shown['references'] }): VNode => (
  <>
    {ids.slice(0, MOST_BASIS).map((id, index) => {
      const reference = references.get(id);
      return (
        <>
          {index > 0 ? ', ' : ''}
          {reference ? (
            <a href={`#${reference.anchor}`}>
              <Id>{id}</Id>
            </a>
          ) : (
            <Id>{id}</Id>
          )}
        </>
      );
    })}
    {ids.length > MOST_BASIS ? ` and ${grouped(ids.length - MOST_BASIS)} more in assessment.json` : ''}
  </>
);

const where = ({ finding }: NamedFinding, alone: boolean): string =>
  `${alone ? '' : `${finding.component}, `}${placeWords(finding.about)}`;

const facetWords = ({ finding }: NamedFinding, several: boolean): string =>
  [
    finding.facets.class && `class ${finding.facets.class}`,
    finding.facets.action && `action ${finding.facets.action}`,
    finding.facets.grants && `grants ${finding.facets.grants}`,
    several && finding.facets.state && `item ${STATE_WORDS[finding.facets.state]}`,
  ]
    .filter(Boolean)
    .join(', ');

const coverageWords = ({ finding: { coverage } }: NamedFinding): string =>
  coverage ? `${grouped(coverage.tried)} of ${grouped(coverage.of)} ${visible(coverage.what)}` : '';

/** Steps to mend it. They are the tool's opinion and no result, and a certification body has none to give. */
const Remedy = ({ finding }: { finding: Finding }): VNode | null =>
  finding.remedy && !isWithdrawn(finding) ? (
    <p class="remedy">
      <b>Opinion, not part of the result:</b> {visible(finding.remedy)}
    </p>
  ) : null;

/** A finding that fails: everything that is known of it. */
const Card = ({ named, references, whole, several, alone }: { named: NamedFinding } & Shown): VNode => {
  const { finding, name, anchor } = named;
  return (
    <article
      class={`finding ${finding.verdict}${isWithdrawn(finding) ? ' struck' : ''}`}
      id={anchor}
      data-finding={visible(finding.id)}
    >
      <p class="place">
        <Badge verdict={finding.verdict} /> <span class="name">{name}</span> <b>{visible(where(named, alone))}</b>
        {finding.verdict === 'fail' && finding.strength === 'indicative' ? (
          <span class="note"> indicated, not conclusive</span>
        ) : null}
      </p>
      <p class="because">{visible(finding.because)}</p>
      <Decided finding={finding} view={whole} />
      <dl>
        <Row name="Expected">{visible(finding.expected)}</Row>
        <Row name="Seen">{isSeen(finding, references) && <Seen finding={finding} references={references} />}</Row>
        <Row name="Kind">{facetWords(named, several)}</Row>
        <Row name="Tried">{coverageWords(named)}</Row>
        <Row name="Rests on">{finding.restsOn ? 'the maker’s declaration' : ''}</Row>
        <Row name="Basis">{finding.basis.length > 0 && <Basis ids={finding.basis} references={references} />}</Row>
        <Row name="Finding">
          <Id>{finding.id}</Id>
        </Row>
      </dl>
      <Remedy finding={finding} />
    </article>
  );
};

/** A finding that does not fail: one line of a table. */
const Line = ({ named, references, whole, several, alone }: { named: NamedFinding } & Shown): VNode => {
  const { finding, name, anchor } = named;
  const tried = coverageWords(named);
  const { state } = finding.facets;
  return (
    <tr id={anchor} class={isWithdrawn(finding) ? 'struck' : undefined} data-finding={visible(finding.id)}>
      <td class="tight">
        <Badge verdict={finding.verdict} />
      </td>
      <td class="tight">
        <span class="name">{name}</span>
      </td>
      <td>{visible(where(named, alone))}</td>
      <td>
        {visible(finding.because)}
        {tried ? ` Tried: ${tried}.` : ''}
        {several && state ? ` Item ${STATE_WORDS[state]}.` : ''}
        {finding.restsOn ? ' Rests on the maker’s declaration.' : ''}
        {finding.gap ? <span class="note"> (a gap)</span> : null}
        <Decided finding={finding} view={whole} />
        <div class="expected">Expected: {visible(finding.expected)}</div>
        {finding.verdict === 'inconclusive' && isSeen(finding, references) ? (
          <div class="expected">
            Seen: <Seen finding={finding} references={references} />
          </div>
        ) : null}
        <Remedy finding={finding} />
        <div class="basis">
          <Id>{finding.id}</Id>
          {finding.basis.length > 0 ? (
            <>
              {' from '}
              <Basis ids={finding.basis} references={references} />
            </>
          ) : null}
        </div>
      </td>
    </tr>
  );
};

const Check = ({ view, ...shown }: { view: CheckView } & Shown): VNode => {
  const cards = view.findings.filter(({ finding }) => finding.verdict === 'fail');
  const lines = view.findings.filter(({ finding }) => finding.verdict !== 'fail');
  return (
    <section class="check" id={view.anchor}>
      <h4>
        {visible(view.title)} <Id>{view.check}</Id>
      </h4>
      <p class="results">
        {view.results.map((result) => (
          <span
            data-check={visible(result.check)}
            data-component={visible(result.component)}
            data-verdict={result.verdict}
          >
            <Badge verdict={result.verdict} /> {visible(result.component)}
          </span>
        ))}
      </p>
      {cards.map((named) => (
        <Card named={named} {...shown} />
      ))}
      {lines.length > 0 ? (
        <Table
          caption={`${visible(view.check)}: what could not be told, passes or does not apply`}
          head={['Verdict', 'No.', 'Where', 'Because']}
          class="lines"
        >
          {lines.map((named) => (
            <Line named={named} {...shown} />
          ))}
        </Table>
      ) : null}
    </section>
  );
};

/** Checks that the profile names and nobody has built: all there is to say is that they are open. */
const Unbuilt = ({ checks, alone }: { checks: readonly CheckView[]; alone: boolean }): VNode | null =>
  checks.length === 0 ? null : (
    <section class="check">
      <h4>Not built yet</h4>
      <p class="note">Each of these checks is named by the profile and not built yet, and leaves its criteria open.</p>
      <ul class="unbuilt">
        {checks.map((check) => (
          <li id={check.anchor}>
            {visible(check.title)} <Id>{check.check}</Id>
            {check.results.map(({ component, verdict }) => (
              <span data-check={visible(check.check)} data-component={visible(component)} data-verdict={verdict} />
            ))}
            {check.findings.map(({ finding, name, anchor }) => (
              <div class="note" id={anchor} data-finding={visible(finding.id)}>
                <Badge verdict={finding.verdict} /> {name} {alone ? '' : `${visible(finding.component)}: `}
                {visible(finding.because)}. Expected: {visible(finding.expected)}
              </div>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );

/** What the probe found, by theme, failing first. */
export const Findings = ({ view, ...shown }: { view: View } & Omit<Shown, 'references' | 'whole'>): VNode => (
  <>
    {THEMES.map((theme) => {
      const checks = view.checks.filter((check) => check.theme === theme);
      if (checks.length === 0) return null;
      return (
        <section class="theme" id={`theme-${theme}`}>
          <h3>{THEME_TITLES[theme]}</h3>
          {checks
            .filter(({ built }) => built)
            .map((check) => (
              <Check view={check} references={view.references} whole={view} {...shown} />
            ))}
          <Unbuilt checks={checks.filter(({ built }) => !built)} alone={shown.alone} />
        </section>
      );
    })}
  </>
);
