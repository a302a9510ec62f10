import type { VNode } from 'preact';
import { Badge, CriterionId, FindingId, Id } from './html-parts.tsx';
import type { ReportInput } from './report.ts';
import { count, grouped, visible } from './text.ts';
import {
  type Bears,
  type Item,
  type Line,
  type List,
  type Picture,
  type Server,
  transportOf,
} from './transport-view.ts';
import { toldWords } from './transport-words.ts';
import type { View } from './view.ts';

/** Chips of one list that stand open; of a longer one those that fail do, and the others are unfolded. */
const MOST_OPEN = 14;
/** Findings and criteria beside one line; the others stand in assessment.json. */
const MOST_FINDINGS = 3;
const MOST_CRITERIA = 6;
/** Longest name of a thing, in characters. */
const NAME = 90;

/** One thing on its own ground; that it fails, was refused or could not be told is said in words too. */
const Chip = ({ item, of }: { item: Item; of: List['of'] }): VNode => {
  const { name, note, told, fails } = item;
  const kind = fails !== undefined ? 'weak' : told === 'could not tell' ? 'untold' : told === 'refused' ? of : 'had';
  const words = toldWords(item, of);
  return (
    <li class={`chip ${kind}`}>
      {kind === 'weak' ? <b aria-hidden="true">! </b> : null}
      {visible(name, NAME)}
      {note === undefined ? null : <span class="of"> {visible(note, NAME)}</span>}
      {kind === 'untold' ? <b aria-hidden="true"> ?</b> : null}
      {words === '' ? null : <span class="unseen"> ({words})</span>}
    </li>
  );
};

const Chips = ({ items, of }: { items: readonly Item[]; of: List['of'] }): VNode => (
  <ul class="chips">
    {items.map((item) => (
      <Chip item={item} of={of} />
    ))}
  </ul>
);

/** Flaws stand by what was told of them, in words: what is listed must not be taken for what was found. */
const FLAWS: readonly (readonly [Item['told'], string])[] = [
  ['accepted', 'Present'],
  ['could not tell', 'Could not tell'],
  ['refused', 'Absent'],
];

const Flaws = ({ list: { items, more } }: { list: List }): VNode => (
  <div class="listing">
    {FLAWS.map(([told, words]) => {
      const of = items.filter((item) => item.told === told);
      return of.length === 0 ? null : (
        <>
          <span class="list">{words}</span>
          <Chips items={of} of="flaws" />
        </>
      );
    })}
    {more > 0 ? <p class="note">and {grouped(more)} more in assessment.json</p> : null}
  </div>
);

const Listing = ({ list, alone }: { list: List; alone: boolean }): VNode => {
  const { title, items, of, more, note } = list;
  const weak = items.filter(({ fails }) => fails !== undefined);
  const head = alone ? null : (
    <span class="list">
      {visible(title, 40)}
      {note === undefined ? null : <span class="note"> {note}</span>}
    </span>
  );
  const rest = more > 0 ? <p class="note">and {grouped(more)} more in assessment.json</p> : null;
  if (items.length === 0)
    return (
      <div class="listing">
        {head}
        <p class="note">could not tell</p>
      </div>
    );
  return (
    <div class="listing">
      {head}
      {items.length <= MOST_OPEN ? (
        <Chips items={items} of={of} />
      ) : (
        <>
          {weak.length > 0 ? <Chips items={weak} of={of} /> : null}
          <details>
            <summary>
              {weak.length > 0 ? `All ${items.length}, of which ${weak.length} fail` : `All ${items.length}`}
            </summary>
            <Chips items={items} of={of} />
          </details>
        </>
      )}
      {rest}
    </div>
  );
};

const BearsOn = ({ bears, view }: { bears: readonly Bears[]; view: View }): VNode => (
  <ul class="plain">
    {bears.map(({ check, verdict, findings, criteria }) => (
      <li>
        {verdict === undefined ? <span class="note">Nothing said</span> : <Badge verdict={verdict} />} <Id>{check}</Id>{' '}
        {findings.slice(0, MOST_FINDINGS).map((id) => (
          <>
            <FindingId id={id} view={view} />{' '}
          </>
        ))}
        {findings.length > MOST_FINDINGS ? <>and {grouped(findings.length - MOST_FINDINGS)} more </> : null}
        {criteria.length === 0 ? null : (
          <span class="asks">
            {criteria.slice(0, MOST_CRITERIA).map(({ id, as, verdict: own }) => (
              <span>
                {as === 'required' ? 'asked for by ' : 'can fail '}
                <CriterionId id={id} view={view} /> <Badge verdict={own} />{' '}
              </span>
            ))}
            {criteria.length > MOST_CRITERIA
              ? `and ${count(criteria.length - MOST_CRITERIA, 'more criterion', 'more criteria')}`
              : ''}
          </span>
        )}
      </li>
    ))}
  </ul>
);

