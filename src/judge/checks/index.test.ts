import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { catalogue, checks } from './index.ts';

const files = readdirSync(import.meta.dirname);

it('lists every id of the catalogue once', () => {
  const ids = catalogue.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

it('says of a built check what the catalogue says, in the order of the catalogue', () => {
  const built = new Set(checks.map(({ id }) => id));
  expect(checks.map(({ id, title, theme }) => ({ id, title, theme }))).toEqual(
    catalogue.filter(({ id }) => built.has(id)).map(({ id, title, theme }) => ({ id, title, theme })),
  );
});

it.each(checks.map(({ id }) => id))('%s has a file of its name and a test beside it', (id) => {
  expect(files).toContain(`${id}.ts`);
  expect(files).toContain(`${id}.test.ts`);
});

it('lists every check that has a file', () => {
  const built = new Set(checks.map(({ id }) => id));
  const named = files.filter((file) => catalogue.some(({ id }) => file === `${id}.ts`));
  expect(named.filter((file) => !built.has(file.replace('.ts', '')))).toEqual([]);
});
