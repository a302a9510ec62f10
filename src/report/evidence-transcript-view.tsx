import type { VNode } from 'preact';
import { asciiOf, hexOf, isText, textOf } from './evidence-bytes.ts';
import { bounded, type Shown, type TranscriptEntry, type TranscriptFile } from './evidence-transcript.ts';
import { count, grouped, visible } from './text.ts';
import { timeWords } from './words.ts';

/** What is shown of one file: bytes and entries of its beginning and of its end. */
export const BOUNDS = { head: 8 * 1024, tail: 1024, headEntries: 400, tailEntries: 40 };

/** What the engine writes where a secret stood. */
export const MARK = '[redacted]';

const DIRECTIONS: Record<TranscriptEntry['dir'], string> = {
  sent: 'tester → device',
  received: 'device → tester',
  note: 'note',
};

/** Bytes as text and, beside it, in hexadecimal. `offset`: of the first of them. */
export const Panes = ({ bytes, offset }: { bytes: Uint8Array; offset: number }): VNode => (
  <div class="panes">
    <pre class="text">{isText(bytes) ? textOf(bytes) : asciiOf(bytes)}</pre>
    <pre class="hex">{hexOf(bytes, offset)}</pre>
  </div>
);

/** The frame that only a redaction of ours is shown in. */
export const RedactedMark = ({ secret }: { secret: string | undefined }): VNode => (
  <mark>‹redacted{secret === undefined ? '' : `: ${visible(secret, 300)}`}›</mark>
);

/** The stretches of an entry between its marks, and the marks. A place that holds no mark is not believed. */
const Bytes = ({ shown: { entry, from, to, offset } }: { shown: Shown }): VNode => {
  const parts: VNode[] = [];
  let next = from;
  const until = (end: number) => {
    if (end > next) parts.push(<Panes bytes={entry.bytes.subarray(next, end)} offset={offset + next - from} />);
    next = Math.max(next, end);
  };
  for (const { at, secret } of [...entry.redacted].sort((a, b) => a.at - b.at)) {
    const end = at + MARK.length;
    if (at < next || end > to || String.fromCharCode(...entry.bytes.subarray(at, end)) !== MARK) continue;
    until(at);
    parts.push(
      <p class="mark">
        <RedactedMark secret={secret} />
      </p>,
    );
    next = end;
  }
  until(to);
  return <>{parts}</>;
};

const Said = ({ shown }: { shown: Shown }): VNode => {
  const { entry, from, to } = shown;
  const size = entry.bytes.length;
  const part = to - from < size ? ` (bytes ${grouped(from + 1)} to ${grouped(to)} of them)` : '';
  return (
    <li class={entry.dir}>
      <p class="when">
        <b>{DIRECTIONS[entry.dir]}</b> +{grouped(Math.round(entry.at))} ms
        {entry.dir === 'note' ? '' : `, ${count(size, 'byte')}${part}`}
        {entry.port === undefined ? '' : `, the device’s port ${entry.port}`}
      </p>
      {entry.dir === 'note' ? visible(new TextDecoder().decode(entry.bytes)) : <Bytes shown={shown} />}
    </li>
  );
};

const sizeOf = ({ entries }: TranscriptFile, dir: TranscriptEntry['dir']): number =>
  entries.reduce((sum, entry) => sum + (entry.dir === dir ? entry.bytes.length : 0), 0);

/** `TCP to 198.18.0.7 port 23`. */
export const connectionWords = ({ transport, host, port, accepted }: TranscriptFile): string =>
  `${transport.toUpperCase()} ${accepted ? 'from' : 'to'} ${host} port ${port}`;

/** A transcript from both sides: our bytes at the left edge, the device's at the right one, each named in words. */
export const TranscriptView = ({ transcript }: { transcript: TranscriptFile }): VNode => {
  const { head, leftOut, tail } = bounded(transcript, BOUNDS);
  const { omitted, redactions, security } = transcript;
  const old = redactions === undefined && head.concat(tail).some(({ entry }) => includesMark(entry.bytes));
  return (
    <>
      <p class="note">
        Opened {timeWords(transcript.opened)}; times are counted from then. {count(sizeOf(transcript, 'sent'), 'byte')}{' '}
        sent, {count(sizeOf(transcript, 'received'), 'byte')} received. Ended: {visible(transcript.ended, 200)}.
        {security === 'tls' ? ' Inside TLS: what is shown is the plaintext.' : ''}
        {redactions ? ` ${count(redactions, 'place')} redacted.` : ''}
      </p>
      {old ? (
        <p class="note">
          This run did not record where it redacted: <code>{MARK}</code> below is a secret’s place, or the device’s own
          words.
        </p>
      ) : null}
      <ol class="said">
        {head.map((shown) => (
          <Said shown={shown} />
        ))}
        {leftOut ? (
          <li class="left-out">
            {count(leftOut.bytes, 'byte')} in {count(leftOut.entries, 'entry', 'entries')} are not shown here; the
            evidence file has them.
          </li>
        ) : null}
        {tail.map((shown) => (
          <Said shown={shown} />
        ))}
        {omitted ? (
          <li class="left-out">
            The run kept no more than this: {count(omitted.received, 'byte')} received and {count(omitted.sent, 'byte')}{' '}
            sent came later, in {count(omitted.entries, 'entry', 'entries')}, and were only counted.
          </li>
        ) : null}
      </ol>
    </>
  );
};

/** Whether the engine's mark, or what reads like it, is in some bytes. */
export const includesMark = (bytes: Uint8Array): boolean => new TextDecoder('latin1').decode(bytes).includes(MARK);
