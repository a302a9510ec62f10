import type { VNode } from 'preact';
import type { ComponentVerdict, CriterionResult, Missing } from '../model/assessment.ts';
import type { Criterion, Profile } from '../model/profile.ts';
import { Badge, FindingLinks, Id, Row, Table } from './html-parts.tsx';
import { grouped, visible } from './text.ts';
import { failingFirst, missingWords, type NamedFinding, namedFinding, type View } from './view.ts';
import { BASIS_WORDS, MISSING_TITLES } from './words.ts';

/** Links printed for one kind of findings of one criterion; the others stand in assessment.json. */
const MOST_LINKS = 24;

const KINDS = [
  ['fail', 'Failing'],
  ['inconclusive', 'Open'],
  ['pass', 'Passing'],
  ['not-applicable', 'Not applicable'],
] as const;

const FoundBy = ({ ids, view }: { ids: readonly string[]; view: View }): VNode => {
  const known = ids.flatMap((id) => view.findings.get(id) ?? []);
  return (
    <>
      {KINDS.map(([verdict, title]) => {
        const some: NamedFinding[] = known.filter(({ finding }) => finding.verdict === verdict);
        return some.length === 0 ? null : (
          <Row name={title}>
            <FindingLinks findings={some.slice(0, MOST_LINKS)} />
            {some.length > MOST_LINKS ? ` and ${grouped(some.length - MOST_LINKS)} more in assessment.json` : ''}
          </Row>
        );
      })}
    </>
  );
};

/** In words, and a person's item by its id too: that is what an attestation names. */
const MissingThing = ({ missing, view }: { missing: Missing; view: View }): VNode => {
  const words = missingWords(missing, view.profile);
  return (
    <>
      {visible(words)} {words === missing.detail ? null : <Id>{missing.detail}</Id>}
    </>
  );
};

/** What a component still needs, but for findings: those stand among its open and failing ones already. */
const Needs = ({ result, view }: { result: ComponentVerdict; view: View }): VNode | null => {
  const ids = new Set(view.findings.keys());
  const shown = result.missing.filter(({ what, detail }) => what !== 'finding' || !namedFinding(detail, ids).finding);
  return shown.length === 0 ? null : (
    <ul class="missing">
      {[...new Set(shown.map(({ what }) => what))].map((kind) => (
        <li>
          <span class="what">{MISSING_TITLES[kind]}:</span>
          <ul>
            {shown
              .filter(({ what }) => what === kind)
              .map((missing) => (
                <li>
                  <MissingThing missing={missing} view={view} />
                </li>
              ))}
          </ul>
        </li>
      ))}
    </ul>
  );
};

const Component = (props: { result: ComponentVerdict; because: string; view: View }): VNode => {
  const { result, because, view } = props;
  return (
    <div class="component">
      <p>
        <Badge verdict={result.verdict} /> <b>{visible(result.component)}</b>{' '}
        {result.because === because ? '' : visible(result.because)}
        {result.verdict === 'pass' ? ' Pass within the stated coverage.' : ''}
        {result.restsOn ? ' Rests on the maker’s declaration.' : ''}
      </p>
      {result.findings.length > 0 ? (
        <dl>
          <FoundBy ids={result.findings} view={view} />
        </dl>
      ) : null}
      <Needs result={result} view={view} />
    </div>
  );
};

const Leaf = ({ result, text, view }: { result: CriterionResult; text?: string; view: View }): VNode => (
  <article class={`criterion ${result.verdict}`} id={`criterion-${anchorOf(result.id)}`}>
    <h4>
      <Badge verdict={result.verdict} /> <Id>{result.id}</Id> {visible(result.title)}
    </h4>
    {text ? <p class="text">{visible(text)}</p> : null}
    <p class="because">
      {visible(result.because)} <span class="note">{basisWords(result)}</span>
    </p>
    {result.reading ? (
      <p class="reading">
        <b>Reading:</b> {visible(result.reading)}
      </p>
    ) : null}
    {result.components.map((component) => (
      <Component result={component} because={result.because} view={view} />
    ))}
  </article>
);

const LEVELS: Record<CriterionResult['level'], string> = {
  must: 'required',
  should: 'recommended',
  info: 'informative',
};

