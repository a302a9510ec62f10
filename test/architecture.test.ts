import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

const sources = (dir: string): string[] =>
  readdirSync(join(root, dir), { withFileTypes: true }).flatMap((entry) => {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });

/** What a file imports, dynamically too: project paths from the root, packages and `node:` modules by name. */
const importsOf = (file: string): string[] => {
  const text = readFileSync(join(root, file), 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const found = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'([^']+)'/gm)].map((match) => match[1]!);
  return found.map((name) => {
    if (name.startsWith('.')) return relative(root, resolve(root, dirname(file), name));
    return builtinModules.includes(name) ? `node:${name}` : name;
  });
};

const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file) || file.startsWith('test/');
const isPackage = (name: string): boolean =>
  !name.startsWith('node:') && !/^(src|probes|fixtures|profiles|test)\//.test(name);

type Rule = { folder: RegExp; may: (name: string, file: string) => boolean };

const probeFolder = (file: string): string => file.split('/').slice(0, 2).join('/');
const NODE_FOR_PROBES = new Set([
  'node:crypto',
  'node:http',
  'node:https',
  'node:stream',
  'node:buffer',
  'node:events',
  'node:zlib',
]);

/** The design's table of who may import whom. */
const RULES: Rule[] = [
  { folder: /^src\/model\//, may: (name) => name === 'zod' || name.startsWith('src/model/') },
  {
    folder: /^src\/observe\//,
    may: (name) => name.startsWith('node:') || isPackage(name) || /^src\/(model|observe)\//.test(name),
  },
  { folder: /^src\/judge\//, may: (name) => name === 'zod' || /^src\/(model|judge)\//.test(name) },
  {
    folder: /^src\/report\//,
    may: (name) => /^src\/(model|report)\//.test(name) || isPackage(name),
  },
  {
    folder: /^probes\/[^/]+\//,
    may: (name, file) =>
      name === 'src/observe/probe.ts' ||
      /^src\/(model|observe\/protocols)\//.test(name) ||
      name.startsWith(`${probeFolder(file)}/`) ||
      NODE_FOR_PROBES.has(name) ||
      isPackage(name),
  },
  { folder: /^probes\/index\.ts$/, may: (name) => name.startsWith('probes/') || name === 'src/observe/probe.ts' },
  { folder: /^fixtures\//, may: (name) => name.startsWith('node:') || isPackage(name) || name.startsWith('fixtures/') },
];

const files = ['src', 'probes', 'fixtures'].flatMap(sources).filter((file) => !isTest(file));

describe('who may import whom', () => {
  test.each(files.map((file) => [file]))('%s', (file) => {
    const rule = RULES.find(({ folder }) => folder.test(file));
    if (rule === undefined) return expect(file).toMatch(/^src\/(cli\/|cli\.ts$|index\.ts$)/);
    expect(importsOf(file).filter((name) => !rule.may(name, file))).toEqual([]);
  });

  test('sees what it is to forbid', () => {
    expect(RULES[4]!.may('node:net', 'probes/x/probe.ts')).toBe(false);
    expect(RULES[4]!.may('probes/y/probe.ts', 'probes/x/probe.ts')).toBe(false);
    expect(RULES[2]!.may('node:fs', 'src/judge/judge.ts')).toBe(false);
    expect(importsOf('test/architecture.test.ts')).toContain('node:fs');
  });
});

test('no file that is not data has more than 300 lines', () => {
  const long = files.filter(
    (file) => readFileSync(join(root, file), 'utf8').split('\n').length > 301 && !/\/data\.ts$/.test(file),
  );
  expect(long).toEqual([]);
});

test('no http.request names an agent: with one, Node dials by itself, past the scope', () => {
  const asking = files.filter(
    (file) =>
      /createConnection/.test(readFileSync(join(root, file), 'utf8')) &&
      /\bagent\s*:/.test(readFileSync(join(root, file), 'utf8')) &&
      /^(probes|src)\//.test(file),
  );
  expect(asking).toEqual([]);
});

test('no test is skipped but by name, with its reason', () => {
  const skipped = ['src', 'probes', 'fixtures', 'test']
    .flatMap(sources)
    .filter(isTest)
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .filter((line) => /\b(it|test|describe)\.(skip|only|todo)\(/.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
  expect(skipped).toEqual([]);
});
