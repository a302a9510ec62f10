import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { keptFolder } from '../../test/kept-runs.ts';
import { freshFolder } from '../../test/kit/command.ts';
import { StoreError, verifyRun } from '../observe/run-store.ts';
import { digestOfText } from './assess.ts';
import { type AttachOptions, attachVerb } from './attach.ts';
import { LARGEST_ATTACHMENT, readAttachments } from './attachments.ts';
import { BadFile } from './load-yaml.ts';

// Reading every shipped profile takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const NOW = Date.parse('2026-11-23T00:00:00.000Z');
const PHOTO = digestOfText('a photograph');
let results: string;
let run: string;
let photo: string;
beforeEach(() => {
  results = freshFolder();
  run = join(results, 'sound-gateway', '20261122T083158Z', 'run');
  fs.cpSync(join(keptFolder('sound-gateway'), 'run'), run, { recursive: true });
  photo = join(results, 'photo.jpg');
  fs.writeFileSync(photo, 'a photograph');
});
const folder = (): string => join(run, '..', 'attachments');
const list = (): string => join(folder(), 'attachments.jsonl');

const attach = async (over: Partial<AttachOptions> = {}, path = run, json = false): Promise<string> => {
  let text = '';
  const options = { criterion: 'IAC-1b', file: photo, by: 'A. Tester', ...over };
  await attachVerb(
    path,
    options,
    json,
    (said) => (text += said),
    () => NOW,
  );
  return text;
};

describe('evidence is filed beside the run', () => {
  test('under its digest, with who filed it and when; the sealed run is not touched', async () => {
    const before = verifyRun(run);
    const said = await attach({ component: 'sound-gateway', note: 'UART pads on the board' }, join(run, '..'));
    expect(said).toBe(`photo.jpg is filed under IAC-1b of run 20261122T083158Z (${PHOTO})\n`);
    expect(readAttachments(run)).toEqual([
      {
        criterion: 'IAC-1b',
        component: 'sound-gateway',
        file: PHOTO,
        name: 'photo.jpg',
        sha256: PHOTO,
        by: 'A. Tester',
        at: '2026-11-23T00:00:00.000Z',
        note: 'UART pads on the board',
      },
    ]);
    expect(fs.readFileSync(join(folder(), PHOTO), 'utf8')).toBe('a photograph');
    expect(verifyRun(run)).toBe(before);
    expect(fs.readdirSync(folder()).sort()).toEqual([PHOTO, 'attachments.jsonl'].sort());
    expect(fs.existsSync(join(results, '.lock'))).toBe(false);
  });

  test('the same file under the same criterion is said, not doubled; under another it is filed once more', async () => {
    await attach();
    expect(await attach()).toBe(`photo.jpg was filed already under IAC-1b of run 20261122T083158Z (${PHOTO})\n`);
    expect(JSON.parse(await attach({ criterion: 'AI-1' }, run, true))).toMatchObject({
      criterion: 'AI-1',
      again: false,
    });
    expect(readAttachments(run).map(({ criterion }) => criterion)).toEqual(['IAC-1b', 'AI-1']);
  });

  test('a hostile name is made visible, and leads nowhere', async () => {
    const name = `a\u202egpj.\u001b[2Jexe`;
    fs.writeFileSync(join(results, name), 'x');
    await attach({ file: join(results, name), by: 'A.\u0000 Tester\n', note: 'two\nlines' });
    expect(readAttachments(run)[0]).toMatchObject({
      name: 'a⟨U+202E⟩gpj.␛[2Jexe',
      by: 'A.␀ Tester',
      note: 'two␊lines',
      file: digestOfText('x'),
    });
  });

  test('nothing filed is nothing', () => expect(readAttachments(run)).toEqual([]));
});

