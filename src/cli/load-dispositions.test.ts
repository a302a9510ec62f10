import { execFileSync } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { DispositionsFile, type Known, loadDispositions } from './load-dispositions.ts';
import { BadFile } from './load-yaml.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dispositions-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

// Longer than one piece that is read at a time, and no text.
const RISK = Buffer.alloc(200_000, 0xff);
const sha256 = crypto.createHash('sha256').update(RISK).digest('hex');
fs.mkdirSync(path.join(folder, 'evidence'));
fs.writeFileSync(path.join(folder, 'evidence', 'risk.pdf'), RISK);
execFileSync('mkfifo', [path.join(folder, 'pipe')]);

const KNOWN: Known = { checks: ['transport-encrypted', 'keys-strong'], criteria: ['DP-2', 'IAC-1a'] };

const FILE = `schema: 1
dispositions:
  - id: D-1
    kind: risk-acceptance
    selects:
      check: transport-encrypted
      component: camera
      port: 80
      criterion: DP-2
    justification: The manual is public.
    approvedBy: C. Head of Lab
    approvedAt: 2026-11-22T12:00:00Z
    expires: 2027-11-22T12:00:00+01:00
    riskAssessment: { file: evidence/risk.pdf, sha256: ${sha256} }
  - id: D-2
    kind: waiver
    selects: { finding: 20261122T101500Z:keys-strong@camera/tcp/22 }
    justification: Mended with the next release.
    approvedBy: C. Head of Lab
    approvedAt: 2026-11-22T12:00:00Z
    expires: 2027-11-22T12:00:00Z
withdrawals:
  - id: W-1
    finding: keys-strong@camera/tcp/443
    check: keys-strong
    version: 1.0.0
    why: The key is that of the proxy.
    by: [A. Tester, B. Reviewer]
    at: 2026-11-22T12:00:00Z
    seal: ${'a'.repeat(64)}
    counterEvidence:
      - { file: evidence/risk.pdf, sha256: ${sha256} }
`;

let count = 0;
const load = (text: string) => {
  const file = path.join(folder, `dispositions-${count++}.yaml`);
  fs.writeFileSync(file, text);
  return loadDispositions(file, KNOWN);
};

test('a file as it is meant', () => {
  const { dispositions, withdrawals } = load(FILE);
  expect(dispositions).toMatchObject([
    { id: 'D-1', kind: 'risk-acceptance', selects: { port: 80 }, expires: '2027-11-22T12:00:00+01:00' },
    { id: 'D-2', kind: 'waiver', selects: { finding: '20261122T101500Z:keys-strong@camera/tcp/22' } },
  ]);
  expect(withdrawals).toMatchObject([{ id: 'W-1', by: ['A. Tester', 'B. Reviewer'] }]);
  expect(load('schema: 1\n')).toEqual({ dispositions: [], withdrawals: [] });
});

