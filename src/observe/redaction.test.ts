import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redaction } from './redaction.ts';
import type { Entry } from './transcript.ts';

type Said = readonly [dir: Entry['dir'], text: string];
const entriesOf = (said: readonly Said[]): Entry[] =>
  said.map(([dir, text], at) => ({ at, dir, bytes: Buffer.from(text) }));

function redacted(
  redaction: Redaction,
  said: readonly Said[],
  how: { cut?: boolean; messages?: boolean } = {},
): Said[] {
  return redaction
    .entries(entriesOf(said), { cut: false, messages: false, ...how })
    .map(({ dir, bytes }) => [dir, bytes.toString()] as const);
}

function holding(secret: string, ...encodings: string[]): Redaction {
  const redaction = new Redaction();
  redaction.register(secret, encodings);
  return redaction;
}

const M = '[redacted]';

describe('in a transcript, a secret', () => {
  it('goes where it was sent, whole or in pieces', () => {
    expect(
      redacted(holding('hunter2'), [
        ['received', 'Password: '],
        ['sent', 'hunter2\r\n'],
        ['received', 'no\r\nPassword: '],
        ['sent', 'hu'],
        ['sent', 'nter'],
        ['sent', '2\r\n'],
      ]),
    ).toEqual([
      ['received', 'Password: '],
      ['sent', `${M}\r\n`],
      ['received', 'no\r\nPassword: '],
      ['sent', M],
      ['sent', '\r\n'],
    ]);
  });

  it('goes in its echo, also key by key, and leaves no trace of its length', () => {
    const keys = [...'hunter2'].flatMap((key): Said[] => [
      ['sent', key],
      ['received', key],
    ]);
    expect(redacted(holding('hunter2'), [...keys, ['received', '\r\nwelcome']])).toEqual([
      ['sent', M],
      ['received', M],
      ['received', '\r\nwelcome'],
    ]);
  });

  it('stays where a device says the word before it was sent, or long after', () => {
    const far = 'x'.repeat(4 * 5 + 256);
    expect(
      redacted(holding('admin'), [
        ['received', 'Welcome to admin panel'],
        ['sent', 'admin'],
        ['received', `admin${far}`],
        ['received', 'admin'],
      ]),
    ).toEqual([
      ['received', 'Welcome to admin panel'],
      ['sent', M],
      ['received', `${M}${far}`],
      ['received', 'admin'],
    ]);
  });

  it('stays where it stands between two echoes and is none', () => {
    const far = 'x'.repeat(4 * 5 + 256);
    const turn: Said[] = [
      ['sent', 'admin'],
      ['received', `admin${far}`],
    ];
    expect(redacted(holding('admin'), [...turn, ['received', 'try admin'], ...turn])).toEqual([
      ['sent', M],
      ['received', `${M}${far}`],
      ['received', 'try admin'],
      ['sent', M],
      ['received', `${M}${far}`],
    ]);
  });

  it('goes everywhere once it was accepted', () => {
    const redaction = holding('admin');
    redaction.accepted();
    expect(
      redacted(redaction, [
        ['received', 'admin says hello'],
        ['note', 'admin'],
      ]),
    ).toEqual([
      ['received', `${M} says hello`],
      ['note', M],
    ]);
  });

  it('goes everywhere when it is accepted by name after another was registered', () => {
    const redaction = holding('right-one');
    redaction.register('random-one');
    redaction.accepted('right-one');
    expect(redacted(redaction, [['received', 'right-one']])).toEqual([['received', M]]);
  });

  it('goes in the encodings it was registered with, and in the usual ones', () => {
    const token = Buffer.from('root:p&ss wörd"').toString('base64');
    const redaction = holding('p&ss wörd"', token);
    const forms = [
      'p%26ss%20w%C3%B6rd%22',
      'p%26ss+w%C3%B6rd%22',
      'p&ss wörd\\"',
      Buffer.from('p&ss wörd"').toString('base64'),
    ];
    expect(
      redacted(
        redaction,
        [token, ...forms].map((form) => ['sent', `<${form}>`] as const),
      ),
    ).toEqual([token, ...forms].map(() => ['sent', `<${M}>`]));
  });

  it('goes from each datagram that echoes it, whatever came between', () => {
    const long = 'v'.repeat(1400);
    expect(
      redacted(
        holding('public'),
        [
          ['sent', 'GET public'],
          ['received', `public ${long}`],
          ['received', `public ${long}`],
        ],
        {
          messages: true,
        },
      ),
    ).toEqual([
      ['sent', `GET ${M}`],
      ['received', `${M} ${long}`],
      ['received', `${M} ${long}`],
    ]);
  });

  it('goes even where the transcript was cut in its midst', () => {
    expect(redacted(holding('hunter2'), [['sent', 'PASS h']], { cut: true })).toEqual([['sent', `PASS ${M}`]]);
    expect(redacted(holding('hunter2'), [['sent', 'PASS h']])).toEqual([['sent', 'PASS h']]);
    expect(
      redacted(holding('hunter2'), [
        ['sent', 'hunter2'],
        ['received', 'hunte'],
      ]),
    ).toEqual([
      ['sent', M],
      ['received', M],
    ]);
  });

  it('that is empty is none', () => {
    const redaction = holding('', '');
    redaction.accepted('');
    expect(
      redacted(redaction, [
        ['sent', 'abc'],
        ['received', 'abc'],
      ]),
    ).toEqual([
      ['sent', 'abc'],
      ['received', 'abc'],
    ]);
    expect(redaction.evidence(Buffer.from('abc')).toString()).toBe('abc');
    expect(redacted(holding('', 'cm9vdDo='), [['sent', 'Basic cm9vdDo=']])).toEqual([['sent', `Basic ${M}`]]);
  });

  // Secrets in capitals, all else in small letters: so that every capital left over is a leak.
  const secret = fc.stringMatching(/^[A-Z]{1,12}$/);
  const noise = fc.stringMatching(/^[a-z]{0,20}$/);

  it('never survives where it was sent or echoed, however it was cut into pieces', () => {
    const send = fc.tuple(fc.constant('sent' as const), fc.nat(), noise, noise, fc.array(fc.nat(40)));
    const conversation = fc.array(fc.tuple(send, noise, fc.boolean(), fc.array(fc.nat(40))), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), conversation, (secrets, turns) => {
        const redaction = new Redaction();
        for (const word of secrets) redaction.register(word);
        const said: Said[] = [];
        const plain = { sent: '', received: '' };
        const say = (dir: 'sent' | 'received', before: string, word: string, after: string, cuts: number[]) => {
          said.push(...pieces(before + word + after, cuts).map((piece) => [dir, piece] as const));
          plain[dir] += `${before}${word && '!'}${after}`;
        };
        for (const [[, index, before, after, cuts], prompt, echoes, echoCuts] of turns) {
          const word = secrets[index % secrets.length]!;
          say('received', prompt, '', '', echoCuts);
          say('sent', before, word, after, cuts);
          if (echoes) say('received', before, word, after, echoCuts);
        }
        const joined = { sent: '', received: '', note: '' };
        for (const [dir, text] of redacted(redaction, said)) joined[dir] += text;
        for (const dir of ['sent', 'received'] as const) {
          // One word may hold another, or itself twice.
          const marks = joined[dir].replaceAll(M, '!').replace(/!+/g, '!');
          expect(marks).toBe(plain[dir].replace(/!+/g, '!'));
        }
      }),
    );
  });

  it('never survives anywhere once accepted', () => {
    fc.assert(
      fc.property(
        secret,
        fc.array(fc.tuple(fc.constantFrom('sent', 'received', 'note'), noise, fc.boolean())),
        (word, turns) => {
          const redaction = holding(word);
          redaction.accepted();
          const said = turns.map(([dir, text, whole]) => [dir as Entry['dir'], whole ? text + word : text] as const);
          expect(JSON.stringify(redacted(redaction, said))).not.toMatch(/[A-Z]/);
        },
      ),
    );
  });

  it('leaves everything as it was where none was registered', () => {
    const dir = fc.constantFrom<Entry['dir']>('sent', 'received', 'note');
    fc.assert(
      fc.property(fc.array(fc.tuple(dir, fc.string({ minLength: 1 }))), (said) => {
        expect(redacted(new Redaction(), said)).toEqual(said);
      }),
    );
  });
});

describe('in evidence, a secret', () => {
  it('goes while it is being tried and once it was accepted, and is a word like any other else', () => {
    const redaction = holding('admin');
    expect(redaction.evidence(Buffer.from('you sent admin')).toString()).toBe(`you sent ${M}`);
    redaction.register('random');
    expect(redaction.evidence(Buffer.from('the admin page, random')).toString()).toBe(`the admin page, ${M}`);
    redaction.accepted('admin');
    expect(redaction.evidence(Buffer.from('the admin page')).toString()).toBe(`the ${M} page`);
  });

  it('always goes from our own words', () => {
    const redaction = holding('one');
    redaction.register('two');
    expect(redaction.words('Error: one two three')).toBe(`Error: ${M} ${M} three`);
  });
});

function pieces(text: string, cuts: readonly number[]): string[] {
  const at = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort((a, b) => a - b);
  return at.slice(1).map((end, n) => text.slice(at[n]!, end));
}
