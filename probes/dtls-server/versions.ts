import type { Reason } from '../../src/model/run.ts';
import { CannotTell } from '../../src/observe/probe.ts';
import { DTLS_VERSIONS, type DtlsServerHello, type DtlsVersion } from '../../src/observe/protocols/dtls.ts';
import { alertName, type DtlsTold } from '../../src/observe/protocols/dtls-exchange.ts';
import { dtlsSuitesOf, FAMILIAR_SUITES } from '../../src/observe/protocols/dtls-hello.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { type Asked, type DtlsServer, offer, type Stage, type Told, type Unsettled } from './server.ts';

type Heard = Extract<DtlsTold, { kind: 'hello' }>;

/** What a server made of one version. `unclear`: silence or bytes that are no DTLS, also when asked again. */
export type VersionAnswer =
  /** `asked`: by which hello; absent where that does not matter. */
  | ({ readonly result: 'accepted'; readonly asked?: Asked } & Pick<Heard, 'hello' | 'answer'>)
  | { readonly result: 'refused'; readonly why: string }
  | {
      readonly result: 'unclear';
      readonly why: string;
      readonly reason: Reason;
      readonly givenUp?: true;
      readonly forgot?: true;
    };

/** The most likely one first: what it brings says how the others are asked. */
const ORDER: readonly DtlsVersion[] = ['DTLS 1.2', 'DTLS 1.0', 'DTLS 1.3'];
/** Suites of a hello where a server takes none with all of them. */
export const FEW = 24;
/** The familiar suites of pre-shared keys. */
const KEYS = FAMILIAR_SUITES.filter((code) => suiteName(code).includes('_PSK_'));

/** Alerts that servers send for a version they do not have; others speak of names, of keys, or of trouble of their own. */
const ABOUT_VERSION: readonly string[] = [
  'protocol_version',
  'handshake_failure',
  'insufficient_security',
  'illegal_parameter',
  'decode_error',
  'unexpected_message',
];

/** Which versions are accepted, each asked for by hellos of its own. */
export async function* versions(
  server: DtlsServer,
  known: Map<DtlsVersion, DtlsServerHello>,
  answers: Map<DtlsVersion, VersionAnswer>,
): Stage {
  for (const version of ORDER) {
    const answer = await askVersion(server, version, known.has('DTLS 1.2'));
    answers.set(version, answer);
    server.context.log.debug({ version, ...answer, answer: undefined, hello: undefined }, 'DTLS version');
    if (answer.result !== 'accepted') continue;
    known.set(version, answer.hello);
    yield offer('version', version, { code: DTLS_VERSIONS[version] });
  }
  const unclear = [...answers].flatMap(([version, a]) => (a.result === 'unclear' ? [{ version, ...a }] : []));
  if (known.size === 0) {
    const why = [...answers].map(([version, a]) => `${version}: ${a.result === 'accepted' ? '' : a.why}`).join('; ');
    throw new CannotTell(unclear[0]?.reason ?? 'protocol', `no version was accepted (${why})`);
  }
  const [first] = unclear;
  if (!first) return [];
  const names = unclear.map(({ version, why }) => `${version} (${why})`).join(', ');
  return [{ reason: first.reason, what: `not clear whether accepted: ${names}`, open: ['offer'] }];
}

/**
 * Asks for one version and for nothing else: in a short hello that every stack can take, and where that is refused for
 * no reason that is the version's, with all suites. Only then a refusal is believed.
 */
