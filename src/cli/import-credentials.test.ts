import * as fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freshFolder } from '../../test/kit/command.ts';
import { type CredentialsOptions, credentialsVerb } from './credentials-verb.ts';
import { fieldsOf, importCredentials } from './import-credentials.ts';
import { lintCredentials } from './lint-credentials.ts';
import { loadCredentials, shippedCredentials } from './load-credentials.ts';
import { BadFile } from './load-yaml.ts';

const write = (text: string | Buffer, name = 'list.csv'): string => {
  const file = join(freshFolder(), name);
  fs.writeFileSync(file, text);
  return file;
};
const imported = (text: string | Buffer): string =>
  [...importCredentials(write(text), { name: 'mine', source: 'a test' })].join('');
/** What an import gives, read back as a list: vendor, product, protocol, user, password. */
const read = (text: string | Buffer): (string | undefined)[][] =>
  loadCredentials(write(imported(text), 'list.yaml')).entries.map(({ vendor, product, protocol, user, password }) => [
    vendor,
    product,
    protocol,
    user,
    password,
  ]);
const no = undefined;

describe('the shapes in use', () => {
  test.each<[string, string | Buffer, (string | undefined)[][]]>([
    ['vendor,user,password', 'vendor,user,password\nAcme,root,toor\n', [['Acme', no, no, 'root', 'toor']]],
    [
      'productvendor,username,password, with a mark, other line ends and quotes',
      '\ufeffproductvendor,username,password\r\n"Acme, Inc.",admin,"a ""b"", c"\r\n\r\n# a remark\r\nOther,admin,x\r\n',
      [
        ['Acme, Inc.', no, no, 'admin', 'a "b", c'],
        ['Other', no, no, 'admin', 'x'],
      ],
    ],
    [
      'a header of many columns',
      'Vendor,Model,Version,Access Type,Username,Password,Privileges,Notes\nAcme,R1,any,Telnet,root,toor,Admin,none\nAcme,R2,,Multi,admin,(none),,\nAcme,R3,,HTTP,u,p\n'.replace(
        'u,p\n',
        'u,p,,\n',
      ),
      [
        ['Acme', 'R1', 'telnet', 'root', 'toor'],
        ['Acme', 'R2', no, 'admin', ''],
        ['Acme', 'R3', 'http', 'u', 'p'],
      ],
    ],
    [
      'three fields without a header',
      'Acme;admin;x\nOther;root;y\n',
      [
        ['Acme', no, no, 'admin', 'x'],
        ['Other', no, no, 'root', 'y'],
      ],
    ],
    [
      'two fields, by tabs',
      'admin\tx\nroot\t\n',
      [
        [no, no, no, 'admin', 'x'],
        [no, no, no, 'root', ''],
      ],
    ],
    [
      'user:password, which may hold what separates',
      'admin:a,b\nroot:p:q\n:nobody\nguest:\n',
      [
        [no, no, no, 'admin', 'a,b'],
        [no, no, no, 'root', 'p:q'],
        [no, no, no, '', 'nobody'],
        [no, no, no, 'guest', ''],
      ],
    ],
    [
      'host:user:password',
      ':root:toor\n198.18.0.1:admin:a:b\n',
      [
        [no, no, no, 'root', 'toor'],
        [no, no, no, 'admin', 'a:b'],
      ],
    ],
    [
      'words for no word, and for any',
      'user,password\nadmin,<BLANK>\n(none),x\nroot,<N/A>\nguest,(any)\n(any),y\n',
      [
        [no, no, no, 'admin', ''],
        [no, no, no, '', 'x'],
        [no, no, no, 'root', ''],
      ],
    ],
    [
      'a quoted word of two lines, and words of other scripts',
      'user,password\nadmin,"a\nb"\nадмин,пароль\n',
      [
        [no, no, no, 'admin', 'a\nb'],
        [no, no, no, 'админ', 'пароль'],
      ],
    ],
  ])('%s', (_, text, expected) => expect(read(text)).toEqual(expected));

  test('an entry that is there twice is written once; ids are by content and show no word', () => {
    const text = imported('user,password\nadmin,secretword\nadmin,secretword\nroot,x\n');
    expect(text.match(/^ {2}- /gm)).toHaveLength(2);
    const { entries } = loadCredentials(write(text, 'list.yaml'));
    expect(entries.map(({ id }) => id)).toEqual([
      expect.stringMatching(/^entry-[0-9a-f]{8}$/),
      expect.stringMatching(/^entry-[0-9a-f]{8}$/),
    ]);
    expect(imported('user,password\nroot,x\n')).toContain(entries[1]!.id);
  });

  test.each<[string, string | Buffer, RegExp]>([
    ['a field too many', 'Acme,a,b\nOther,c,d\nThird,e,f,g\nFourth,h,i\n', /line 3: it has 4 fields, where 3 are/],
    ['a field too few', 'user,password\nadmin\n', /line 2: it has 1 fields, where 2 are expected/],
    ['no colon', 'admin:x\nroot:y\nnothing\n', /line 3: it has 1 fields/],
    ['quotes without end', 'user,password\na,b\nadmin,"x\n', /line 3: its quotes are not closed/],
    ['no shape', 'word\nword2\nword3\n', /line 1: its shape is not known/],
    ['nothing', '# only remarks\n\n', /no line with a credential/],
    ['only any', 'user,password\n(any),(any)\n', /no entry that could be tried/],
    ['other bytes', Buffer.from([0x61, 0x3a, 0xff, 0xfe, 0x0a]), /line 1: it is not UTF-8 text/],
    ['a NUL', 'admin:a\0b\n', /line 1: it is not UTF-8 text/],
    ['a line without end', `admin:x\nroot:${'x'.repeat(300_000)}`, /line 2: it has more than 65536 characters/],
    ['a vendor without end', `${'x'.repeat(300)},a,b\n`, /line 1: its vendor/],
  ])('a bad file says where: %s', (_, text, expected) => {
    expect(() => imported(text)).toThrow(BadFile);
    expect(() => imported(text)).toThrow(expected);
  });

  test('whatever is written as RFC 4180 has it is read back', () => {
    const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;
    return fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), (fields) => {
        expect(fieldsOf(fields.map(quoted).join(','), ',')).toEqual(fields);
      }),
    );
  });
  test('no line is too strange', () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', 'a', ' ', ':', '\t') }), (line) => {
        expect(fieldsOf(line, ',')?.length ?? 1).toBeGreaterThan(0);
      }),
    ));
});

