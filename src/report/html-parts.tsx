import type { ComponentChildren, VNode } from 'preact';
import type { EvidenceFile } from '../model/person.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import { grouped, visible } from './text.ts';
import type { NamedFinding, View } from './view.ts';
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

/** Things one after another, with commas; at most `most`, and how many more there are. */
export const Listed = ({ most = 24, children }: { most?: number; children: readonly VNode[] }): VNode => (
  <>
    {children.slice(0, most).map((child, index) => (
      <>
        {index > 0 ? ', ' : ''}
        {child}
      </>
    ))}
    {children.length > most ? ` and ${grouped(children.length - most)} more in assessment.json` : ''}
  </>
);

/** A criterion's id, leading to it where the report has it. */
export const CriterionId = ({ id, view }: { id: string; view: View }): VNode => {
  const anchor = view.anchors.get(id);
  return anchor === undefined ? (
    <Id>{id}</Id>
  ) : (
    <a href={`#${anchor}`}>
      <Id>{id}</Id>
    </a>
  );
};

/** A finding by its short name where the report has it, else by its id. */
export const FindingId = ({ id, view }: { id: string; view: View }): VNode => {
  const named = view.findings.get(id);
  return named === undefined ? <Id>{id}</Id> : <a href={`#${named.anchor}`}>{named.name}</a>;
};

/** The first twelve digits of a digest: enough to tell the files of one report apart. */
export const Digest = ({ children }: { children: string }): VNode => <code>{visible(children.slice(0, 12))}</code>;

/** Files by name and digest. They are named and not linked: where they lie is the laboratory's to know. */
export const Files = ({ files }: { files: readonly EvidenceFile[] }): VNode => (
  <Listed>
    {files.map(({ file, sha256 }) => (
      <>
        {visible(file, 200)} <Digest>{sha256}</Digest>
      </>
    ))}
  </Listed>
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
