import type { DtlsVersion } from '../../src/observe/protocols/dtls.ts';
import type { FirstFlight } from '../../src/observe/protocols/dtls-exchange.ts';
import type { Asked, DtlsServer, Stage } from './server.ts';
import type { VersionAnswer } from './versions.ts';

/** The least factor that is called an amplification: what RFC 9000, 8.1 lets a server send to whom it has not verified. */
const FACTOR = 3;
/** Tries with a hello that is sent once, so that what comes is known to answer it alone. */
const TRIES = 3;
/** Of a cookie that no server gave. */
const COOKIE_BYTES = 20;

interface Measured {
  readonly hello: Asked;
  readonly first: FirstFlight;
  readonly words: string;
}

/**
 * Whether whoever lends a victim's address is sent much more than was asked with (RFC 6347, 4.2.1; RFC 9147, 5.1):
 * by the shortest hello that it takes, and where a cookie is asked for, by one with a cookie that nobody gave.
 */
export async function* amplification(server: DtlsServer, answers: ReadonlyMap<DtlsVersion, VersionAnswer>): Stage {
  const all: Measured[] = [];
  // DTLS 1.3 has ways of its own; of the others, the newest speaks for all.
  const known = [...answers].flatMap(([version, one]) => (one.result === 'accepted' ? [{ version, ...one }] : []));
  for (const { version, asked, hello: chosen } of known.filter(({ version }, i) => i === 0 || version === 'DTLS 1.3')) {
    const hello = { version, short: true, suites: [chosen.suite] };
    // It may need a group that no short hello has.
    const measured = (await measure(server, hello)) ?? (asked && (await measure(server, asked)));
    if (!measured) return unclear('what is sent before a cookie was not seen');
    all.push(measured);
    // In DTLS 1.3 this field stays empty (RFC 9147, 5.3).
    if (!measured.first.verified || version === 'DTLS 1.3') continue;
    const first = await server.measure(measured.hello, { cookie: server.context.random(COOKIE_BYTES) });
    if (first && !first.verified) all.push({ ...measured, first, words: 'with any cookie' });
  }
  const worst = all.reduce((a, b) => (least(b) > least(a) ? b : a));
  const present = least(worst) > FACTOR;
  const doubtful = all.some(({ first }) => first.received / first.hello > FACTOR);
  if (!present && doubtful) return unclear('which of several hellos was answered was not seen');
  const subject = worst.first.verified
    ? 'a cookie is asked for first'
    : `${least(worst).toFixed(1)} times the hello, ${worst.words}`;
  yield { kind: 'weakness', protocol: 'dtls', name: 'amplification', present, subject };
  return [];
}

const unclear = (what: string) => [{ reason: 'protocol' as const, what, open: ['weakness'] as const }];

/** As if every copy of the hello had been answered. */
const least = ({ first }: Measured): number => first.received / first.sent;

async function measure(server: DtlsServer, hello: Asked): Promise<Measured | undefined> {
  const words = 'without a cookie';
  for (let i = 0; i < TRIES; i++) {
    const first = await server.measure(hello, { once: true });
    if (first) return { hello, first, words };
  }
  const first = await server.measure(hello);
  return first && { hello, first, words };
}
