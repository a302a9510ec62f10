import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { marked } from 'marked';
import { SaxesParser } from 'saxes';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { type RunningDevice, start } from '../../fixtures/device.ts';
import { harmless, speaking } from '../../fixtures/devices/hostile.ts';
import { probes } from '../../probes/index.ts';
import { assess, readSealed, writeAssessment } from '../../src/cli/assess.ts';
import { loadCredentials } from '../../src/cli/load-credentials.ts';
import { readProfiles } from '../../src/cli/profiles.ts';
import { jsonProgress, liveProgress, plainProgress } from '../../src/cli/progress.ts';
import { addToIndex, closingText, type Written } from '../../src/cli/summary.ts';
import { compare } from '../../src/judge/compare.ts';
import { renderComparison } from '../../src/report/compare-page.tsx';
import { comparisonText } from '../../src/report/compare-text.ts';
import { VIEWER } from '../../src/report/evidence-page.tsx';
import { reporters } from '../../src/report/index.ts';
import { filesUnder, freshFolder } from '../kit/command.ts';
import { engine } from '../kit/engine.ts';
import { elementsOf } from '../kit/page.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

/** What hides, reorders or steers; a new line is none. */
const UNSEEN = /[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Every file that a person or a program is given of one device's test, and what the terminal was told meanwhile. */
const tested = async (word: (text: string) => string, host: string): Promise<Map<string, Buffer>> => {
  const out = freshFolder();
  const running: RunningDevice = await start(speaking(word), host, { ephemeral: true });
  const told: Record<string, string[]> = { plain: [], live: [], json: [] };
  try {
    const progress = [
      plainProgress((text) => void told.plain!.push(text)),
      liveProgress(
        (text) => void told.live!.push(text),
        () => 100,
        Date.now,
      ),
      jsonProgress((text) => void told.json!.push(text)),
    ];
    const dir = join(out, 'device', '20261122T101500Z', 'run');
    await engine({
      host,
      ports: running.ports.filter(({ transport }) => transport === 'tcp').map(({ port }) => port),
      probes,
      credentials: loadCredentials(),
      limits: {
        udp: running.ports
          .filter(({ transport }) => transport === 'udp')
          .map(({ port }) => port)
          .join(','),
        loginsPerService: 1,
        wait: 2_000,
        connections: 8,
      },
      onEvent: (event) => {
        for (const one of progress) one.event('device', event);
      },
      dir,
    });
    const [loaded] = readProfiles(['nist-consumer-iot-2022']);
    const sealed = readSealed(dir);
    const assessment = assess([sealed], loaded!, Date.UTC(2026, 11, 1), []);
    const folder = await writeAssessment(join(dir, '..', 'assessments'), assessment, [sealed], loaded!, {
      formats: [...reporters.keys()],
      sealing: {},
      remedies: true,
    });
    const written: Written[] = [{ assessment, dir: folder, sealed, profile: loaded!.profile }];
    addToIndex(out, written);
    const files = new Map([...filesUnder(out)].filter(([name]) => !name.includes('/run/')));
    const comparison = compare(assessment, { ...assessment, findings: assessment.findings.slice(2) });
    files.set('compare.html', Buffer.from(renderComparison(comparison)));
    files.set('compare.txt', Buffer.from(comparisonText(comparison)));
    files.set('terminal.txt', Buffer.from(`${told.plain!.join('')}${closingText(out, written, false)}`));
    // A status line clears itself; nothing else may steer.
    files.set('terminal-live.txt', Buffer.from(told.live!.join('').replaceAll('\r\u001b[2K', '')));
    files.set('events.jsonl', Buffer.from(told.json!.join('')));
    return files;
  } finally {
    await running.close();
  }
};

/** Elements with the names of their attributes. */
const formsOfXml = (text: string): string[] => {
  const found: string[] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => found.push(`${name} ${Object.keys(attributes)}`));
  parser.on('doctype', () => found.push('doctype'));
  parser.on('processinginstruction', () => found.push('instruction'));
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(text).close();
  return found;
};

