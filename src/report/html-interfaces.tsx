import type { VNode } from 'preact';
import type { Run } from '../model/run.ts';
import { Table } from './html-parts.tsx';
import { type Interface, interfacesOf, type Login, type Travels } from './interfaces-view.ts';
import type { ReportInput } from './report.ts';
import { count, grouped, visible } from './text.ts';

/** Pins of one picture; further ports stand in the table. */
const MOST_PINS = 60;
/** Pictures of one run, an address each; further ones stand in the table. */
const MOST_PICTURES = 12;
/** Rows of the table; further ports stand in assessment.json. */
const MOST_ROWS = 400;

const PIN = 26;
const TOP = 64;
const BOX = 168;

const DECLARED = {
  declared: 'declared',
  'not declared': 'not declared',
  'nothing declared': 'no declaration',
} as const;

const TRAVELS: Record<Travels, string> = {
  'in the clear': 'in the clear',
  protected: 'protected',
  'in the clear and protected': 'in the clear, and protected',
  'hands over': 'in the clear, only hands over',
  'could not tell': 'could not tell how it travels',
};

const LOGIN: Record<Login, string> = {
  'asks for a login': 'asks for a login',
  'some without a login': 'some of it without a login',
  'without a login': 'without a login',
  'listed default accepted': 'a listed default logs in',
  'could not tell': 'could not tell what it asks for',
};

const spoken = ({ services }: Interface): string => services.join('; ') || 'not recognised';

/** A pin: a round head where declared, a square one where not; a dashed line where anything travels in the clear. */
const Pin = ({ row, at }: { row: Interface; at: number }): VNode => {
  const y = TOP + at * PIN;
  const clear = row.travels === 'in the clear' || row.travels === 'in the clear and protected';
  const unknown = row.travels === 'could not tell';
  return (
    <g>
      <line x1={BOX} x2={BOX + 44} y1={y} y2={y} class={clear ? 'clear' : unknown ? 'unknown' : 'sealed'} />
      {row.declared === 'declared' ? (
        <circle cx={BOX + 50} cy={y} r={6} class="head" />
      ) : (
        <rect x={BOX + 44} y={y - 6} width={12} height={12} class="head undeclared" />
      )}
      <text x={BOX + 66} y={y - 1}>
        {row.transport}/{row.port} {visible(spoken(row), 40)}
      </text>
      <text x={BOX + 66} y={y + 10} class="small">
        {TRAVELS[row.travels]} · {LOGIN[row.login]} · {DECLARED[row.declared]}
      </text>
    </g>
  );
};

/** One address of a device as a box, with a pin for each open port. */
const Picture = ({ rows, run }: { rows: readonly Interface[]; run: Run }): VNode | null => {
  const [first] = rows;
  if (first === undefined) return null;
  const shown = rows.slice(0, MOST_PINS);
  const height = TOP + Math.max(shown.length, 2) * PIN + (rows.length > MOST_PINS ? PIN : 0);
  const named = `${visible(first.component, 40)} at ${visible(first.host, 60)}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section class="scroll picture" aria-label={`Picture of the interfaces of ${named}, run ${run.id}`} tabIndex={0}>
      <svg
        viewBox={`0 0 640 ${height}`}
        role="img"
        aria-label={`${named}: ${count(rows.length, 'open port')}. The table of open ports says the same in words.`}
      >
        <rect x={1} y={1} width={BOX - 1} height={height - 2} rx={8} class="box" />
        <text x={14} y={28} class="title">
          {visible(first.component, 18)}
        </text>
        <text x={14} y={45} class="small">
          {visible(first.host, 26)}
        </text>
        {shown.map((row, at) => (
          <Pin row={row} at={at} />
        ))}
        {rows.length > MOST_PINS ? (
          <text x={BOX + 66} y={TOP + shown.length * PIN}>
            and {grouped(rows.length - MOST_PINS)} more in the table
          </text>
        ) : null}
      </svg>
    </section>
  );
};

const Row = ({ row }: { row: Interface }): VNode => (
  <tr>
    <td class="tight">
      {row.transport}/{row.port}
    </td>
    <td>
      {visible(row.component)} <span class="note">{visible(row.host)}</span>
    </td>
    <td>{visible(spoken(row))}</td>
    <td>{TRAVELS[row.travels]}</td>
    <td>{LOGIN[row.login]}</td>
    <td>{row.reason ? visible(row.reason) : DECLARED[row.declared]}</td>
  </tr>
);

const Rows = ({ title, rows }: { title: string; rows: readonly Interface[] }): VNode | null =>
  rows.length === 0 ? null : (
    <>
      <tr class="group">
        <th scope="rowgroup" colSpan={6}>
          {title} <span class="note">{count(rows.length, 'open port')}</span>
        </th>
      </tr>
      {rows.slice(0, MOST_ROWS).map((row) => (
        <Row row={row} />
      ))}
      {rows.length > MOST_ROWS ? (
        <tr>
          <td colSpan={6}>and {grouped(rows.length - MOST_ROWS)} more in assessment.json</td>
        </tr>
      ) : null}
    </>
  );

const byAddress = (rows: readonly Interface[]): Interface[][] => {
  const all = new Map<string, Interface[]>();
  for (const row of rows) {
    const key = `${row.component} ${row.host}`;
    const known = all.get(key);
    if (known === undefined) all.set(key, [row]);
    else known.push(row);
  }
  return [...all.values()];
};

const OfRun = ({ run }: { run: Run }): VNode => {
  const rows = interfacesOf(run);
  if (rows.length === 0) return <p>Run {run.id}: no open port was seen.</p>;
  const of = (...declared: Interface['declared'][]) => rows.filter((row) => declared.includes(row.declared));
  return (
    <>
      {byAddress(rows)
        .slice(0, MOST_PICTURES)
        .map((own) => (
          <Picture rows={own} run={run} />
        ))}
      <Table
        caption={`Open ports, run ${run.id}: those that nobody declared first`}
        head={['Port', 'Of', 'What speaks there', 'How it travels', 'What it asks for', 'Declared for']}
        class="ports"
      >
        <Rows title="Not declared" rows={of('not declared')} />
        <Rows title="No services are declared at all" rows={of('nothing declared')} />
        <Rows title="Declared" rows={of('declared')} />
      </Table>
    </>
  );
};

/** The device's interfaces on the network: a picture, and the same as a table. */
export const Interfaces = ({ runs }: { runs: ReportInput['runs'] }): VNode => (
  <>
    <p class="note">
      A square pin is not declared, a round one is. A dashed line travels in the clear, a dotted one could not be told.
      “Could not tell” is not “none”: it was not reached, or not in a form that was understood.
    </p>
    {runs.map(({ run }) => (
      <OfRun run={run} />
    ))}
  </>
);