describe('a long list', () => {
  const long = (count: number, bad?: string): string =>
    `credentials: long\n# a remark\nentries:\n${Array.from({ length: count }, (_, index) =>
      index === count - 1 && bad !== undefined
        ? bad
        : `  - ${JSON.stringify({ user: `user${index % 100}`, password: `word ${index}`, source: 'x'.repeat(500) })}\n`,
    ).join('')}`;

  test('is read line by line, as a short one is', () => {
    const file = write(long(1_000), 'long.yaml');
    expect(fs.statSync(file).size).toBeGreaterThan(512 * 1024);
    const { name, entries, digest } = loadCredentials(file);
    expect([name, entries.length, digest]).toEqual(['long', 1_000, expect.stringMatching(/^[0-9a-f]{64}$/)]);
    const short = loadCredentials(write(long(10), 'short.yaml'));
    expect(entries.slice(0, 10)).toEqual(short.entries);
  });

  test.each([
    ['  - { user: a, password: b }\n', /line 1003: entries\[999\]\.source is missing/],
    ['  - { user: a, password: 1, source: test }\n', /line 1003: entries\[999\]\.password is 1, expected string/],
    ['  - user: a\n', /line 1003: in a list as long as this, an entry is one line/],
    ['  - { user: "a }\n', /line 1003: is no YAML/],
    ['  - { user: user0, password: word 0, source: test }\n', /line 1003: entries\[999\] says the same as an entry/],
  ])('a bad line is named: %j', (bad, expected) => {
    const file = write(long(1_000, bad), 'long.yaml');
    expect(() => loadCredentials(file)).toThrow(BadFile);
    expect(() => loadCredentials(file)).toThrow(expected);
  });
});

