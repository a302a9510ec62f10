import type { FactOf } from '../../src/model/fact.ts';
import {
  CannotTell,
  type Connection,
  defineProbe,
  type Grant,
  type LoginAnswer,
  type LoginProtocol,
  loginArms,
  type ProbeContext,
} from '../../src/observe/probe.ts';
import type { FtpReply } from '../../src/observe/protocols/ftp.ts';
import { asksForTls, listsAuthTls } from '../../src/observe/protocols/starttls.ts';
import { withChannelShown } from '../../src/observe/protocols/starttls-shown.ts';
import { tlsChannel } from '../../src/observe/protocols/tls-channel.ts';
import { type Control, unseen, withControl } from './control.ts';

const LOGINS = ['login', 'throttle', 'access'] as const;
/** The password that an anonymous user gives, by custom. */
const GUEST = 'probe@example.invalid';
/** 421 service not available; 530 and 430 with such words: "not now" (RFC 959, 4.2). A plain refusal may ask to try again. */
const LOCKED = /too many|locked|blocked|banned|try again (later|in)|temporarily|exceeded|disabled for/i;
/** A command that was not understood or is not there, a line too long: no word on the login (RFC 959, 4.2.2). */
const UNKNOWN: readonly number[] = [500, 502, 504];
/** `wait` limits that an answer to a password may take: some servers make every failure wait for half a minute. */
const PATIENCE = 8;
/** The password was right, and has had its time. */
const EXPIRED = /expired|must (be )?chang|change your password/i;

