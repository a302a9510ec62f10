import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import { promptOf, type TelnetPrompt, TelnetStream } from '../../src/observe/protocols/telnet.ts';

/** Where a dialogue stands: a prompt, or the peer closed. `text` is what came since the last line was sent. */
export interface Turn {
  readonly at: TelnetPrompt | 'closed';
  readonly text: string;
}

/** A prompt is believed once nothing has followed it for so long: milliseconds, and a part of the `wait` limit at most. */
const QUIET_MS = 120;
const QUIET_PART = 15;
/** A server that says nothing, or nothing known, is sent one newline after so long. */
const NUDGE_MS = 600;
const TEXT_BYTES = 64 * 1024;

/** How a line ends: CR LF (RFC 854), or CR alone for those who take CR LF for two Enters. */
export type LineEnd = '\r\n' | '\r';

/** One Telnet connection, read prompt by prompt. */
export class Dialogue {
  private readonly stream = new TelnetStream();
  private readonly context: ProbeContext;
  private readonly connection: Connection;
  private readonly lineEnd: LineEnd;

  constructor(context: ProbeContext, connection: Connection, lineEnd: LineEnd) {
    this.context = context;
    this.connection = connection;
    this.lineEnd = lineEnd;
  }

  /** Reads the greeting. Throws CannotTell `timeout` without one, `protocol` where it ends in no prompt that is known. */
  async greeting(): Promise<Turn> {
    const nudgeAt = Math.min(NUDGE_MS, this.context.limits.wait / 3);
    const turn = await this.read(nudgeAt);
    if (turn.at) return turn as Turn;
    return this.say('', turn.text);
  }

  /** Sends a line and reads up to the next prompt, for so many times the `wait` limit. */
  async say(line: string, before = '', patience = 1): Promise<Turn> {
    await this.connection.send(`${line}${this.lineEnd}`);
    const turn = await this.read(patience * this.context.limits.wait, before);
    if (turn.at) return turn as Turn;
    if (turn.text.trim() === '') throw new CannotTell('timeout', 'no answer in time');
    throw new CannotTell(
      turn.full ? 'protocol' : 'timeout',
      `no prompt that is known within ${turn.text.length} bytes`,
    );
  }

  private async read(wait: number, before = ''): Promise<{ at?: Turn['at']; text: string; full?: boolean }> {
    const deadline = this.context.now() + wait;
    let text = before;
    for (;;) {
      const prompt = promptOf(text);
      const left = deadline - this.context.now();
      const { bytes, ended } = await this.connection.receive({
        until: (seen) => seen.length > 0,
        wait: Math.max(1, prompt ? Math.min(QUIET_MS, this.context.limits.wait / QUIET_PART, left) : left),
      });
      const taken = this.stream.take(bytes);
      text += taken.text;
      if (ended === 'closed') return { at: 'closed', text };
      if (ended === 'reset') throw new CannotTell('reset', 'reset within the login');
      if (text.length > TEXT_BYTES || ended === 'cap') return { text, full: true };
      if (taken.reply.length > 0) await this.connection.send(taken.reply);
      if (ended === 'timeout') return { at: prompt, text };
      // Where bytes keep coming after every prompt, time ends it all the same.
      if (this.context.now() >= deadline) return { text };
    }
  }
}

/**
 * What a turn really is: a prompt that looks like a shell's is one only if a bare newline, which does nothing, brings a
 * shell's prompt again. Else it is whatever the newline brought.
 */
export async function settled(dialogue: Dialogue, turn: Turn): Promise<Turn> {
  return turn.at === 'shell' ? dialogue.say('') : turn;
}
