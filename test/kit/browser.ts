import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { ROOT } from './command.ts';

/** Debian's Chromium, driven by playwright-core, each time with a new empty profile. */
const CHROMIUM = '/usr/bin/chromium';

const works = (program: string, args: readonly string[]): boolean => {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch (error) {
    // A program that is there and ends otherwise is there all the same.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
};

/** What is missing for these tests; they are then skipped by name. */
export const missing: string | undefined = !fs.existsSync(CHROMIUM)
  ? `${CHROMIUM} is not installed`
  : works('pdftotext', ['-v'])
    ? undefined
    : 'pdftotext is not installed';

/** Where screenshots are kept. */
export const SHOTS: string = join(ROOT, 'test-output', 'browser');

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Every address that was asked for, the page's own among them. */
  readonly asked: readonly string[];
  /** What the console and the page itself complained of. */
  readonly complaints: readonly string[];
}

/** Opens a file from disk with the network cut, and notes all that is asked for. */
export const open = async (
  browser: Browser,
  file: string,
  options: { scheme?: 'light' | 'dark'; width?: number; scripts?: boolean } = {},
): Promise<Opened> => {
  const context = await browser.newContext({
    offline: true,
    colorScheme: options.scheme ?? 'light',
    viewport: { width: options.width ?? 1200, height: 900 },
    javaScriptEnabled: options.scripts ?? true,
  });
  const asked: string[] = [];
  const complaints: string[] = [];
  await context.route('**/*', (route) => route.continue());
  const page = await context.newPage();
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(addressOf(file), { waitUntil: 'load' });
  return { page, context, asked, complaints };
};

export const addressOf = (file: string): string => pathToFileURL(file).href;

const COLOURS = 'color-contrast';

/**
 * What axe-core finds against the page, a line each. `rules`: contrast alone, or all but contrast, which takes longest.
 * `within`: parts of the page, by selector.
 */
export const violations = async (
  page: Page,
  rules: 'contrast' | 'all-but-contrast',
  within: readonly string[] = [],
): Promise<string[]> => {
  // There are no frames, which its other mode opens a second page for.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] });
  for (const part of within) axe.include(part);
  const asked = rules === 'contrast' ? axe.withRules(COLOURS) : axe.disableRules(COLOURS);
  const { violations: found } = await asked.analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)}: ${failureSummary ?? ''}`),
  );
};

/** Evaluates an expression in the page: the tests have no types of a browser. */
export const evaluate = <T>(page: Page, expression: string): Promise<T> => page.evaluate<T>(expression);

/** The page as it is printed, as the text of each sheet. */
export const printed = async (page: Page, file: string): Promise<string[]> => {
  await page.pdf({ path: file, preferCSSPageSize: true });
  return execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    .split('\f')
    .slice(0, -1);
};
