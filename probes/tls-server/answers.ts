import type { FactOf } from '../../src/model/fact.ts';
import {
  type ServerHello,
  suitesOf,
  TLS_VERSIONS,
  type TlsAnswer,
  type TlsVersion,
} from '../../src/observe/protocols/tls.ts';
import { isFamiliar, ssl2Name, suiteName } from '../../src/observe/protocols/tls-suites.ts';
import type { TlsServer } from './server.ts';
import type { Told } from './told.ts';

export const VERSIONS = Object.keys(TLS_VERSIONS) as TlsVersion[];
/** Suites of a hello that every server can take. */
export const SHORT = 64;

/** Suites in as many hellos as it needs, where the server takes no long ones. */
export const partsOf = (suites: readonly number[], short: boolean): number[][] =>
  short
    ? Array.from({ length: Math.ceil(suites.length / SHORT) }, (_, i) => suites.slice(i * SHORT, (i + 1) * SHORT))
    : [[...suites]];

/** What most servers have one of, in one short hello. */
export const familiarSuites = (version: TlsVersion): number[] =>
  suitesOf(version)
    .filter((code) => isFamiliar(suiteName(code)))
    .slice(-SHORT);

export type Unclear = {
  readonly result: 'unclear';
  readonly why: string;
  readonly reason: 'timeout' | 'reset' | 'protocol';
};
export type Refused = {
  readonly result: 'refused';
  readonly why: string;
  readonly firm: boolean;
  /** What was chosen before it gave up. */
  readonly after?: ServerHello | undefined;
};
export type Accepted = { readonly result: 'accepted'; readonly hello: ServerHello; readonly answer: TlsAnswer };

/**
 * What a server made of a hello of one version. `unclear`: reset, silence, or bytes that no sound server sends. `firm`:
 * it was said in TLS's own words; a mere close may be meant for the connection and not for the hello.
 */
export type Answer = Accepted | Refused | Unclear;

/** Diffie-Hellman with a prime: a server that has the suites and no parameters fails only once it has chosen one. */
export const isDhe = (code: number): boolean => /_DHE?_/.test(suiteName(code));

/** Suites by their key exchange: (EC)DHE apart from each other, and both from what needs no parameters. */
export function apart(suites: readonly number[]): readonly (readonly number[])[] {
  const isEcdhe = (code: number): boolean => suiteName(code).includes('_ECDHE_');
  const parts = [suites.filter(isEcdhe), suites.filter((code) => !isEcdhe(code) && !isDhe(code)), suites.filter(isDhe)];
  return parts.filter((part) => part.length > 0);
}

/** Why a hello is refused that was answered by nothing but the end of the connection. */
export const CLOSED = 'closed';

/** Alerts that servers send for versions and suites that they do not have; others speak of names, or of trouble of their own. */
export const ABOUT_HELLO: readonly string[] = [
  'protocol_version',
  'handshake_failure',
  'insufficient_security',
  'illegal_parameter',
  'decode_error',
  'unexpected_message',
  'inappropriate_fallback',
  'missing_extension',
];

/** unknown_psk_identity. */
const UNKNOWN_USER = 115;

/** What an answer to a hello of one version says of that hello. */
export function readAnswer(version: TlsVersion, told: Told): Answer {
  switch (told.kind) {
    case 'hello': {
      const { hello, answer } = told;
      if (hello.version === version) return { result: 'accepted', hello, answer };
      return { result: 'refused', why: `${hello.version} was chosen instead`, firm: true };
    }
    case 'alert': {
      const firm = told.level === 2 && told.after === undefined && ABOUT_HELLO.includes(told.name);
      return { result: 'refused', why: told.name, firm, after: told.after };
    }
    case 'closed':
      return { result: 'refused', why: CLOSED, firm: false };
    case 'timeout':
      return { result: 'unclear', why: told.why, reason: 'timeout' };
    case 'garbage':
      return { result: 'unclear', why: told.why, reason: 'protocol' };
    default:
      return { result: 'unclear', why: told.why, reason: 'reset' };
  }
}

/** Suites of SRP (RFC 5054): had by known users alone. */
export const isSrp = (code: number): boolean => suiteName(code).includes('_SRP_');

/**
 * One hello of a version with these suites. A server that has SRP and is given no user says so instead of choosing
 * another suite (RFC 5054, 2.5.1.3): it is then asked without, and that it has SRP is kept.
 */
export async function askFor(
  server: TlsServer,
  version: TlsVersion,
  suites: readonly number[] = suitesOf(version),
  short?: boolean,
): Promise<Answer> {
  const told = await server.ask(server.hello(version, suites, short));
  const rest = suites.filter((code) => !isSrp(code));
  if (told.kind !== 'alert' || told.code !== UNKNOWN_USER || rest.length === suites.length)
    return readAnswer(version, told);
  server.wantsUser = true;
  if (rest.length === 0) return { result: 'refused', why: told.name, firm: true };
  return readAnswer(version, await server.ask(server.hello(version, rest, short)));
}

/** An answer of any kind: what is accepted differs by protocol. */
type AnyAnswer<A extends { readonly result: 'accepted' }> = A | Refused | Unclear;

/** Times that a server which takes nothing any more is given to take something again, for one doubt. */
const ROUNDS = 4;

const isFirm = (answer: AnyAnswer<{ readonly result: 'accepted' }>): boolean =>
  answer.result === 'accepted' || (answer.result === 'refused' && answer.firm);

/**
 * Asks again for what was not said firmly, after a pause and with nothing beside it: a server may turn away one
 * connection too many just so. A refusal that is not firm counts where the `control`, a hello that it does take, gets
 * through right after; where even that does not, the server is given more time.
 */
export async function settled<A extends { readonly result: 'accepted' }>(
  server: TlsServer,
  first: AnyAnswer<A>,
  again: () => Promise<AnyAnswer<A>>,
  control: (() => Promise<Answer>) | undefined,
): Promise<AnyAnswer<A>> {
  if (isFirm(first)) return first;
  return server.quietly(async () => {
    await server.rest();
    let answer = await again();
    if (answer.result === 'accepted') server.onlyOne();
    if (isFirm(answer) || control === undefined) return answer;
    // What hangs is not hurried: a control would only say that others do not.
    if (answer.result === 'unclear' && answer.reason === 'timeout') return answer;
    const passes = async (): Promise<boolean> => (await control()).result === 'accepted';
    if (await passes()) return answer;
    for (let round = 0; round < ROUNDS && (await server.slower()); round += 1) {
      if (!(await passes())) continue;
      server.answers();
      answer = await again();
      if (isFirm(answer) || (await passes())) return answer;
    }
    return { result: 'unclear', why: `${'why' in answer ? answer.why : ''}, as are others by now`, reason: 'reset' };
  });
}

export const versionOffer = (version: TlsVersion | 'SSLv2'): FactOf<'offer'> => ({
  kind: 'offer',
  protocol: 'tls',
  role: 'version',
  name: version,
  code: version === 'SSLv2' ? 0x0002 : TLS_VERSIONS[version],
});

export const suiteOffer = (version: TlsVersion | 'SSLv2', code: number): FactOf<'offer'> => ({
  kind: 'offer',
  protocol: 'tls',
  role: 'suite',
  version,
  name: version === 'SSLv2' ? ssl2Name(code) : suiteName(code),
  code,
});
