import { bitsOf, groupName } from '../../src/observe/protocols/dh-groups.ts';
import type { DtlsServerHello, DtlsVersion } from '../../src/observe/protocols/dtls.ts';
import { alertName } from '../../src/observe/protocols/dtls-exchange.ts';
import { dtlsSuitesOf, FAMILIAR_SUITES } from '../../src/observe/protocols/dtls-hello.ts';
import { readKeyExchange } from '../../src/observe/protocols/tls-key-exchange.ts';
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
  /** Primes of Diffie-Hellman by their names, with their bits. */
  readonly primes: Map<string, number>;
  /** They were found by hellos of the same list, so that their order is the server's where it has one. */
  inOneList: boolean;
}

const isWeak = (code: number): boolean => weakClasses(suiteName(code)).length > 0;

/**
 * All suites of a version: what was chosen is taken out of the next hello, until the rest is refused. One hello of the
 * weak ones alone comes first: it is what a verdict needs. `first`: the hello by which the version is known.
 */
export async function* suites(server: DtlsServer, version: DtlsVersion, first: DtlsServerHello, seen: Seen): Stage {
  const all = dtlsSuitesOf(version);
  const told = new Set<number>();
  const weak = all.filter(isWeak);
  if (weak.length > 0) {
    const answer = read(version, await server.ask(listed(server, version, weak)));
    if (answer.result === 'accepted' && weak.includes(answer.hello.suite)) {
      told.add(answer.hello.suite);
      yield suiteOffer(version, answer.hello.suite);
    }
  }
  const why = yield* rest(server, version, all, { first: first.suite, seen, told });
  if (why) return [why];
  const strange = [first.suite, ...told].filter((code) => !seen.suites.includes(code));
  if (strange.length === 0) return [];
  return [open('protocol', version, `${strange.map(suiteName).join(', ')} was chosen once and refused then`)];
}

const suiteOffer = (version: DtlsVersion, suite: number) => offer('suite', suiteName(suite), { version, code: suite });

const open = (reason: Unsettled['reason'], version: DtlsVersion, why: string): Unsettled => ({
  reason,
  what: `not all suites of ${version} are known: ${why}`,
  open: ['offer'],
});

/** A hello of these suites, or of the first of them, the familiar ones before all, where the server takes no long ones. */
function listed(server: DtlsServer, version: DtlsVersion, codes: readonly number[]) {
  if (!server.short) return { version, suites: codes };
  const familiar = FAMILIAR_SUITES.filter((code) => codes.includes(code));
  const others = codes.filter((code) => !familiar.includes(code));
  return { version, short: true, suites: [...familiar, ...others].slice(0, FEW) };
}

/**
 * The suites among these that the server takes; gives why it is not known of all of them. Of a server that says nothing to
 * a hello without a suite of its own, silence is the refusal only where the same hello with one such suite more is
 * answered, with that suite, right after.
 */
async function* rest(
  server: DtlsServer,
  version: DtlsVersion,
  all: readonly number[],
  { first, seen, told }: { first: number; seen: Seen; told: ReadonlySet<number> },
): AsyncGenerator<ReturnType<typeof offer>, Unsettled | undefined> {
  let left = all;
  let lists = 0;
  let isNew = true;
  let gaveUp: Unsettled | undefined;
  while (left.length > 0) {
    const hello = listed(server, version, left);
    const now = hello.suites;
    const known = seen.suites.at(-1) ?? first;
    let answer = read(version, await server.askTwice(hello));
    if (answer.result === 'unclear' && answer.reason === 'timeout') {
      const control = now.includes(known)
        ? answer
        : read(version, await server.askTwice({ ...hello, suites: [...now, known] }));
      if (control.result === 'unclear' && !server.short && left.length > FEW) {
        server.short = true;
        continue;
      }
      if (control.result === 'accepted' && control.hello.suite === known)
        answer = { result: 'refused', why: 'silence, where one suite more is answered' };
      else answer = control;
    }
    if (answer.result === 'unclear') return open(answer.reason, version, answer.why);
    if (answer.result === 'refused') {
      // That version was accepted a moment ago.
      if (answer.why === 'protocol_version' || answer.why.endsWith('instead'))
        return open('protocol', version, answer.why);
      left = left.filter((code) => !now.includes(code));
      isNew = true;
      continue;
    }
    const { suite } = answer.hello;
    if (!now.includes(suite)) return open('protocol', version, `${suiteName(suite)} was chosen and not offered`);
    left = left.filter((code) => code !== suite);
    if (answer.answer.alert?.level === 2) {
      const name = alertName(answer.answer.alert.code);
      gaveUp ??= open('protocol', version, `${suiteName(suite)} was chosen, and given up: ${name}`);
      continue;
    }
    if (isNew) lists += 1;
    isNew = false;
    seen.inOneList = lists === 1;
    seen.suites.push(suite);
    for (const type of answer.hello.extensions.keys()) seen.extensions.add(type);
    seen.wantsCertificate ||= answer.answer.certificateRequest !== undefined;
    const { keyExchange } = answer.answer;
    const exchange = keyExchange && readKeyExchange(keyExchange, suite, version);
    if (exchange?.kind === 'dh') seen.primes.set(groupName(exchange.prime), bitsOf(exchange.prime));
    if (!told.has(suite)) yield suiteOffer(version, suite);
  }
  return gaveUp;
}
