import { performance } from 'node:perf_hooks';
import { memoryUsage } from 'node:process';
import { loadProfile } from '../dist/src/cli/load-profile.js';
import { catalogue, checks } from '../dist/src/judge/checks/index.js';
import { judge } from '../dist/src/judge/judge.js';
import { readRun, verifyRun } from '../dist/src/observe/run-store.js';

/**
 * Judges saved runs, one after the other, by one profile: each is read from disk, held against its seal and judged. The
 * runs given are taken in turn until there were `count`. Prints one line of JSON: seconds, and MiB of heap in use after a
 * tenth and at the end, which are alike where nothing is kept.
 *
 * `node --expose-gc bench/judging.mjs COUNT PROFILE RUN...`, after `npm run build`
 */
const [count, profileId, ...dirs] = process.argv.slice(2);
const profile = loadProfile(
  profileId,
  catalogue.map(({ id }) => id),
);
const heap = () => {
  globalThis.gc?.();
  return memoryUsage().heapUsed / 1024 ** 2;
};

const began = performance.now();
let early = 0;
let collecting = 0;
const verdicts = new Map();
for (let index = 0; index < Number(count); index += 1) {
  const dir = dirs[index % dirs.length];
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
