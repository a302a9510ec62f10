import { describe, expect, test } from 'vitest';
import { digests, input, linesIn, partOf, shown, transcript } from '../../test/kit/evidence.ts';
import { elementsOf } from '../../test/kit/page.ts';
import { evidenceAnchor, renderEvidence } from './evidence-page.tsx';
import { transcriptOf } from './evidence-transcript.ts';
import { html } from './html.tsx';
import type { ReportInput } from './report.ts';

describe('the evidence page', () => {
  test('has every file once, with who names it and the findings that rest on it, each leading to a place in the report', () => {
    const page = shown(Buffer.from('x'), true);
    const report = String(html.render(input));
    const { elements } = elementsOf(page);
    const ids = elements.flatMap(({ attributes: { id } }) => id ?? []);
    expect(ids.filter((id) => id.startsWith('evidence-')).sort()).toEqual(digests.map(evidenceAnchor).sort());
    expect(new Set(ids).size).toBe(ids.length);
    const places = new Set(elementsOf(report).elements.map(({ attributes: { id } }) => `report.html#${id}`));
    const links = elements.flatMap(({ attributes: { href } }) => href ?? []);
    expect(links.filter((href) => href.startsWith('report.html#') && !places.has(href))).toEqual([]);
    expect(
      links.filter((href) => !/^(report\.html(#[a-z0-9-]+)?|\.\.\/\.\.\/run\/evidence\/[0-9a-f]{64})$/.test(href)),
    ).toEqual([]);
    const failing = input.assessment.findings.find(({ verdict }) => verdict === 'fail')!;
    const observation = input.runs
      .flatMap(({ run }) => run.attempts)
      .flatMap(({ observations }) => observations)
      .find(({ id }) => failing.basis.includes(id))!;
    const part = partOf(page, observation.evidence[0]!);
    expect(part).toContain(observation.id);
    expect(part).toMatch(/Findings that rest on it: .*<\/a> fail/);
  });

  test('shows both directions, times, ports and notes of a transcript in words, text and hexadecimal', () => {
    const part = partOf(
      shown(
        transcript([
          { at: 0, dir: 'note', bytes: 'connected' },
          { at: 12.4, dir: 'received', bytes: 'login: \r\nnext \u001b[2J' },
          { at: 1350, dir: 'sent', bytes: 'root\r\n0123456789abcdef' },
          { at: 1400, dir: 'received', port: 4000, bytes: Buffer.from([0xff, 0xfb, 0x01, 0, 0, 0, 0, 0x41]) },
        ]),
      ),
    );
    const said = [...part.matchAll(/<li class="(\w+)"><p class="when"><b>([^<]*)<\/b> ([^<]*)<\/p>/g)].map(
      ([, dir, words, when]) => [dir, words, when],
    );
    expect(said).toEqual([
      ['note', 'note', '+0 ms'],
      ['received', 'device → tester', '+12 ms, 18 bytes'],
      ['sent', 'tester → device', '+1,350 ms, 22 bytes'],
      ['received', 'device → tester', '+1,400 ms, 8 bytes, the device’s port 4000'],
    ]);
    expect(linesIn(part, 'text')).toEqual([['login: ', 'next ␛[2J'], ['root', '0123456789abcdef'], ['.......A']]);
    expect(linesIn(part, 'hex')).toEqual([
      ['000000  6c 6f 67 69 6e 3a 20 0d 0a 6e 65 78 74 20 1b 5b', '000010  32 4a'],
      ['000000  72 6f 6f 74 0d 0a 30 31 32 33 34 35 36 37 38 39', '000010  61 62 63 64 65 66'],
      ['000012  ff fb 01 00 00 00 00 41'],
    ]);
    expect(part).toContain('Opened 2026-11-22 10:15:00 UTC');
    expect(part).toContain('22 bytes sent, 26 bytes received');
  });

  test('frames what was redacted, and nothing else that reads like it', () => {
    const marked = partOf(
      shown(
        transcript([
          { dir: 'sent', bytes: 'PASS [redacted]\r\n', redacted: [{ at: 5, secret: 'entry-17' }] },
          { dir: 'received', bytes: 'you said [redacted] ‹redacted: entry-17›', redacted: [] },
          { dir: 'received', bytes: 'nothing here', redacted: [{ at: 3 }, { at: 900 }] },
        ]),
      ),
    );
    expect(marked.match(/<mark>.*?<\/mark>/g)).toEqual(['<mark>‹redacted: entry-17›</mark>']);
    expect(linesIn(marked, 'text')).toEqual([
      ['PASS '],
      ['', ''],
      ['you said [redacted] ‹redacted: entry-17›'],
      ['nothing here'],
    ]);
    expect(linesIn(marked, 'hex')[1]).toEqual(['00000f  0d 0a']);
    expect(marked).not.toContain('did not record');
    const old = partOf(shown(transcript([{ dir: 'sent', bytes: '[redacted]' }], { redactions: undefined })));
    expect(old).not.toContain('<mark>');
    expect(old).toContain('did not record where it redacted');
  });

  test('says what a run did not keep, and what the page does not show, to the byte', () => {
    const flood = partOf(
      shown(
        transcript(
          [
            { dir: 'sent', bytes: 'go' },
            { dir: 'received', bytes: Buffer.alloc(100_000, 0x61) },
          ],
          {
            omitted: { sent: 4, received: 45_056, entries: 2 },
          },
        ),
      ),
    );
    // 8 KiB of which 2 were sent, and 1 KiB at the end.
    expect(flood).toContain(`${100_002 - 8192 - 1024}`.replace(/(?=\d{3}$)/, ','));
    expect(flood).toContain('(bytes 1 to 8,190 of them)');
    expect(flood).toContain('(bytes 98,977 to 100,000 of them)');
    expect(flood).toContain('45,056 bytes received and 4 bytes sent came later, in 2 entries');
    expect(flood.length).toBeLessThan(70_000);
    const drip = partOf(
      shown(transcript(Array.from({ length: 4000 }, (_, at) => ({ at, dir: 'received' as const, bytes: '.' })))),
    );
    expect(drip.match(/<li class="received">/g)).toHaveLength(440);
    expect(drip).toContain('3,560 bytes in 3,560 entries are not shown here');
  });

  test('shows what is no transcript as text or bytes, bounded', () => {
    expect(partOf(shown(Buffer.from('<?xml version="1.0"?>\n<a b="c"/>')))).toMatch(
      /Stored bytes: XML.*&lt;\?xml version=&quot;1.0&quot;\?>\n&lt;a b=&quot;c&quot;\/>/s,
    );
    const big = partOf(shown(Buffer.alloc(1_000_000, 'A line of text. ')));
    expect(big).toContain('990,784 bytes are not shown here');
    expect(linesIn(big, 'hex')[1]![0]).toMatch(/^0f3e40 {2}/);
    expect(big.length).toBeLessThan(70_000);
    expect(partOf(shown(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])))).toContain('PNG picture');
    expect(partOf(shown(Buffer.alloc(0)))).toContain('Stored bytes: empty');
  });

  test('a transcript that is cut short, of another shape, or not ours is shown as the bytes it is', () => {
    const whole = transcript([{ dir: 'sent', bytes: 'x' }]);
    for (const bytes of [
      whole.subarray(0, whole.length - 2),
      Buffer.from('{"entries":[]}'),
      transcript([], { entries: 'none' }),
      transcript([], { entries: [{ at: 0, dir: 'sent', bytes: '!' }] }),
      transcript([], { opened: 'yesterday' }),
      Buffer.from(`{"a":${'['.repeat(100_000)}`),
    ]) {
      expect(transcriptOf(bytes)).toBeUndefined();
      expect(partOf(shown(bytes))).toContain('Stored bytes: JSON');
    }
  });

  test('says which file is missing, and where there is no evidence there is no page', () => {
    const page = renderEvidence(input, () => undefined)!;
    for (const digest of digests) expect(partOf(page, digest)).toContain('could not be read');
    const none: ReportInput = {
      ...input,
      runs: input.runs.map(({ run, ...more }) => ({
        ...more,
        run: {
          ...run,
          attempts: run.attempts.map((attempt) => ({
            ...attempt,
            evidence: [],
            observations: attempt.observations.map((one) => ({ ...one, evidence: [] })),
          })),
        },
      })),
    };
    expect(renderEvidence(none, () => undefined)).toBeUndefined();
  });

  test('has room for what failing findings rest on, and names what it has no room for', () => {
    const [one] = input.runs;
    const [attempt] = one!.run.attempts;
    const many = Array.from({ length: 400 }, (_, n) => n.toString(16).padStart(4, '0').repeat(16));
    const last = many.at(-1)!;
    const basis = input.assessment.findings.find(({ verdict }) => verdict === 'fail')!.basis[0]!;
    const attempts = one!.run.attempts.map((each) => ({
      ...each,
      evidence: each.id === attempt!.id ? many.slice(0, -1) : [],
      observations: each.observations.map((o) => ({ ...o, evidence: o.id === basis ? [last] : [] })),
    }));
    const crowded: ReportInput = { ...input, runs: [{ ...one!, run: { ...one!.run, attempts } }] };
    const page = renderEvidence(crowded, () => Buffer.alloc(20_000, 'text of a page. '))!;
    expect(page.length).toBeLessThan(1_700_000);
    expect(partOf(page, last)).toContain('text of a page');
    const unshown = page.match(/Not shown, for this page is full/g)!.length;
    expect(page).toContain(`400 evidence files, ${unshown} of them only named here`);
    for (const digest of many) expect(page).toContain(`id="${evidenceAnchor(digest)}"`);
  });

  test('is the same for the same input', () => {
    const read = () => transcript([{ dir: 'received', bytes: 'x' }]);
    expect(renderEvidence(structuredClone(input), read)).toBe(renderEvidence(structuredClone(input), read));
  });
});
