import { expect, test } from 'vitest';
import { Canary } from './canary.ts';

const port = (number: number) => ({ host: '127.0.0.2', transport: 'tcp' as const, port: number });
const canary = (answers: (port: number, alone: boolean) => boolean, ending = () => false) => {
  const rests: number[] = [];
  const asked: string[] = [];
  const watched = new Canary({
    answers: async ({ port: number }, alone) => {
      asked.push(`${number}${alone ? ' alone' : ''}`);
      return answers(number!, alone);
    },
    ending,
    sleep: async (milliseconds) => {
      rests.push(milliseconds);
    },
    rests: [10, 20],
  });
  watched.watch(port(22));
  watched.watch(port(80));
  return { watched, rests, asked };
};

test('one answer is enough, and nothing is asked where nothing ended', async () => {
  const { watched, asked } = canary(() => true);
  await watched.look();
  watched.ended('a');
  await watched.look();
  await watched.look();
  expect(asked).toEqual(['22']);
  expect(watched.facts).toEqual([{ kind: 'liveness', transport: 'tcp', port: 22, state: 'answered', after: 'a' }]);
});

test('another port keeps it alive', async () => {
  const { watched, asked } = canary((number) => number === 80);
  watched.ended('a');
  await watched.look();
  expect(asked).toEqual(['22', '80']);
  expect(watched.gone).toBeUndefined();
});

test('a device that takes one connection at a time is asked again, alone, before it counts as gone', async () => {
  const { watched, asked, rests } = canary((_, alone) => alone);
  watched.ended('a');
  await watched.look();
  expect(asked).toEqual(['22', '80', '22 alone']);
  expect(rests).toEqual([10]);
  expect(watched.gone).toBeUndefined();
});

test('silent through all rests, it is gone, and what ran since its last sign of life is named', async () => {
  const { watched, rests } = canary(() => false);
  watched.ended('a');
  watched.ended('b');
  await watched.look();
  expect(rests).toEqual([10, 20]);
  expect(watched.gone).toBe('a, b');
  expect(watched.facts).toEqual([{ kind: 'liveness', transport: 'tcp', port: 22, state: 'stopped', after: 'a, b' }]);
});

test('what was running when it went away is named, too, and whoever watches is told once', async () => {
  let told = 0;
  const watched = new Canary({
    answers: async () => false,
    ending: () => false,
    sleep: async () => undefined,
    rests: [],
    stopped: () => {
      told += 1;
    },
  });
  watched.watch(port(22));
  for (const attempt of ['a', 'b', 'c']) watched.begun(attempt);
  watched.ended('b');
  await watched.look();
  await watched.look();
  expect({ gone: watched.gone, told }).toEqual({ gone: 'b, a, c', told: 1 });
});

test('silence while the run is being ended says nothing', async () => {
  const { watched } = canary(
    () => false,
    () => true,
  );
  watched.ended('a');
  await watched.look();
  expect(watched.gone).toBeUndefined();
  expect(watched.facts).toEqual([]);
});

test('looks at the same time are one', async () => {
  const { watched, asked } = canary(() => true);
  watched.ended('a');
  await Promise.all([watched.look(), watched.look(), watched.look()]);
  expect(asked).toEqual(['22']);
});
