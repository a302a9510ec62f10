import type { FactOf } from '../../src/model/fact.ts';
import {
  CannotTell,
  defineProbe,
  type LoginAnswer,
  type LoginProtocol,
  loginArms,
  type ProbeContext,
} from '../../src/observe/probe.ts';
import type { FtpReply } from '../../src/observe/protocols/ftp.ts';
import { type Control, withControl } from './control.ts';

/** 421 service not available; 530 and 430 with such words: "not now" (RFC 959, 4.2). */
const LOCKED = /too many|locked|blocked|banned|try again|temporarily|exceeded/i;

export default defineProbe({
  id: 'ftp-access',
  version: '1',
  title: 'FTP: anonymous access, protection, and who gets in',
  emits: ['login', 'throttle', 'access', 'channel'],
  impact: 'login',
  appliesTo: ({ protocol, port }) => protocol === 'ftp' && port !== undefined,
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<FactOf<'login' | 'throttle' | 'access' | 'channel'>> {
  const { clear, starttls } = await protection(context);
  const channel = { kind: 'channel', protocol: 'ftp' } as const;
  if (context.endpoint.security === 'tls') yield { ...channel, encryption: 'tls' };
  else yield { ...channel, encryption: 'none', ...(starttls && !clear ? { upgrade: 'starttls' as const } : {}) };
  if (!clear)
    throw new CannotTell('unsupported', 'logins are taken only after AUTH TLS', ['login', 'throttle', 'access']);
  yield* loginArms(context, ftpLogins(context));
}

/**
 * Whether logins are taken as the connection stands, and whether AUTH TLS (RFC 4217) is offered. A server may ask
 * named users alone for TLS, and hang up on them: then it matters whether anonymous ones get in without.
 */
async function protection(context: ProbeContext): Promise<{ clear: boolean; starttls: boolean }> {
  const first = await withControl(context, async (control, greeting) => {
    mustGreet(greeting);
    const features = await control.command('FEAT');
    const anonymous = demandsTls(await control.command('USER anonymous'));
    const offered = features.lines.some((line) => /^\s*AUTH\b.*\b(TLS|SSL)/i.test(line));
    // 234 would begin a handshake, so this comes last on its connection.
    const starttls = offered || (await control.command('AUTH TLS')).code === 234;
    return { anonymous, starttls };
  });
  // What is encrypted already has nothing more to ask for, whatever words it refuses with.
  if (context.endpoint.security === 'tls') return { clear: true, starttls: false };
  if (first.anonymous || !first.starttls) return { clear: !first.anonymous, starttls: first.starttls };
  const named = await withControl(context, async (control, greeting) => {
    mustGreet(greeting);
    return demandsTls(await control.command(`USER ${context.random(6).toString('hex')}`));
  });
  const clear = !named || (await withControl(context, isAnonymous));
  return { clear, starttls: true };
}

async function isAnonymous(control: Control, greeting: FtpReply): Promise<boolean> {
  mustGreet(greeting);
  const user = await control.command('USER anonymous');
  return (user.code === 331 ? await control.command('PASS probe@example.invalid') : user).code === 230;
}

/** 522 (RFC 2228), or a refusal of USER with such words: RFC 4217, 13 has 534 and 421 too. */
const demandsTls = (reply: FtpReply): boolean =>
  reply.code >= 400 &&
  (reply.code === 522 || reply.code === 534 || /\b(TLS|SSL|encrypt|secure)/i.test(reply.lines.join(' ')));

function mustGreet(greeting: FtpReply): void {
  if (greeting.code !== 220) throw new CannotTell('locked', `the greeting is ${greeting.code}`);
}

function ftpLogins(context: ProbeContext): LoginProtocol {
  const inside: { listing?: Buffer; loggedIn?: boolean } = {};

  const login = (user: string, secret: string): Promise<LoginAnswer> =>
    withControl(context, async (control, greeting): Promise<LoginAnswer> => {
      if (greeting.code !== 220)
        return { result: 'throttled', response: 'refuse', answer: `${greeting.code} as greeting` };
      let reply = await control.command(`USER ${user}`);
      // 331 and 332 ask for more; an account (ACCT) is more than we have.
      if (reply.code === 331) reply = await control.command(`PASS ${secret}`);
      return answer(control, reply);
    });

  const answer = async (control: Control, reply: FtpReply): Promise<LoginAnswer> => {
    const code = String(reply.code);
    if (reply.code === 230 || reply.code === 232) {
      inside.loggedIn = true;
      inside.listing = await control.list();
      return { result: 'accepted', answer: code, grants: inside.listing ? 'full' : 'unknown' };
    }
    if (reply.code === 421 || LOCKED.test(reply.lines.join(' ')))
      return { result: 'throttled', response: reply.code === 421 ? 'refuse' : 'lock', answer: code };
    // An account (ACCT) is asked for in place of, or after, the password.
    if (reply.code === 332) return { result: 'rejected', answer: code, asksMore: true };
    if (reply.code >= 300) return { result: 'rejected', answer: code };
    throw new CannotTell('protocol', `a login was answered with ${code}`);
  };

  return {
    protocol: 'ftp',
    none: () => login('anonymous', 'probe@example.invalid'),
    attempt: login,
    *access(authentication) {
      const access = { kind: 'access', protocol: 'ftp', action: 'list', resource: '/', authentication } as const;
      // Files are what FTP is for; what is in them is not read, so that their class stays open.
      if (authentication === 'required') yield { ...access, class: 'content', how: 'recognised' };
      else if (inside.listing)
        yield {
          ...access,
          class: 'content',
          how: 'recognised',
          sample: context.evidence(inside.listing, 'text/plain'),
        };
      else yield { ...access, class: 'content', action: 'read', resource: 'session', how: 'guessed' };
    },
  };
}
