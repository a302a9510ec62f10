import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { has, missing } from '../test/lab/net.ts';
import { logins } from './logins.ts';
import { type Cost, measure } from './measure.ts';
import { network } from './network.ts';
import { transport } from './transport.ts';

/**
 * Times the whole assessment beside `nmap -n -Pn -sS -T4 -p-` of the same addresses in the same run: a network of
 * namespaces with real servers, every eighth device a tarpit. Aims: at most three times nmap's time, 300 MiB of the
 * assessment's own memory, and a cost a device that does not grow with their number. It measures; it asserts nothing.
 *
 * `npm run bench -- [devices...]`, by default 8 32 64; `npm run bench -- logins` only what logs in, beside hydra and medusa;
 * `npm run bench -- transport` only TLS and SSH, beside nmap, sslscan, testssl and ssh-audit. BENCH_KEEP keeps the results
 * folders.
 */
const LIMIT = 15 * 60;
const MOST = 250;
const cli = join(import.meta.dirname, '..', 'dist', 'src', 'cli.js');

type Trial = { count: number; nmap: Cost; scan: Cost };

const trial = async (count: number, signal: AbortSignal): Promise<Trial> => {
  const { lab, addresses } = await network(count, signal);
  const dir = mkdtempSync(join(tmpdir(), 'probity-bench-'));
  try {
    const options = { cwd: dir, limit: LIMIT, signal };
    const nmap = await measure('nmap', ['-n', '-Pn', '-sS', '-T4', '-p-', ...addresses], options);
    const words = [cli, 'scan', ...addresses, '--yes', '--out', join(dir, 'results')];
    const scan = await measure(process.execPath, words, options);
    return { count, nmap, scan };
  } finally {
    await lab.close();
    if (process.env.BENCH_KEEP) console.log(dir);
    else rmSync(dir, { recursive: true, force: true });
  }
};

/** What must be known of a figure: a program that was killed or failed did not do the whole work. */
const remarks = ({ nmap, scan }: Trial): string[] => [
  ...(nmap.ended === 0 ? [] : [`nmap ended with ${nmap.ended}: ${nmap.said.trim().slice(-500)}`]),
  // 1 and 4 are verdicts.
  ...([0, 1, 4].includes(scan.ended as number)
    ? []
    : [`the assessment ended with ${scan.ended}: ${scan.said.trim().slice(-500)}`]),
];

/** Saved runs that are judged, as many as a lab leaves behind in a year of nights. */
const SAVED = 1_000;
const KEPT = join(import.meta.dirname, '..', 'fixtures', 'runs');

/**
 * Judges a thousand saved runs by one profile, in as many processes as there are cores, beside `sha256sum -c` of the same
 * runs: that alone reads every file once. Aim: 10 s on two cores, and as much memory at the end as after a tenth.
 */
const judging = async (signal: AbortSignal): Promise<void> => {
  const dirs = readdirSync(KEPT)
    .map((name) => join(KEPT, name, 'run'))
    .filter((dir) => existsSync(dir));
  const processes = Math.min(2, availableParallelism());
  const options = { cwd: tmpdir(), limit: LIMIT, signal };
  const each = String(SAVED / processes);
  const script = ['--expose-gc', join(import.meta.dirname, 'judging.mjs')];
  const words = [...script, each, 'nist-consumer-iot-2022', ...dirs];
  const judged = await Promise.all(Array.from({ length: processes }, () => measure(process.execPath, words, options)));
  const turns = `for n in $(seq ${SAVED / dirs.length}); do for d in "$@"; do (cd "$d" && sha256sum --quiet -c SHA256SUMS); done; done`;
  const summed = await measure('sh', ['-c', turns, 'sh', ...dirs], options);
  const failed = [...judged, summed].find(({ ended }) => ended !== 0);
  if (failed !== undefined)
    throw new Error(`judging saved runs ended with ${failed.ended}: ${failed.said.trim().slice(-500)}`);
  const seconds = Math.max(...judged.map((one) => one.seconds));
  const [{ early, late }] = judged.map(({ said }) => JSON.parse(said) as { early: number; late: number }) as [
    { early: number; late: number },
  ];
  console.log(
    `${SAVED} saved runs judged in ${processes} processes: ${seconds.toFixed(1)} s, ${(seconds / summed.seconds).toFixed(2)} of sha256sum -c (${summed.seconds.toFixed(1)} s); peak ${Math.max(...judged.map(({ peak }) => peak)).toFixed(0)} MiB a process, heap ${early.toFixed(1)} MiB after a tenth and ${late.toFixed(1)} MiB at the end`,
  );
};

