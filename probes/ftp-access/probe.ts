import type { FactOf } from '../../src/model/fact.ts';
import {
  CannotTell,
  defineProbe,
  type Grant,
  type LoginAnswer,
  type LoginProtocol,
  loginArms,
  type ProbeContext,
} from '../../src/observe/probe.ts';
import type { FtpReply } from '../../src/observe/protocols/ftp.ts';
import { listsAuthTls } from '../../src/observe/protocols/starttls.ts';
import { type Control, withControl } from './control.ts';

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
  emits: ['login', 'throttle', 'access', 'channel'],
  impact: 'login',
  appliesTo: ({ protocol, port }) => protocol === 'ftp' && port !== undefined,
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<FactOf<'login' | 'throttle' | 'access' | 'channel'>> {
  const doors = await protection(context);
  const channel = { kind: 'channel', protocol: 'ftp' } as const;
  if (context.endpoint.security === 'tls') yield { ...channel, encryption: 'tls' };
  else
    yield {
      ...channel,
      encryption: 'none',
      ...(doors.upgrades && !doors.clear ? { upgrade: 'starttls' as const } : {}),
      ...(doors.tls && doors.clear ? { offered: 'starttls' as const } : {}),
      ...(doors.named === undefined ? {} : { credentials: doors.named }),
    };
  if (!doors.clear && !doors.tls)
    throw new CannotTell(
      'unsupported',
      `logins are taken only after AUTH TLS${doors.why === undefined ? '' : `, which cannot be had (${doors.why})`}`,
      ['login', 'throttle', 'access'],
    );
  yield* loginArms(context, ftpLogins(context, doors));
}

/** How logins may come in. */
interface Doors {
  /** As the connection stands: in the clear, or inside the TLS that it was dialled with. */
  readonly clear: boolean;
  /** After AUTH TLS (RFC 4217), which was granted and whose handshake was had. */
  readonly tls: boolean;
  /** AUTH TLS is offered, whether or not it can be had, and `why` it cannot. */
  readonly upgrades: boolean;
  readonly why?: string | undefined;
  /** Anonymous gets in as the connection stands. */
  readonly anonymous: boolean;
  /** Passwords of named users are taken as the connection stands; undefined where that was not said. */
  readonly named: boolean | undefined;
}

/**
 * Whether logins are taken as the connection stands, and whether AUTH TLS can be had. A server may ask named users alone
 * for TLS, and hang up on them: then it matters whether anonymous ones get in without.
 */
async function protection(context: ProbeContext): Promise<Doors> {
  const first = await withControl(context, async (control, greeting) => {
    mustGreet(greeting);
    // What is encrypted already has nothing more to ask for, whatever words it refuses with.
    if (context.endpoint.security === 'tls') return { demands: false, tls: false, upgrades: false };
    const features = await control.command('FEAT');
    const offered = listsAuthTls(features);
    const why = await control.secure().then(({ code }) => (code === 234 ? undefined : `AUTH TLS: ${code}`), asWords);
    const { granted, secured: tls } = control;
    if (tls || offered || granted) return { demands: false, tls, upgrades: true, why };
    return { demands: demandsTls(await control.command('USER anonymous')), tls, upgrades: false, why };
  });
  const { demands, ...doors } = first;
  const within = context.endpoint.security === 'tls';
  if (!doors.upgrades && (within || demands))
    return { ...doors, clear: !demands, anonymous: false, named: demands ? false : undefined };
  if (!doors.upgrades) return { ...doors, clear: true, anonymous: false, named: asksFor(await namedUser(context)) };
  const guest = await withControl(context, anonymously);
  const anonymous = guest.code === 230;
  if (!anonymous && demandsTls(guest)) return { ...doors, clear: false, anonymous, named: false };
  const reply = await namedUser(context);
  return { ...doors, clear: anonymous || !demandsTls(reply), anonymous, named: asksFor(reply) };
}

const namedUser = (context: ProbeContext): Promise<FtpReply> =>
  withControl(context, (control, greeting) => {
    mustGreet(greeting);
    return control.command(`USER ${context.random(6).toString('hex')}`);
  });

/** Whether a user is asked for a password (331, 332), or for TLS first. Others may be kept out for what they are. */
const asksFor = (reply: FtpReply): boolean | undefined =>
  reply.code === 331 || reply.code === 332 ? true : demandsTls(reply) ? false : undefined;

const asWords = (error: unknown): string => {
  if (error instanceof CannotTell && error.reason !== 'aborted') return error.message;
  throw error;
};

async function anonymously(control: Control, greeting: FtpReply): Promise<FtpReply> {
  mustGreet(greeting);
  const user = await control.command('USER anonymous');
  return user.code === 331 ? control.command(`PASS ${GUEST}`, PATIENCE) : user;
}

/** 522 (RFC 2228), or a refusal of USER with such words: RFC 4217, 13 has 534 and 421 too. */
const demandsTls = (reply: FtpReply): boolean =>
  reply.code >= 400 &&
  (reply.code === 522 || reply.code === 534 || /\b(TLS|SSL|encrypt|secure)/i.test(reply.lines.join(' ')));

function mustGreet(greeting: FtpReply): void {
  if (greeting.code !== 220) throw new CannotTell('locked', `the greeting is ${greeting.code}`);
}

function ftpLogins(context: ProbeContext, doors: Doors): LoginProtocol {
  const inside: { listing?: Buffer | undefined; changeAsked?: boolean; grant?: Grant } = {};
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
    none: () => login('anonymous', GUEST, doors.anonymous || !doors.tls ? 'as it stands' : 'tls'),
    attempt: (user, secret) => login(user, secret, doors.tls ? 'tls' : 'as it stands'),
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
