import { render } from 'preact-render-to-string';
import { describe, expect, test } from 'vitest';
import type { ReferenceDevice, Suitability, SuitabilityPass } from '../model/suitability.ts';
import { SuitabilitySection } from './html-suitability.tsx';
import { NO_REFERENCE, SIMULATED_ONLY, suitabilityView, suitabilityWords } from './suitability-view.ts';

const reference = (over: Partial<ReferenceDevice> = {}): ReferenceDevice => ({
  name: 'lab router',
  kind: 'known-bad',
  how: 'declared',
  addresses: ['198.18.0.9'],
  checks: [
    { check: 'keys-strong', expected: 'fail', found: 'fail' },
    { check: 'transport-encrypted', expected: 'fail', found: 'inconclusive' },
    { check: 'tls-versions-current', expected: 'fail' },
  ],
  is: 'not-as-known',
  because: 'it is known bad and did not fail',
  ...over,
});
const pass = (when: SuitabilityPass['when'], references: ReferenceDevice[]): SuitabilityPass => ({
  at: '2026-11-22T10:00:00.000Z',
  endedAt: '2026-11-22T10:01:00.000Z',
  when,
  references,
  suitable: references.every(({ is }) => is === 'as-known'),
});
const bench = (suitable: boolean, passes: SuitabilityPass[]): Suitability => ({
  schema: 1,
  tool: 'probity 0.1.0',
  passes,
  suitable,
  because: 'so it was',
});

describe('what a report says of the bench', () => {
  test('without any reference: what that may hide', () => {
    expect(suitabilityWords({})).toEqual([NO_REFERENCE]);
    expect(render(SuitabilitySection({ assessment: {} }))).toContain('class="attention"');
  });

  test('where it was not shown to be suitable: which reference, and what differs', () => {
    const suitability = bench(false, [
      pass('before', [reference()]),
      pass('after', [reference({ is: 'not-reached' })]),
    ]);
    const lines = suitabilityWords({ suitability });
    expect(lines[0]).toBe('The bench was not shown to be suitable: so it was');
    expect(lines[1]).toMatch(
      /^Before, .*: lab router \(known bad, declared, 198\.18\.0\.9\): not as known, 1 of 3 checks as known/,
    );
    expect(lines[1]).toContain('transport-encrypted: known to be “fail”, found “could not tell”');
    expect(lines[1]).toContain('tls-versions-current: known to be “fail”, found nothing');
    expect(lines[2]).toMatch(/^After, .*not reached/);
    const html = render(SuitabilitySection({ assessment: { suitability } }));
    expect(html).toContain('class="attention"');
    expect(html.match(/class="failed"/g)).toHaveLength(2);
    expect(html).not.toContain('class="passed"');
  });

  test('where it was: and that simulated references prove no cable', () => {
    const known = reference({ is: 'as-known', how: 'simulated', addresses: [], checks: [] });
    const suitability = bench(true, [pass('before', [known]), pass('after', [known])]);
    const said = {
      headline: expect.stringMatching(/^The engine was suitable, the cable to the item was not tried: .*\.$/),
    };
    expect(suitabilityView(suitability)).toMatchObject({ state: 'suitable', notes: [SIMULATED_ONLY], ...said });
    const local = reference({ is: 'as-known', how: 'declared', addresses: ['127.0.0.9', '::1'], checks: [] });
    expect(suitabilityView(bench(true, [pass('before', [local])]))).toMatchObject({ notes: [SIMULATED_ONLY], ...said });
    expect(suitabilityView(bench(true, [pass('before', [known, reference()])])).notes).toEqual([]);
    expect(render(SuitabilitySection({ assessment: { suitability } }))).not.toContain('attention');
  });

  test('hostile names do nothing', () => {
    const bad = '<script>\u202e\u001b[31m';
    const one = reference({
      name: bad,
      because: bad.repeat(100_000),
      addresses: [bad],
      checks: [{ check: bad, expected: 'fail' }],
    });
    const suitability = { ...bench(false, [pass('before', [one])]), because: bad };
    const html = render(SuitabilitySection({ assessment: { suitability } }));
    expect(html).not.toContain('<script');
    for (const text of [html, suitabilityWords({ suitability }).join('\n')]) {
      for (const sign of ['\u001b', '\u202e']) expect(text).not.toContain(sign);
      expect(text.length).toBeLessThan(20_000);
    }
  });
});