const LineRow = ({ line, view }: { line: Line; view: View }): VNode => (
  <tr>
    <th scope="row">{line.title}</th>
    <td>
      {line.says.map(({ words, fails }) => (
        <p class={fails === undefined ? 'says' : 'says weak'}>
          {fails === undefined ? null : <b aria-hidden="true">! </b>}
          {visible(words, 300)}
          {fails === undefined ? null : (
            <span class="unseen"> ({fails === 'conclusive' ? 'fails' : 'fails, indicated'})</span>
          )}
        </p>
      ))}
      {line.lists.map((list) =>
        list.of === 'flaws' && list.items.length > 0 ? (
          <Flaws list={list} />
        ) : (
          <Listing list={list} alone={line.lists.length === 1 && list.title === line.title} />
        ),
      )}
    </td>
    <td>{line.bears.length === 0 ? null : <BearsOn bears={line.bears} view={view} />}</td>
  </tr>
);

const Gets = ({ server: { weakest, modern } }: { server: Server }): VNode | null =>
  weakest === undefined && modern === undefined ? null : (
    <dl class="gets">
      {weakest === undefined ? null : (
        <div>
          <dt>Weakest client gets</dt>
          <dd>{visible(weakest, 400)}</dd>
        </div>
      )}
      {modern === undefined ? null : (
        <div>
          <dt>A modern client gets</dt>
          <dd>{visible(modern, 400)}</dd>
        </div>
      )}
    </dl>
  );

/** The lines between what is offered and what it bears on, as a table that stands in one column where the page is narrow. */
const ServerTable = ({ server, named, view }: { server: Server; named: string; view: View }): VNode => (
  <>
    <h4>{visible(server.title, 80)}</h4>
    <Gets server={server} />
    <table class="strands">
      <caption class="unseen">
        {visible(server.title, 80)} of {named}: what it offers, and what that bears on
      </caption>
      <thead class="unseen">
        <tr>
          <th scope="col">Part</th>
          <th scope="col">What was seen</th>
          <th scope="col">What it bears on</th>
        </tr>
      </thead>
      <tbody>
        {server.lines.map((line) => (
          <LineRow line={line} view={view} />
        ))}
      </tbody>
    </table>
  </>
);

const Carrier = ({ picture, view }: { picture: Picture; view: View }): VNode => {
  const { component, host, transport, port, spoken, fails, servers } = picture;
  const place = `${transport}/${port}`;
  const named = `${place} of ${visible(component, 40)} at ${visible(host, 60)}`;
  return (
    <section class={fails ? 'carrier fails' : 'carrier'} aria-label={`Transport of ${named}`}>
      <h3>
        {place} <span class="note">{visible(spoken.join('; ') || 'not recognised', 120)}</span>
      </h3>
      <p class="place note">
        {visible(component, 40)} at {visible(host, 60)}
      </p>
      {servers.map((server) => (
        <ServerTable server={server} named={named} view={view} />
      ))}
    </section>
  );
};

const KEY: readonly (readonly [Item, List['of'], string])[] = [
  [{ name: 'accepted', told: 'accepted' }, 'offers', ''],
  [{ name: 'accepted', told: 'accepted', fails: 'conclusive' }, 'offers', 'a failing finding rests on it'],
  [{ name: 'refused', told: 'refused' }, 'offers', ''],
  [{ name: 'absent', told: 'refused' }, 'flaws', 'of a flaw'],
  [{ name: 'could not tell', told: 'could not tell' }, 'offers', 'may be either'],
];

const Key = (): VNode => (
  <ul class="chips key">
    {KEY.map(([item, of, words]) => (
      <>
        <Chip item={item} of={of} />
        {words === '' ? null : <li class="note">{words}</li>}
      </>
    ))}
  </ul>
);

/** How each port protects what it serves, as one picture a port: what is offered, what clients get, what it bears on. */
export const Transport = ({ input, view }: { input: ReportInput; view: View }): VNode => (
  <>
    <Key />
    {transportOf(input).map(({ run, pictures, more }) => (
      <>
        {input.runs.length > 1 || pictures.length === 0 ? (
          <p>
            Run {run.id}
            {pictures.length === 0 ? ': nothing was seen of how anything travels.' : ''}
          </p>
        ) : null}
        {pictures.map((picture) => (
          <Carrier picture={picture} view={view} />
        ))}
        {more > 0 ? <p>And {count(more, 'more port')}, in assessment.json. Those that fail stand first.</p> : null}
      </>
    ))}
  </>
);
