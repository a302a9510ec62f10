import { z } from 'zod';

/** Bytes at most of a transcript that is read: the run keeps 256 KiB of each, which base64 makes longer. */
const LONGEST_FILE = 4 * 1024 * 1024;

const bytes = z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64')));

/** A place in an entry's bytes where a secret stood and `[redacted]` stands now, and the name of the secret. */
const Redacted = z.object({ at: z.int().min(0), secret: z.string().optional() });

const Entry = z.object({
  at: z.number(),
  dir: z.enum(['sent', 'received', 'note']),
  port: z.int().optional(),
  bytes,
  redacted: z.array(Redacted).default([]),
});

/** What a run keeps of one connection or datagram socket: the file that the engine writes, read as a stranger's. */
export const TranscriptFile = z.object({
  transport: z.enum(['tcp', 'udp']),
  host: z.string(),
  port: z.int(),
  security: z.string(),
  /** The device called us. */
  accepted: z.boolean().default(false),
  opened: z.iso.datetime(),
  entries: z.array(Entry),
  /** What came after the run had kept enough. */
  omitted: z.object({ sent: z.int().min(0), received: z.int().min(0), entries: z.int().min(0) }).optional(),
  /** How many places were redacted. Absent in files of runs that did not say where. */
  redactions: z.int().min(0).optional(),
  ended: z.string(),
});
export type TranscriptFile = z.infer<typeof TranscriptFile>;
export type TranscriptEntry = TranscriptFile['entries'][number];

/** The transcript that these bytes are; undefined for everything else. */
export const transcriptOf = (file: Uint8Array): TranscriptFile | undefined => {
  if (file.length > LONGEST_FILE || file[0] !== 0x7b) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(file));
  } catch {
    return undefined;
  }
  return TranscriptFile.safeParse(value).data;
};

/** A stretch of an entry that is shown. `offset`: bytes of that direction before it, as they are kept. */
export interface Shown {
  readonly entry: TranscriptEntry;
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

/** The middle that is not shown. */
export interface LeftOut {
  readonly bytes: number;
  readonly entries: number;
}

export interface Bounds {
  readonly head: number;
  readonly tail: number;
  readonly headEntries: number;
  readonly tailEntries: number;
}

/** The beginning and the end of a transcript within bounds, and what is left out between them. */
export const bounded = (
  { entries }: Pick<TranscriptFile, 'entries'>,
  bounds: Bounds,
): { head: Shown[]; leftOut: LeftOut | undefined; tail: Shown[] } => {
  const before = { sent: 0, received: 0, note: 0 };
  const all = entries.map((entry): Shown => {
    const offset = before[entry.dir];
    before[entry.dir] += entry.bytes.length;
    return { entry, from: 0, to: entry.bytes.length, offset };
  });
  const head: Shown[] = [];
  let room = bounds.head;
  for (const one of all) {
    if (room <= 0 || head.length >= bounds.headEntries) break;
    const to = Math.min(one.to, room);
    head.push({ ...one, to });
    room -= Math.max(1, to);
  }
  const last = head.at(-1);
  const cut = last && last.to < last.entry.bytes.length;
  const rest = [
    ...(cut ? [{ ...last, from: last.to, to: last.entry.bytes.length, offset: last.offset + last.to }] : []),
    ...all.slice(head.length),
  ];
  const tail: Shown[] = [];
  room = bounds.tail;
  for (const one of [...rest].reverse()) {
    if (room <= 0 || tail.length >= bounds.tailEntries) break;
    const from = Math.max(one.from, one.to - room);
    tail.unshift({ ...one, from, offset: one.offset + from - one.from });
    room -= Math.max(1, one.to - from);
  }
  const sizeOf = (list: readonly Shown[]) => list.reduce((sum, { from, to }) => sum + to - from, 0);
  const left = { bytes: sizeOf(rest) - sizeOf(tail), entries: rest.length - tail.length };
  return { head, leftOut: left.bytes > 0 || left.entries > 0 ? left : undefined, tail };
};
