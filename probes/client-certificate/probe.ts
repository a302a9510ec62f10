import type { FactOf } from '../../src/model/fact.ts';
import { type Account, CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { asked, stranger, wentOut } from './asked.ts';
import { type Exchange, Exchanges } from './exchange.ts';

type Login = FactOf<'login'>;

export default defineProbe({
  id: 'client-certificate',
  version: '1',
  title: 'TLS client certificates: whether one is asked for, and which get in',
  emits: ['login', 'access'],
  impact: 'login',
  // Every port that speaks TLS has this service, whatever is inside and whether or not it could be read.
  appliesTo: ({ protocol, security, transport, port }) =>
    protocol === 'tls' && security === 'none' && transport === 'tcp' && port !== undefined,
  observe: (context) => facts(context),
});

/**
 * None, the declared certificate, a stranger's, one of a CA that only bears a known name, and the declared one again.
 * Nothing is yielded where no certificate is asked for.
 */
async function* facts(context: ProbeContext): AsyncGenerator<FactOf<'login' | 'access'>> {
  const exchanges = new Exchanges(context);
  const request = await asked(context, exchanges);
  if (!request) return;
  const accounts = context.accounts.filter(({ certificate }) => certificate !== undefined);
  const control = accounts[0] && (await exchanges.with(presented(accounts[0])));
  const judged = (seen: Exchange): Judged => judge(seen, accepts(control) ? control : undefined);

  const without = await exchanges.with(undefined);
  if (control === undefined && isForbidden(without) && (yield* takesAny(context, exchanges, request.kind, without)))
    return;
  const none = judged(without);
  yield login('none', '', undefined, none);
  // Asked for, and gone on without: whoever is inside has logins of its own, or none.
  if (none.accepted) return;

  const working: Account[] = [];
  for (const account of accounts) if (yield* declared(exchanges, account, without)) working.push(account);

  const names = request.names.length > 0 ? request.names.slice(0, 1) : [];
  for (const issuer of [undefined, ...names]) {
    const made = await stranger(context, request.kind, issuer);
    if (!made) continue;
    const how = issuer ? ', of a CA that only has the name of a known one' : '';
    const seen = await exchanges.with(made);
    if (!wentOut(made, seen, without))
      throw new CannotTell('unsupported', `${seen.answer}: a certificate of ours never went out`, OPEN);
    const random = judged(seen);
    yield login('random', 'random', 'random', random, how);
    if (!random.accepted) continue;
    const again = judged(await exchanges.with(made));
    yield login('random', 'random', 'random', again, how);
    if (!again.accepted)
      throw new CannotTell('protocol', 'a certificate that nobody knows was accepted once and then refused', OPEN);
    const spoke = seen.end === 'answered';
    yield {
      ...SESSION,
      class: spoke ? 'function' : 'content',
      authentication: 'any',
      how: spoke ? 'recognised' : 'guessed',
    };
    return;
  }
  yield { ...SESSION, class: 'function', authentication: 'required', how: 'recognised' };
  for (const account of working) yield* declared(exchanges, account, without);
}

/** Not 401: that asks for a login of the service's own. */
const isForbidden = ({ end, status }: Exchange): boolean => end === 'answered' && (status === 400 || status === 403);
const isGiven = ({ end, status = 0 }: Exchange): boolean => end === 'answered' && status >= 200 && status < 300;

/**
 * Forbidden without a certificate, and no declared one tells for what. Where a stranger's is given the page, twice, and
 * none is forbidden it again, it was for that. Gives whether it was so; else nothing is yielded.
 */
async function* takesAny(
  context: ProbeContext,
  exchanges: Exchanges,
  kind: 'ec' | 'rsa',
  without: Exchange,
): AsyncGenerator<FactOf<'login' | 'access'>, boolean> {
  const made = await stranger(context, kind);
  if (!made) return false;
  const seen: Exchange[] = [];
  // One after the other, then none: a server that takes turns is not taken for one that looks.
  for (const presents of [made, made, undefined]) {
    const one = await exchanges.with(presents);
    if (presents ? !isGiven(one) || !wentOut(made, one, without) : one.status !== without.status) return false;
    seen.push(one);
  }
  yield login('none', '', undefined, { accepted: false, answer: `${without.answer}, unlike with a stranger's` });
  for (const { answer } of seen.slice(0, 2)) yield login('random', 'random', 'random', { accepted: true, answer });
  yield { ...SESSION, class: 'function', authentication: 'any', how: 'recognised' };
  return true;
}

const OPEN = ['login', 'access'] as const;
const SESSION = { kind: 'access', protocol: 'tls', action: 'execute', resource: 'TLS session' } as const;

const presented = ({ certificate, secret }: Account) => ({ cert: certificate!, key: secret });

/** The positive control; gives whether it got in. `without`: what came without a certificate. */
async function* declared(exchanges: Exchanges, account: Account, without: Exchange): AsyncGenerator<Login, boolean> {
  const seen = await exchanges.with(presented(account));
  if (seen.end === 'silent' || seen.end === 'lost')
    throw new CannotTell(
      seen.end === 'silent' ? 'timeout' : 'reset',
      `the declared certificate of ${account.user}: ${seen.answer}`,
      OPEN,
    );
  // Where TLS itself turned us away without one, whatever answers inside has let it in.
  const byTls = without.end === 'refused' && without.status === undefined;
  const accepted = seen.end === 'answered' && (byTls || accepts(seen));
  const answer = accepted ? seen.answer : `${seen.answer}: the declared certificate was refused`;
  yield login('declared', account.user, `declared:${account.user}`, { accepted, answer });
  return accepted;
}

/** Whether a session surely got in: something inside answered, and did not say that one may not. */
const accepts = (seen: Exchange | undefined): boolean =>
  seen?.end === 'answered' && !FORBIDS.includes(seen.status ?? 0);

const FORBIDS: readonly number[] = [400, 401, 403];

interface Judged {
  readonly accepted: boolean;
  readonly answer: string;
}

/**
 * What a session without a right certificate comes to. Silence is no refusal, and a close is one only where the declared
 * certificate (`control`) was answered. Throws CannotTell where nobody can say.
 */
function judge(seen: Exchange, control: Exchange | undefined): Judged {
  const { end, answer, status, version } = seen;
  if (end === 'refused') return { accepted: false, answer };
  if (end === 'answered') {
    // 401 asks for a login of the service's own, and says something of the certificate only beside the control.
    const forbids = FORBIDS.includes(status ?? 0) && (status !== 401 || control !== undefined);
    if (!forbids) return { accepted: true, answer };
    if (control) return { accepted: false, answer: `${answer}, unlike with the declared certificate` };
    throw new CannotTell('protocol', `${answer} inside TLS: whether for want of a certificate cannot be told`, OPEN);
  }
  // Whoever wanted a certificate up to TLS 1.2 has seen it before the handshake stands.
  const looked = version !== undefined && version !== 'TLSv1.3';
  if (end === 'silent') {
    if (looked || !control) return stands(seen);
    throw new CannotTell('timeout', `${answer}, unlike with the declared certificate`, OPEN);
  }
  if (control) return { accepted: false, answer: `${answer}, unlike with the declared certificate` };
  if (looked) return stands(seen);
  throw new CannotTell('reset', `${answer}: whether for want of a certificate cannot be told`, OPEN);
}

const stands = ({ answer }: Exchange): Judged => ({ accepted: true, answer: `the session stands, ${answer}` });

const login = (arm: Login['arm'], account: string, secret: string | undefined, judged: Judged, how = ''): Login => ({
  kind: 'login',
  protocol: 'tls',
  account,
  ...(secret === undefined ? {} : { secret }),
  arm,
  accepted: judged.accepted,
  answer: `${judged.answer}${how}`,
});
