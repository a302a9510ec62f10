import type { VNode } from 'preact';
import type { Attempt, Observation } from '../model/run.ts';
import { evidenceAnchor } from './evidence-page.tsx';
import { factWords } from './fact-words.ts';
import { Id } from './html-parts.tsx';
import { folderOf, type ReportInput } from './report.ts';
import { count, relativeLink, visible } from './text.ts';
import type { View } from './view.ts';
import { placeWords, REASON_WORDS, timeWords } from './words.ts';

/** Where a report leads to for evidence: the page beside it that shows it, else the run's folder, else nowhere. */
interface Where {
  readonly viewer: string | undefined;
  readonly folder: string | undefined;
}

const linkOf = (digest: string, { viewer, folder }: Where): string | undefined => {
  const page = viewer === undefined ? undefined : relativeLink(viewer);
  if (page !== undefined) return `${page}#${evidenceAnchor(digest)}`;
  return folder === undefined ? undefined : relativeLink(folder, 'evidence', digest);
};

const Evidence = ({ digests, where }: { digests: readonly string[]; where: Where }): VNode | null =>
  digests.length === 0 ? null : (
    <span class="evidence">
      evidence{' '}
      {digests.map((digest, index) => {
        const href = linkOf(digest, where);
        return (
          <>
            {index > 0 ? ', ' : ''}
            {href ? <a href={href}>{digest.slice(0, 12)}</a> : <code>{visible(digest.slice(0, 12))}</code>}
          </>
        );
      })}
    </span>
  );

const Seen = (props: { observation: Observation; anchor: string; where: Where }): VNode => (
  <li id={props.anchor}>
    <Id>{props.observation.id}</Id> {visible(factWords(props.observation.fact))}
    <div class="note">
      {timeWords(props.observation.at)} <Evidence digests={props.observation.evidence} where={props.where} />
    </div>
  </li>
);

const AttemptEntry = (props: {
  attempt: Attempt;
  anchor: string;
  observations: { observation: Observation; anchor: string }[];
  where: Where;
}): VNode => {
  const { attempt, anchor, observations, where } = props;
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
        . <Evidence digests={attempt.evidence} where={where} />
      </p>
      {observations.length > 0 ? (
        <ul>
          {observations.map((entry) => (
            <Seen {...entry} where={where} />
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
        const where = { viewer: input.viewer, folder: folderOf(input, reported) };
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
                <AttemptEntry attempt={attempt} anchor={own?.anchor ?? ''} observations={observations} where={where} />
              );
            })}
          </>
        );
      })}
    </>
  );
};
