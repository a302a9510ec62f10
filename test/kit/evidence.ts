import type { Sha256 } from '../../src/model/fact.ts';
import { evidenceAnchor, renderEvidence } from '../../src/report/evidence-page.tsx';
import type { ReportInput } from '../../src/report/report.ts';
import { sampleInput } from '../sample.ts';

/** The evidence page of the sample, over files of a test's own. */

const base64 = (text: string | Uint8Array): string => Buffer.from(text as string).toString('base64');
interface Said {
  at?: number;
  dir: 'sent' | 'received' | 'note';
  bytes: string | Uint8Array;
  port?: number;
  redacted?: { at: number; secret?: string }[];
}
export const transcript = (entries: Said[], more: object = {}): Buffer =>
  Buffer.from(
    JSON.stringify({
      transport: 'tcp',
      host: '198.18.4.21',
      port: 23,
      security: 'none',
      opened: '2026-11-22T10:15:00.000Z',
      entries: entries.map((one) => ({ at: 0, ...one, bytes: base64(one.bytes) })),
      redactions: entries.reduce((sum, { redacted = [] }) => sum + redacted.length, 0),
      ended: 'closed by us',
      ...more,
    }),
  );

export const input: ReportInput = sampleInput();
export const digests = [
  ...new Set(
    input.runs.flatMap(({ run }) =>
      run.attempts.flatMap(({ evidence, observations }) => [
        ...observations.flatMap((one) => one.evidence),
        ...evidence,
      ]),
    ),
  ),
];
export const [first] = digests as [Sha256];
/** The page where every file holds these bytes, or only the first does and the others are missing. */
export const shown = (bytes: Uint8Array, every = false): string =>
  renderEvidence(input, (digest) => (every || digest === first ? bytes : undefined)) ?? '';
/** The part of the page about one file. */
export const partOf = (page: string, digest: Sha256 = first): string => {
  const from = page.indexOf(`id="${evidenceAnchor(digest)}"`);
  return page.slice(page.lastIndexOf('<', from), page.indexOf('</section>', from));
};
export const linesIn = (part: string, of: 'text' | 'hex'): string[][] =>
  [...part.matchAll(new RegExp(`<pre class="${of}">([^<]*)</pre>`, 'g'))].map(([, text]) => text!.split('\n'));
