import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { NotTaken, onceTaken, SshConnection } from '../../src/observe/protocols/ssh-connection.ts';

/** Milliseconds for which a server that shuts us out is left alone: OpenSSH's penalties last 15 seconds and a little more. */
const REST = 20_000;
/** At most this part of the attempt's time. */
const REST_PART = 6;

/**
 * The way to a server that may be busy, or shut us out for the connections that other probes have made: OpenSSH 9.8 and
 * later penalise those that end without a login (PerSourcePenalties). Once in an attempt, and only before a password was
 * sent, such a penalty is waited for. What shuts us out later may be for the passwords, and is seen as it is.
 */
export class Door {
  #mayRest = true;
  readonly #context: ProbeContext;

  constructor(context: ProbeContext) {
    this.#context = context;
  }

  /** A password was answered. */
  knocked(): void {
    this.#mayRest = false;
  }

  /** Does what a connection is needed for. Throws what it throws. */
  async open<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await onceTaken(this.#context, work);
    } catch (error) {
      if (!(error instanceof NotTaken) || !this.#mayRest || !(await this.#isShut())) throw error;
      this.#mayRest = false;
      await this.#context.sleep(Math.min(REST, this.#context.limits.attempt / REST_PART));
      return onceTaken(this.#context, work);
    }
  }

  /** Whether the server says something in place of its banner, and closes. */
  async #isShut(): Promise<boolean> {
    try {
      (await SshConnection.open(this.#context)).close();
      return false;
    } catch (error) {
      if (!(error instanceof CannotTell) || this.#context.signal.aborted) throw error;
      return error instanceof NotTaken && error.said !== '';
    }
  }
}
