import { describe, expect, it } from 'vitest';
import type { Clock } from './network.ts';
import { Redaction } from './redaction.ts';
import { KnownSecrets } from './redaction-known.ts';
import { Transcript } from './transcript.ts';

function ticking(): Clock & { tick(milliseconds: number): void } {
  let now = Date.UTC(2026, 10, 22, 10, 15);
  return {
    now: () => now,
    sleep: () => Promise.resolve(),
    tick(milliseconds) {
      now += milliseconds;
    },
  };
}

const about = { transport: 'tcp', host: '198.18.0.7', port: 23, security: 'none' } as const;

describe('a transcript', () => {
  it('is one document, to the byte', () => {
    const clock = ticking();
    const transcript = new Transcript(about, clock);
    transcript.note('connected');
    clock.tick(12);
    const bytes = Buffer.from('login: ');
    transcript.received(bytes);
    bytes.fill(0);
    clock.tick(3);
    transcript.sent(Buffer.from('root'));
    transcript.end('closed by the peer');
    transcript.end('closed by us');
    expect(transcript.document(new Redaction()).toString()).toBe(
      '{"transport":"tcp","host":"198.18.0.7","port":23,"security":"none","opened":"2026-11-22T10:15:00.000Z",' +
        '"entries":[{"at":0,"dir":"note","bytes":"Y29ubmVjdGVk"},{"at":12,"dir":"received","bytes":"bG9naW46IA=="},' +
        '{"at":15,"dir":"sent","bytes":"cm9vdA=="}],"redactions":0,"ended":"closed by the peer"}',
    );
  });

  it('says where its marks are, and that a device’s own words are none', () => {
    const transcript = new Transcript(about, ticking());
    const redaction = new Redaction(new KnownSecrets([{ user: 'op', secret: 'hunter2' }], []));
    redaction.register('hunter2');
    transcript.sent(Buffer.from('PASS hunter2\r\n'));
    transcript.received(Buffer.from('[redacted] hunter2 hunter2'));
    const { entries, redactions } = JSON.parse(transcript.document(redaction).toString());
    const marks = { at: expect.any(Number), secret: 'declared:op' };
    expect(entries.map((entry: { redacted?: object[] }) => entry.redacted)).toEqual([
      [{ ...marks, at: 5 }],
      [
        { ...marks, at: 11 },
        { ...marks, at: 22 },
      ],
    ]);
    expect(redactions).toBe(3);
  });

  it('names the other port of a datagram', () => {
    const transcript = new Transcript({ ...about, transport: 'udp' }, ticking());
    transcript.received(Buffer.from('x'), 4000);
    expect(JSON.parse(transcript.document(new Redaction()).toString()).entries).toEqual([
      { at: 0, dir: 'received', port: 4000, bytes: 'eA==' },
    ]);
  });

  it('keeps the head of a flood and of a drip, and counts the rest', () => {
    const flood = new Transcript(about, ticking());
    flood.received(Buffer.alloc(300 * 1024, 'a'));
    flood.sent(Buffer.from('stop'));
    const read = JSON.parse(flood.document(new Redaction()).toString());
    expect(Buffer.from(read.entries[0].bytes, 'base64')).toHaveLength(256 * 1024);
    expect([read.entries.length, read.omitted]).toEqual([1, { sent: 4, received: 44 * 1024, entries: 2 }]);

    const drip = new Transcript(about, ticking());
    for (let n = 0; n < 5000; n++) drip.received(Buffer.from('.'));
    const dripped = JSON.parse(drip.document(new Redaction()).toString());
    expect([dripped.entries.length, dripped.omitted]).toEqual([4000, { sent: 0, received: 1000, entries: 1000 }]);
  });

  it('that was cut in the midst of a secret holds no half of it', () => {
    const transcript = new Transcript(about, ticking());
    const redaction = new Redaction();
    redaction.register('hunter2');
    transcript.received(Buffer.alloc(256 * 1024 - 3, '.'));
    transcript.sent(Buffer.from('hunter2'));
    const { entries } = JSON.parse(transcript.document(redaction).toString());
    expect(Buffer.from(entries.at(-1).bytes, 'base64').toString()).toBe('[redacted]');
  });

  it('is called touched with each byte and note', () => {
    let touched = 0;
    const transcript = new Transcript(about, ticking(), () => touched++);
    transcript.note('a');
    transcript.sent(Buffer.from('b'));
    transcript.received(Buffer.from('c'));
    expect(touched).toBe(3);
  });
});