const basisWords = ({ level, basis }: CriterionResult): string =>
  `${LEVELS[level]}; ${basis === 'none' ? 'no basis yet' : `decided ${BASIS_WORDS[basis]}`}`;

/** Ids of criteria are the profile's: kept where plain, else spelt out. */
const anchorOf = (id: string): string =>
  id.replace(/[^A-Za-z0-9.-]/g, (character) => `_${character.codePointAt(0)?.toString(16)}_`);

const depthOf = (result: CriterionResult, all: ReadonlyMap<string, CriterionResult>): number => {
  let depth = 0;
  const passed = new Set<string>();
  for (let at = result; at.parent !== undefined && !passed.has(at.id); depth++) {
    passed.add(at.id);
    const parent = all.get(at.parent);
    if (!parent) break;
    at = parent;
  }
  return Math.min(depth, 4);
};

const Overview = ({ criteria }: { criteria: readonly CriterionResult[] }): VNode => {
  const all = new Map(criteria.map((result) => [result.id, result]));
  return (
    <Table caption="All criteria, in the order of the profile" head={['Id', 'Criterion', 'Verdict']} class="overview">
      {criteria.map((result) => (
        <tr class={result.heading ? 'heading' : undefined}>
          <td class="tight">
            <Id>{result.id}</Id>
          </td>
          <td class={`depth-${depthOf(result, all)}`}>
            {result.kind === 'technical' && !result.heading ? (
              <a href={`#criterion-${anchorOf(result.id)}`}>{visible(result.title)}</a>
            ) : (
              visible(result.title)
            )}
          </td>
          <td class="tight">
            <Badge verdict={result.verdict} />
          </td>
        </tr>
      ))}
    </Table>
  );
};

/** What the criteria say: all of them at a look, the technical ones in full, the documents in a table. */
export const Criteria = (props: { criteria: readonly CriterionResult[]; profile: Profile; view: View }): VNode => {
  const { criteria, profile, view } = props;
  const texts = new Map<string, Criterion>(profile.criteria.map((criterion) => [criterion.id, criterion]));
  const own = criteria.filter(({ heading, components }) => !heading || components.length > 0);
  const technical = failingFirst(own.filter(({ kind }) => kind === 'technical'));
  const documents = failingFirst(own.filter(({ kind }) => kind === 'non-technical'));
  return (
    <>
      <Overview criteria={criteria} />
      {technical.length > 0 ? <h3>Technical criteria, failing first</h3> : null}
      {technical.map((result) => {
        const text = texts.get(result.id)?.text;
        return <Leaf result={result} view={view} {...(text === undefined ? {} : { text })} />;
      })}
      {documents.length > 0 ? (
        <>
          <h3>Criteria about documents and activities</h3>
          <Table caption="Decided by a person, from documents" head={['Verdict', 'Id', 'Criterion', 'Because']}>
            {documents.map((result) => (
              <tr>
                <td class="tight">
                  <Badge verdict={result.verdict} />
                </td>
                <td class="tight">
                  <Id>{result.id}</Id>
                </td>
                <td>{visible(result.title)}</td>
                <td>{visible(result.because)}</td>
              </tr>
            ))}
          </Table>
        </>
      ) : null}
    </>
  );
};

const Named = ({ ids, view }: { ids: readonly string[]; view: View }): VNode | null => {
  const known = ids.flatMap((id) => view.findings.get(id) ?? []);
  return known.length === 0 ? null : <FindingLinks findings={known.slice(0, MOST_LINKS)} />;
};

/** What is still to be done, by kind, each thing once with the criteria that ask for it. */
export const ToDoList = ({ view }: { view: View }): VNode => {
  if (view.toDo.length === 0) return <p>Nothing is left open by the criteria.</p>;
  const kinds = [...new Set(view.toDo.map(({ what }) => what))];
  return (
    <>
      {kinds.map((kind) => (
        <section class="todo">
          <h3>{MISSING_TITLES[kind]}</h3>
          <ul>
            {view.toDo
              .filter(({ what }) => what === kind)
              .map(({ what, detail, criteria, findings }) => (
                <li>
                  <MissingThing missing={{ what, detail }} view={view} /> <Named ids={findings} view={view} />
                  <span class="for">{visible(criteria.join(', '))}</span>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </>
  );
};