const REPORTED = { devices: 64, findings: 200 };

/**
 * Writes the reports of 64 devices with 200 findings each in every format, beside `gzip -9` of the same bytes. Aims: an
 * HTML report under 2 MB and under 2 s.
 */
const reporting = async (signal: AbortSignal): Promise<void> => {
  const dirs = readdirSync(KEPT)
    .map((name) => join(KEPT, name, 'run'))
    .filter((dir) => existsSync(dir));
  const { devices, findings } = REPORTED;
  const words = [join(import.meta.dirname, 'reporting.mjs'), String(devices), String(findings)];
  const options = { cwd: tmpdir(), limit: LIMIT, signal };
  const done = await measure(process.execPath, [...words, 'nist-consumer-iot-2022', ...dirs], options);
  if (done.ended !== 0) throw new Error(`writing reports ended with ${done.ended}: ${done.said.trim().slice(-500)}`);
  type Row = { file: string; seconds: number; largest: number; gzip: number };
  const { rows, peak } = JSON.parse(done.said) as { rows: Row[]; peak: number };
  console.log(`reports of ${devices} devices with ${findings} findings each; peak ${peak.toFixed(0)} MiB`);
  for (const { file, seconds, largest, gzip } of rows)
    console.log(
      `  ${file.padEnd(34)} ${((seconds / devices) * 1_000).toFixed(0).padStart(6)} ms a device, ${(seconds / gzip).toFixed(2)} of gzip -9, largest ${(largest / 1024).toFixed(0)} KiB`,
    );
};

const row = (cells: readonly string[]): string => cells.map((cell) => cell.padStart(12)).join('');

const print = (result: Trial, first: Trial): void => {
  const { count, nmap, scan } = result;
  const cost = scan.seconds / count;
  console.log(
    row([
      String(count),
      nmap.seconds.toFixed(1),
      scan.seconds.toFixed(1),
      (scan.seconds / nmap.seconds).toFixed(2),
      scan.peak.toFixed(0),
      cost.toFixed(2),
      (cost / (first.scan.seconds / first.count)).toFixed(2),
    ]),
  );
  for (const remark of remarks(result)) console.log(`  ${remark}`);
};

const main = async (signal: AbortSignal): Promise<void> => {
  const parts = process.argv.slice(2);
  if (parts[0] === 'logins' && parts.length === 1) return logins(signal);
  if (parts[0] === 'transport' && parts.length === 1) return transport(signal);
  const counts = parts.map(Number);
  if (counts.some((count) => !Number.isInteger(count) || count < 1 || count > MOST)) {
    console.error(
      `usage: npm run bench -- [devices...], each 1 to ${MOST}; npm run bench -- logins; npm run bench -- transport`,
    );
    process.exitCode = 2;
    return;
  }
  if (!existsSync(cli)) throw new Error(`${cli} is not there: npm run build`);
  await logins(signal);
  await judging(signal);
  await reporting(signal);
  const why = missing() ?? (has('nmap') ? undefined : 'nmap is not installed');
  if (why !== undefined) {
    console.log(`No benchmark here: ${why}.`);
    return;
  }
  const help = await measure(process.execPath, [cli, '--help'], { cwd: tmpdir(), limit: 30, signal });
  console.log(`--help: ${(help.seconds * 1_000).toFixed(0)} ms, ${help.peak.toFixed(0)} MiB`);
  const heads = ['devices', 'nmap s', 'scan s', 'ratio', 'MiB', 's/device', 'of first'];
  console.log(row(heads));
  let first: Trial | undefined;
  for (const count of counts.length > 0 ? counts : [8, 32, 64]) {
    const result = await trial(count, signal);
    // What was cut off is no figure.
    if (signal.aborted) return;
    first ??= result;
    print(result, first);
  }
};

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error(`ended by ${name}`)));
try {
  await main(stop.signal);
} catch (error) {
  if (!stop.signal.aborted) throw error;
}
if (stop.signal.aborted) process.exitCode = 130;
