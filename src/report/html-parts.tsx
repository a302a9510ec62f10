import type { ComponentChildren, VNode } from 'preact';
import type { CriterionVerdict } from '../model/verdict.ts';
import { visible } from './text.ts';
import type { NamedFinding } from './view.ts';
import { VERDICT_NAMES } from './words.ts';

/** The verdict as a word on its colour; the word alone says it. */
export const Badge = ({ verdict }: { verdict: CriterionVerdict }): VNode => (
  <span class={`badge ${verdict}`}>{VERDICT_NAMES[verdict]}</span>
);

/** A name that outside scripts use, as it is written in the files. */
export const Id = ({ children }: { children: string }): VNode => <code>{visible(children)}</code>;

/** One line of a list of facts; nothing where there is no value. */
export const Row = ({ name, children }: { name: string; children: ComponentChildren }): VNode | null =>
  children === undefined || children === '' || children === false ? null : (
    <div class="row">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );

/** Links to findings by their short names. */
export const FindingLinks = ({ findings }: { findings: readonly NamedFinding[] }): VNode => (
  <>
    {findings.map(({ name, anchor }, index) => (
      <>
        {index > 0 ? ', ' : ''}
        <a href={`#${anchor}`}>{name}</a>
      </>
    ))}
  </>
);

/** A table that scrolls by itself where the page is narrow. `head` names the columns, empty for none. */
export const Table = (props: {
  caption: string;
  head: readonly string[];
  class?: string;
  children: ComponentChildren;
}): VNode => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
  <section class={props.class ? `scroll ${props.class}` : 'scroll'} aria-label={props.caption} tabIndex={0}>
    <table>
      <caption>{props.caption}</caption>
      <thead>
        <tr>
          {props.head.map((title) => (
            <th scope="col">{title}</th>
          ))}
        </tr>
      </thead>
      <tbody>{props.children}</tbody>
    </table>
  </section>
);
