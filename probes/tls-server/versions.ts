import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import {
  ALERTS,
  clientHello,
  readTlsAnswer,
  suitesOf,
  TLS_VERSIONS,
  type TlsAnswer,
  type TlsVersion,
} from '../../src/observe/protocols/tls.ts';
import type { Learned, TlsFact, TlsServer, Unsettled } from './server.ts';

/**
 * What a server made of one version. `unclear`: reset, silence or bytes that are no TLS, also when asked again. `firm`:
 * it was said in TLS's own words; a mere close may be meant for the connection and not for the version.
 */
export type VersionAnswer =
  | { readonly result: 'accepted'; readonly answer: TlsAnswer }
  | { readonly result: 'refused'; readonly why: string; readonly firm: boolean }
  | { readonly result: 'unclear'; readonly why: string; readonly reason: 'timeout' | 'reset' | 'protocol' };

/** Why a version is refused that was answered by nothing but the end of the connection. */
export const CLOSED = 'closed';
/** The part of the `wait` limit that a server is given to be done with the last connection. */
const PAUSE = 10;
/** Suites of a hello that every server can take: all of them, so many at a time. */
const SHORT = 64;
/** A ServerHello with its certificates is far below. */
const CAP = 262_144;

const VERSIONS = Object.keys(TLS_VERSIONS) as TlsVersion[];

/** Which versions are accepted, each asked for by a hello of its own. */
export async function* versions(
  { context }: TlsServer,
  learned: Learned,
): AsyncGenerator<TlsFact, readonly Unsettled[]> {
  const answers = new Map<TlsVersion, VersionAnswer>();
  for (const [version, ask] of askAll(context)) {
    const answer = await ask();
    answers.set(version, answer);
    if (answer.result === 'accepted') yield offer(version);
  }
  // The newest first: what is accepted tells a close that is meant for the version from one that is not.
  for (const [version, doubtful] of [...answers].reverse()) {
    const control = VERSIONS.findLast((one) => answers.get(one)?.result === 'accepted');
    if (!isDoubtful(doubtful, control)) continue;
    const answer = await askAlone(context, version, control);
    answers.set(version, answer);
    if (answer.result === 'accepted') yield offer(version);
  }
  for (const [version, answer] of answers) {
    context.log.debug({ version, result: answer.result, why: 'why' in answer ? answer.why : '' }, 'TLS version');
    if (answer.result === 'accepted') learned.versions.set(version, answer.answer);
    if (answer.result === 'unclear') learned.unclear.add(version);
  }
  const unclear = [...answers].flatMap(([version, a]) => (a.result === 'unclear' ? [{ version, ...a }] : []));
  if (learned.versions.size === 0) {
    const why = [...answers].map(([version, a]) => `${version}: ${a.result === 'accepted' ? '' : a.why}`).join('; ');
    const all = unclear.length === VERSIONS.length ? unclear[0] : undefined;
    throw new CannotTell(all?.reason ?? 'protocol', `no version was accepted (${why})`);
  }
  const first = unclear[0];
  if (!first) return [];
  const names = unclear.map(({ version, why }) => `${version} (${why})`).join(', ');
  return [{ reason: first.reason, what: `not clear whether accepted: ${names}`, open: ['offer'] }];
}

const offer = (version: TlsVersion): FactOf<'offer'> => ({
  kind: 'offer',
  protocol: 'tls',
  role: 'version',
  name: version,
  code: TLS_VERSIONS[version],
});

/** What a server could also have done to a connection that it had no place for, or for a reason that is not the version. */
const isDoubtful = (answer: VersionAnswer, control: TlsVersion | undefined): boolean =>
  answer.result === 'refused'
    ? !answer.firm && (control !== undefined || answer.why === CLOSED)
    : answer.result === 'unclear' && answer.reason === 'reset';

/** Each version with its answer: all at once within the device's limit, one after the other where it is fragile. */
function askAll(context: ProbeContext): (readonly [TlsVersion, () => Promise<VersionAnswer>])[] {
  return VERSIONS.map((version) => {
    if (context.component.fragile) return [version, () => askVersion(context, version)];
    const answer = askVersion(context, version);
    // It is waited for in its turn; what was thrown before that must not end the process.
    answer.catch(() => undefined);
    return [version, () => answer];
  });
}

