import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PortMap, type PortState } from './port-map.ts';

it('gives every port that is not open once, in its state, and no other', () => {
  const state = fc.constantFrom<PortState>('open', 'closed', 'filtered');
  const reason = fc.constantFrom('reset', 'no-response');
  const port = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 65500, max: 65535 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(port, state, reason)), (sets) => {
      const map = new PortMap();
      const last = new Map<number, string>();
      for (const [number, is, why] of sets) {
        map.set(number, is, why);
        last.set(number, `${is} ${why}`);
      }
      const told = new Map<number, string>();
      for (const fact of map.facts('connect')) {
        for (let number = fact.port; number <= (fact.to ?? fact.port); number++) {
          expect(told.has(number)).toBe(false);
          told.set(number, `${fact.state} ${fact.reason}`);
        }
      }
      expect(told).toEqual(new Map([...last].filter(([, is]) => !is.startsWith('open')).sort(([a], [b]) => a - b)));
    }),
    { numRuns: 30 },
  );
});

it('joins neighbours of one state and reason, to the last port', () => {
  const map = new PortMap();
  for (let port = 1; port <= 65535; port++) map.set(port, 'closed', 'reset');
  map.set(443, 'open', 'syn-ack');
  map.set(65535, 'filtered', 'no-response');
  expect([...map.facts('nmap')].map(({ port, to, state }) => [port, to, state])).toEqual([
    [1, 442, 'closed'],
    [444, 65534, 'closed'],
    [65535, undefined, 'filtered'],
  ]);
});

it('keeps no more reasons than it can hold: the ports of further ones stay unknown', () => {
  const map = new PortMap();
  for (let port = 1; port <= 300; port++) map.set(port, 'closed', `reason ${port}`);
  expect([...map.facts('nmap')]).toHaveLength(255);
  expect(map.get(300)).toBeUndefined();
});

it('fills ranges, and what is open stays open', () => {
  const map = new PortMap();
  map.set(22, 'open', 'syn-ack');
  map.fill(
    [
      [20, 24],
      [80, 80],
    ],
    'closed',
    'reset',
  );
  expect(map.get(22)).toEqual({ state: 'open', reason: 'syn-ack' });
  expect([...map.facts('nmap')].map(({ port, to }) => [port, to])).toEqual([
    [20, 21],
    [23, 24],
    [80, undefined],
  ]);
});
