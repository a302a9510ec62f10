import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CriterionVerdict, Verdict } from '../../src/model/verdict.ts';
import { VERDICT_NAMES } from '../../src/report/words.ts';
import type { ReadBack } from './read-formats-f2.ts';

/** Whether a program of Debian's can be started; tests that need one are skipped by name where it is missing. */
const has = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    // poppler's programs print their version and end with 99 or 0, as they like.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
};

/** Those of the programs that read PDF and are missing here. */
export const missingPdfTools = (...programs: readonly string[]): string[] => programs.filter((one) => !has(one));

const MOST = 64 << 20;

/** What a program makes of a PDF; the file stands where the arguments say `FILE`. */
export const pdfTool = (program: string, args: readonly string[], bytes: Uint8Array): string => {
  const folder = mkdtempSync(join(tmpdir(), 'probity-pdf-'));
  try {
    const file = join(folder, 'report.pdf');
    writeFileSync(file, bytes);
    const named = args.map((one) => (one === 'FILE' ? file : one));
    return execFileSync(program, named, { maxBuffer: MOST, stdio: ['ignore', 'pipe', 'ignore'] }).toString('latin1');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The text of each page, laid out as it stands there. */
export const pdfPages = (bytes: Uint8Array, ...args: readonly string[]): string[] =>
  Buffer.from(pdfTool('pdftotext', [...args, 'FILE', '-'], bytes), 'latin1')
    .toString('utf8')
    .split('\f')
    .slice(0, -1);

const VERDICTS = Object.entries(VERDICT_NAMES).map(([verdict, name]) => [name, verdict as CriterionVerdict] as const);
const NAMES = VERDICTS.map(([name]) => name).join('|');
const verdictOf = (name: string | undefined): CriterionVerdict | undefined =>
  VERDICTS.find(([one]) => one === name)?.[1];

/** What a PDF report says, read back from pdftotext's output alone; undefined where there is no pdftotext. */
export const readPdf = (bytes: Uint8Array): (ReadBack & { verdict: string }) | undefined => {
  if (missingPdfTools('pdftotext').length > 0) return undefined;
  const pages = pdfPages(bytes, '-layout');
  const lines = pages.join('\n').split('\n');
  const from = lines.findIndex((line) => line.includes('All criteria, in the order of the profile'));
  const to = lines.findIndex(
    (line, at) => at > from && /^\s*(Technical criteria, failing first|Criteria about documents and)/.test(line),
  );
  const criteria = new Map<string, CriterionVerdict>();
  for (const line of lines.slice(from, to === -1 ? undefined : to)) {
    const [, id = '', name] = new RegExp(`^\\s*(\\S+)\\s+(${NAMES})(?=\\s|$)`).exec(line) ?? [];
    const verdict = verdictOf(name);
    if (verdict !== undefined) criteria.set(id, verdict);
  }
  const checks = new Map<string, Verdict>();
  for (const line of lines) {
    const [, name, check, component] = new RegExp(`^\\s*(${NAMES})\\s+([a-z0-9-]+) on (\\S+)\\s*$`).exec(line) ?? [];
    const verdict = verdictOf(name);
    if (verdict !== undefined && verdict !== 'not-assessed') checks.set(`${check} ${component}`, verdict);
  }
  const [, report = ''] = /^ *Report +(\S.*?)(?: {2,}|$)/m.exec(pages[0] ?? '') ?? [];
  const [, said] = new RegExp(`^ *Verdict +(${NAMES})$`, 'm').exec(pages[0] ?? '') ?? [];
  return { report, verdict: verdictOf(said) ?? '', criteria, checks };
};
