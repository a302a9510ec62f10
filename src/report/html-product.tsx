import type { VNode } from 'preact';
import type { Component, Product, Target, Trustmark } from '../model/target.ts';
import { Digest, Id, Listed } from './html-parts.tsx';
import { visible } from './text.ts';
import { COMPONENT_WORDS } from './words.ts';

/** Addresses and names printed for one component. */
const MOST_ADDRESSES = 12;

/** A component, and those that are part of it. */
interface Branch {
  readonly component: Component;
  readonly parts: readonly Branch[];
}

/** The components as a tree: what names no component that is there, or closes a ring, stands at the top. */
export const treeOf = (components: readonly Component[]): readonly Branch[] => {
  const placed = new Set<Component>();
  const branch = (component: Component): Branch => {
    placed.add(component);
    const parts = components.filter((one) => one.partOf === component.id && !placed.has(one));
    for (const one of parts) placed.add(one);
    return { component, parts: parts.map(branch) };
  };
  const known = new Set(components.map(({ id }) => id));
  const tops = components.filter(({ partOf }) => partOf === undefined || !known.has(partOf)).map(branch);
  const rings = components.flatMap((component) => (placed.has(component) ? [] : [branch(component)]));
  return [...tops, ...rings];
};

const Mark = ({ mark }: { mark: Trustmark }): VNode => (
  <li>
    {visible(mark.scheme, 200)}, certificate {visible(mark.certificate, 200)}
    {mark.until ? `, until ${visible(mark.until)}` : ''}
    {mark.file ? `, ${visible(mark.file, 200)}` : ''} {mark.sha256 ? <Digest>{mark.sha256}</Digest> : null}
    <span class="note"> shown as evidence, decides nothing</span>
  </li>
);

const Part = ({ branch: { component, parts } }: { branch: Branch }): VNode => (
  <li>
    <b>{visible(component.id)}</b>, {COMPONENT_WORDS[component.kind]}:{' '}
    {component.addresses.length > 0 ? (
      <Listed most={MOST_ADDRESSES}>
        {component.addresses.map((address) => (
          <Id>{address}</Id>
        ))}
      </Listed>
    ) : (
      <span class="note">out of the laboratory’s reach: no probe was aimed at it</span>
    )}
    {component.names.length > 0 ? (
      <span class="note">
        ; names{' '}
        <Listed most={MOST_ADDRESSES}>
          {component.names.map((name) => (
            <Id>{name}</Id>
          ))}
        </Listed>
      </span>
    ) : null}
    {component.trustmarks?.length ? (
      <ul class="marks">
        {component.trustmarks.map((mark) => (
          <Mark mark={mark} />
        ))}
      </ul>
    ) : null}
    {parts.length > 0 ? (
      <ul>
        {parts.map((part) => (
          <Part branch={part} />
        ))}
      </ul>
    ) : null}
  </li>
);

const Means = ({ product }: { product: Product }): VNode | null => {
  const { provides = [], shownBy = [] } = product;
  if (provides.length + shownBy.length === 0) return null;
  return (
    <ul class="plain">
      {shownBy.map(({ criterion, component }) => (
        <li>
          <Id>{criterion}</Id> is shown by <b>{visible(component)}</b>, as declared.
        </li>
      ))}
      {provides.map(({ criterion, for: of, by }) => (
        <li>
          <b>{visible(by)}</b> provides the means of <Id>{criterion}</Id> for <b>{visible(of)}</b>, as declared.
        </li>
      ))}
    </ul>
  );
};

/** Whether there is more to say of the components than one line of facts. */
export const isProduct = ({ product, components }: Target): boolean =>
  product !== undefined && (components.length > 1 || components.some(({ trustmarks }) => trustmarks?.length));

/** The product as its maker declared it: a tree of components, whole or not. */
export const ProductTree = ({ target: { product, components } }: { target: Target }): VNode => (
  <>
    <ul class="tree">
      {treeOf(components).map((branch) => (
        <Part branch={branch} />
      ))}
    </ul>
    <p>
      {product?.complete === true
        ? 'The list of components is declared complete.'
        : 'The list of components is not declared complete: what holds of these components is not shown of the product.'}
    </p>
    {product ? <Means product={product} /> : null}
  </>
);
