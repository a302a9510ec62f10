/** A small token bucket: at most `rate` a second, in bursts of at most `burst`. Times are milliseconds of any one clock. */
export class Pace {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(rate: number, burst: number, now: number) {
    this.#perMs = rate / 1000;
    this.#burst = Math.max(1, burst);
    this.#tokens = this.#burst;
    this.#at = now;
  }

  take(now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Milliseconds until `take` gives again. */
  due(now: number): number {
    const tokens = this.#tokens + Math.max(0, now - this.#at) * this.#perMs;
    return tokens >= 1 ? 0 : (1 - tokens) / this.#perMs;
  }
}

/** The round trip as measured so far (RFC 6298, section 2: SRTT and RTTVAR), in milliseconds. */
export class RoundTrip {
  #smooth: number | undefined;
  #spread = 0;

  measured(milliseconds: number): void {
    if (this.#smooth === undefined) {
      this.#smooth = milliseconds;
      this.#spread = milliseconds / 2;
      return;
    }
    this.#spread += (Math.abs(this.#smooth - milliseconds) - this.#spread) / 4;
    this.#smooth += (milliseconds - this.#smooth) / 8;
  }

  /** How long an answer may take; undefined before the first answer. */
  get timeout(): number | undefined {
    return this.#smooth === undefined ? undefined : this.#smooth + 4 * this.#spread;
  }
}
