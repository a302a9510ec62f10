import type { VNode } from 'preact';
import type { Attempt, Observation } from '../model/run.ts';
import { factWords } from './fact-words.ts';
import { Id, Table } from './html-parts.tsx';
import { credentialRows, openPorts, portCounts } from './ports-view.ts';
import { folderOf, type ReportedRun, type ReportInput } from './report.ts';
import { count, grouped, relativeLink, visible } from './text.ts';
import { isSimulated, SIMULATED, type View } from './view.ts';
import { placeWords, REASON_WORDS, timeWords } from './words.ts';

const DECLARED = {
  declared: 'declared',
  'not declared': 'not declared',
  'nothing declared': 'no declaration',
} as const;

const Ports = ({ reported: { run } }: { reported: ReportedRun }): VNode => {
  const rows = openPorts(run);
  if (rows.length === 0) return <p>No open port was seen.</p>;
  return (
    <Table
      caption={`Open ports, run ${run.id}`}
      head={['Component', 'Address', 'Port', 'What speaks there', 'Declared']}
    >
      {rows.map((row) => (
        <tr>
          <td>{visible(row.component)}</td>
          <td>{visible(row.host)}</td>
          <td class="tight">
            {row.transport}/{row.port}
          </td>
          <td>{row.services.length > 0 ? visible(row.services.join('; ')) : 'not recognised'}</td>
          <td>
            <span class={row.declared === 'declared' ? undefined : 'attention'}>{DECLARED[row.declared]}</span>
            {row.reason ? `: ${visible(row.reason)}` : ''}
          </td>
        </tr>
      ))}
    </Table>
  );
};

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
          <td>{visible(row.host)}</td>
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

/** What was covered: ports, credentials, and the attempts that could not tell. */
export const Coverage = ({ runs }: { runs: ReportInput['runs'] }): VNode => (
  <>
    {runs.map((reported) => (
      <>
        <Ports reported={reported} />
        <PortCoverage reported={reported} />
        {isSimulated(reported.run) ? <p class="simulated">{SIMULATED}</p> : null}
        <Credentials reported={reported} />
        <Unsettled reported={reported} />
      </>
    ))}
  </>
);

const Evidence = ({ digests, folder }: { digests: readonly string[]; folder: string | undefined }): VNode | null =>
  digests.length === 0 ? null : (
    <span class="evidence">
      evidence{' '}
      {digests.map((digest, index) => {
        const href = folder === undefined ? undefined : relativeLink(folder, 'evidence', digest);
        return (
          <>
            {index > 0 ? ', ' : ''}
            {href ? <a href={href}>{digest.slice(0, 12)}</a> : <code>{visible(digest.slice(0, 12))}</code>}
          </>
        );
      })}
    </span>
  );

const Seen = (props: { observation: Observation; anchor: string; folder: string | undefined }): VNode => (
  <li id={props.anchor}>
    <Id>{props.observation.id}</Id> {visible(factWords(props.observation.fact))}
    <div class="note">
      {timeWords(props.observation.at)} <Evidence digests={props.observation.evidence} folder={props.folder} />
    </div>
  </li>
);

const AttemptEntry = (props: {
  attempt: Attempt;
  anchor: string;
  observations: { observation: Observation; anchor: string }[];
  folder: string | undefined;
}): VNode => {
  const { attempt, anchor, observations, folder } = props;
  const others = attempt.observations.length - observations.length;
  const { outcome } = attempt;
  return (
    <section class="attempt" id={anchor}>
      <h4>
        <Id>{attempt.id}</Id>
      </h4>
      <p class="note">
        {visible(attempt.endpoint.host)}{' '}
        {attempt.endpoint.port === undefined ? '' : visible(placeWords(attempt.endpoint))},{' '}
        {timeWords(attempt.startedAt)} to {timeWords(attempt.endedAt)},{' '}
        {outcome.status === 'completed'
          ? 'completed'
          : `could not tell: ${REASON_WORDS[outcome.reason]}, ${visible(outcome.detail)}`}
        . <Evidence digests={attempt.evidence} folder={folder} />
      </p>
      {observations.length > 0 ? (
        <ul>
          {observations.map((entry) => (
            <Seen {...entry} folder={folder} />
          ))}
        </ul>
      ) : null}
      {others > 0 ? (
        <p class="note">
          {count(others, 'observation')} that no finding rests on: see the run’s <code>attempts.jsonl</code>.
        </p>
      ) : null}
    </section>
  );
};

/** Every attempt, and the observations that findings rest on, with the evidence files behind them. */
export const Observations = ({ input, view }: { input: ReportInput; view: View }): VNode => {
  const used = new Set<string>();
  for (const { finding } of view.findings.values())
    for (const id of finding.basis) used.add(view.references.get(id)?.anchor ?? '');
  return (
    <>
      {input.runs.map((reported) => {
        const { run } = reported;
        const folder = folderOf(input, reported);
        return (
          <>
            <h3>Run {run.id}</h3>
            {run.attempts.map((attempt) => {
              const own = view.references.get(`${run.id}:${attempt.id}`);
              const observations = attempt.observations.flatMap((observation) => {
                const anchor = view.references.get(`${run.id}:${observation.id}`)?.anchor ?? '';
                return used.has(anchor) ? [{ observation, anchor }] : [];
              });
              return (
                <AttemptEntry
                  attempt={attempt}
                  anchor={own?.anchor ?? ''}
                  observations={observations}
                  folder={folder}
                />
              );
            })}
          </>
        );
      })}
    </>
  );
};
