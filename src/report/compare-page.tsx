import type { VNode } from 'preact';
import { render } from 'preact-render-to-string';
import {
  CHANGES,
  type Change,
  type ChangeKind,
  type ComparedSide,
  type Comparison,
  type DeviceChange,
} from '../model/comparison.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import {
  CHANGE_MEANINGS,
  CHANGE_NAMES,
  causeWords,
  DEVICE_WORDS,
  PART_WORDS,
  TEST_WORDS,
  valuesWords,
  worseWords,
} from './compare-text.ts';
import { Badge, Id, Row, Table } from './html-parts.tsx';
import { page } from './page.tsx';
import { count, relativeLink, visible } from './text.ts';
import { STATE_WORDS, timeWords } from './words.ts';

/** Where the two reports lie, as seen from the page; a side without one is named and not linked. */
export interface ComparedReports {
  readonly old?: string;
  readonly new?: string;
}

/** Entries of one kind that the page lists; all stand in the JSON form. */
const MOST = 500;

/** The colour of a kind: a failure that is not fixed is never calm. */
const COLOURS: Record<ChangeKind, string> = {
  worse: 'failed',
  'less-covered': 'failed',
  new: 'failed',
  'not-re-tested': 'open',
  moved: 'open',
  fixed: 'passed',
  better: 'passed',
  'more-covered': 'passed',
  same: '',
};

/** A way up and down folders of plain names, and nothing else: no scheme, no host. */
const safeLink = (href: string | undefined): string | undefined => {
  if (href === undefined) return undefined;
  const [, up = '', rest = ''] = /^((?:\.\.\/)*)(.*)$/.exec(href) ?? [];
  const inside = relativeLink(rest);
  return inside === undefined ? undefined : `${up}${inside}`;
};

const Verdict = ({ verdict }: { verdict: CriterionVerdict | undefined }): VNode =>
  verdict === undefined ? <span class="note">not there</span> : <Badge verdict={verdict} />;

const Side = (props: { title: string; side: ComparedSide; href: string | undefined }): VNode => {
  const { title, side, href } = props;
  const link = safeLink(href);
  return (
    <div>
      <h2>{title}</h2>
      <dl>
        <Row name="Verdict">
          <Badge verdict={side.verdict} />
        </Row>
        <Row name="Target">{visible(side.target, 200)}</Row>
        <Row name="Judged">{timeWords(side.judgedAt)}</Row>
        <Row name={side.runs.length === 1 ? 'Run' : 'Runs'}>
          {side.runs.map(({ id, state, seal }) => (
            <div>
              <Id>{id}</Id> {STATE_WORDS[state]}
              {seal === undefined ? '' : `, seal ${seal.slice(0, 16)}`}
            </div>
          ))}
        </Row>
        <Row name="Profile">
          <Id>{side.profile.id}</Id>, edition {visible(side.profile.edition, 100)}
        </Row>
        <Row name="Tool">{visible(side.tool, 200)}</Row>
        <Row name="Report">
          {link === undefined && side.report === undefined ? undefined : (
            <>
              {link === undefined ? null : <a href={link}>the report</a>}{' '}
              {side.report === undefined ? null : <Id>{side.report}</Id>}
            </>
          )}
        </Row>
      </dl>
    </div>
  );
};

const ChangeRow = ({ change, comparison }: { change: Change; comparison: Comparison }): VNode => {
  const { id, because, before, after } = change;
  const cause = causeWords(change, comparison);
  return (
    <tr>
      <td>
        <Id>{id.slice(0, 500)}</Id>
      </td>
      <td class="tight">
        <Verdict verdict={before?.verdict} />
      </td>
      <td class="tight">
        <Verdict verdict={after?.verdict} />
      </td>
      <td>
        {visible(because)}
        {after !== undefined && after.because !== because ? (
          <div class="note">Now: {visible(after.because)}</div>
        ) : null}
        {before === undefined ? null : <div class="note">Before: {visible(before.because)}</div>}
        {cause === '' ? null : <div class="note">{cause}</div>}
      </td>
    </tr>
  );
};

const Kind = ({ kind, comparison }: { kind: ChangeKind; comparison: Comparison }): VNode | null => {
  const changes = comparison.changes.filter((change) => change.kind === kind);
  if (changes.length === 0 || kind === 'same') return null;
  return (
    <>
      <h3 id={kind}>
        <span class={COLOURS[kind]}>{CHANGE_NAMES[kind]}</span> ({changes.length})
      </h3>
      <p class="note">{CHANGE_MEANINGS[kind]}</p>
      <Table caption={`${CHANGE_NAMES[kind]}: findings`} head={['Finding', 'Before', 'Now', 'Because']}>
        {changes.slice(0, MOST).map((change) => (
          <ChangeRow change={change} comparison={comparison} />
        ))}
      </Table>
      {changes.length > MOST ? <p class="note">And {changes.length - MOST} more in the JSON form.</p> : null}
    </>
  );
};

