import type { VNode } from 'preact';
import type { Profile } from '../model/profile.ts';
import { Id, Listed, Table } from './html-parts.tsx';
import { captureOf } from './interfaces-view.ts';
import { credentialRows, portCounts } from './ports-view.ts';
import type { ReportedRun, ReportInput } from './report.ts';
import { count, grouped, visible } from './text.ts';
import { isSimulated, SIMULATED } from './view.ts';
import { REASON_WORDS } from './words.ts';

const PortCoverage = ({ reported: { run } }: { reported: ReportedRun }): VNode => (
  <Table
    caption={`Ports covered, run ${run.id}`}
    head={['Component', 'Address', 'Asked', 'Open', 'Closed', 'Filtered', 'Silent', 'No answer recorded']}
    class="numbers"
  >
    {portCounts(run).map((row) => {
      const asked = run.limits[row.transport];
      const known = row.open + row.closed + row.filtered + row.silent;
      return (
        <tr>
          <td>{visible(row.component)}</td>
          <td class="address">{visible(row.host)}</td>
          <td>
            {row.transport.toUpperCase()} {visible(asked, 200)}
          </td>
          <td>{grouped(row.open)}</td>
          <td>{grouped(row.closed)}</td>
          <td>{grouped(row.filtered)}</td>
          <td>{grouped(row.silent)}</td>
          <td>{grouped(Math.max(0, sizeOf(asked) - known))}</td>
        </tr>
      );
    })}
  </Table>
);

/** How many ports a list such as `1-1024,8080` names. */
const sizeOf = (ranges: string): number =>
  ranges
    .split(',')
    .map((range) => range.split('-').map(Number))
    .reduce((sum, [from = Number.NaN, to = from]) => sum + (to >= from ? to - from + 1 : 0), 0);

const Credentials = ({ reported: { run } }: { reported: ReportedRun }): VNode => {
  const rows = credentialRows(run);
  if (rows.length === 0) return <p>No list of default credentials was tried on any service.</p>;
  return (
    <Table
      caption={`Default credentials tried, run ${run.id}`}
      head={['Attempt', 'Tried', 'Of', 'Of these, for this vendor']}
      class="numbers"
    >
      {rows.map((row) => (
        <tr>
          <td>
            <Id>{row.attempt}</Id>
          </td>
          <td>{grouped(row.tried)}</td>
          <td>{grouped(row.of)}</td>
          <td>{grouped(row.matched)}</td>
        </tr>
      ))}
    </Table>
  );
};

const Unsettled = ({ reported: { run } }: { reported: ReportedRun }): VNode => {
  const attempts = run.attempts.filter(({ outcome }) => outcome.status === 'inconclusive');
  if (attempts.length === 0) return <p>Every attempt of run {run.id} was completed.</p>;
  return (
    <Table caption={`Attempts that could not tell, run ${run.id}`} head={['Attempt', 'Why', 'Left open']}>
      {attempts.map(({ id, outcome }) =>
        outcome.status === 'inconclusive' ? (
          <tr>
            <td>
              <Id>{id}</Id>
            </td>
            <td>
              {REASON_WORDS[outcome.reason]}: {visible(outcome.detail)}
            </td>
            <td>{visible(outcome.open.join(', '))}</td>
          </tr>
        ) : null,
      )}
    </Table>
  );
};

/** What a criterion of this profile wants to be captured, once each. */
const wantedCaptures = ({ criteria }: Profile): string[] => {
  const all = criteria.flatMap(({ coverage }) =>
    Object.entries(coverage?.capture ?? {}).map(([name, value]) => `${name} ${String(value)}`),
  );
  return [...new Set(all)];
};

const Captured = ({ reported: { run }, profile }: { reported: ReportedRun; profile: Profile }): VNode => {
  const { seconds, attempts } = captureOf(run);
  const wanted = wantedCaptures(profile);
  return (
    <p>
      {attempts.length === 0 ? (
        `Run ${run.id}: no traffic was captured (0 seconds). What the device sends of itself, and to whom, was not seen.`
      ) : (
        <>
          Run {run.id}: traffic was captured for {count(seconds, 'second')}, by{' '}
          <Listed>
            {attempts.map((id) => (
              <Id>{id}</Id>
            ))}
          </Listed>
          .
        </>
      )}
      {wanted.length > 0 ? ` The profile asks for a capture: ${visible(wanted.join(', '), 400)}.` : ''}
    </p>
  );
};

/** What was covered: ports, credentials, captures, and the attempts that could not tell. */
export const Coverage = ({ runs, profile }: Pick<ReportInput, 'runs' | 'profile'>): VNode => (
  <>
    {runs.map((reported) => (
      <>
        <PortCoverage reported={reported} />
        {isSimulated(reported.run) ? <p class="simulated">{SIMULATED}</p> : null}
        <Credentials reported={reported} />
        <Captured reported={reported} profile={profile} />
        <Unsettled reported={reported} />
      </>
    ))}
  </>
);
