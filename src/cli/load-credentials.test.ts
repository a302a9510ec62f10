import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadCredentials, shippedCredentials } from './load-credentials.ts';
import { BadFile } from './load-yaml.ts';

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'probity-credentials-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const write = (...entries: string[]): string => {
  const file = path.join(folder, 'list.yaml');
  fs.writeFileSync(file, `credentials: mine\nentries:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`);
  return file;
};

describe('the shipped list', () => {
  const list = loadCredentials();
  const raw = parse(fs.readFileSync(shippedCredentials(), 'utf8')) as { entries: Record<string, string>[] };

  test('is small, and each entry says where it is known from', () => {
    expect(list.name).toBe('default');
    expect(list.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(list.entries.length).toBe(raw.entries.length);
    expect(list.entries.length).toBeLessThanOrEqual(150);
    expect(raw.entries.filter(({ source }) => (source ?? '').trim().length < 10)).toEqual([]);
  });

  test('holds the 60 different pairs of the Mirai scanner', () => {
    const mirai = list.entries.filter(({ id }) => id.startsWith('mirai-'));
    expect(mirai).toHaveLength(60);
    expect(mirai).toContainEqual({ id: 'mirai-01', vendor: 'XiongMai', user: 'root', password: 'xc3511' });
    expect(mirai.find(({ id }) => id === 'mirai-12')).toEqual({ id: 'mirai-12', user: 'root', password: '' });
  });

  test('holds what is made for one protocol', () => {
    const of = (protocol: string) => list.entries.filter((entry) => entry.protocol === protocol);
    expect(of('snmp').map(({ user, password }) => [user, password])).toEqual([
      ['', 'public'],
      ['', 'private'],
    ]);
    expect(of('dtls')).toContainEqual(expect.objectContaining({ user: 'Client_identity', password: 'secretPSK' }));
    expect(of('mqtt')).toContainEqual(expect.objectContaining({ user: 'admin', password: 'public' }));
    const known = 'dtls ftp http mqtt mysql postgresql redis rtsp snmp ssh telnet vnc'.split(' ');
    expect(list.entries.filter(({ protocol }) => protocol !== undefined && !known.includes(protocol))).toEqual([]);
  });

  test('no id shows its password', () => {
    const showing = list.entries.filter(({ id, password, vendor = '' }) => {
      const words = vendor.toLowerCase().split(/[^a-z0-9]+/);
      return password.length > 3 && id.includes(password.toLowerCase()) && !words.includes(password.toLowerCase());
    });
    expect(showing).toEqual([]);
  });
});

describe('loadCredentials', () => {
  test('empty words, any words, and names by content', () => {
    const file = write(
      `{ vendor: Example Vision, user: admin, password: <BLANK>, source: manual }`,
      `{ user: (none), password: (none), source: manual }`,
      `{ user: admin, password: (any), source: manual }`,
      `{ user: (any), password: admin, source: manual }`,
      `{ id: own, user: '0123', password: 'null', source: manual }`,
    );
    const { entries } = loadCredentials(file);
    expect(entries).toEqual([
      {
        id: expect.stringMatching(/^example-vision-[0-9a-f]{8}$/),
        vendor: 'Example Vision',
        user: 'admin',
        password: '',
      },
      { id: expect.stringMatching(/^entry-[0-9a-f]{8}$/), user: '', password: '' },
      { id: 'own', user: '0123', password: 'null' },
    ]);
    const alone = loadCredentials(write(`{ user: (none), password: (none), source: manual }`)).entries;
    expect(alone[0]?.id).toBe(entries[1]?.id);
  });

  test.each<[string, string[], string]>([
    [
      'the same entry twice',
      ['{ user: a, password: b, source: c }', '{ id: x, user: a, password: b, source: d }'],
      'line 4: entries[1] says the same as an entry above',
    ],
    [
      'one id twice',
      ['{ id: x, user: a, password: b, source: c }', '{ id: x, user: a, password: c, source: d }'],
      'line 4: entries[1] has the id "x"',
    ],
    ['no source', ['{ user: a, password: b }'], 'line 3: entries[0].source is missing'],
    ['an empty source', ['{ user: a, password: b, source: " " }'], 'line 3: entries[0].source'],
    [
      'a number for a word',
      ['{ user: a, password: 1234, source: c }'],
      'line 3: entries[0].password is 1234, expected string',
    ],
    ['an unknown key', ['{ user: a, pass: b, source: c }'], 'line 3: '],
  ])('says what is wrong: %s', (_, entries, expected) => {
    const file = write(...entries);
    expect(() => loadCredentials(file)).toThrow(BadFile);
    expect(() => loadCredentials(file)).toThrow(expected);
  });
});
