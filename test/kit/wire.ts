import { systemClock } from '../../src/observe/clock.ts';
import { systemNetwork } from '../../src/observe/network.ts';
import { CannotTell } from '../../src/observe/probe.ts';
import { Redaction } from '../../src/observe/redaction.ts';
import { createScope } from '../../src/observe/scope.ts';
import type { Transcript } from '../../src/observe/transcript.ts';
import { createSemaphore, createWire, type Wire, type WireOptions } from '../../src/observe/wire.ts';
import type { ReadTranscript } from './probe.ts';

/** A wire to a loopback port, with small limits. */
export function wireTo(port: number, options: Partial<WireOptions> & { scope?: WireOptions['scope'] } = {}): Wire {
  return createWire({
    network: systemNetwork,
    clock: systemClock,
    scope: createScope(['127.0.0.0/8', '::1']),
    semaphore: createSemaphore(4),
    signal: new AbortController().signal,
    wait: 300,
    readBytes: 1024 * 1024,
    endpoint: { host: '127.0.0.1', transport: 'tcp', port },
    component: { id: 'device', kind: 'device', addresses: ['127.0.0.1'], names: [], declares: {} },
    ...options,
  });
}

/** The reason and text of a CannotTell; anything else is thrown on. */
export async function refusalOf(promise: Promise<unknown>): Promise<{ reason: string; detail: string }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CannotTell) return { reason: error.reason, detail: error.message };
    throw error;
  }
  throw new Error('it did not throw');
}

/** A transcript's document, its bytes as text. */
export function readable(transcript: Transcript, redaction = new Redaction()) {
  const read = JSON.parse(transcript.document(redaction).toString()) as Omit<ReadTranscript, 'entries'> & {
    entries: { at: number; dir: string; port?: number; bytes: string }[];
  };
  return {
    ...read,
    entries: read.entries.map(({ dir, bytes }) => `${dir} ${Buffer.from(bytes, 'base64').toString('latin1')}`),
  };
}

/** Waits until it holds; fails after two seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 2000;
  while (!holds()) {
    if (Date.now() > end) throw new Error('it never held');
    await systemClock.sleep(2);
  }
}
