import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { resourceUsage } from 'node:process';
import { gzipSync } from 'node:zlib';
import { loadProfile } from '../dist/src/cli/load-profile.js';
import { catalogue, checks } from '../dist/src/judge/checks/index.js';
import { judge } from '../dist/src/judge/judge.js';
import { readRun, verifyRun } from '../dist/src/observe/run-store.js';
import { renderEvidence } from '../dist/src/report/evidence-page.js';
import { reporters } from '../dist/src/report/index.js';

/**
 * Renders the reports of `devices` devices with `findings` findings each, made from saved runs, in every format. Prints
 * one line of JSON: a row a file (seconds a device, largest size in bytes, seconds that gzip -9 takes for the same
 * bytes), and the peak of memory in MiB.
 *
 * `node bench/reporting.mjs DEVICES FINDINGS PROFILE RUN...`, after `npm run build`
 */
const [devices, most, profileId, ...dirs] = process.argv.slice(2);
const profile = loadProfile(
  profileId,
  catalogue.map(({ id }) => id),
);

/** An assessment with so many findings: those that there are, again at other places. */
const grown = (assessment, count) => {
  const { findings } = assessment;
  const more = Array.from({ length: Math.max(0, count - findings.length) }, (_, index) => {
    const finding = findings[index % findings.length];
    const subject = `again-${index}`;
    return { ...finding, id: `${finding.id}/${subject}`, about: { ...finding.about, subject } };
  });
  return {
    ...assessment,
    findings: [...findings, ...more],
    checks: assessment.checks.map((check) => ({
      ...check,
      findings: [
        ...check.findings,
        ...more.filter((one) => one.check === check.check && one.component === check.component).map(({ id }) => id),
      ],
    })),
  };
};

const inputs = dirs.map((dir) => {
  const seal = verifyRun(dir);
  const { run } = readRun(dir);
  const judgedAt = '2026-12-01T00:00:00.000Z';
  const assessment = judge({ runs: [{ run, seal }], profile, checks, catalogue, judgedAt, others: [] });
  return {
    dir,
    input: { assessment: grown(assessment, Number(most)), runs: [{ run, seal }], profile, evidence: '../../run/' },
  };
});
const rows = new Map();
const add = (file, seconds, bytes) => {
  const row = rows.get(file) ?? { file, seconds: 0, largest: 0, gzip: 0 };
  const began = performance.now();
  gzipSync(bytes, { level: 9 });
  row.gzip += (performance.now() - began) / 1_000;
  row.seconds += seconds;
  row.largest = Math.max(row.largest, bytes.length);
  rows.set(file, row);
};
for (let index = 0; index < Number(devices); index += 1) {
  const { dir, input } = inputs[index % inputs.length];
  for (const list of reporters.values())
    for (const reporter of list) {
      const began = performance.now();
      const text = await reporter.render(input);
      add(reporter.file, (performance.now() - began) / 1_000, Buffer.from(text));
    }
  const began = performance.now();
  const page = renderEvidence(input, (digest) => readFileSync(join(dir, 'evidence', digest)));
  if (page !== undefined) add('evidence.html', (performance.now() - began) / 1_000, Buffer.from(page));
}
console.log(JSON.stringify({ rows: [...rows.values()], peak: resourceUsage().maxRSS / 1024 }));
process.exit(0);
