import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { asTestReport } from '../../test/kit/lab.ts';
import { sampleInput, sampleRun } from '../../test/sample.ts';
import { ITEM_FIELDS, LAB_FIELDS } from '../report/lab-missing.ts';
import { labViewOf } from '../report/lab-view.ts';
import { labTemplate } from './draft-lab.ts';
import { TO_WRITE } from './draft-product.ts';
import { schemaVerb } from './lists.ts';
import { readLab } from './load-lab.ts';
import { packageRoot } from './load-profile.ts';
import { BadFile } from './load-yaml.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'load-lab-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const written = (bytes: string | Buffer, name = 'lab.yaml'): string => {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, bytes);
  return file;
};
const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
const item = (photographs: string): string => `items:\n  - component: camera\n    photographs:\n${photographs}`;

describe('docs/examples/lab.yaml', () => {
  const file = path.join(packageRoot(), 'docs', 'examples', 'lab.yaml');

  it('is complete: a report with it is a test report', () => {
    const { lab, digest } = readLab(file);
    expect(digest).toBe(sha256(fs.readFileSync(file)));
    const view = labViewOf(asTestReport(sampleInput(), lab));
    expect(view.missing).toEqual([]);
    expect(view.kind).toBe('Test report');
  });

  it('names its photographs with their digests', () => {
    const photographs = readLab(file).lab.items[0]?.photographs ?? [];
    expect(photographs.map((one) => one.file)).toEqual(['photographs/front.png', 'photographs/label.png']);
    for (const one of photographs)
      expect(one.sha256).toBe(sha256(fs.readFileSync(path.join(path.dirname(file), one.file))));
  });
});

describe('a file that cannot be used names its line', () => {
  written('beside', 'front.jpg');
  written('', 'empty.jpg');
  fs.mkdirSync(path.join(folder, 'album'));
  const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'load-lab-outside-'));
  afterAll(() => fs.rmSync(outside, { recursive: true }));
  fs.writeFileSync(path.join(outside, 'secret.jpg'), 'elsewhere');
  fs.symlinkSync(path.join(outside, 'secret.jpg'), path.join(folder, 'link.jpg'));

  it.each([
    [
      'a misspelt field',
      'laboratory: { name: A, address: B }\ncustommer: { name: A, address: B }\n',
      2,
      'did you mean "customer"',
    ],
    ['a misspelt field of an item', 'items:\n  - component: camera\n    serail: "1"\n', 3, 'did you mean "serial"'],
    [
      'a number without quotes',
      'items:\n  - component: camera\n    serial: 0021\n',
      3,
      'items[0].serial is 21, expected string',
    ],
    ['a laboratory without an address', '\nlaboratory:\n  name: A\n', 3, 'laboratory.address is missing'],
    ['words that say nothing', 'location: "  "\n', 1, 'words, with a letter or a digit at least'],
    ['a date in another form', 'issued: 22.11.2026\n', 1, 'issued is "22.11.2026"'],
    ['a day that is none', 'items: []\nissued: 2026-02-30\n', 2, 'issued is "2026-02-30"'],
    [
      'a state that is none',
      'items:\n  - component: camera\n    state: new\n',
      3,
      'items[0].state is "new", expected "factory-default"',
    ],
    ['a sampling that is none', 'sampling: some\n', 1, 'sampling is "some"'],
    [
      'what the template leaves to be written',
      'items: []\nmethod:\n  id: TP-1\n  edition: to be written\n',
      4,
      'edition is still to be written',
    ],
    ['that in another spelling', 'location: " To be written (where)"\n', 1, 'location is still to be written'],
    [
      'two items of one component',
      'items:\n  - component: camera\n  - component: camera\n',
      3,
      'the component "camera" has an item already',
    ],
    [
      'a photograph that is not there',
      item('      - { file: front.jpg }\n      - { file: back.jpg }\n'),
      5,
      'the photograph "back.jpg", and there is no such file',
    ],
    ['a photograph that is empty', item('      - { file: empty.jpg }\n'), 4, 'which is empty'],
    ['a photograph that is a folder', item('      - { file: album }\n'), 4, 'which is not a regular file'],
    [
      'a photograph elsewhere',
      item('      - { file: ../front.jpg }\n'),
      4,
      'expected a path beside this file or below',
    ],
    [
      'a photograph at an absolute path',
      item('      - { file: /etc/hostname }\n'),
      4,
      'expected a path beside this file or below',
    ],
    ['a link to elsewhere', item('      - { file: link.jpg }\n'), 4, 'a symbolic link to elsewhere'],
    [
      'a photograph that was changed',
      item(`      - file: front.jpg\n        sha256: ${'a'.repeat(64)}\n`),
      5,
      `has another SHA-256 than this (${sha256('beside')})`,
    ],
    ['a newer schema', 'schema: 2\nfuture: yes\n', 1, 'it is of schema 2; this version of probity reads 1'],
    ['what is not YAML', 'customer: "A\nissued: 2026-01-01\n', 3, 'Missing closing "quote'],
  ])('%s', (_, text, line, said) => {
    const file = written(text);
    expect(() => readLab(file)).toThrow(BadFile);
    expect(() => readLab(file)).toThrow(said);
    expect(() => readLab(file)).toThrow(`Cannot read "${file}": line ${line}: `);
  });

  it.each([
    ['that is missing', () => path.join(folder, 'nothing.yaml'), 'there is no such file'],
    ['that is a folder', () => folder, 'it is a directory'],
    ['of bytes', () => written(Buffer.from([0, 1, 2]), 'bytes.yaml'), 'it is not UTF-8 text'],
    ['that is empty', () => written('# nothing\n', 'empty.yaml'), 'it is empty'],
  ])('a file %s', (_, file, said) => {
    expect(() => readLab(file())).toThrow(BadFile);
    expect(() => readLab(file())).toThrow(said);
  });
});

