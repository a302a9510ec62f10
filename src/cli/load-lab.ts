import { createHash } from 'node:crypto';
import { dirname, normalize } from 'node:path';
import { z } from 'zod';
import { Lab } from '../model/lab.ts';
import { TO_WRITE } from './draft-product.ts';
import { digested, isOutside } from './evidence-beside.ts';
import { type Loaded, parseYaml, readBytes, textOf } from './load-yaml.ts';
import { looseChecks } from './product-hints.ts';

const SCHEMA = 1;

/** A laboratory's file (`lab.yaml`): the fields of a test report that no probe can know. */
export const LabFile = Lab.extend({ schema: z.literal(SCHEMA).default(SCHEMA) });
type LabFile = z.output<typeof LabFile>;

type Path = readonly PropertyKey[];

const refuseNewer = (text: string, file: string): void => {
  const loaded = parseYaml(text, file, z.looseObject({ schema: z.unknown().optional() }));
  const { schema } = loaded.value;
  if (typeof schema === 'number' && schema > SCHEMA)
    throw loaded.bad(['schema'], `it is of schema ${schema}; this version of probity reads ${SCHEMA}`);
};

/** What the template leaves to be written would stand in a report as if somebody had said it. */
const requireWritten = (loaded: Loaded<LabFile>): void => {
  const visit = (value: unknown, at: Path): void => {
    if (typeof value === 'string' && value.trim().toLowerCase().startsWith(TO_WRITE))
      throw loaded.bad(at, `${String(at.at(-1))} is still ${TO_WRITE}: say what it is, or take it out`);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) visit(inner, [...at, Array.isArray(value) ? Number(key) : key]);
  };
  visit(loaded.value, []);
};

const requireItems = (loaded: Loaded<LabFile>): void => {
  loaded.value.items.forEach(({ component }, index) => {
    if (loaded.value.items.findIndex((one) => one.component === component) < index)
      throw loaded.bad(['items', index, 'component'], `the component "${component}" has an item already, expected one`);
  });
};

/** The items with the digest of each photograph, as its file is now. One that the file states has to be that. */
const readItems = (loaded: Loaded<LabFile>): Lab['items'] =>
  loaded.value.items.map((item, index) => {
    const photographs = item.photographs?.map((photograph, position) => {
      const at = ['items', index, 'photographs', position];
      const path = normalize(photograph.file);
      if (isOutside(path))
        throw loaded.bad([...at, 'file'], `the photograph "${path}": expected a path beside this file or below`);
      const [sha256, why] = digested(dirname(loaded.file), path);
      if (sha256 === undefined) throw loaded.bad([...at, 'file'], `the photograph "${path}", ${why}`);
      if (photograph.sha256 !== undefined && photograph.sha256 !== sha256)
        throw loaded.bad([...at, 'sha256'], `the photograph "${path}" has another SHA-256 than this (${sha256})`);
      return { ...photograph, file: path, sha256 };
    });
    return photographs === undefined ? item : { ...item, photographs };
  });

/**
 * Reads a laboratory's file, and the photographs that lie beside it. `digest` is the SHA-256 of the file's bytes. Throws
 * BadFile with the file, the line and what was expected; a field that is not there is none: the report names it.
 */
export const readLab = (file: string): { lab: Lab; digest: string } => {
  const bytes = readBytes(file);
  const text = textOf(bytes, file);
  refuseNewer(text, file);
  looseChecks(file, LabFile);
  const loaded = parseYaml(text, file, LabFile);
  requireWritten(loaded);
  requireItems(loaded);
  const { schema: _, ...lab } = loaded.value;
  return { lab: { ...lab, items: readItems(loaded) }, digest: createHash('sha256').update(bytes).digest('hex') };
};
