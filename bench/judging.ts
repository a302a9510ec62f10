import { performance } from 'node:perf_hooks';
import { memoryUsage } from 'node:process';
import { loadProfile } from '../src/cli/load-profile.ts';
import { catalogue, checks } from '../src/judge/checks/index.ts';
import { judge } from '../src/judge/judge.ts';
import { readRun, verifyRun } from '../src/observe/run-store.ts';

/**
 * Judges saved runs, one after the other, by one profile: each is read from disk, held against its seal and judged. The
 * runs given are taken in turn until there were `count`. Prints one line of JSON: seconds, and MiB of heap in use after a
 * tenth and at the end, which are alike where nothing is kept.
 *
 * `node --expose-gc --import tsx bench/judging.ts COUNT PROFILE RUN...`
 */
const [count, profileId, ...dirs] = process.argv.slice(2);
const profile = loadProfile(
  profileId!,
  catalogue.map(({ id }) => id),
);
const heap = (): number => {
  (globalThis as { gc?: () => void }).gc?.();
  return memoryUsage().heapUsed / 1024 ** 2;
};

const began = performance.now();
let early = 0;
let collecting = 0;
const verdicts = new Map<string, number>();
for (let index = 0; index < Number(count); index += 1) {
  const dir = dirs[index % dirs.length]!;
  const seal = verifyRun(dir);
  const { run } = readRun(dir);
  const { verdict } = judge({
    runs: [{ run, seal }],
    profile,
    checks,
    catalogue,
    judgedAt: '2026-12-01T00:00:00.000Z',
    others: [],
  });
  verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  if (index + 1 === Math.ceil(Number(count) / 10)) {
    const paused = performance.now();
    early = heap();
    collecting = performance.now() - paused;
  }
}
const seconds = (performance.now() - began - collecting) / 1_000;
console.log(JSON.stringify({ seconds, early, late: heap(), verdicts: Object.fromEntries(verdicts) }));
// Libraries of the probes may leave timers behind.
process.exit(0);