describe('a bad file is named, with the line and what was expected', () => {
  test.each<[string, string | RegExp, string, string]>([
    [
      'an expiry without a zone',
      '+01:00',
      '',
      'line 13: dispositions[0].expires is "2027-11-22T12:00:00": an instant with its zone, such as 2027-01-31T00:00:00Z',
    ],
    ['an expiry that is a date', 'T12:00:00+01:00', '', 'line 13: dispositions[0].expires is "2027-11-22"'],
    ['no expiry', /\n {4}expires: 2027-11-22T12:00:00Z/, '', 'line 15: dispositions[1].expires is missing'],
    [
      'an expiry before the approval',
      '2027-11-22T12:00:00+01:00',
      '2026-11-22T12:30:00+01:00',
      'line 13: it expires at 2026-11-22T12:30:00+01:00, before it is approved (2026-11-22T12:00:00Z)',
    ],
    [
      'a selector that is empty',
      /selects: \{[^}]*\}/,
      'selects: {}',
      'line 17: dispositions[1].selects is a map: it selects everything: name a finding, or a check and a component',
    ],
    [
      'a selector of a check alone',
      /selects: \{[^}]*\}/,
      'selects: { check: keys-strong }',
      'line 17: dispositions[1].selects is a map: it selects everything',
    ],
    [
      'a selector of a component alone',
      /selects: \{[^}]*\}/,
      'selects: { component: camera, port: 22 }',
      'line 17: dispositions[1].selects is a map: it selects everything',
    ],
    [
      'a check that is a wildcard',
      'check: transport-encrypted',
      'check: "*"',
      'line 6: check "*" selects everything: there are no wildcards, name it whole',
    ],
    [
      'a component that is a wildcard',
      'component: camera',
      'component: " * "',
      'line 7: component " * " selects everything',
    ],
    ['a finding that is a wildcard', /finding: 2026\S+/, 'finding: "**"', 'line 17: finding "**" selects everything'],
    ['a finding of any check', /finding: 2026\S+/, 'finding: "*@camera"', 'line 17: "*" is no known check'],
    [
      'a finding of any component',
      /finding: 2026\S+/,
      'finding: "keys-strong@*"',
      'line 17: "keys-strong@*" is no finding\'s id, expected such as ssh-algorithms-strong@camera/tcp/22',
    ],
    [
      'a component that begins like some',
      'component: camera',
      'component: cam*',
      'line 7: "cam*" is no component\'s id',
    ],
    ['an id that is given twice', 'id: D-2', 'id: D-1', 'line 15: the id "D-1" is given twice'],
    ['an id of both kinds', 'id: W-1', 'id: D-1', 'line 23: the id "D-1" is given twice'],
    ['a key that is given twice', 'port: 80', 'port: 80\n      port: 81', 'line 9: Map keys must be unique'],
    [
      'an unknown check',
      'check: transport-encrypted',
      'check: transport-encripted',
      'line 6: "transport-encripted" is no known check; did you mean "transport-encrypted"?',
    ],
    ['a finding of an unknown check', /:keys-strong@/, ':keys-weak@', 'line 17: "keys-weak" is no known check'],
    [
      'a finding of another check',
      /selects: \{ /,
      'selects: { check: transport-encrypted, ',
      'line 17: "20261122T101500Z:keys-strong@camera/tcp/22" is a finding of keys-strong, and not of transport-encrypted',
    ],
    [
      'an unknown criterion',
      'criterion: DP-2',
      'criterion: DP-3',
      'line 9: "DP-3" is no known criterion; did you mean "DP-2"?',
    ],
    [
      'no risk assessment',
      /\n {4}riskAssessment.*/,
      '',
      'a risk acceptance names its risk assessment (file and sha256)',
    ],
    [
      'a risk assessment that is not there',
      'evidence/risk.pdf',
      'evidence/rusk.pdf',
      'line 14: "evidence/rusk.pdf": there is no such file',
    ],
    [
      'a risk assessment that was changed',
      `risk.pdf, sha256: ${sha256}`,
      `risk.pdf, sha256: ${'b'.repeat(64)}`,
      `line 14: "evidence/risk.pdf" is not what was named: its SHA-256 is ${sha256}, expected ${'b'.repeat(64)}`,
    ],
    [
      'a risk assessment that is a folder',
      'evidence/risk.pdf',
      'evidence',
      'line 14: "evidence": it is not a regular file',
    ],
    ['a risk assessment that never ends', 'evidence/risk.pdf', 'pipe', 'line 14: "pipe": it is not a regular file'],
    [
      'counter-evidence that was changed',
      `- { file: evidence/risk.pdf, sha256: ${sha256}`,
      `- { file: evidence/risk.pdf, sha256: ${'b'.repeat(64)}`,
      'line 32: "evidence/risk.pdf" is not what was named',
    ],
    ['a withdrawal without evidence', /\n {6}- \{ file.*/, ' []', 'line 31: withdrawals[0].counterEvidence is a list'],
    ['one person twice', 'B. Reviewer', '" a. tester"', 'two different persons withdraw a finding'],
    ['one person, spaced', 'B. Reviewer', 'a.  tester', 'line 28: A. Tester and a.  tester are one person'],
    [
      'one person, with what nobody sees',
      'B. Reviewer',
      '"A. Tes\\u200bter"',
      'are one person: two withdraw a finding',
    ],
    ['one person, in wide letters', 'B. Reviewer', 'Ａ. Ｔester', 'are one person: two withdraw a finding'],
    ['one person and nobody', 'B. Reviewer', '"\\u3164"', "is nobody's name"],
    ['one person alone', ', B. Reviewer', '', 'line 28: withdrawals[0].by is a list'],
    [
      'a withdrawal of another check',
      'finding: keys-strong@camera/tcp/443',
      'finding: transport-encrypted@camera',
      'line 24: "transport-encrypted@camera" is a finding of transport-encrypted, and not of keys-strong',
    ],
    [
      'a withdrawal of an unknown check',
      '    check: keys-strong',
      '    check: keys-weak',
      'line 25: "keys-weak" is no known check',
    ],
    ['nobody approved it', 'approvedBy: C. Head of Lab', 'approvedBy: " "', 'line 11: " " is nobody\'s name'],
    [
      'nobody who can be seen approved it',
      'approvedBy: C. Head of Lab',
      'approvedBy: "\\u200b\\u2060"',
      "is nobody's name",
    ],
    [
      'nobody but a mark approved it',
      'approvedBy: C. Head of Lab',
      'approvedBy: "-"',
      'line 11: "-" is nobody\'s name',
    ],
    [
      'nothing justifies it',
      'justification: The manual is public.',
      'justification: " "',
      'line 10: justification is blank, expected words',
    ],
    ['a misspelt key', 'justification: The', 'justificaton: The', 'did you mean "justification"?'],
    [
      'a newer schema',
      'schema: 1',
      'schema: 2\nnewer: true',
      'line 1: it is of schema 2; this version of probity reads 1',
    ],
    ['a schema that is none', 'schema: 1', 'schema: 0', 'line 1: schema is 0, expected 1'],
  ])('%s', (_, from, to, why) => {
    const text = FILE.replace(from, to);
    expect(text).not.toBe(FILE);
    const loading = () => load(text);
    expect(loading).toThrow(BadFile);
    expect(loading).toThrow(why);
  });
});

test('its JSON Schema says what a file holds', () => {
  const schema = z.toJSONSchema(DispositionsFile, { io: 'input' });
  expect(Object.keys(schema.properties!)).toEqual(['schema', 'dispositions', 'withdrawals']);
  expect(JSON.stringify(schema)).toContain('"required":["id","kind","selects","justification","approvedBy"');
});
