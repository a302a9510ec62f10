import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { BadFile, loadYaml, parseYaml } from './load-yaml.ts';

const Device = z.strictObject({
  name: z.string().min(1),
  port: z.int().min(1).max(65535).optional(),
  lock: z.union([z.literal('none'), z.strictObject({ after: z.int() })]).optional(),
  tags: z.array(z.string()).optional(),
});

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'load-yaml-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const written = (name: string, bytes: string | Buffer): string => {
  const file = path.join(folder, name);
  fs.writeFileSync(file, bytes);
  return file;
};

test.each([
  ['a wrong type', 'name: camera\nport: no\n', 2, 'port is "no", expected number'],
  ['a number out of range', 'name: camera\nport: 70000\n', 2, 'port is 70000'],
  ['a missing key', 'port: 1\n', 1, 'name is missing (expected string)'],
  ['an unknown key, at its own line', 'name: camera\nport: 1\nprot: 2\n', 3, 'unknown key "prot"'],
  ['a duplicate key', 'name: a\nport: 1\nname: b\n', 3, 'unique'],
  ['a place in a list', 'name: a\ntags:\n  - x\n  - 7\n', 4, 'tags.[1] is 7, expected string'.replace('.[', '[')],
  ['the member of a union that came furthest', 'name: a\nlock: { after: many }\n', 2, 'lock.after is "many", expected'],
  ['what is not YAML', 'name: "camera\nport: 1\n', 3, 'Missing closing "quote'],
  ['a list where a map belongs', '- a\n', 1, 'the file is a list, expected object'],
  ['an anchor that is not there', 'name: a\ntags: [*nobody]\n', 2, 'nothing before it is named &nobody'],
  ['two documents', 'name: a\n---\nname: b\n', 2, 'another document begins'],
])('%s', (_, text, line, said) => {
  const parse = () => parseYaml(text, 'device.yaml', Device);
  expect(parse).toThrow(BadFile);
  expect(parse).toThrow(said);
  expect(parse).toThrow(new RegExp(`^Cannot read "device.yaml": line ${line}: `));
});

test.each([
  ['nothing', '', 'it is empty'],
  ['only a comment', '# nothing\n', 'it is empty'],
  ['bytes that are no text', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]), 'not UTF-8 text'],
  ['broken UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]), 'not UTF-8 text'],
  ['more than anybody writes', Buffer.alloc(5 * 1024 * 1024, 0x20), 'at most'],
  [
    'aliases that multiply',
    `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(',')}]`).join('\n')}\n`,
    'aliases',
  ],
])('a file that holds %s', (_, bytes, said) => {
  const file = written('bad.yaml', bytes);
  expect(() => loadYaml(file, Device)).toThrow(BadFile);
  expect(() => loadYaml(file, Device)).toThrow(said);
  expect(() => loadYaml(file, Device)).toThrow(`Cannot read "${file}": `);
});

test('a directory, a missing file, and a file among the folders of a path', () => {
  expect(() => loadYaml(folder, Device)).toThrow('it is a directory');
  expect(() => loadYaml(path.join(folder, 'none.yaml'), Device)).toThrow('there is no such file');
  expect(() => loadYaml(path.join(written('plain', 'x'), 'none.yaml'), Device)).toThrow('not a directory');
});

test('what is right comes back typed, with the line of each place', () => {
  const loaded = loadYaml(written('good.yaml', 'name: camera\ntags:\n  - a\n  - b\n'), Device);
  expect(loaded.value).toEqual({ name: 'camera', tags: ['a', 'b'] });
  expect([loaded.lineOf(['name']), loaded.lineOf(['tags', 1]), loaded.lineOf(['tags', 9])]).toEqual([1, 4, 3]);
  expect(loaded.bad(['tags', 1], 'b is not wanted').message).toBe(
    `Cannot read "${loaded.file}": line 4: b is not wanted`,
  );
});
