// Writes the assessments expected of the kept runs anew: `node --import tsx scripts/keep-runs.ts`. What changes then is
// what a change of checks or of the profile says of runs that did not change: read the difference before it is committed.
// With --observe NAME... these runs themselves are made anew, of the sandbox: only for a change of what a run holds.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { SUMS, seal } from '../src/observe/seal.ts';
import { judgeKept, KEPT, keptFolder, verdictsText } from '../test/kept-runs.ts';
import { scanSandbox } from '../test/sandbox-scan.ts';

/** The product file by its name: where it lay on the machine that made the run is nobody's business. */
const withoutPaths = (dir: string): void => {
  const file = join(dir, 'run.json');
  const run = JSON.parse(readFileSync(file, 'utf8')) as { sources: Record<string, string> };
  run.sources.product = `fixtures/devices/${basename(run.sources.product ?? '')}`;
  writeFileSync(file, `${JSON.stringify(run, null, 2)}\n`);
  rmSync(join(dir, SUMS));
  seal(dir);
};

const at = process.argv.indexOf('--observe');
const observed = at === -1 ? [] : KEPT.filter((name) => process.argv.slice(at + 1).includes(name));
if (observed.length > 0) {
  const out = mkdtempSync(join(tmpdir(), 'probity-keep-'));
  const { of } = await scanSandbox(out, observed);
  for (const name of observed) {
    const dir = join(keptFolder(name), 'run');
    rmSync(dir, { recursive: true, force: true });
    cpSync(of.get(name)!.sealed.dir, dir, { recursive: true });
    withoutPaths(dir);
  }
  rmSync(out, { recursive: true, force: true });
}
for (const name of KEPT) {
  const text = judgeKept(name);
  writeFileSync(join(keptFolder(name), 'assessment.json'), text);
  const verdicts = verdictsText(name);
  writeFileSync(join(keptFolder(name), 'verdicts.json'), verdicts);
  console.log(`${name}: ${text.length} and ${verdicts.length} bytes`);
}
// Libraries of the probes may leave timers behind.
process.exit(0);
