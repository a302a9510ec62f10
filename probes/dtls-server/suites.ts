import type { DtlsServerHello, DtlsVersion } from '../../src/observe/protocols/dtls.ts';
import { dtlsSuitesOf } from '../../src/observe/protocols/dtls-hello.ts';
import { suiteName, weakClasses } from '../../src/observe/protocols/tls-suites.ts';
import { type DtlsServer, offer, type Stage, type Unsettled } from './server.ts';
import { FEW, read } from './versions.ts';

/** What the server's hellos of one version showed beside the suites. */
export interface Seen {
  /** In the order in which they were chosen. */
  readonly suites: number[];
  /** Types of extensions that it answered. */
  readonly extensions: Set<number>;
  wantsCertificate: boolean;
}

const isWeak = (code: number): boolean => weakClasses(suiteName(code)).length > 0;

/**
 * All suites of a version: what was chosen is taken out of the next hello, until the rest is refused. The weak ones
 * alone come first. `first`: the hello by which the version is known.
 */
export async function* suites(server: DtlsServer, version: DtlsVersion, first: DtlsServerHello, seen: Seen): Stage {
  const all = dtlsSuitesOf(version);
  const unsettled: Unsettled[] = [];
  for (const part of [all.filter(isWeak), all.filter((code) => !isWeak(code))]) {
    const why = yield* rest(server, version, part, seen);
    if (why) unsettled.push(why);
    if (why?.reason === 'budget') break;
  }
  if (unsettled.length === 0 && !seen.suites.includes(first.suite))
    unsettled.push(open('protocol', version, `${suiteName(first.suite)} was chosen once and refused then`));
  return unsettled;
}

const open = (reason: Unsettled['reason'], version: DtlsVersion, why: string): Unsettled => ({
  reason,
  what: `not all suites of ${version} are known: ${why}`,
  open: ['offer'],
});

/** The suites among these that the server takes; gives why it is not known of all of them. */
async function* rest(
  server: DtlsServer,
  version: DtlsVersion,
  all: readonly number[],
  seen: Seen,
): AsyncGenerator<ReturnType<typeof offer>, Unsettled | undefined> {
  let left = all;
  while (left.length > 0) {
    const now = server.short ? left.slice(0, FEW) : left;
    const answer = read(version, await server.askTwice({ version, suites: now, short: server.short }));
    if (answer.result === 'unclear') {
      if (answer.reason === 'timeout' && !server.short && left.length > FEW) {
        server.short = true;
        continue;
      }
      return open(answer.reason, version, answer.why);
    }
    if (answer.result === 'refused') {
      // That version was accepted a moment ago.
      if (answer.why === 'protocol_version' || answer.why.endsWith('instead'))
        return open('protocol', version, answer.why);
      left = left.slice(now.length);
      continue;
    }
    const { suite } = answer.hello;
    if (!now.includes(suite)) return open('protocol', version, `${suiteName(suite)} was chosen and not offered`);
    left = left.filter((code) => code !== suite);
    seen.suites.push(suite);
    for (const type of answer.hello.extensions.keys()) seen.extensions.add(type);
    seen.wantsCertificate ||= answer.answer.certificateRequest !== undefined;
    yield offer('suite', suiteName(suite), { version, code: suite });
  }
  return undefined;
}
