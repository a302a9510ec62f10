import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import { type Recognition, recogniseBanner, recogniseHttp } from '../../src/observe/protocols/recognise.ts';
import { ask, type Exchange, ehlo, headStart, isPrinter, type Question, questions } from './questions.ts';

/** What a port said to what it was asked. `recognition` is undefined where it answered something unknown. */
export interface Recognised {
  readonly recognition: Recognition | undefined;
  /** The bytes that say so. */
  readonly bytes: Buffer;
  /** The engine's own TLS, where the exchange ran inside it. */
  readonly tls: Connection['tls'];
}

/**
 * Asks a TCP port, or what is inside its TLS, until it is recognised: a banner and a bare newline first, then TLS and
 * HTTP, then the others; a stage begins when the one before is done or was silent for a moment (only when it is done,
 * one question after the other, where the device is fragile). Which evidence counts goes by rank, not by who answers
 * first. Throws CannotTell where nothing was said at all.
 */
export async function recogniseTcp(context: ProbeContext, security: 'none' | 'tls'): Promise<Recognised> {
  const stages = questions(context, security);
  const fragile = context.component.fragile === true;
  const asked = new Asked(stages.flat());
  const open = new Set<Connection>();
  let over = false;
  const begin = (question: Question) =>
    asked.begin(
      question,
      ask(context, security, question, () => (over ? undefined : open)),
    );
  try {
    for (const stage of stages) {
      let moment: Promise<void> | undefined;
      for (const question of stage) {
        const exchange = begin(question);
        if (fragile) await exchange;
        if (asked.decided()) break;
      }
      if (!fragile) {
        let elapsed = false;
        moment = context.sleep(headStart(context.limits.wait)).then(() => {
          elapsed = true;
        });
        // Once the port is decided nobody waits for it any longer, not even for its failing.
        moment.catch(() => undefined);
        while (!asked.decided() && !elapsed && stage.some((question) => asked.waitsFor(question.name))) {
          await Promise.race([moment, asked.next()]);
        }
      }
      if (asked.decided()) break;
      asked.stopIfRefused();
    }
    while (!asked.decided() && asked.waiting) await asked.next();
    // A device that takes one connection at a time turns away the others: these questions were never asked.
    for (const question of fragile || asked.decided() ? [] : asked.turnedAway()) {
      await context.sleep(headStart(context.limits.wait) / 2);
      await begin(question);
      if (asked.decided()) break;
    }
    // A second time, where nothing at all was said: the questions that wait for a moment only, and a busy device is late.
    for (const question of asked.silent(stages.slice(2).flat())) {
      const exchange = begin(question);
      if (fragile) await exchange;
      if (asked.decided()) break;
    }
    while (!asked.decided() && asked.waiting) await asked.next();
  } finally {
    over = true;
    for (const connection of open) connection.destroy();
  }
  const found = asked.decided() ?? asked.unknown(isPrinter(context.endpoint.port));
  return found.recognition?.protocol === 'ftp-or-smtp' ? ftpOrSmtp(context, security, found) : found;
}

async function ftpOrSmtp(context: ProbeContext, security: 'none' | 'tls', found: Recognised): Promise<Recognised> {
  const question = ehlo(Math.min(2000, context.limits.wait));
  const { bytes } = await ask(context, security, question, () => new Set());
  const recognition = question.recognise(bytes);
  return { ...found, recognition, bytes: recognition ? bytes : found.bytes };
}

/** The questions that were asked, with their answers as they come. */
class Asked {
  readonly #questions: readonly Question[];
  readonly #done = new Map<string, Exchange>();
  readonly #pending = new Map<string, Promise<void>>();

  constructor(all: readonly Question[]) {
    this.#questions = all;
  }

  begin({ name }: Question, exchange: Promise<Exchange>): Promise<void> {
    const done = exchange.then((answer) => {
      this.#done.set(name, answer);
      this.#pending.delete(name);
    });
    // A fault of our own (scope, abort) surfaces where it is waited for; once the port is decided it has nobody to tell.
    done.catch(() => undefined);
    this.#pending.set(name, done);
    return done;
  }