describe('lint', () => {
  test('the shipped list has nothing wrong', () => {
    expect([...lintCredentials(shippedCredentials())]).toEqual([]);
  });

  test('says what is wrong, entry by entry', () => {
    const file = write(
      `credentials: mine
entries:
  - { id: one, user: admin, password: x, source: a manual }
  - { user: admin, password: x, source: another manual }
  - { id: one, user: admin, password: y, source: a manual }
  - { user: admin, password: z }
  - { user: (any), password: z, source: a manual }
  - { user: admin, password: z, protocol: gopher, source: a manual }
  - { user: admin, password: "a\\0b", source: a manual }
  - { user: '', password: (none), protocol: snmp, source: a manual }
  - { user: admin, password: q, source: x }
`,
      'list.yaml',
    );
    expect([...lintCredentials(file)].map(({ line, entry, says }) => `${line} ${entry} ${says}`)).toEqual([
      '4 entries[1] says the same as one',
      '5 one has the id of entries[0]',
      '6 entries[3] source is missing (expected string)',
      '7 entries[4] is never tried: the random login that every service gets looks for "any"',
      expect.stringMatching(/^8 entries\[5\] is never tried: no login is made over "gopher"/),
      '9 entries[6] is never tried: the password holds a NUL',
      '10 entries[7] is never tried: an SNMP community is not empty',
      '11 entries[8] names no source that anybody could look up',
    ]);
  });
});

describe('the verb', () => {
  const run = async (action?: string, file?: string, options: CredentialsOptions = {}, json = false) => {
    const out: string[] = [];
    const told: string[] = [];
    const code = await credentialsVerb(
      action,
      file,
      options,
      json,
      (text) => out.push(text),
      (text) => told.push(text),
    );
    return { code, out: out.join(''), told: told.join('') };
  };
  const csv = (): string => write('vendor,user,password\nAcme,admin,hunter2x\nAcme,(any),x\nAcme,admin,hunter2x\n');

  test('lists what is shipped, or a file, without its words', async () => {
    expect((await run()).out).toContain('mirai-01  root  any  XiongMai');
    const { out } = await run('list', write(imported('admin:hunter2x\n'), 'list.yaml'));
    expect(out).toMatch(/^entry-[0-9a-f]{8} {2}admin {2}any {2}\n$/);
  });

  test('imports to stdout or to a new file, and says how many', async () => {
    const { code, out, told } = await run('import', csv(), { name: 'mine', source: 'a manual' });
    expect([code, told]).toEqual([0, '1 entries; 1 said the same as one above; 1 that say "any" are never tried\n']);
    expect(out).toContain('"source":"a manual"');
    const file = join(freshFolder(), 'mine.yaml');
    await run('import', csv(), { name: 'mine', source: 'a manual', out: file });
    expect(fs.readFileSync(file, 'utf8')).toBe(
      out.replace(/^# .*\n/, `${fs.readFileSync(file, 'utf8').split('\n')[0]}\n`),
    );
    await expect(run('import', csv(), { out: file })).rejects.toThrow(/it is there already/);
    const bad = join(freshFolder(), 'bad.yaml');
    await expect(run('import', write('user,password\na,b\nc\n'), { out: bad })).rejects.toThrow(/line 3/);
    expect(fs.readdirSync(join(bad, '..'))).toEqual([]);
  });

  test('lint ends with 1 where something is wrong', async () => {
    const file = write('credentials: mine\nentries:\n  - { user: a, password: b }\n', 'list.yaml');
    expect(await run('lint', file)).toEqual({
      code: 1,
      out: `${file}:3: entries[0] source is missing (expected string)\n`,
      told: '',
    });
    expect((await run('lint')).code).toBe(0);
  });

  test.each([
    ['nonsense', undefined, {}, /expected nothing, list, import or lint/],
    ['import', undefined, {}, /which file/],
    ['import', 'x.csv', { name: 'Not A Name' }, /--name/],
    ['import', 'x.csv', { source: ' ' }, /--source/],
    ['import', '/nowhere/x.csv', {}, /there is no such file/],
  ] as const)('%s %s', async (action, file, options, expected) =>
    expect(run(action, file, options)).rejects.toThrow(expected),
  );
});