it('a photograph that is changed afterwards has another digest, and the file itself too', () => {
  written('first', 'photo.jpg');
  const file = written(item('      - { file: ./photo.jpg, shows: the front }\n'));
  const first = readLab(file);
  expect(first.lab.items[0]?.photographs).toEqual([{ file: 'photo.jpg', sha256: sha256('first'), shows: 'the front' }]);
  written('second', 'photo.jpg');
  const second = readLab(file);
  expect(second.lab.items[0]?.photographs?.[0]?.sha256).toBe(sha256('second'));
  expect(second.digest).toBe(first.digest);
  fs.appendFileSync(file, '# more\n');
  expect(readLab(file).digest).not.toBe(first.digest);
});

describe('the template', () => {
  /** Every field taken over, and what is to be written filled in. */
  const filled = (text: string): string =>
    text
      .split('\n')
      .map((line) => line.replace(/^#(?! |#)/, '').replace(/^#( +(- )?\w+: )/, '$1'))
      .join('\n')
      .replace(/^(.*(?:issued|received): )to be written.*$/gm, '$12026-11-22')
      .replaceAll(new RegExp(`${TO_WRITE}( \\([^)]*\\))?`, 'g'), 'x1');

  it('can be read as it stands, and says nothing', () => {
    expect(readLab(written(labTemplate())).lab).toEqual({ items: [] });
  });

  it('has every field that a test report needs, and each is refused while it is to be written', () => {
    const { lab } = readLab(written(filled(labTemplate())));
    for (const [field] of LAB_FIELDS) {
      const [outer = '', inner] = field.split('.');
      expect(lab).toHaveProperty(inner === undefined ? outer : `${outer}.${inner}`);
    }
    for (const [field] of ITEM_FIELDS) expect(lab.items[0]).toHaveProperty(field);
    const untouched = filled(labTemplate().replaceAll(/#location: .*/g, 'location: kept')).replace('kept', TO_WRITE);
    expect(() => readLab(written(untouched))).toThrow('location is still to be written');
  });

  it("holds a run's item, and its words as words", () => {
    const run = sampleRun();
    expect(readLab(written(labTemplate(run))).lab).toEqual({
      items: [{ component: 'camera', model: 'EV-210', serial: '0021', firmware: '2.4.1', sample: '1 of 2' }],
    });
    const evil = 'EV"\n#x: y\n- \u202e\u2028: {{';
    const { lab } = readLab(written(labTemplate({ ...run, item: { ...run.item, model: evil } })));
    expect(lab.items[0]?.model).toBe('EV"␊#x: y␊- ⟨U+202E⟩⟨U+2028⟩: {{');
    expect(lab.items).toHaveLength(1);
  });
});

it('probity schema lab prints its schema', async () => {
  const printed: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = ((text: string) => printed.push(text) > 0) as typeof write;
  try {
    await schemaVerb('lab');
  } finally {
    process.stdout.write = write;
  }
  const { properties } = JSON.parse(printed.join('')) as { properties: object };
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(['schema', 'laboratory', 'items', 'amends']));
});
