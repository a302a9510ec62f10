import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { NOT_APPLICABLE_WHEN } from '../model/profile.ts';
import type { Component, Trustmark } from '../model/target.ts';
import type { ProductFile } from './load-product.ts';
import type { Loaded } from './load-yaml.ts';
import { nearest } from './product-hints.ts';

type Path = readonly PropertyKey[];

/** The ids of the components, each given once. */
const idsOf = (loaded: Loaded<ProductFile>): ReadonlySet<string> => {
  const seen = new Set<string>();
  loaded.value.components.forEach(({ id }, index) => {
    if (seen.has(id)) throw loaded.bad(['components', index, 'id'], `two components have the id "${id}"`);
    seen.add(id);
  });
  return seen;
};

const requireKnown = (loaded: Loaded<ProductFile>, known: ReadonlySet<string>): void => {
  const require = (at: Path, id: string | undefined): void => {
    if (id === undefined || known.has(id)) return;
    const meant = nearest(id, [...known]);
    throw loaded.bad(
      at,
      `"${id}" is no component, ${meant === undefined ? `expected one of ${[...known].join(', ')}` : `did you mean "${meant}"?`}`,
    );
  };
  const { notApplicable, product, components } = loaded.value;
  const named: (readonly [Path, string | undefined])[] = [
    ...notApplicable.map(({ component }, index) => [['notApplicable', index, 'component'], component] as const),
    ...(product?.shownBy ?? []).map(
      ({ component }, index) => [['product', 'shownBy', index, 'component'], component] as const,
    ),
    ...(product?.provides ?? []).flatMap((one, index) =>
      (['for', 'by'] as const).map((end) => [['product', 'provides', index, end], one[end]] as const),
    ),
    ...components.map(({ partOf }, index) => [['components', index, 'partOf'], partOf] as const),
  ];
  for (const [at, id] of named) require(at, id);
};

/** Each component belongs to none or to one that does not in turn belong to it. */
const requireNoCycle = ({ value: { components }, bad }: Loaded<ProductFile>): void => {
  const above = new Map(components.map(({ id, partOf }) => [id, partOf]));
  components.forEach(({ id, partOf }, index) => {
    const way = [id];
    for (let next = partOf; next !== undefined; next = above.get(next)) {
      if (next === id)
        throw bad(
          ['components', index, 'partOf'],
          way.length === 1 ? `"${id}" is part of itself` : `"${id}" is part of itself: ${[...way, id].join(' -> ')}`,
        );
      if (way.includes(next)) return; // a cycle further up, which is said of its own members
      way.push(next);
    }
  });
};

/** What is said twice, once one way and once another, is said by nobody. */
const requireOnce = ({ value: { product }, bad }: Loaded<ProductFile>): void => {
  const shown = new Set<string>();
  product?.shownBy?.forEach(({ criterion }, index) => {
    if (shown.has(criterion))
      throw bad(['product', 'shownBy', index, 'criterion'], `a component is named twice to show ${criterion}`);
    shown.add(criterion);
  });
  const provided = new Set<string>();
  product?.provides?.forEach((one, index) => {
    const name = `${one.criterion} for "${one.for}"`;
    if (one.for === one.by)
      throw bad(['product', 'provides', index, 'by'], `"${one.by}" provides ${one.criterion} for itself`);
    if (provided.has(name))
      throw bad(['product', 'provides', index, 'criterion'], `a component is named twice to provide ${name}`);
    provided.add(name);
  });
};

const requireConditions = ({ value: { notApplicable }, bad }: Loaded<ProductFile>): void => {
  // `stated` is no condition: claimed by it, everything that may be claimed at all would be.
  const known = NOT_APPLICABLE_WHEN.filter((one) => one !== 'stated') as readonly string[];
  notApplicable.forEach(({ condition }, index) => {
    if (condition === undefined || known.includes(condition)) return;
    const meant = nearest(condition, known);
    throw bad(
      ['notApplicable', index, 'condition'],
      `"${condition}" is no condition, ${meant === undefined ? `expected one of ${known.join(', ')}` : `did you mean "${meant}"?`}`,
    );
  });
};

/**
 * Holds the components to be a tree, and whatever names a component or a condition to name one that there is. Whether a
 * criterion exists is a profile's to know. Throws BadFile with the line.
 */
export const requireTree = (loaded: Loaded<ProductFile>): void => {
  requireKnown(loaded, idsOf(loaded));
  requireNoCycle(loaded);
  requireOnce(loaded);
  requireConditions(loaded);
};

/** Bytes at most of a certificate that is filed. */
const LARGEST = 64 * 1024 * 1024;

const digestOf = (loaded: Loaded<ProductFile>, at: Path, name: string): string => {
  const file = path.resolve(path.dirname(loaded.file), name);
  try {
    const stat = fs.statSync(file);
    if (!stat.isFile()) throw loaded.bad(at, `"${name}" is not a file`);
    if (stat.size > LARGEST) throw loaded.bad(at, `"${name}" has ${stat.size} bytes, and at most ${LARGEST} are read`);
    return createHash('sha256').update(fs.readFileSync(file)).digest('hex');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw loaded.bad(at, `cannot read "${name}": ${code === 'ENOENT' ? 'there is no such file' : code}`);
  }
};

/**
 * The trustmarks of a component with the digests of their files, which lie relative to the product file. Throws BadFile
 * where a file cannot be read, where a digest is another, or where there is a digest and no file.
 */
export const readTrustmarks = (
  loaded: Loaded<ProductFile>,
  { trustmarks }: Component,
  component: number,
): Trustmark[] | undefined =>
  trustmarks?.map((mark, index) => {
    const at = ['components', component, 'trustmarks', index];
    if (mark.file === undefined) {
      if (mark.sha256 !== undefined)
        throw loaded.bad([...at, 'sha256'], 'a digest without its file, expected `file` beside it');
      return mark;
    }
    const sha256 = digestOf(loaded, [...at, 'file'], mark.file);
    if (mark.sha256 !== undefined && mark.sha256 !== sha256)
      throw loaded.bad(
        [...at, 'sha256'],
        `"${mark.file}" has the SHA-256 ${sha256}: it is another file than was meant`,
      );
    return { ...mark, sha256 };
  });
