import { CannotTell } from '../../src/observe/probe.ts';
import { ALERTS, suitesOf, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { helloBody } from '../../src/observe/protocols/tls-hello.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import {
  type Answer,
  apart,
  askFor,
  familiarSuites,
  SHORT,
  settled,
  suiteOffer,
  VERSIONS,
  versionOffer,
} from './answers.ts';
import type { Learned, Stage, TlsServer, Unsettled } from './server.ts';
import { type Answer2, askSsl2 } from './ssl2.ts';

/** Those that most servers have come first: what is accepted tells a close that is meant for the version from one that is not. */
const LIKELY: readonly TlsVersion[] = ['TLS 1.2', 'TLS 1.3', 'TLS 1.1', 'TLS 1.0', 'SSLv3'];
/** So many versions that a server is silent to, and it is not asked for the others again. */
const SILENT = 2;

/** An answer with what was asked. */
interface Asked {
  readonly answer: Answer;
  readonly suites: readonly number[];
  readonly short: boolean;
}

/**
 * Which versions are accepted, SSL 2.0 to TLS 1.3, each asked for by a hello of its own with all its suites. First all
 * at once; then what was not firm, one by one. A server that refuses or chokes on every long hello is asked in short
 * ones.
 */
export const versions: Stage = async function* (server, known) {
  const learned = known as Learned;
  const asking = new Asking(server);
  await asking.all();
  await asking.doubts();
  const ssl2 = await asking.doubtsOfSsl2();
  const { answers } = asking;

  if (ssl2.result === 'accepted') {
    learned.ssl2 = true;
    learned.ssl2Certificate = ssl2.hello.certificate;
    yield versionOffer('SSLv2');
  }
  if (ssl2.result === 'unclear') learned.unclear.add('SSLv2');
  for (const version of VERSIONS) {
    const { answer, suites } = answers.get(version)!;
    server.context.log.debug({ version, result: answer.result, why: 'why' in answer ? answer.why : '' }, 'TLS version');
    if (answer.result === 'unclear') learned.unclear.add(version);
    if (answer.result !== 'accepted') continue;
    learned.versions.set(version, answer.answer);
    learned.suites.set(version, [answer.hello.suite]);
    learned.asked.set(version, suites);
    yield versionOffer(version);
  }
  if (ssl2.result === 'accepted') for (const code of ssl2.hello.suites) yield suiteOffer('SSLv2', code);
  return unsettled(ssl2, answers, learned);
};

function unsettled(
  ssl2: Answer2,
  answers: ReadonlyMap<TlsVersion, Asked>,
  { versions, ssl2: hasSsl2 }: Learned,
): readonly Unsettled[] {
  const all = [['SSLv2', ssl2] as const, ...VERSIONS.map((one) => [one, answers.get(one)!.answer] as const)];
  const unclear = all.flatMap(([version, a]) => (a.result === 'unclear' ? [{ version, ...a }] : []));
  if (versions.size === 0 && !hasSsl2) {
    const why = all.map(([version, a]) => `${version}: ${a.result === 'accepted' ? '' : a.why}`).join('; ');
    const most = unclear.find(({ version }) => version !== 'SSLv2');
    throw new CannotTell(
      unclear.length >= VERSIONS.length && most ? most.reason : 'protocol',
      `no version was accepted (${why})`,
    );
  }
  const contradicted = all.flatMap(([version, a]) => {
    if (a.result !== 'refused') return [];
    const instead = VERSIONS.find((one) => a.why === `${one} was chosen instead`);
    return instead && answers.get(instead)?.answer.result === 'refused'
      ? [`unstable: asked for ${version}, ${a.why}, and refused when asked for`]
      : [];
  });
  const isAccepted = (version: TlsVersion) => versions.has(version);
  for (const [version, { hello }] of versions) {
    const newer = VERSIONS.filter((one) => hello?.hasNewer !== undefined && one >= hello.hasNewer);
    if (newer.length > 0 && !newer.some((one) => isAccepted(one) || answers.get(one)!.answer.result === 'unclear'))
      contradicted.push(`unstable: by its answer in ${version} it has ${newer.join(' or ')}, refused when asked for`);
  }
  const first = unclear[0];
  const names = unclear.map(({ version, why }) => `${version} (${why})`).join(', ');
  return [
    ...(first
      ? [
          {
            reason: first.reason,
            what: `not clear whether accepted: ${names}`,
            open: ['offer'] as const,
            offers: unclear.map(({ version }) => ({ role: 'version' as const, version })),
          },
        ]
      : []),
    ...contradicted.map((what) => ({ reason: 'protocol' as const, what, open: ['offer'] as const })),
  ];
}

/** The asking of one server for its versions. */
class Asking {
  readonly answers = new Map<TlsVersion, Asked>();
  readonly #server: TlsServer;
  #ssl2: Answer2 = { result: 'unclear', why: 'not asked', reason: 'protocol' };