const DeviceRow = ({ change }: { change: DeviceChange }): VNode => {
  const { what, is, component, place, name, before, after, state } = change;
  return (
    <tr>
      <td>
        {visible(component, 200)}
        {place === '' ? '' : ' '}
        {place === '' ? '' : visible(place, 100)}
        {state === undefined ? null : <div class="note">{STATE_WORDS[state]}</div>}
      </td>
      <td>
        {PART_WORDS[what]} {visible(name, 200)}
      </td>
      <td>{DEVICE_WORDS[is]}</td>
      <td>{valuesWords(before)}</td>
      <td>{valuesWords(after)}</td>
    </tr>
  );
};

const OnDevice = ({ device }: Pick<Comparison, 'device'>): VNode => {
  if (!device.known) return <p class="attention">{device.because ?? 'It is not known.'}</p>;
  if (device.changes.length === 0) return <p>Nothing is known to have changed on the device.</p>;
  return (
    <>
      <Table caption="Changes on the device" head={['Where', 'What', 'It', 'Before', 'Now']}>
        {device.changes.slice(0, MOST).map((change) => (
          <DeviceRow change={change} />
        ))}
      </Table>
      {device.changes.length > MOST ? (
        <p class="note">And {device.changes.length - MOST} more in the JSON form.</p>
      ) : null}
    </>
  );
};

const InTest = ({ test }: Pick<Comparison, 'test'>): VNode =>
  test.length === 0 ? (
    <p>Both were tested and judged in the same way.</p>
  ) : (
    <Table caption="Changes in the test" head={['What', 'Name', 'Before', 'Now']}>
      {test.slice(0, MOST).map(({ what, name, before, after }) => (
        <tr>
          <td>{TEST_WORDS[what]}</td>
          <td>{visible(name, 200)}</td>
          <td>{visible(before ?? 'not there', 400)}</td>
          <td>{visible(after ?? 'not there', 400)}</td>
        </tr>
      ))}
    </Table>
  );

const Criteria = ({ criteria }: Pick<Comparison, 'criteria'>): VNode =>
  criteria.length === 0 ? (
    <p>No criterion has another verdict.</p>
  ) : (
    <Table caption="Criteria with another verdict" head={['Criterion', 'Before', 'Now']}>
      {criteria.map(({ id, title, before, after }) => (
        <tr>
          <td>
            <Id>{id}</Id> {title === undefined || title === id ? '' : visible(title, 400)}
          </td>
          <td class="tight">
            <Verdict verdict={before} />
          </td>
          <td class="tight">
            <Verdict verdict={after} />
          </td>
        </tr>
      ))}
    </Table>
  );

const Part = (props: { id: string; title: string; lead: string; children: VNode | (VNode | null)[] }): VNode => (
  <section class="part" id={props.id}>
    <h2>{props.title}</h2>
    <p class="lead">{props.lead}</p>
    {props.children}
  </section>
);

const Body = ({ comparison, reports }: { comparison: Comparison; reports: ComparedReports }): VNode => {
  const { worse, counts, notes, criteria, device, test } = comparison;
  const kinds = CHANGES.filter((kind) => counts[kind] > 0);
  return (
    <main>
      <header>
        <p class="kicker">Comparison of two assessments</p>
        <h1>{visible(comparison.new.target, 200)}</h1>
        <p class="verdict">
          <b class={worse ? 'failed' : 'passed'}>{worseWords(comparison)}</b>
        </p>
        <p>
          {kinds.length === 0
            ? 'There is no finding to compare.'
            : kinds.map((kind, index) => (
                <>
                  {index > 0 ? ', ' : ''}
                  {kind === 'same' ? (
                    `${counts[kind]} unchanged`
                  ) : (
                    <a href={`#${kind}`}>
                      {counts[kind]} {CHANGE_NAMES[kind].toLowerCase()}
                    </a>
                  )}
                </>
              ))}
          {kinds.length === 0 ? '' : '.'} {count(criteria.length, 'criterion', 'criteria')} with another verdict.
        </p>
        {notes.map((note) => (
          <p class="simulated">{visible(note, 600)}</p>
        ))}
        <div class="headline">
          <Side title="Before" side={comparison.old} href={reports.old} />
          <Side title="Now" side={comparison.new} href={reports.new} />
        </div>
      </header>
      <Part
        id="findings"
        title="What became of the findings"
        lead="A failure is fixed only where the same check looked again at least as far, or the port is closed in a whole pass."
      >
        {kinds.some((kind) => kind !== 'same')
          ? kinds.map((kind) => <Kind kind={kind} comparison={comparison} />)
          : [<p>Every finding is as it was.</p>]}
      </Part>
      <Part id="criteria" title="Criteria whose verdict changed" lead="By the profile that both were judged by.">
        <Criteria criteria={criteria} />
      </Part>
      <Part
        id="device"
        title="What changed on the device"
        lead="From what both runs observed, whatever was judged of it. What did not answer again is not taken to be gone."
      >
        <OnDevice device={device} />
      </Part>
      <Part
        id="test"
        title="What changed in the test"
        lead="A verdict that changed on a device that did not may have changed by one of these."
      >
        <InTest test={test} />
      </Part>
    </main>
  );
};

/** A comparison as one page that needs nothing else. Pure. */
export const renderComparison = (comparison: Comparison, reports: ComparedReports = {}): string =>
  page(
    `${worseWords(comparison)}: ${comparison.new.target}`,
    render(<Body comparison={comparison} reports={reports} />),
  );