const hrefsOf = (text: string): string[] =>
  elementsOf(text).elements.flatMap(({ attributes: { href, src } }) => [href, src].flatMap((one) => one ?? []));

interface Token {
  type: string;
  href?: string;
  tokens?: Token[];
  items?: Token[];
  /** A flag in a cell. */
  header?: Token[] | boolean;
  rows?: Token[][];
}
const formsOfMarkdown = (text: string): Token[] => {
  const walk = (token: Token): Token[] => [
    token,
    ...[token.tokens, token.items, token.header, token.rows?.flat()]
      .flatMap((each) => (Array.isArray(each) ? each : []))
      .flatMap(walk),
  ];
  return (marked.lexer(text) as Token[]).flatMap(walk).filter(({ type }) => type !== undefined);
};

/** Cells of RFC 4180. */
const cellsOf = (text: string): string[] =>
  [...text.matchAll(/(?:^|,|\r\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
const RUNS = /^[\s]*[=+\-@|%\t\r]/;

const kindOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

describe('a device that says hostile things in every place that has words', () => {
  let hostile: Map<string, Buffer>;
  let sound: Map<string, Buffer>;
  beforeAll(async () => {
    [hostile, sound] = await Promise.all([tested((text) => text, '127.0.0.47'), tested(harmless, '127.0.0.48')]);
  });
  const each = (kind: RegExp, look: (text: string, name: string, twin: string) => void): void => {
    const files = [...hostile].filter(([name]) => kind.test(kindOf(name)));
    for (const [name, bytes] of files) look(bytes.toString(), name, sound.get(name)?.toString() ?? '');
  };

  test('is written of in every format, and its words are in them', () => {
    const names = [...hostile.keys()];
    for (const { file } of [...reporters.values()].flat())
      expect(names.filter((name) => name.endsWith(`/${file}`))).toHaveLength(1);
    expect(names.filter((name) => name.endsWith(`/${VIEWER}`))).toHaveLength(1);
    expect([...sound.keys()].sort()).toEqual(names.sort());
    const report = [...hostile].find(([name]) => name.endsWith('/report.html'))![1].toString();
    for (const word of ['alert(1)', '=cmd|', '@SUM(1)', '7*7']) expect(report).toContain(word);
    const evidence = [...hostile].find(([name]) => name.endsWith(`/${VIEWER}`))![1].toString();
    for (const word of ['␛]0;owned␇', '⟨U+202E⟩', '⟨U+FEFF⟩', '␀']) expect(evidence).toContain(word);
    expect(hostile.get('events.jsonl')!.toString()).toContain('<script>alert(1)</script>');
  });

  test('leaves no character that hides, reorders or steers', () => {
    each(/^(html|xml|md|txt|csv|json|jsonl|sarif)$/, (text, name) => {
      // Of a table, CR LF ends a line, and a byte order mark says how it is encoded.
      const bare = kindOf(name) === 'csv' ? text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n') : text;
      const at = bare.search(UNSEEN);
      expect([name, at < 0 ? '' : JSON.stringify(bare.slice(Math.max(0, at - 60), at + 20))]).toEqual([name, '']);
    });
  });

  test('adds no element, attribute or address to a page', () => {
    const forms = (page: string) =>
      new Set(elementsOf(page).elements.map(({ name, attributes }) => `${name} ${Object.keys(attributes)}`));
    each(/^html$/, (text, name, twin) => {
      const benign = forms(twin);
      expect([name, [...forms(text)].filter((form) => !benign.has(form))]).toEqual([name, []]);
      expect(
        hrefsOf(text).filter((href) => !/^(#[A-Za-z0-9_.-]+|[A-Za-z0-9_@./-]+(#[A-Za-z0-9_.-]+)?)$/.test(href)),
      ).toEqual([]);
      const head = (page: string) => page.slice(0, page.indexOf('<body')).replace(/<title>[^<]*<\/title>/, '');
      expect(head(text)).toBe(head(twin));
    });
  });

  test('adds nothing to XML', () => {
    each(/^xml$/, (text, name, twin) => {
      const benign = new Set(formsOfXml(twin));
      expect([name, formsOfXml(text).filter((form) => !benign.has(form))]).toEqual([name, []]);
    });
  });

  test('adds no markup, address, picture or mention to Markdown', () => {
    each(/^md$/, (text, _name, twin) => {
      const kinds = new Set(formsOfMarkdown(twin).map(({ type }) => type));
      const tokens = formsOfMarkdown(text);
      expect([...new Set(tokens.map(({ type }) => type))].filter((type) => !kinds.has(type))).toEqual([]);
      expect(tokens.filter(({ type }) => type === 'html' || type === 'image')).toEqual([]);
      const addresses = new Set(formsOfMarkdown(twin).flatMap(({ href }) => href ?? []));
      expect(tokens.flatMap(({ href }) => href ?? []).filter((href) => !addresses.has(href))).toEqual([]);
      expect(text).not.toMatch(/(^|[^\w`\u2060\\])@everyone\b/);
    });
  });

  test('starts no formula in a table', async () => {
    each(/^csv$/, (text) => {
      const cells = cellsOf(text);
      expect(cells.length).toBeGreaterThan(50);
      expect(cells.filter((cell) => RUNS.test(cell))).toEqual([]);
    });
    for (const [name, bytes] of hostile) {
      if (kindOf(name) !== 'xlsx') continue;
      const parts = Object.entries(unzipSync(bytes)).map(
        ([part, content]) => [part, Buffer.from(content).toString()] as const,
      );
      const twin = Object.entries(unzipSync(sound.get(name)!)).map(
        ([part, content]) => [part, Buffer.from(content).toString()] as const,
      );
      expect(parts.map(([part]) => part)).toEqual(twin.map(([part]) => part));
      const benign = new Set(
        twin.filter(([part]) => /\.(xml|rels)$/.test(part)).flatMap(([, text]) => formsOfXml(text)),
      );
      for (const [part, text] of parts) {
        if (!/\.(xml|rels)$/.test(part)) continue;
        expect([part, formsOfXml(text).filter((form) => !benign.has(form))]).toEqual([part, []]);
        expect(text).not.toMatch(/<f[ >]|<hyperlink/);
        expect([part, text.replaceAll('\r\n', '\n').search(UNSEEN)]).toEqual([part, -1]);
      }
    }
  });

  test('runs nothing in a PDF', () => {
    for (const [name, bytes] of hostile) {
      if (kindOf(name) !== 'pdf') continue;
      // What a stream holds is drawn, and compressed bytes say anything by chance.
      const text = bytes.toString('latin1').replace(/stream\r?\n[\s\S]*?endstream/g, '');
      expect(text.match(/\/(JS|JavaScript|OpenAction|Launch|EmbeddedFile|AA|SubmitForm|GoToR)\b/g)).toBeNull();
      expect(
        [...text.matchAll(/\/URI \(([^)]*)\)/g)]
          .map(([, uri]) => uri)
          .filter((uri) => !/^https:\/\/(csrc|nvlpubs|doi|www\.nist)/.test(uri!)),
      ).toEqual([]);
    }
  });

  test('leaves JSON that is JSON', () => {
    each(/^(json|sarif)$/, (text) => void JSON.parse(text));
    each(/^jsonl$/, (text) =>
      text
        .split('\n')
        .filter(Boolean)
        .forEach((line) => void JSON.parse(line)),
    );
  });

  test('fills no disk and no screen', () => {
    for (const [name, bytes] of hostile) expect(bytes.length, name).toBeLessThan(3_000_000);
    each(/^(html|md|txt|csv|xml|json|sarif)$/, (text, name) => {
      expect(
        /A<b>|(Axbx){2000}/.test(text)
          ? text.match(/(?:(?:A|&lt;|<|b|>|&gt;|⟨U\+202E⟩|\\u003c|\\u202e|\u202e)){9000,}/)
          : null,
        name,
      ).toBeNull();
    });
  });
});