  constructor(server: TlsServer) {
    this.#server = server;
  }

  /** Each version once. After STARTTLS the first goes alone: where it is not offered, nothing else need be asked. */
  async all(): Promise<void> {
    const ask = async (version: TlsVersion): Promise<void> => {
      const suites = suitesOf(version);
      this.answers.set(version, { answer: await askFor(this.#server, version, suites), suites, short: false });
    };
    const [first, ...rest] = LIKELY;
    const begun = [ask(first!)];
    if (this.#server.context.endpoint.protocol !== 'tls') await begun[0];
    begun.push(...rest.map(ask));
    const ssl2 = askSsl2(this.#server).then((answer) => {
      this.#ssl2 = answer;
    });
    const ended = await Promise.allSettled([...begun, ssl2]);
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  }

  /** What was not said firmly, one by one; short hellos where no hello as long was taken. */
  async doubts(): Promise<void> {
    let silent = 0;
    for (const version of LIKELY) {
      const { answer } = this.answers.get(version)!;
      if (answer.result === 'accepted' || this.#isRefusal(version, answer)) continue;
      if (silent >= SILENT && this.#control() === undefined) continue;
      const now = await this.#doubt(version, answer);
      this.answers.set(version, now);
      if (now.answer.result === 'unclear' && now.answer.reason === 'timeout') silent += 1;
    }
  }

  async doubtsOfSsl2(): Promise<Answer2> {
    const control = this.#control();
    // Without anything to compare with there is nothing that a second answer could tell.
    if (control === undefined) return this.#ssl2;
    return settled(this.#server, this.#ssl2, () => askSsl2(this.#server), control);
  }

  async #doubt(version: TlsVersion, first: Answer): Promise<Asked> {
    const server = this.#server;
    const all = suitesOf(version);
    const askLong = () => askFor(server, version, all, false);
    const long = { suites: all, short: false };
    const control = this.#control();
    const answer = await settled(server, first, askLong, control);
    if (answer.result === 'refused' && answer.after) {
      const why = `${suiteName(answer.after.suite)} was chosen, and given up: ${answer.why}`;
      return { answer: { result: 'unclear', why, reason: 'protocol' }, ...long };
    }
    // Trouble of its own may be with one suite of many, as with DHE where there are no parameters: what servers have is
    // asked for alone, one key exchange after the other.
    for (const suites of answer.result === 'refused' && !answer.firm ? apart(familiarSuites(version)) : []) {
      const familiar = await askFor(server, version, suites, true);
      if (familiar.result !== 'accepted') continue;
      server.short = true;
      return { answer: familiar, suites, short: true };
    }
    if (answer.result === 'accepted' || this.#isRefusal(version, answer)) return { answer, ...long };
    // Its length is not what it is refused, or hung at, for.
    const hangs = answer.result === 'unclear' && answer.reason === 'timeout';
    if ((answer.result === 'refused' || hangs) && this.#tookAsLong(version)) return { answer, ...long };
    let last: Answer = answer;
    let unclear = false;
    for (let i = 0; i < all.length; i += SHORT) {
      const suites = all.slice(i, i + SHORT);
      const askShort = () => askFor(server, version, suites, true);
      last = await askShort();
      if (last.result === 'refused') last = await settled(server, last, askShort, control);
      // What hangs at a short hello too is not asked for again and again.
      if (last.result === 'unclear' && last.reason === 'timeout') return { answer, ...long };
      unclear ||= last.result === 'unclear';
      if (last.result !== 'accepted') continue;
      server.short = true;
      return { answer: last, suites, short: true };
    }
    // A long hello that was refused in words stays refused, whatever happened to the short ones.
    return unclear ? { answer, ...long } : { answer: last, suites: all, short: true };
  }

  /** A server that knows the version but chokes on the length refuses in many ways; only protocol_version is about versions. */
  #isRefusal(version: TlsVersion, answer: Answer): boolean {
    if (answer.result !== 'refused' || !answer.firm) return false;
    return answer.why === ALERTS[70] || / instead$/.test(answer.why) || this.#tookAsLong(version);
  }

  /** Whether a hello at least as long as this version's was taken. */
  #tookAsLong(version: TlsVersion): boolean {
    const size = (one: TlsVersion, { suites, short }: Pick<Asked, 'suites' | 'short'>): number =>
      helloBody(this.#server.hello(one, suites, short)).length;
    const own = size(version, { suites: suitesOf(version), short: false });
    return [...this.answers].some(([one, asked]) => asked.answer.result === 'accepted' && size(one, asked) >= own);
  }

  /** A hello that is taken, to ask for when another is not. */
  #control(): (() => Promise<Answer>) | undefined {
    const version = LIKELY.find((one) => this.answers.get(one)?.answer.result === 'accepted');
    if (version === undefined) return undefined;
    const { suites, short } = this.answers.get(version)!;
    return () => askFor(this.#server, version, suites, short);
  }
}
