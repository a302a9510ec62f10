import type { DtlsVersion } from '../../src/observe/protocols/dtls.ts';
import { exchangeOf, readKeyExchange } from '../../src/observe/protocols/tls-key-exchange.ts';
import { GROUPS, groupOf } from '../../src/observe/protocols/tls-key-exchange-names.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { type DtlsServer, offer, type Stage, type Unsettled } from './server.ts';
import type { Seen } from './suites.ts';
import { read } from './versions.ts';

/** Curves that ECDHE can have, weak ones first: who goes by our order shows its worst. */
const CURVES = GROUPS.map(({ code }) => code)
  .filter((code) => code <= 30)
  .sort((a, b) => (groupOf(a).bits ?? 0) - (groupOf(b).bits ?? 0));

/**
 * The groups that keys are agreed in: primes of Diffie-Hellman as they came with the suites, curves asked for in the newest
 * version that has ECDHE, for servers have one list for all. DTLS 1.3 is not asked.
 */
export async function* groups(server: DtlsServer, told: ReadonlyMap<DtlsVersion, Seen>): Stage {
  for (const [version, { primes }] of told)
    for (const [name, bits] of primes) yield offer('group', name, { version, bits });
  const onCurves = [...told].flatMap(([version, { suites }]) => {
    const codes = suites.filter((code) => exchangeOf(code)?.kind === 'ecdh');
    return version === 'DTLS 1.3' || codes.length === 0 ? [] : [{ version, suites: codes }];
  });
  // The versions stand in the order in which they are asked for, the newer of these first.
  const [newest] = onCurves;
  if (!newest) return [];
  const { found, unclear } = await curvesOf(server, newest);
  for (const code of found) {
    const { name, bits } = groupOf(code);
    yield offer('group', name, { version: newest.version, code, ...(bits && { bits }) });
  }
  if (!unclear) return [];
  return [{ ...unclear, what: `not all groups of ${newest.version} are known: ${unclear.what}` }];
}

/**
 * The curves that are taken, by asking again without those that were chosen. A server with an ECDSA certificate needs its
 * curve in the hello, whatever keys are agreed on (RFC 8422, 5.1), and some say nothing where there is none: so the rest is
 * asked for once more beside those that were chosen.
 */
async function curvesOf(
  server: DtlsServer,
  { version, suites }: { version: DtlsVersion; suites: readonly number[] },
): Promise<{ found: readonly number[]; unclear?: Unsettled }> {
  const found: number[] = [];
  const ecdsa = suites.some((code) => suiteName(code).includes('_ECDSA_'));
  let left = CURVES;
  let beside: readonly number[] = [];
  while (left.length > 0) {
    const answer = read(
      version,
      await server.ask({ version, suites, short: server.short, groups: [...left, ...beside] }),
    );
    if (answer.result !== 'accepted') {
      const silent = answer.result === 'unclear' && answer.reason === 'timeout';
      if (beside.length === 0 && found.length > 0 && (silent || (ecdsa && answer.result === 'refused'))) {
        beside = [...found];
        continue;
      }
      if (answer.result === 'refused') break;
      return { found, unclear: { reason: answer.reason, what: answer.why, open: ['offer'] } };
    }
    const { keyExchange, alert } = answer.answer;
    // The suite was chosen before it was seen that there is no group for it.
    if (alert?.level === 2 && !keyExchange) break;
    const exchange = readKeyExchange(keyExchange ?? Buffer.alloc(0), answer.hello.suite, version);
    const chosen = exchange.kind === 'ecdh' ? exchange.curve : undefined;
    if (chosen !== undefined && beside.includes(chosen)) break;
    if (chosen === undefined || !left.includes(chosen)) {
      const what = chosen === undefined ? 'a curve without a name was chosen' : 'a curve was chosen and not offered';
      return { found, unclear: { reason: 'protocol', what, open: ['offer'] } };
    }
    found.push(chosen);
    left = left.filter((code) => code !== chosen);
  }
  return { found };
}