describe('what cannot be filed is refused, and nothing is written', () => {
  const made = (name: string, make: (path: string) => void): string => {
    const path = join(results, name);
    make(path);
    return path;
  };
  test.each<[string, () => Partial<AttachOptions>, RegExp, string]>([
    ['a criterion of no profile', () => ({ criterion: 'IAC-9z' }), /--criterion IAC-9z: no profile has it/, 'Usage'],
    [
      'a component that is not there',
      () => ({ component: 'hub' }),
      /--component hub: expected one of sound-gateway/,
      'Usage',
    ],
    ['nobody', () => ({ by: '  ' }), /--by is empty/, 'Usage'],
    ['nobody who can be seen', () => ({ by: '\u200b' }), /--by "\u200b": it is nobody's name/, 'Usage'],
    ['an empty note', () => ({ note: '' }), /--note is empty/, 'Usage'],
    ['no such file', () => ({ file: join(results, 'gone.jpg') }), /gone\.jpg": there is no such file/, 'BadFile'],
    ['a folder', () => ({ file: results }), /it is a directory, expected a file/, 'BadFile'],
    [
      'a symbolic link',
      () => ({ file: made('l', (path) => fs.symlinkSync(photo, path)) }),
      /it is a symbolic link/,
      'BadFile',
    ],
    ['an empty file', () => ({ file: made('e', (path) => fs.writeFileSync(path, '')) }), /it is empty/, 'BadFile'],
    [
      'a named pipe',
      () => ({ file: made('p', (path) => execFileSync('mkfifo', [path])) }),
      /it is not a regular file/,
      'BadFile',
    ],
    [
      'a file that is too large',
      () => ({
        file: made('h', (path) => {
          fs.writeFileSync(path, '');
          fs.truncateSync(path, LARGEST_ATTACHMENT + 1);
        }),
      }),
      /it has 268435457 bytes, and at most 268435456 are filed/,
      'BadFile',
    ],
  ])('%s', async (_, options, message, name) => {
    await expect(attach(options())).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    expect(readAttachments(run)).toEqual([]);
    expect(fs.existsSync(join(results, '.lock'))).toBe(false);
  });

  test('no run', async () => {
    await expect(attach({}, join(results, 'nowhere'))).rejects.toThrow(BadFile);
  });

  test('a run that is not what was sealed', async () => {
    fs.appendFileSync(join(run, 'log.jsonl'), '\n');
    await expect(attach()).rejects.toThrow(/is not what was sealed/);
  });

  test('a results folder that another run writes to', async () => {
    fs.writeFileSync(join(results, '.lock'), `${process.ppid}\n`);
    await expect(attach()).rejects.toThrow(/is in use by another run/);
    expect(fs.existsSync(folder())).toBe(false);
  });

  test('a folder that leads elsewhere', async () => {
    const elsewhere = freshFolder();
    fs.symlinkSync(elsewhere, folder());
    await expect(attach()).rejects.toThrow(/it is not a folder, expected the run's own/);
    expect(fs.readdirSync(elsewhere)).toEqual([]);
  });
});

describe('what was filed is held to its digest', () => {
  const line = (over: object): string =>
    `${JSON.stringify({ ...(JSON.parse(fs.readFileSync(list(), 'utf8').trim()) as object), ...over })}\n`;
  test.each<[string, () => void, RegExp]>([
    ['altered', () => fs.appendFileSync(join(folder(), PHOTO), '!'), /photo\.jpg, filed under IAC-1b\) was changed/],
    ['missing', () => fs.rmSync(join(folder(), PHOTO)), /photo\.jpg, filed under IAC-1b\) is missing/],
    [
      'a link to the same bytes',
      () => {
        fs.rmSync(join(folder(), PHOTO));
        fs.symlinkSync(photo, join(folder(), PHOTO));
      },
      /photo\.jpg, filed under IAC-1b\) is missing or is no file/,
    ],
    [
      'a name that leads elsewhere',
      () => fs.writeFileSync(list(), line({ file: '../run/run.json' })),
      /line 1: file: /,
    ],
    ['a digest that is none', () => fs.writeFileSync(list(), line({ sha256: '../x', file: '../x' })), /line 1: sha256/],
    ['a line cut short', () => fs.appendFileSync(list(), '{"criterion":'), /line 2: it is cut short/],
    ['a line that is no JSON', () => fs.appendFileSync(list(), 'x\n'), /line 2: /],
    ['a line of another form', () => fs.appendFileSync(list(), '{}\n'), /line 2: criterion/],
  ])('%s', async (_, spoil, says) => {
    await attach();
    spoil();
    expect(() => readAttachments(run)).toThrow(StoreError);
    expect(() => readAttachments(run)).toThrow(says);
    await expect(attach({ criterion: 'AI-1' })).rejects.toThrow(says);
  });
});