async function askVersion(server: DtlsServer, version: DtlsVersion, has12: boolean): Promise<VersionAnswer> {
  const ask = async (parts: Omit<Asked, 'version'>) => {
    const asked = { version, ...parts };
    const answer = kept(read(version, await server.askTwice(asked)));
    return answer.result === 'accepted' ? { ...answer, asked } : answer;
  };
  let familiar = server.choosy ? await ask({ short: true, suites: KEYS }) : await ask({ short: true });
  const isSilent = familiar.result === 'unclear' && familiar.reason === 'timeout';
  if (familiar.result === 'unclear' && familiar.forgot && version !== 'DTLS 1.3' && !server.choosy) {
    const byKey = await ask({ short: true, suites: KEYS });
    if (byKey.result === 'accepted') {
      server.choosy = true;
      familiar = byKey;
    }
  }
  // Some say nothing to what they cannot have; asked for both, a server says which one it takes.
  if (isSilent && version === 'DTLS 1.3' && has12) return ask({ short: true, also12: true });
  const isGivenUp = familiar.result === 'unclear' && familiar.givenUp === true;
  if (!isGivenUp && (familiar.result !== 'refused' || familiar.why === 'protocol_version')) return familiar;
  if (version === 'DTLS 1.3') return familiar;
  const all = dtlsSuitesOf(version);
  if (!server.short) {
    const whole = await ask({ suites: all });
    // Chosen once, it is not refused any more.
    if (whole.result === 'accepted' || (whole.result === 'refused' && !isGivenUp)) return whole;
    if (isGivenUp || (whole.result === 'unclear' && whole.givenUp))
      return whole.result === 'unclear' ? whole : familiar;
    server.short = true;
  }
  let last: VersionAnswer = familiar;
  for (let i = 0; i < all.length; i += FEW) {
    last = await ask({ short: true, suites: all.slice(i, i + FEW) });
    if (last.result !== 'refused') return last;
  }
  return last;
}

/** A version that was chosen and given up in the same breath is neither accepted nor refused. */
function kept(answer: VersionAnswer): VersionAnswer {
  const alert = answer.result === 'accepted' && answer.answer.alert?.level === 2 ? answer.answer.alert : undefined;
  if (!alert) return answer;
  return {
    result: 'unclear',
    why: `it was chosen, and given up: ${alertName(alert.code)}`,
    reason: 'protocol',
    givenUp: true,
  };
}

/**
 * What was accepted or refused, asked for once more: a server that has come to refuse all, because it has too much to do
 * or for other reasons, answers otherwise than before. Then nothing that it refused says anything.
 */
export async function stable(
  server: DtlsServer,
  answers: ReadonlyMap<DtlsVersion, VersionAnswer>,
): Promise<readonly Unsettled[]> {
  server.ends();
  const unsettled: Unsettled[] = [];
  const open = (reason: Reason, what: string) => unsettled.push({ reason, what, open: ['offer'] });
  for (const [version, before] of answers) {
    if (before.result === 'unclear') continue;
    const hello = (before.result === 'accepted' && before.asked) || { version, short: true };
    const now = read(version, await server.askTwice(hello));
    if (now.result === 'unclear') {
      // Of those that say nothing to what they refuse, DTLS 1.3 was asked for beside another.
      if (before.result === 'accepted') open(now.reason, `${version} was accepted, and then: ${now.why}`);
    } else if (now.result !== before.result)
      open('protocol', `unstable: ${version} was ${before.result}, and then ${now.result}`);
  }
  return unsettled;
}

/** What an answer to a hello of one version says of that version. */
export function read(version: DtlsVersion, told: Told): VersionAnswer {
  switch (told.kind) {
    case 'hello': {
      const { hello, answer } = told;
      if (hello.version === version) return { result: 'accepted', hello, answer };
      return { result: 'refused', why: `${hello.version ?? 'an unknown version'} was chosen instead` };
    }
    case 'alert':
      return ABOUT_VERSION.includes(told.name)
        ? { result: 'refused', why: told.name }
        : { result: 'unclear', why: told.name, reason: 'protocol' };
    case 'spent':
      return { result: 'unclear', why: told.why, reason: 'budget' };
    case 'timeout':
      return { result: 'unclear', why: told.why, reason: 'timeout', ...(told.forgot && { forgot: true }) };
    default:
      return { result: 'unclear', why: told.why, reason: told.kind === 'garbage' ? 'protocol' : told.kind };
  }
}
