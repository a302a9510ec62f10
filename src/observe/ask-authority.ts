import * as http from 'node:http';
import * as https from 'node:https';
import { LARGEST_ANSWER } from './timestamp.ts';

/** The authority did not answer as it should. `message` says what it did. */
export class NoAnswer extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoAnswer';
  }
}

/**
 * Sends a time-stamp request (RFC 3161, 3.4) and returns the whole answer. One deadline of `wait` ms for all of it, so
 * that a drip is a timeout; no redirection is followed. Throws NoAnswer.
 */
export const askAuthority = (url: string, request: Buffer, wait: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const { request: open } = url.startsWith('https:') ? https : http;
    const headers = { 'Content-Type': 'application/timestamp-query', 'Content-Length': request.length };
    const asked = open(url, { method: 'POST', headers, agent: false }, (answer) => {
      const pieces: Buffer[] = [];
      let total = 0;
      if (answer.statusCode !== 200) fail(`it answers HTTP ${answer.statusCode}, expected 200`);
      answer.on('data', (piece: Buffer) => {
        pieces.push(piece);
        total += piece.length;
        if (total > LARGEST_ANSWER) fail(`its answer has more than ${LARGEST_ANSWER} bytes`);
      });
      answer.on('end', () => {
        clearTimeout(timer);
        if (answer.complete) resolve(Buffer.concat(pieces));
        else fail('its answer was cut short');
      });
      answer.on('error', (error: NodeJS.ErrnoException) => fail(`its answer was cut short (${error.code})`));
    });
    const fail = (why: string): void => {
      clearTimeout(timer);
      reject(new NoAnswer(why));
      asked.destroy();
    };
    const timer = setTimeout(() => fail(`no whole answer within ${wait} ms`), wait);
    asked.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    asked.end(request);
  });
