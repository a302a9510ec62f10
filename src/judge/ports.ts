import type { FactOf } from '../model/fact.ts';

/** Inclusive port ranges. */
export type Ranges = readonly (readonly [number, number])[];

export const ALL_TCP: Ranges = [[1, 65535]];

/** The UDP ports that whole coverage means, beside those declared and asked for (DESIGN, "The engine"). */
export const UDP_LIST: readonly number[] = [53, 69, 123, 161, 1900, 3702, 5353, 5683, 5684, 47808];

/** Ascending, apart and merged. */
export const merged = (ranges: Ranges): Ranges => {
  const out: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else out.push([from, to]);
  }
  return out;
};

/** What is in `wanted` and not in `covered`. */
export const without = (wanted: Ranges, covered: Ranges): Ranges => {
  const out: [number, number][] = [];
  const holes = merged(covered);
  for (const [from, to] of merged(wanted)) {
    let next = from;
    for (const [start, end] of holes) {
      if (end < next || start > to) continue;
      if (start > next) out.push([next, start - 1]);
      next = Math.max(next, end + 1);
    }
    if (next <= to) out.push([next, to]);
  }
  return out;
};

/** `1-21,23`. */
export const rangesText = (ranges: Ranges): string =>
  ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');

/** Reads `53,69,8000-8010`; what is not a port or a range is left out. */
export const readRanges = (text: string): Ranges =>
  merged(
    [...text.matchAll(/(\d+)(?:-(\d+))?/g)].map(([, from, to]) => [Number(from), Number(to ?? from)] as const),
  ).filter(([from, to]) => from >= 1 && to <= 65535 && from <= to);

export const rangeOf = (fact: FactOf<'port'>): readonly [number, number] => [fact.port, fact.to ?? fact.port];

export const single = (ports: readonly number[]): Ranges => merged(ports.map((port) => [port, port] as const));
