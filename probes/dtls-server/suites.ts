import { bitsOf, groupName } from '../../src/observe/protocols/dh-groups.ts';
import type { DtlsServerHello, DtlsVersion } from '../../src/observe/protocols/dtls.ts';
import { alertName } from '../../src/observe/protocols/dtls-exchange.ts';
import { dtlsSuitesOf, FAMILIAR_SUITES } from '../../src/observe/protocols/dtls-hello.ts';
import { readKeyExchange } from '../../src/observe/protocols/tls-key-exchange.ts';
import { suiteName, weakClasses } from '../../src/observe/protocols/tls-suites.ts';
import { type Asked, type DtlsServer, offer, type Stage, type Unsettled } from './server.ts';
import { FEW, read, type VersionAnswer } from './versions.ts';

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
  if (weak.length > 0 && !server.choosy) {
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
 * The same suites by what proves who the server is: a key that is shared, nothing, or a certificate of each kind of key.
 */
const byProof = (codes: readonly number[]): (readonly number[])[] => {
  const proof = (code: number) => /(?<!_RSA)_(PSK|anon|ECDSA|DSS)_/.exec(suiteName(code))?.[1];
  return ['PSK', 'anon', 'ECDSA', 'DSS', undefined].map((one) => codes.filter((code) => proof(code) === one));
};

/**
 * The suites among these that the server takes; gives why it is not known of all of them. Of a server that says nothing to
 * a hello without a suite of its own, silence is the refusal only where the same hello with one such suite more (`first`) is
 * answered, with that suite, right after.
 */
async function* rest(
  server: DtlsServer,
  version: DtlsVersion,
  all: readonly number[],
  { first, seen, told }: { first: number; seen: Seen; told: ReadonlySet<number> },
): AsyncGenerator<ReturnType<typeof offer>, Unsettled | undefined> {
  const parts = server.choosy ? byProof(all) : [all];
  let left: readonly number[] = [];
  let lists = 0;
  let isNew = true;
  let gaveUp: Unsettled | undefined;
  for (;;) {
    if (left.length === 0) {
      const next = parts.shift();
      if (!next) return gaveUp;
      left = next;
      isNew = true;
      continue;
    }
    const hello = listed(server, version, left);
    const now = hello.suites;
    let answer = read(version, await server.askTwice(hello));
    if (answer.result === 'unclear' && answer.reason === 'timeout') {
      const [before, wasChoosy] = [server.short, server.choosy];
      const how = { first, isLong: left.length > FEW, forgot: answer.forgot === true };
      const silence = await afterSilence(server, version, hello, how);
      if (server.choosy && !wasChoosy) {
        parts.unshift(...byProof(left));
        left = [];
      }
      if (server.short !== before || server.choosy !== wasChoosy) continue;
      answer = silence;
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
    learn(seen, version, answer);
    if (!told.has(suite)) yield suiteOffer(version, suite);
  }
}

function learn(
  seen: Seen,
  version: DtlsVersion,
  { hello, answer }: Extract<VersionAnswer, { result: 'accepted' }>,
): void {
  seen.suites.push(hello.suite);
  for (const type of hello.extensions.keys()) seen.extensions.add(type);
  seen.wantsCertificate ||= answer.certificateRequest !== undefined;
  const exchange = answer.keyExchange && readKeyExchange(answer.keyExchange, hello.suite, version);
  if (exchange?.kind === 'dh') seen.primes.set(groupName(exchange.prime), bitsOf(exchange.prime));
}

/**
 * What silence to a hello comes to. It may have been too long (then the server is `short` from now on), or the server have
 * dropped it for a suite that it has no credentials for (then it is `choosy`): it is to be asked otherwise.
 */
async function afterSilence(
  server: DtlsServer,
  version: DtlsVersion,
  hello: Asked & { readonly suites: readonly number[] },
  { first, isLong, forgot }: { first: number; isLong: boolean; forgot: boolean },
): Promise<VersionAnswer> {
  const silent: VersionAnswer = { result: 'unclear', reason: 'timeout', why: 'no whole answer in time' };
  const refused: VersionAnswer = { result: 'refused', why: 'silence, where one suite more is answered' };
  const ask = async (suites: readonly number[]) => read(version, await server.askTwice({ ...hello, suites }));
  const others = hello.suites.filter((code) => code !== first);
  const isBeside = others.length === hello.suites.length;
  const isFirst = (answer: VersionAnswer) => answer.result === 'accepted' && answer.hello.suite === first;
  const control = forgot ? await ask([first, ...others]) : isBeside ? await ask([...others, first]) : silent;
  if (isFirst(control) && !forgot) return refused;
  if (isFirst(control)) {
    if (server.choosy) return isBeside ? refused : control;
    server.choosy = true;
    server.short = false;
    return silent;
  }
  if (control.result !== 'unclear' || server.short || !isLong) return control;
  server.short = true;
  return silent;
}
