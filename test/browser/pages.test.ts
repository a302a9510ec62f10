import * as fs from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderIndex } from '../../src/report/index-page.tsx';
import { Summary } from '../../src/report/summary.ts';
import { addressOf, evaluate, launch, missing, open, printed, SHOTS, violations } from '../kit/browser.ts';
import { type Looked, resultsFolder } from './folder.ts';

const NAMES = [
  'weak-camera',
  'sound-gateway',
  'sound-gateway-via-crosswalk',
  'several-components',
  'weak-camera-evidence',
  'index',
  'compare',
] as const;
/** The sound gateway's own report is of the same parts as the camera's: what takes long is looked at once. */
const SLOW = NAMES.filter((name) => name !== 'sound-gateway');

describe.skipIf(missing !== undefined)(
  `pages in a real browser, from disk, with the network cut${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let browser: Browser;
    let folder: Awaited<ReturnType<typeof resultsFolder>>;
    const pageOf = (name: string): Looked => folder.pages.find((one) => one.name === name)!;

    beforeAll(async () => {
      fs.mkdirSync(SHOTS, { recursive: true });
      [browser, folder] = await Promise.all([launch(), resultsFolder()]);
    });
    afterAll(() => browser?.close());

    test('every page that is looked at is there', () => {
      expect(folder.pages.map(({ name }) => name)).toEqual(NAMES);
    });

    test.each(NAMES)('%s: asks for nothing but itself, has no script, and complains of nothing', async (name) => {
      const { file } = pageOf(name);
      const { page, context, asked, complaints } = await open(browser, file);
      expect(asked).toEqual([addressOf(file)]);
      expect(complaints).toEqual([]);
      const loud = 'script,iframe,img,link,object,embed,form,[src],[onclick],[style*="url"]';
      expect(await evaluate(page, `document.querySelectorAll('${loud}').length`)).toBe(0);
      expect(await evaluate(page, `getComputedStyle(document.querySelector('h1')).fontWeight`)).toBe('650');
      await page.screenshot({ path: join(SHOTS, `${name}.png`) });
      await context.close();
    });

    test.each(SLOW)('%s: axe-core finds nothing', async (name) => {
      const { page, context } = await open(browser, pageOf(name).file);
      expect(await violations(page, 'all-but-contrast')).toEqual([]);
      await context.close();
    });

    // The sample has an element of every kind in a tenth of the size; of a device's page the parts that are drawn.
    test.each<[name: (typeof NAMES)[number], within: string[]]>([
      ['weak-camera', ['header', '#failed', '#interfaces', '#declared', '#suitability', '#rule']],
      ['several-components', []],
      ['weak-camera-evidence', ['header']],
      ['index', []],
      ['compare', []],
    ])('%s: enough contrast, in light and in dark', async (name, within) => {
      for (const scheme of ['light', 'dark'] as const) {
        const { page, context } = await open(browser, pageOf(name).file, { scheme });
        const paper = scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(18, 22, 28)';
        expect(await evaluate(page, 'getComputedStyle(document.body).backgroundColor')).toBe(paper);
        expect(await violations(page, 'contrast', within)).toEqual([]);
        await page.screenshot({ path: join(SHOTS, `${name}-${scheme}.png`) });
        await context.close();
      }
    });

    test.each(NAMES)(
      '%s: at 380 px nothing is wider than the page, and what scrolls can be reached by keyboard',
      async (name) => {
        const { page, context } = await open(browser, pageOf(name).file, { width: 380 });
        expect(await evaluate<number>(page, 'document.scrollingElement.scrollWidth')).toBeLessThanOrEqual(380);
        const unreachable = `[...document.querySelectorAll('*')].filter((one) =>
        one.scrollWidth > one.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX) &&
        !(one.tabIndex === 0 && one.getAttribute('aria-label'))).map((one) => one.outerHTML.slice(0, 120))`;
        expect(await evaluate(page, unreachable)).toEqual([]);
        await page.screenshot({ path: join(SHOTS, `${name}-380.png`) });
        await context.close();
      },
    );

    test('an index of many devices scrolls in its tables, not as a page', async () => {
      const { devices, ...rest } = Summary.parse(JSON.parse(fs.readFileSync(join(folder.out, 'summary.json'), 'utf8')));
      const many = Array.from({ length: 30 }, (_, at) => ({
        ...devices[at % devices.length]!,
        device: `device-${at}`,
      }));
      const file = join(folder.out, 'many.html');
      fs.writeFileSync(file, renderIndex({ ...rest, devices: many }));
      const { page, context } = await open(browser, file, { width: 380 });
      expect(await evaluate<number>(page, 'document.scrollingElement.scrollWidth')).toBeLessThanOrEqual(380);
      await context.close();
    });

    test.each(NAMES)('%s: its links lead to what is there', async (name) => {
      const { file, alone } = pageOf(name);
      const { page, context } = await open(browser, file);
      const hrefs = await evaluate<string[]>(
        page,
        `[...new Set([...document.querySelectorAll('a')].map((one) => one.getAttribute('href')))]`,
      );
      const ids = new Set(
        await evaluate<string[]>(page, `[...document.querySelectorAll('[id]')].map((one) => one.id)`),
      );
      const inside = hrefs.filter((href) => href.startsWith('#'));
      expect(inside.filter((href) => !ids.has(href.slice(1)))).toEqual([]);
      const outside = hrefs.filter((href) => !href.startsWith('#'));
      expect(outside.filter((href) => /^[a-z]+:|^\//i.test(href))).toEqual([]);
      const texts = new Map<string, string>();
      const broken = outside.filter((href) => {
        const [path = '', anchor] = href.split('#');
        const target = resolve(dirname(file), path);
        if (relative(folder.out, target).startsWith('..') || !fs.existsSync(target)) return true;
        if (anchor === undefined) return false;
        const text = texts.get(target) ?? fs.readFileSync(target, 'utf8');
        texts.set(target, text);
        return !text.includes(` id="${anchor}"`);
      });
      expect(broken).toEqual([]);
      if (alone === undefined) expect(outside.length).toBeGreaterThan(0);
      await context.close();
    });

    test.each(SLOW)('%s: it is printed on several sheets, whole, with what it is on each', async (name) => {
      const { file, id } = pageOf(name);
      const { page, context } = await open(browser, file);
      const sheets = await printed(page, join(SHOTS, `${name}.pdf`));
      const most = sheets.length;
      if (name !== 'compare') expect(most).toBeGreaterThan(1);
      sheets.forEach((sheet, at) => {
        expect(sheet.replaceAll(' ', '')).toContain(`${at + 1}/${most}`);
        if (id !== undefined) expect(sheet).toContain(id);
      });
      await context.close();
    });

    test('what is folded is printed all the same', async () => {
      const { page, context } = await open(browser, pageOf('weak-camera').file);
      const folded = await evaluate<string[]>(
        page,
        `[...document.querySelectorAll('details.criterion:not([open]) > summary code')].map((one) => one.textContent)`,
      );
      expect(folded.length).toBeGreaterThan(10);
      const text = (await printed(page, join(SHOTS, 'folded.pdf'))).join('\n').replaceAll(/\s+/g, ' ');
      expect(text).toContain('What would settle it, and where it stands');
      expect(text).toContain('When a finding is conclusive here');
      expect(text).toContain('has to pass');
      expect(text).toContain('End of report.');
      await context.close();
    });

    test('from a finding to its observation to its transcript it is a click each', async () => {
      const { page, context } = await open(browser, pageOf('weak-camera').file);
      await page.locator('#found article.finding a[href^="#attempt-"]').first().click();
      const observation = await evaluate<string>(page, 'location.hash.slice(1)');
      expect(observation).toMatch(/^attempt-\d+-\d+$/);
      await page.locator(`[id="${observation}"] .evidence a`).first().click();
      expect(page.url()).toContain('/evidence.html#evidence-');
      const anchor = await evaluate<string>(page, 'location.hash.slice(1)');
      expect(await page.locator(`[id="${anchor}"]`).count()).toBe(1);
      await context.close();
    });

    test('without scripts it is the same page: what is folded opens by itself', async () => {
      const { page, context } = await open(browser, pageOf('weak-camera').file, { scripts: false });
      const about = page.locator('details.about').first();
      expect(await about.getAttribute('open')).toBeNull();
      await page.locator('details[open] > details.about > summary').first().click();
      expect(await page.locator('details.about[open]').count()).toBe(1);
      await context.close();
    });

    test('in the index each cell leads to the check in that device’s report', async () => {
      const { page, context } = await open(browser, pageOf('index').file);
      await page.locator('.across a.cell.fail').first().click();
      expect(page.url()).toMatch(/weak-camera.*\/report\.html#check-[a-z-]+$/);
      const anchor = await evaluate<string>(page, 'location.hash.slice(1)');
      expect(await page.locator(`section[id="${anchor}"] .badge.fail`).count()).toBeGreaterThan(0);
      await context.close();
    });
  },
);
