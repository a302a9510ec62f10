import { isoTime } from './clock.ts';
import type { Clock } from './network.ts';
import type { Redaction } from './redaction.ts';

export type Direction = 'sent' | 'received' | 'note';

/** A stretch of bytes, or a remark of ours. `at`: milliseconds since the connection was opened. */
export interface Entry {
  readonly at: number;
  readonly dir: Direction;
  readonly bytes: Buffer;
  /** Datagrams only: the peer's port, where it is not the one that was dialled. */
  readonly port?: number;
}

export interface TranscriptAbout {
  readonly transport: 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
  readonly security: 'none' | 'tls';
  /** Set where the peer called us. */
  readonly accepted?: true;
}

/** Bytes kept of one transcript, both directions together; what came later is counted. */
const KEEP_BYTES = 256 * 1024;
const KEEP_ENTRIES = 4000;

/**
 * What went over one connection or datagram socket, in order: of TLS the plaintext. It keeps the head and counts the
 * rest, so that a flood cannot fill the disk.
 */
export class Transcript {
  readonly about: TranscriptAbout;
  readonly #clock: Clock;
  readonly #opened: string;
  readonly #start: number;
  readonly #entries: Entry[] = [];
  readonly #omitted = { sent: 0, received: 0, entries: 0 };
  readonly #touch: (transcript: Transcript) => void;
  #kept = 0;
  #ended: string | undefined;

  constructor(about: TranscriptAbout, clock: Clock, touch: (transcript: Transcript) => void = () => {}) {
    this.about = about;
    this.#clock = clock;
    this.#opened = isoTime(clock);
    this.#start = clock.now();
    this.#touch = touch;
  }

  sent(bytes: Buffer, port?: number): void {
    this.#add('sent', bytes, port);
  }

  received(bytes: Buffer, port?: number): void {
    this.#add('received', bytes, port);
  }

  note(text: string): void {
    this.#add('note', Buffer.from(text.slice(0, 1000)));
  }

  /** Says how it ended; the first word counts. */
  end(how: string): void {
    this.#ended ??= how;
  }

  /**
   * The document, redacted, as compact JSON in a fixed order of fields. Media type `application/json`. An entry's
   * `redacted` says where its marks are, so that nobody takes a device's own words for one.
   */
  document(redaction: Redaction): Buffer {
    const entries = redaction.entries(this.#entries, {
      cut: this.#truncated,
      messages: this.about.transport === 'udp',
    });
    return Buffer.from(
      JSON.stringify({
        transport: this.about.transport,
        host: this.about.host,
        port: this.about.port,
        security: this.about.security,
        ...(this.about.accepted && { accepted: true }),
        opened: this.#opened,
        entries: entries.map(({ at, dir, port, bytes, redacted }) => ({
          at,
          dir,
          ...(port !== undefined && { port }),
          bytes: bytes.toString('base64'),
          ...(redacted.length > 0 && { redacted }),
        })),
        ...(this.#truncated && { omitted: this.#omitted }),
        redactions: entries.reduce((sum, { redacted }) => sum + redacted.length, 0),
        ended: this.#ended ?? 'open',
      }),
    );
  }

  get #truncated(): boolean {
    return this.#omitted.entries > 0;
  }

  #add(dir: Direction, bytes: Buffer, port?: number): void {
    this.#touch(this);
    const room = this.#entries.length >= KEEP_ENTRIES || this.#truncated ? 0 : KEEP_BYTES - this.#kept;
    const head = bytes.subarray(0, Math.max(0, room));
    if (head.length > 0) {
      const at = Math.max(0, Math.round(this.#clock.now() - this.#start));
      // A copy: the sender may use its buffer again.
      this.#entries.push({ at, dir, bytes: Buffer.from(head), ...(port !== undefined && { port }) });
      this.#kept += head.length;
    }
    if (head.length < bytes.length) {
      this.#omitted.entries++;
      if (dir !== 'note') this.#omitted[dir] += bytes.length - head.length;
    }
  }
}
