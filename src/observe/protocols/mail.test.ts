import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  pop3Capabilities,
  readImap,
  readImapGreeting,
  readPop3,
  readPop3List,
  readSmtp,
  smtpExtensions,
} from './mail.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('readImap', () => {
  it.each([
    ['a1 OK done\r\n', { result: 'OK', words: 'done', capabilities: [], bye: false, length: 12 }],
    [
      '* CAPABILITY IMAP4rev1 StartTLS LOGINDISABLED\r\n* OK still here\r\na1 ok\r\nnext',
      { result: 'OK', words: '', capabilities: ['IMAP4REV1', 'STARTTLS', 'LOGINDISABLED'], bye: false, length: 71 },
    ],
    [
      'a1 OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] in\n',
      {
        result: 'OK',
        words: '[CAPABILITY IMAP4rev1 AUTH=PLAIN] in',
        capabilities: ['IMAP4REV1', 'AUTH=PLAIN'],
        bye: false,
        length: 43,
      },
    ],
    ['+\r\n', { result: '+', words: '', capabilities: [], bye: false, length: 3 }],
    ['* BYE\r\na1 NO x\r\n', { result: 'NO', words: 'x', capabilities: [], bye: true, length: 16 }],
    ['a1 BAD', undefined],
    ['* OK\r\n', undefined],
    ['a2 OK other\r\n', false],
    ['+OK POP3\r\n', false],
    ['* '.padEnd(9000, 'x'), false],
    ['* x\n'.repeat(600), false],
  ])('%j', (text, expected) => {
    const read = readImap('a1')(bytes(text));
    expect(read ? { ...read, capabilities: [...read.capabilities] } : read).toEqual(expected);
  });
});

it.each([
  ['* OK [CAPABILITY STARTTLS] hello\r\n', { state: 'OK', words: '[CAPABILITY STARTTLS] hello', length: 34 }],
  ['* preauth\n', { state: 'PREAUTH', words: '', length: 10 }],
  ['* BYE not now\r\n', { state: 'BYE', words: 'not now', length: 15 }],
  ['* OK', undefined],
  ['* NO\r\n', false],
  ['+OK\r\n', false],
])('readImapGreeting %j', (text, expected) => {
  expect(readImapGreeting(bytes(text))).toEqual(expected);
});

it.each([
  ['+OK ready <1.2@host>\r\nmore', { result: 'OK', words: 'ready <1.2@host>', lines: [], length: 22 }],
  ['-ERR\r\n', { result: 'ERR', words: '', lines: [], length: 6 }],
  ['-err [AUTH] no\r\n', { result: 'ERR', words: '[AUTH] no', lines: [], length: 16 }],
  ['+ \r\n', { result: '+', words: '', lines: [], length: 4 }],
  ['+OKAY\r\n', false],
  ['220 no\r\n', false],
  ['+OK', undefined],
])('readPop3 %j', (text, expected) => {
  expect(readPop3(bytes(text))).toEqual(expected);
});

it.each([
  ['+OK\r\nSTLS\r\nSASL PLAIN login\r\n.\r\n', { STLS: [], SASL: ['PLAIN', 'LOGIN'] }, 32],
  ['-ERR unknown\r\n', {}, 14],
  ['+OK\r\nSTLS\r\n', undefined, undefined],
])('readPop3List %j', (text, capabilities, length) => {
  const read = readPop3List(bytes(text));
  expect(read && Object.fromEntries(pop3Capabilities(read))).toEqual(capabilities);
  expect(read ? read.length : undefined).toBe(length);
});

it.each([
  [
    '250-mail.example\r\n250-starttls\r\n250-AUTH PLAIN login\r\n250 AUTH=NTLM\r\n',
    { STARTTLS: [], AUTH: ['PLAIN', 'LOGIN', 'NTLM'] },
  ],
  // The first line is a greeting, whatever it says.
  ['250 STARTTLS\r\n', {}],
  ['550-no\r\n550 STARTTLS\r\n', {}],
])('smtpExtensions %j', (text, expected) => {
  const reply = readSmtp(bytes(text));
  expect(reply && Object.fromEntries(smtpExtensions(reply))).toEqual(expected);
});

it('reads whatever comes without throwing, and takes no more than there is', () => {
  const part = fc.oneof(
    fc.constantFrom('* ', 'a1 ', 'OK', 'NO', '+OK', '-ERR', '250-', '250 ', '\r\n', '\n', '.', '[CAPABILITY ', 'AUTH='),
    fc.string({ maxLength: 10 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
      const given = bytes(parts.join(''));
      for (const read of [readSmtp, readImap('a1'), readImapGreeting, readPop3, readPop3List]) {
        const answer = read(given);
        if (!answer) continue;
        expect(answer.length).toBeLessThanOrEqual(given.length);
        // It is whole with its last byte, and not before.
        expect(read(given.subarray(0, answer.length))).toEqual(answer);
        expect(read(given.subarray(0, answer.length - 1))).toBeUndefined();
        if ('code' in answer) smtpExtensions(answer);
        if ('lines' in answer && 'result' in answer) pop3Capabilities(answer);
      }
    }),
  );
});
