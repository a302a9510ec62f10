import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partOf, shown, transcript } from '../../test/kit/evidence.ts';
import { elementsOf } from '../../test/kit/page.ts';
import { bounded } from './evidence-transcript.ts';

const HOSTILE = /[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('hostile bytes on the evidence page', () => {
  const sound = new Set(
    [
      transcript([
        { dir: 'note', bytes: 'n' },
        { dir: 'sent', bytes: 'a' },
        { dir: 'received', bytes: `[redacted]${'b'.repeat(20_000)}`, redacted: [{ at: 0 }] },
      ]),
      transcript([{ dir: 'sent', bytes: '[redacted]' }], { redactions: undefined }),
      Buffer.alloc(20_000, 'x'),
    ].flatMap((bytes) => elementsOf(shown(bytes)).elements.map((one) => `${one.name} ${Object.keys(one.attributes)}`)),
  );
  const tame = (page: string): void => {
    expect(page).not.toMatch(HOSTILE);
    for (const { name, attributes } of elementsOf(page).elements)
      expect(sound).toContain(`${name} ${Object.keys(attributes)}`);
  };
  const WORDS =
    '</pre></mark><script>alert(1)</script><img src=x onerror=alert(1)>"\'&\u0000\u001b[2J\u202e\u200b\ufeff\u009b]]>';

  test('in a transcript, its host, its end and a secret’s name', () => {
    const page = shown(
      transcript(
        [
          { dir: 'received', bytes: `${WORDS}[redacted]`, redacted: [{ at: Buffer.byteLength(WORDS), secret: WORDS }] },
          { dir: 'note', bytes: WORDS },
        ],
        {
          host: WORDS,
          ended: WORDS,
        },
      ),
    );
    expect(page).toMatch(/<mark>‹redacted: &lt;\/pre>/);
    tame(page);
  });

  test('any bytes at all, as a file and in a transcript, give a page that does nothing', () => {
    const entry = fc.record({
      at: fc.oneof(fc.nat(), fc.double({ noNaN: true, noDefaultInfinity: true })),
      dir: fc.constantFrom('sent' as const, 'received' as const, 'note' as const),
      bytes: fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 100 })),
      redacted: fc.array(fc.record({ at: fc.nat(400), secret: fc.string({ unit: 'binary' }) }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 2000 }),
          fc.array(entry).map((said) => transcript(said)),
        ),
        (bytes) => tame(`<body>${partOf(shown(bytes))}</section></body></html>`),
      ),
      { numRuns: 40 },
    );
  });

  test('what is shown of a transcript is its head and its tail, and all the rest is counted', () => {
    const sizes = fc.array(fc.nat(30), { maxLength: 40 });
    const bounds = fc.record({
      head: fc.nat(200),
      tail: fc.nat(100),
      headEntries: fc.nat(20),
      tailEntries: fc.nat(10),
    });
    fc.assert(
      fc.property(sizes, bounds, (lengths, limits) => {
        let next = 0;
        const entries = lengths.map((length) => ({
          at: 0,
          dir: 'sent' as const,
          bytes: Uint8Array.from({ length }, () => next++ % 251),
          redacted: [],
        }));
        const { head, leftOut, tail } = bounded({ entries }, limits);
        const all = Buffer.concat(entries.map(({ bytes }) => bytes));
        const part = (list: typeof head) =>
          Buffer.concat(list.map(({ entry, from, to }) => entry.bytes.subarray(from, to)));
        expect(part(head)).toEqual(all.subarray(0, part(head).length));
        expect(part(tail)).toEqual(all.subarray(all.length - part(tail).length));
        expect(part(head).length + part(tail).length + (leftOut?.bytes ?? 0)).toBe(all.length);
        expect(part(head).length).toBeLessThanOrEqual(limits.head);
        expect(part(tail).length).toBeLessThanOrEqual(limits.tail);
        for (const { offset, from, to, entry } of [...head, ...tail])
          expect(all.subarray(offset, offset + to - from)).toEqual(Buffer.from(entry.bytes.subarray(from, to)));
      }),
    );
  });
});