  get waiting(): boolean {
    return this.#pending.size > 0;
  }
  waitsFor(name: string): boolean {
    return this.#pending.has(name);
  }
  next(): Promise<void> {
    return Promise.race(this.#pending.values());
  }

  /** By rank: what names itself, then the newline's answer, TLS, HTTP and the others. Undefined: not yet, or not at all. */
  decided(): Recognised | undefined {
    const answers = this.#questions.flatMap((question) => {
      const exchange = this.#done.get(question.name);
      return exchange ? [{ question, ...exchange }] : [];
    });
    for (const answer of answers) {
      const recognition = recogniseBanner(answer.bytes);
      if (recognition) return { recognition, bytes: answer.bytes, tls: answer.tls };
    }
    const newline = this.#done.get('listen')?.bytes;
    for (const { question, bytes, tls } of answers) {
      if (question.name === 'http') {
        const http = this.#http();
        if (http === 'wait') return undefined;
        if (http) return http;
      }
      const recognition = question.recognise(bytes);
      // A few bytes prove something only if a mere newline does not get them as well.
      const holds = !recognition?.weak || (newline !== undefined && !newline.subarray(0, bytes.length).equals(bytes));
      if (recognition && holds) return { recognition, bytes, tls };
    }
    return undefined;
  }

  /** A head of HTTP or RTSP in whatever exchange it came. A TLS port often tells a clear request so: TLS has the first word. */
  #http(): Recognised | 'wait' | undefined {
    for (const name of ['http', 'rtsp', 'listen', 'tls']) {
      const exchange = this.#done.get(name);
      const recognition = exchange && recogniseHttp(exchange.bytes);
      if (!recognition) continue;
      if (recognition.toTls && this.waitsFor('tls')) return 'wait';
      if (recognition.protocol === 'http' && name !== 'http' && this.waitsFor('http')) return 'wait';
      return { recognition, bytes: exchange.bytes, tls: exchange.tls };
    }
    return undefined;
  }

  /** Questions whose connection ended without a byte by the peer's doing, or for which there was none left. */
  turnedAway(): Question[] {
    return this.#questions.filter(({ name }) => {
      const { bytes, ended } = this.#done.get(name) ?? {};
      return bytes?.length === 0 && ['closed', 'reset', 'no place'].includes(ended ?? '');
    });
  }

  /** Those of these questions that ran out of time, where no question brought a single byte. */
  silent(some: readonly Question[]): Question[] {
    if ([...this.#done.values()].some(({ bytes }) => bytes.length > 0)) return [];
    return some.filter(({ name }) => this.#done.get(name)?.ended === 'timeout');
  }

  /** Nothing listens any more, or no TLS session can be had: what would follow would only say so again. */
  stopIfRefused(): void {
    const ends = new Set([...this.#done.values()].map((exchange) => exchange.ended));
    if (ends.size !== 1) return;
    if (ends.has('refused')) throw new CannotTell('refused', 'the port is closed');
    if (ends.has('protocol')) throw new CannotTell('protocol', 'no TLS session could be made');
  }

  /** After all questions: answered, but nobody knows what; or not answered. */
  unknown(isPrinterPort: boolean): Recognised {
    const all = this.#questions.flatMap((question) => this.#done.get(question.name) ?? []);
    const said = all.find((exchange) => exchange.bytes.length > 0);
    if (said) return { recognition: undefined, bytes: said.bytes, tls: said.tls };
    if (isPrinterPort) throw new CannotTell('unsupported', 'a printer port is only listened to, and it said nothing');
    const ends = all.map((exchange) => exchange.ended);
    if (ends.every((end) => end === 'no place')) throw new CannotTell('budget', 'no connection could be had');
    if (ends.includes('timeout')) throw new CannotTell('timeout', `nothing was said to ${ends.length} questions`);
    throw new CannotTell('reset', `each of ${ends.length} connections was closed or reset without a byte`);
  }
}
