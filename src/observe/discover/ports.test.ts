import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PortRanges } from './discovery.ts';
import {
  ALL_PORTS,
  countPorts,
  eachPort,
  formatPorts,
  hasPort,
  intersectPorts,
  parsePorts,
  portRanges,
  quickPorts,
  subtractPorts,
  unionPorts,
} from './ports.ts';

describe('parsePorts', () => {
  it.each<[string, PortRanges]>([
    ['1-65535', [[1, 65535]]],
    ['22', [[22, 22]]],
    [
      '22,80,8000-8010',
      [
        [22, 22],
        [80, 80],
        [8000, 8010],
      ],
    ],
    [
      ' 80 , 22 ',
      [
        [22, 22],
        [80, 80],
      ],
    ],
    ['1-10,5-20,21', [[1, 21]]],
    ['9,9,9', [[9, 9]]],
  ])('reads %s', (text, ranges) => {
    expect(parsePorts(text)).toEqual(ranges);
  });

  it.each([
    ['', '"" is not a port or a range such as 8000-8010'],
    ['22,', '"" is not a port or a range such as 8000-8010'],
    ['0', 'port 0 is not in 1-65535'],
    ['70000', 'port 70000 is not in 1-65535'],
    ['10-5', 'range 10-5 goes down; expected 5-10'],
    ['http', '"http" is not a port or a range such as 8000-8010'],
    ['1-2-3', '"1-2-3" is not a port'],
    ['-5', '"-5" is not a port'],
    ['1e3', '"1e3" is not a port'],
    ['9999999', '"9999999" is not a port'],
    ['22;rm', '"22;rm" is not a port'],
  ])('refuses "%s"', (text, message) => {
    expect(() => parsePorts(text)).toThrow(message);
  });

  it('bounds what an error repeats', () => {
    expect(() => parsePorts('x'.repeat(100_000))).toThrow(/^.{1,250}$/);
  });
});

const ports = fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { maxLength: 60 });
const near = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 });
const sets = fc.oneof(ports, near);
const asRanges = (list: Iterable<number>) => portRanges(list);
const ascending = (list: Iterable<number>) => [...list].sort((a, b) => a - b);

describe('ranges are sets of ports', () => {
  it('format and parse are inverse', () => {
    fc.assert(
      fc.property(sets, (list) => {
        fc.pre(list.length > 0);
        expect(parsePorts(formatPorts(asRanges(list)))).toEqual(asRanges(list));
      }),
    );
  });

  it('union, subtraction, intersection, size and membership agree with sets', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const [left, right] = [asRanges(a), asRanges(b)];
        const inB = new Set(b);
        expect([...eachPort(unionPorts(left, right))]).toEqual(ascending(new Set([...a, ...b])));
        expect([...eachPort(subtractPorts(left, right))]).toEqual(ascending(a.filter((port) => !inB.has(port))));
        expect([...eachPort(intersectPorts(left, right))]).toEqual(ascending(a.filter((port) => inB.has(port))));
        expect(countPorts(left)).toBe(a.length);
        for (const port of a) expect(hasPort(right, port)).toBe(inB.has(port));
      }),
    );
  });

  it('results are ascending and apart', () => {
    fc.assert(
      fc.property(near, near, (a, b) => {
        for (const ranges of [unionPorts(asRanges(a), asRanges(b)), subtractPorts(asRanges(a), asRanges(b))]) {
          for (const [index, [first, last]] of ranges.entries()) {
            expect(first).toBeLessThanOrEqual(last);
            if (index > 0) expect(first).toBeGreaterThan(ranges[index - 1]![1] + 1);
          }
        }
      }),
    );
  });
});

it('the quick pass asks the common ports of small devices and is a small part of all', () => {
  for (const port of [21, 22, 23, 80, 443, 502, 554, 1883, 2323, 5555, 7547, 8080, 8883, 9100, 37215]) {
    expect(hasPort(quickPorts, port), `port ${port}`).toBe(true);
  }
  expect(countPorts(quickPorts)).toBeLessThan(300);
  expect(subtractPorts(quickPorts, ALL_PORTS)).toEqual([]);
});
