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
    const why = yield* rest(server, version, part, { first: first.suite, seen });
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

/**
 * The suites among these that the server takes; gives why it is not known of all of them. Of a server that says nothing to
 * a hello without a suite of its own, silence is the refusal only where the same hello with one such suite more is
 * answered, with that suite, right after.
 */
async function* rest(
  server: DtlsServer,
  version: DtlsVersion,
  all: readonly number[],
  { first, seen }: { first: number; seen: Seen },
): AsyncGenerator<ReturnType<typeof offer>, Unsettled | undefined> {
  const ask = async (codes: readonly number[]) =>
    read(version, await server.askTwice({ version, suites: codes, short: server.short }));
  let left = all;
  while (left.length > 0) {
    const now = server.short ? left.slice(0, FEW) : left;
    const known = seen.suites.at(-1) ?? first;
    let answer = await ask(now);
    if (answer.result === 'unclear' && answer.reason === 'timeout' && !now.includes(known)) {
      const control = await ask([...now, known]);
      if (control.result === 'accepted' && control.hello.suite === known) {
        left = left.slice(now.length);
        continue;
      }
      if (control.result === 'unclear' && !server.short && left.length > FEW) {
        server.short = true;
        continue;
      }
      if (control.result === 'accepted') answer = control;
    }
    if (answer.result === 'unclear') return open(answer.reason, version, answer.why);
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
