import type { VNode } from 'preact';
import type { ComponentVerdict, CriterionResult, Missing } from '../model/assessment.ts';
import type { Criterion } from '../model/profile.ts';
import { isSilent } from './criteria-view.ts';
import { CRITERION_LEVELS, FINDING_KINDS } from './criterion-words.ts';
import { CarriedVerdict, isMapped } from './html-carried.tsx';
import { Conclusive } from './html-conclusive.tsx';
import { DecidedOf } from './html-decided.tsx';
import { Badge, FindingLinks, Id, Listed, Row } from './html-parts.tsx';
import { PersonsOf } from './html-persons.tsx';
import { grouped, visible } from './text.ts';
import { missingWords, namedFinding, type View } from './view.ts';
import { BASIS_WORDS, MISSING_ORDER, MISSING_TITLES, QUANTIFIER_WORDS, REACH_WORDS } from './words.ts';

/** Links printed for one kind of findings of one criterion; the others stand in assessment.json. */
export const MOST_LINKS = 24;

const FoundBy = ({ ids, view }: { ids: readonly string[]; view: View }): VNode => {
  const known = ids.flatMap((id) => view.findings.get(id) ?? []);
  return (
    <>
      {FINDING_KINDS.map(([title, is]) => {
        const some = known.filter(is);
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
export const MissingThing = ({ missing, view }: { missing: Missing; view: View }): VNode => {
  const words = missingWords(missing, view.profile);
  return (
    <>
      {visible(words)}
      {words === missing.detail ? null : (
        <>
          {' '}
          <Id>{missing.detail}</Id>
        </>
      )}
    </>
  );
};

interface Needed extends Missing {
  /** The components that need it. */
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

const Needs = ({ result, view }: { result: CriterionResult; view: View }): VNode | null => {
  const needed = neededOf(result, view.findingIds);
  return needed.length === 0 ? null : (
    <ul class="missing component">
      {MISSING_ORDER.filter((kind) => needed.some(({ what }) => what === kind)).map((kind) => (
        <li>
          <span class="what">{MISSING_TITLES[kind]}:</span>{' '}
          {needed
            .filter(({ what }) => what === kind)
            .map((missing, index) => (
              <>
                {index > 0 ? '; ' : ''}
                <MissingThing missing={missing} view={view} />
                {missing.components.length < result.components.length ? (
                  <span class="note"> ({visible(missing.components.join(', '), 400)})</span>
                ) : null}
              </>
            ))}
        </li>
      ))}
    </ul>
  );
};

const Component = (props: {
  result: ComponentVerdict;
  because: string;
  asked: Criterion | undefined;
  view: View;
}): VNode => {
  const { result, because, asked, view } = props;
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
      <DecidedOf ids={result.findings} asked={asked} view={view} />
    </div>
  );
};

/** The verdict of the product beside those of its components, and how the one is made of the others. */
const Folded = ({ result, asked }: { result: CriterionResult; asked: Criterion | undefined }): VNode | null =>
  result.components.length > 1 && asked !== undefined ? (
    <p class="folded">
      <b>Product:</b> <Badge verdict={result.verdict} /> <span class="note">{QUANTIFIER_WORDS[asked.quantifier]}</span>
    </p>
  ) : null;

const Texts = ({ items }: { items: readonly string[] | undefined }): VNode | string =>
  items === undefined || items.length === 0 ? (
    ''
  ) : (
    <Listed>
      {items.map((item) => (
        <>{visible(item, 400)}</>
      ))}
    </Listed>
  );

/** What the profile says of a criterion besides its text: what would settle it, and where else it stands. */
const About = ({ asked, several }: { asked: Criterion; several: boolean }): VNode | null => {
  const { status, evidence, testCases, ixit, controls, csf, quantifier } = asked;
  const cases = testCases?.map(
    ({ id, kind, units }) => `${id} (${kind}${units.length > 0 ? `: ${units.join(', ')}` : ''})`,
  );
  const any = [evidence, testCases, ixit, controls, csf].some((list) => (list?.length ?? 0) > 0);
  if (!any && status === undefined) return null;
  return (
    <details class="about">
      <summary>What would settle it, and where it stands</summary>
      <dl>
        <Row name="Evidence">
          {evidence?.length ? (
            <ul class="plain">
              {evidence.map((one) => (
                <li>{visible(one, 400)}</li>
              ))}
            </ul>
          ) : (
            ''
          )}
        </Row>
        <Row name="Status, as printed">{status === undefined ? '' : <Id>{status}</Id>}</Row>
        <Row name="Test cases">
          <Texts items={cases} />
        </Row>
        <Row name="IXIT tables">
          <Texts items={ixit} />
        </Row>
        <Row name="SP 800-53">
          <Texts items={controls} />
        </Row>
        <Row name="CSF 1.1">
          <Texts items={csf} />
        </Row>
        <Row name="Components">{several ? '' : QUANTIFIER_WORDS[quantifier]}</Row>
      </dl>
    </details>
  );
};

const basisWords = ({ level, basis }: CriterionResult): string =>
  `${CRITERION_LEVELS[level]}; ${basis === 'none' ? 'no basis yet' : `decided ${BASIS_WORDS[basis]}`}`;

/** One criterion with all that is known of it; folded where nobody and nothing has looked at it yet. */
export const Leaf = (props: { result: CriterionResult; asked: Criterion | undefined; view: View }): VNode => {
  const { result, asked, view } = props;
  const several = result.components.length > 1;
  return (
    <details
      class={`criterion ${result.verdict}`}
      id={result.heading ? `own-${view.anchors.get(result.id)}` : view.anchors.get(result.id)}
      data-criterion={visible(result.id)}
      data-verdict={result.verdict}
      open={!isSilent(result, view)}
    >
      <summary>
        <Badge verdict={result.verdict} /> <Id>{result.id}</Id> <b>{visible(result.title)}</b>
        {result.heading ? <span class="note"> the heading itself</span> : null}
      </summary>
      {asked?.text ? <p class="text">{visible(asked.text)}</p> : null}
      <p class="because">
        {visible(result.because)} <span class="note">{basisWords(result)}</span>
      </p>
      {result.reading ? (
        <p class="reading">
          <b>Reading:</b> {visible(result.reading)}
        </p>
      ) : null}
      {asked?.reach ? (
        <p class={`reach ${asked.reach.can}`}>
          <b>{REACH_WORDS[asked.reach.can]}</b> {visible(asked.reach.why)}
        </p>
      ) : null}
      <Folded result={result} asked={asked} />
      {result.components.map((component) => (
        <Component result={component} because={result.because} asked={asked} view={view} />
      ))}
      <Needs result={result} view={view} />
      {result.carried ? <CarriedVerdict carried={result.carried} decides={isMapped(result, asked)} /> : null}
      {result.heading ? null : <PersonsOf id={result.id} view={view} />}
      {asked ? <Conclusive result={result} asked={asked} view={view} /> : null}
      {asked ? <About asked={asked} several={several} /> : null}
    </details>
  );
};
