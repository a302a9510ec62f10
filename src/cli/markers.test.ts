import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Usage } from './limits.ts';
import { markersFrom } from './markers.ts';
import { type ScanOptions, type ScanSurroundings, scan } from './scan.ts';

describe('--marker', () => {
  it('is NAME=VALUE, or a value', () => {
    expect(markersFrom(['wifi=Anna, Ben = 1', 'user@lab.invalid', 'key=abcd', ' x y=  z  '])).toEqual([
      { name: 'wifi', value: 'Anna, Ben = 1' },
      { name: 'marker-2', value: 'user@lab.invalid' },
      { name: 'key', value: 'abcd' },
      { name: 'x y', value: '  z  ' },
    ]);
  });

  it.each([
    ['abc', /--marker marker-1: expected a value of 4/],
    ['wifi=abc', /--marker wifi: expected a value of 4/],
    ['', /--marker marker-1: expected a value/],
    [`a=${'x'.repeat(201)}`, /--marker a: expected a value of 4 to 200/],
    ['=abcdef', /--marker =abcdef: expected NAME=VALUE/],
    ['a\u001b[2J=abcdef', /expected NAME=VALUE/],
  ])('%j is refused', (text, message) => {
    expect(() => markersFrom([text])).toThrow(message);
    expect(() => markersFrom([text])).toThrow(Usage);
  });

  it('has a name once, and is looked for a hundred times at most', () => {
    expect(() => markersFrom(['a=abcd', 'a=efgh'])).toThrow(/--marker a: this name was given twice/);
    expect(() => markersFrom(Array.from({ length: 101 }, (_, i) => `value-${i}`))).toThrow(/at most 100/);
  });

  it('stays with a run that is resumed', async () => {
    const out = fs.mkdtempSync(join(tmpdir(), 'probity-marker-'));
    const around = { probes: [], print: () => undefined, progress: { line: () => undefined } } as unknown;
    const options: ScanOptions = { out, gate: 'checks', format: 'json', resume: out, marker: ['a=abcd'] };
    await expect(scan([], options, around as ScanSurroundings)).rejects.toThrow(/--marker: a run that is resumed/);
    fs.rmSync(out, { recursive: true });
  });
});
