import type { VNode } from 'preact';
import type { Assessment } from '../model/assessment.ts';
import { Id, Row } from './html-parts.tsx';
import type { ReportedRun } from './report.ts';
import { count, grouped, visible } from './text.ts';
import { IMPACT_WORDS, STATE_WORDS, timeWords } from './words.ts';

const list = (items: readonly string[]): string => visible(items.join(', '));

/** A source as it stands, digests as code; of a file only its name, for where it lay is the tester's own. */
const sourceOf = (name: string, value: string): VNode | string => {
  if (/^[0-9a-f]{64}$/.test(value)) return <Id>{value}</Id>;
  return visible(name === 'product' ? (value.split(/[\\/]/).at(-1) ?? '') : value, 200);
};

/** A run as it was carried out: what, when, in which state, by whose leave, within which limits. */
export const RunFacts = ({
  reported: { run, seal },
  moves = [],
}: {
  reported: ReportedRun;
  /** Addresses that the report shows as others than this run had. */
  moves?: Assessment['runs'][number]['moves'];
}): VNode => {
  const { limits, target, item } = run;
  const bench = Object.entries(item).map(([name, value]) => `${name} ${value}`);
  const loginBudget = limits.loginBudget ?? 'as declared, else 2 in a row for an account';
  return (
    <dl class="facts">
      <Row name="Run">
        <Id>{run.id}</Id>
        {run.status === 'completed' ? '' : `, ${run.status}: not all of it was carried out`}
      </Row>
      <Row name="Seal">
        {seal ? (
          <Id>{seal}</Id>
        ) : (
          <span class="attention">not sealed: nothing shows that the files are as they were written</span>
        )}
        {run.signed ? ', signed' : ''}
      </Row>
      <Row name="Carried out">
        {timeWords(run.startedAt)}
        {run.endedAt ? ` to ${timeWords(run.endedAt)}` : ', not ended'}
      </Row>
      <Row name="Item on the bench">{bench.length > 0 ? list(bench) : 'not stated'}</Row>
      <Row name="State of the item">{STATE_WORDS[run.state]}</Row>
      <Row name="Shown elsewhere">
        {moves
          .map(({ component, from, to }) => `${visible(component)} was at ${visible(from)}, shown at ${visible(to)}`)
          .join('; ')}
      </Row>
      <Row name="Components">
        {target.components.map((component, index) => (
          <>
            {index > 0 ? '; ' : ''}
            {visible(component.id)} ({component.kind}):{' '}
            {component.addresses.length > 0 ? list(component.addresses) : 'no address'}
          </>
        ))}
        {target.product
          ? target.product.complete
            ? '. The list is declared complete.'
            : '. The list is not declared complete.'
          : '. No list of components was declared.'}
      </Row>
      <Row name="Scope">{target.scope.length > 0 ? list(target.scope) : 'none'}</Row>
      <Row name="Permitted">
        {IMPACT_WORDS[target.allow.impact]}, by {visible(target.allow.by)}
        {target.allow.until ? `, until ${visible(target.allow.until)}` : ''}
      </Row>
      <Row name="Limits">
        {count(limits.connections, 'connection')} at a time, {grouped(limits.rate)} packets a second for discovery,{' '}
        {grouped(limits.wait)} ms for an answer, {grouped(limits.attempt)} ms for an attempt; failed logins:{' '}
        {String(loginBudget)}, at most {limits.loginsPerService} on a service; TCP {visible(limits.tcp, 200)}, UDP{' '}
        {visible(limits.udp, 200)}
        {limits.exclude.length > 0 ? `; left out: ${list(limits.exclude)}` : ''}
      </Row>
      <Row name="Made with">
        {visible(run.tool)}
        {Object.keys(run.sources)
          .filter((name) => name !== 'probity')
          .sort()
          .map((name) => (
            <div>
              {visible(name, 100)}: {sourceOf(name, run.sources[name] ?? '')}
            </div>
          ))}
      </Row>
      <Row name="Takes over">{run.resumes ? `run ${run.resumes.run}, sealed ${run.resumes.seal}` : ''}</Row>
    </dl>
  );
};