export default defineProbe({
  id: 'ftp-access',
  version: '2',
  title: 'FTP: anonymous access, protection, and who gets in',
  emits: [...LOGINS, 'channel'],
  impact: 'login',
  appliesTo: ({ protocol, port }) => protocol === 'ftp' && port !== undefined,
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<FactOf<'login' | 'throttle' | 'access' | 'channel'>> {
  const doors = await protection(context);
  const within = context.endpoint.security === 'tls';
  const cannotBegin = () =>
    new CannotTell(
      'unsupported',
      `logins are taken only after AUTH TLS${doors.why === undefined ? '' : `, which cannot be had (${doors.why.message})`}`,
    );
  if (!doors.clear && !doors.speaksTls) throw cannotBegin();
  const credentials = doors.named === undefined ? {} : { credentials: doors.named };
  const clear = { kind: 'channel', protocol: 'ftp', encryption: 'none', ...credentials } as const;
  const isHeld = !within && !doors.clear;
  if (within) yield { kind: 'channel', protocol: 'ftp', ...tlsChannel(doors.tls) };
  else if (!isEncrypted(doors.tls)) yield isHeld ? { ...clear, ...tlsChannel(doors.tls) } : clear;
  else if (isHeld) yield { ...clear, upgrade: 'starttls' };
  else yield doors.tls ? { ...clear, offered: 'starttls' } : clear;
  if (!doors.clear && !doors.tls) throw cannotBegin();
  const logins = ftpLogins(context, doors);
  if (!within && !isHeld) return yield* loginArms(context, logins);
  yield* withChannelShown(loginArms(context, logins), LOGINS, async function* () {
    const inClear = doors.keepsDataPrivate ? false : logins.inside.inClear;
    if (inClear === undefined)
      throw new CannotTell('unsupported', 'whether files move in the clear (PROT C) is shown by a login that works');
    const data = { kind: 'channel', protocol: 'ftp-data' } as const;
    yield inClear ? { ...data, encryption: 'none' } : { ...data, encryption: 'tls' };
  });
}

/** TLS that our own side cannot have is one all the same. */
const isEncrypted = (tls: Connection['tls']): boolean => tlsChannel(tls).encryption === 'tls';

/** How logins may come in. */
interface Doors {
  /** As the connection stands: in the clear, or inside the TLS that it was dialled with. */
  readonly clear: boolean;
  /** The session that the connection was dialled in, or that came of AUTH TLS (RFC 4217). */
  readonly tls: Connection['tls'];
  /** TLS came of AUTH TLS, if only an alert or what our own side cannot speak; and `why` no session did. */
  readonly speaksTls: boolean;
  readonly why?: CannotTell | undefined;
  /** Anonymous gets in as the connection stands. */
  readonly anonymous: boolean;
  /** Passwords of named users are taken as the connection stands; undefined where that was not said. */
  readonly named: boolean | undefined;
  readonly keepsDataPrivate: true | undefined;
}

/**
 * Whether logins are taken as the connection stands, and whether AUTH TLS can be had. A server may ask named users alone
 * for TLS, or anonymous ones alone, and hang up on them: both are asked.
 */
async function protection(context: ProbeContext): Promise<Doors> {
  const within = context.endpoint.security === 'tls';
  const first = await withControl(context, async (control, greeting) => {
    mustGreet(greeting);
    const offered = !within && listsAuthTls(await control.command('FEAT'));
    const why = within ? undefined : await begun(control);
    const { granted, tls } = control;
    const keepsDataPrivate = tls && (await control.keepsDataPrivate().catch(unseen));
    const speaksTls = tls !== undefined || (granted && isTlsAnswer(why));
    if (within || tls || offered || granted) return { tls, speaksTls, why, keepsDataPrivate, offered: true };
    const demands = demandsTls(await control.command('USER anonymous'));
    return { tls, speaksTls, why, keepsDataPrivate, offered: false, demands };
  });
  const { demands, offered, ...doors } = first;
  // What is encrypted already has nothing more to ask for, whatever words it refuses with.
  if (within) return { ...doors, clear: true, anonymous: false, named: undefined };
  if (demands) return { ...doors, clear: false, anonymous: false, named: false };
  const guest = offered ? await withControl(context, anonymously) : undefined;
  const anonymous = guest?.code === 230;
  const reply = await namedUser(context);
  let named = asksFor(reply);
  // Refused without a word of TLS: for what he is, or for want of it.
  if (named === undefined && doors.tls && asksFor(await namedUser(context, 'tls'))) named = false;
  const isHeld = named === false || (named === undefined && guest !== undefined && demandsTls(guest));
  return { ...doors, clear: anonymous || !isHeld, anonymous, named };
}

/** Begins TLS; gives why there is none. */
const begun = (control: Control): Promise<CannotTell | undefined> =>
  control.secure().then(
    ({ code }) => (code === 234 ? undefined : new CannotTell('protocol', `AUTH TLS: ${code}`)),
    (error: unknown) => {
      if (error instanceof CannotTell && error.reason !== 'aborted') return error;
      throw error;
    },
  );

/** Whether a handshake that failed shows TLS: an alert, or what our own side cannot speak. */
const isTlsAnswer = (why: CannotTell | undefined): boolean =>
  why !== undefined && (why.reason === 'unsupported' || /_ALERT_/.test(why.message));

const namedUser = (context: ProbeContext, within?: 'tls'): Promise<FtpReply> =>
  withControl(context, async (control, greeting) => {
    mustGreet(greeting);
    if (within) await control.secure();
    return control.command(`USER ${context.random(6).toString('hex')}`);
  });

/** Whether a user is asked for a password (331, 332), or for TLS first. Others may be kept out for what they are. */
const asksFor = (reply: FtpReply): boolean | undefined =>
  reply.code === 331 || reply.code === 332 ? true : demandsTls(reply) ? false : undefined;

async function anonymously(control: Control, greeting: FtpReply): Promise<FtpReply> {
  mustGreet(greeting);
  const user = await control.command('USER anonymous');
  return user.code === 331 ? control.command(`PASS ${GUEST}`, PATIENCE) : user;
}

/**
 * 522 and 534 (RFC 2228), 503 where AUTH is to come first (FileZilla), or a refusal of USER with such words: RFC 4217, 13
 * has 534 and 421 too.
 */
const demandsTls = ({ code, lines }: FtpReply): boolean =>
  [522, 533, 534].includes(code) ||
  (code === 503 && /\bAUTH\b/.test(lines.join(' '))) ||
  (code >= 400 && asksForTls(lines.join(' ')));

function mustGreet(greeting: FtpReply): void {
  if (greeting.code !== 220) throw new CannotTell('locked', `the greeting is ${greeting.code}`);
}

/** What a login that was accepted showed. `inClear`: of a protected session, whether files move in the clear beside it. */
interface Inside {
  listing?: Buffer | undefined;
  grant?: Grant;
  inClear?: boolean;
}

function ftpLogins(context: ProbeContext, doors: Doors): LoginProtocol & { readonly inside: Inside } {
  const inside: Inside = {};
  const upgrades = doors.tls !== undefined && context.endpoint.security !== 'tls';
  /** Whether the first refusal spoke of an expired password: then those words are in every one. */
  let everExpired: boolean | undefined;

  const login = (user: string, secret: string, within: 'tls' | 'as it stands'): Promise<LoginAnswer> =>
    withControl(context, async (control, greeting): Promise<LoginAnswer> => {
      if (greeting.code !== 220)
        return { result: 'throttled', response: 'refuse', answer: `${greeting.code} as greeting` };
      if (within === 'tls') {
        const { code } = await control.secure();
        if (code !== 234) return { result: 'throttled', response: 'refuse', answer: `${code} to AUTH TLS` };
      }
      let reply = await control.command(`USER ${user}`);
      const asked = reply.code === 331;
      // 331 and 332 ask for more; an account (ACCT) is more than we have.
      if (asked) reply = await control.command(`PASS ${secret}`, PATIENCE);
      return answer(control, reply, asked);
    });

  const accepted = (answer: string, grants: Grant['grants'], changeAsked: boolean): LoginAnswer => {
    inside.grant = { grants, answer, ...(changeAsked ? { changeAsked } : {}) };
    return { result: 'accepted', answer, grants };
  };

  const answer = async (control: Control, reply: FtpReply, asked: boolean): Promise<LoginAnswer> => {
    const code = String(reply.code);
    const words = reply.lines.join(' ');
    if (reply.code === 230 || reply.code === 232) {
      // First: a server may end all where TLS around data is not the one of the control connection (vsftpd).
      if (control.tls && inside.inClear === undefined) {
        const inClear = await control.listsInClear().catch(unseen);
        if (inClear !== undefined) inside.inClear = inClear;
      }
      inside.listing = await control.list();
      return accepted(code, inside.listing ? 'full' : 'unknown', EXPIRED.test(words));
    }
    if (!control.secured && context.endpoint.security !== 'tls' && demandsTls(reply))
      throw new CannotTell('unsupported', `a login in the clear was answered with ${code}: it wants TLS`);
    if (reply.code === 421 || LOCKED.test(words))
      return { result: 'throttled', response: reply.code === 421 ? 'refuse' : 'lock', answer: code };
    // An account (ACCT) is asked for in place of, or after, the password; or the password was not the last question.
    if (reply.code === 332 || (asked && reply.code < 400)) return { result: 'rejected', answer: code, asksMore: true };
    if (UNKNOWN.includes(reply.code)) {
      if (everExpired === undefined) throw new CannotTell('protocol', `a login was answered with ${code}`);
      return { result: 'rejected', answer: `${code}, not understood`, asksMore: true };
    }
    everExpired ??= EXPIRED.test(words);
    if (asked && !everExpired && EXPIRED.test(words))
      return accepted(`${code}, the password is to be changed`, 'change-only', true);
    if (reply.code >= 300) return { result: 'rejected', answer: code };
    throw new CannotTell('protocol', `a login was answered with ${code}`);
  };

  return {
    protocol: 'ftp',
    inside,
    none: () => login('anonymous', GUEST, doors.anonymous || !upgrades ? 'as it stands' : 'tls'),
    attempt: (user, secret) => login(user, secret, upgrades ? 'tls' : 'as it stands'),
    grants: async () => inside.grant!,
    *access(authentication) {
      const access = { kind: 'access', protocol: 'ftp', action: 'list', resource: '/', authentication } as const;
      // Files are what FTP is for; what is in them is not read, so that their class stays open.
      if (authentication === 'required') yield { ...access, class: 'content', how: 'recognised' };
      else if (inside.listing) yield { ...access, class: 'content', ...markedOr(context, inside.listing) };
      else yield { ...access, class: 'content', action: 'read', resource: 'session', how: 'guessed' };
    },
  };
}

/** How a listing's class is known, and its sample. */
function markedOr(context: ProbeContext, listing: Buffer): Pick<FactOf<'access'>, 'how' | 'marker' | 'sample'> {
  const [marker] = context.markersIn(listing);
  const sample = context.evidence(listing, 'text/plain');
  return marker === undefined ? { how: 'recognised', sample } : { how: 'marker', marker, sample };
}