/**
 * Asks for one version and for nothing else, with all its suites. What is no clear answer is asked again; then in
 * hellos of 64 suites and under 255 bytes, for servers that cannot take a long one. A refusal is believed only if all
 * suites were offered.
 */
export async function askVersion(context: ProbeContext, version: TlsVersion): Promise<VersionAnswer> {
  const whole = await askOnce(context, version, suitesOf(version), false);
  const again = whole.result === 'unclear' ? await askOnce(context, version, suitesOf(version), false) : whole;
  // A server that knows the version but chokes on the length refuses in many ways; only protocol_version is about versions.
  if (again.result === 'accepted' || (again.result === 'refused' && again.why === ALERTS[70])) return again;
  let last: VersionAnswer = again;
  for (let i = 0; i < suitesOf(version).length; i += SHORT) {
    last = await askOnce(context, version, suitesOf(version).slice(i, i + SHORT), true);
    if (last.result === 'accepted') return last;
    // A long hello that was refused in words stays refused, whatever happens to the short one.
    if (last.result === 'unclear') return again;
  }
  return last;
}

/**
 * Asks again for what was not said firmly, with nothing beside it: a server may turn away one connection too many just
 * so. Its close counts as a refusal if the `control`, a version that it does accept, gets through right after.
 */
export async function askAlone(
  context: ProbeContext,
  version: TlsVersion,
  control: TlsVersion | undefined,
): Promise<VersionAnswer> {
  const pause = () => context.sleep(context.limits.wait / PAUSE);
  await pause();
  const answer = await askVersion(context, version);
  if (answer.result !== 'refused' || answer.firm || control === undefined) return answer;
  await pause();
  if ((await askVersion(context, control)).result === 'accepted') return answer;
  return { result: 'unclear', why: `${answer.why}, as are others by now`, reason: 'reset' };
}

async function askOnce(
  context: ProbeContext,
  version: TlsVersion,
  suites: readonly number[],
  short: boolean,
): Promise<VersionAnswer> {
  const hello = clientHello({
    version,
    random: context.random(64),
    suites,
    short,
    servername: context.component.names[0],
  });
  let bytes: Buffer;
  let ended: string;
  try {
    const connection = await context.dial({ security: 'none' });
    await connection.send(hello);
    ({ bytes, ended } = await connection.receive({ until: isEnough, cap: CAP }));
    connection.destroy();
  } catch (error) {
    if (!(error instanceof CannotTell) || !['timeout', 'reset', 'refused'].includes(error.reason)) throw error;
    return { result: 'unclear', why: error.message, reason: error.reason === 'timeout' ? 'timeout' : 'reset' };
  }
  return readVersion(version, bytes, ended);
}

/** Alerts that servers send for a version they do not have; others speak of names, or of trouble of their own. */
const ABOUT_VERSION: readonly string[] = [
  'protocol_version',
  'handshake_failure',
  'insufficient_security',
  'illegal_parameter',
  'decode_error',
  'unexpected_message',
  'inappropriate_fallback',
  'missing_extension',
];

const isEnough = (bytes: Buffer) => {
  const answer = readTlsAnswer(bytes);
  return answer.done || !answer.isTls;
};

/** What an answer to a hello of one version says of that version. */
export function readVersion(version: TlsVersion, bytes: Buffer, ended: string): VersionAnswer {
  const answer = readTlsAnswer(bytes);
  if (answer.isTls && answer.hello) {
    const chosen = answer.hello.version;
    if (chosen === version) return { result: 'accepted', answer };
    return { result: 'refused', why: `${chosen ?? 'an unknown version'} was chosen instead`, firm: true };
  }
  if (answer.isTls && answer.alert) {
    const why = ALERTS[answer.alert.code] ?? `alert ${answer.alert.code}`;
    return { result: 'refused', why, firm: ABOUT_VERSION.includes(why) };
  }
  if (!answer.isTls) return { result: 'unclear', why: 'what came is not TLS', reason: 'protocol' };
  if (ended === 'closed' && bytes.length === 0) return { result: 'refused', why: CLOSED, firm: false };
  if (ended === 'timeout')
    return { result: 'unclear', why: `no whole answer in time (${bytes.length} bytes)`, reason: 'timeout' };
  return {
    result: 'unclear',
    why: `${ended} after ${bytes.length} bytes`,
    reason: ended === 'reset' ? 'reset' : 'protocol',
  };
}
