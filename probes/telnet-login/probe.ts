import {
  CannotTell,
  defineProbe,
  type Grant,
  type LoginAnswer,
  type LoginProtocol,
  loginArms,
  type ProbeContext,
} from '../../src/observe/probe.ts';
import { withCredentials } from '../../src/observe/protocols/taken-in-clear.ts';
import { Dialogue, type LineEnd, settled, type Turn } from './dialogue.ts';

const REFUSED = /incorrect|fail(ed|ure)|denied|invalid|bad (pass|user|login)|wrong|not (valid|authori[sz]ed)/i;
const LOCKED = /locked|too many|blocked|try again (later|in)|temporarily|exceeded/i;
/** A password was asked for, and not waited for. */
const ASKED_PASSWORD = /pass ?word\b[^:\n]{0,40}:/i;
const CHANGE = /new (unix )?password|chang(e|ing) (your |the )?password|password (has |is )?expired|must (be )?change/i;
/** The server waited for us and not we for it: nobody was refused. */
const TIMED_OUT = /timed out/i;
/** `wait` limits that an answer to a password may take: some servers make every failure wait for half a minute. */
const PATIENCE = 8;

const LOGINS = ['login', 'throttle', 'access'] as const;

export default defineProbe({
  id: 'telnet-login',
  version: '2',
  title: 'Telnet: a shell without a login, and who gets in',
  emits: [...LOGINS, 'channel'],
  impact: 'login',
  appliesTo: ({ protocol, port }) => protocol === 'telnet' && port !== undefined,
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext) {
  const met: Met = {};
  yield* withCredentials(context, loginArms(context, telnetLogins(context, met)), () => met.prompt, LOGINS);
}

async function withDialogue<T>(
  context: ProbeContext,
  lineEnd: LineEnd,
  use: (dialogue: Dialogue) => Promise<T>,
): Promise<T> {
  const connection = await context.dial();
  try {
    return await use(new Dialogue(context, connection, lineEnd));
  } finally {
    connection.destroy();
  }
}

/** What was met first: a prompt for a name or a password, say. */
interface Met {
  prompt?: true;
}

/** Telnet's logins: each over its own connection, and a shell only where a bare newline brings its prompt again. */
function telnetLogins(context: ProbeContext, met: Met): LoginProtocol {
  const first: { passwordOnly?: boolean; refusal?: string } = {};
  let inside: Grant = { answer: '', grants: 'unknown' };
  let lineEnd: LineEnd = '\r\n';
  /** A refusal has one form; another one after it is no plain refusal. */
  const refusal = (form: string): LoginAnswer => {
    first.refusal ??= form;
    return form === 'closed' && first.refusal !== form
      ? { result: 'throttled', response: 'refuse', answer: form }
      : { result: 'rejected', answer: form };
  };

  const accepted = (answer: string, grants: Grant['grants']): LoginAnswer => {
    inside = { answer, grants, ...(grants === 'change-only' ? { changeAsked: true } : {}) };
    return { result: 'accepted', answer, grants };
  };

  const judge = async (dialogue: Dialogue, turn: Turn): Promise<LoginAnswer> => {
    // Before any words: a message of the day may speak of failed logins.
    const { at } = await settled(dialogue, turn);
    if (at === 'shell' || at === 'menu') {
      if (first.refusal === undefined && REFUSED.test(turn.text))
        throw new CannotTell('protocol', 'words that refuse, and then what looks like a prompt of a shell');
      return accepted(at === 'menu' ? 'menu' : 'shell prompt', at === 'menu' ? 'unknown' : 'full');
    }
    if (at === 'closed' && TIMED_OUT.test(turn.text))
      throw new CannotTell('timeout', 'the server says that it timed out');
    if (LOCKED.test(turn.text)) return { result: 'throttled', response: 'lock', answer: 'locked, in its words' };
    if (CHANGE.test(turn.text) && at === 'password') return accepted('a new password is asked for', 'change-only');
    if (REFUSED.test(turn.text)) return refusal('refused, in its words');
    return refusal(at === 'closed' ? at : `${at} prompt again`);
  };

  const login = (user: string, secret: string): Promise<LoginAnswer | 'two lines'> =>
    withDialogue(context, lineEnd, async (dialogue) => {
      let turn = await settled(dialogue, await dialogue.greeting());
      if (turn.at === 'closed')
        return LOCKED.test(turn.text)
          ? { result: 'throttled', response: 'lock', answer: 'locked, in its words' }
          : Promise.reject(new CannotTell('reset', 'closed without a prompt'));
      if (turn.at === 'login') {
        turn = await dialogue.say(user);
        if (turn.at === 'login' && ASKED_PASSWORD.test(turn.text)) return 'two lines';
        // No password asked: in already, or refused already.
        if (turn.at !== 'password') return judge(dialogue, turn);
      }
      if (turn.at !== 'password') throw new CannotTell('protocol', 'the server asks for a login only at times');
      return judge(dialogue, await dialogue.say(secret, '', PATIENCE));
    });

  return {
    protocol: 'telnet',
    get passwordOnly() {
      return first.passwordOnly ?? false;
    },
    none: () =>
      withDialogue(context, lineEnd, async (dialogue) => {
        const { at } = await settled(dialogue, await dialogue.greeting());
        first.passwordOnly = at === 'password';
        if (at === 'closed') throw new CannotTell('reset', 'closed without a prompt');
        if (at === 'login' || at === 'password') met.prompt = true;
        if (at === 'menu') return accepted('menu without a login', 'unknown');
        return at === 'shell'
          ? accepted('shell prompt without a login', 'full')
          : { result: 'rejected', answer: `${at} prompt` };
      }),
    async attempt(user, secret) {
      const answer = await login(user, secret);
      if (answer !== 'two lines') return answer;
      lineEnd = '\r';
      const again = await login(user, secret);
      if (again === 'two lines') throw new CannotTell('protocol', 'the server does not wait for the password');
      return again;
    },
    // Seen at the login itself: nothing but a newline was sent in the session.
    grants: async () => inside,
    *access(authentication) {
      const access = { kind: 'access', protocol: 'telnet', action: 'execute', authentication } as const;
      // What a menu does is not tried, so that its class stays open.
      if (authentication !== 'required' && inside.grants !== 'full')
        yield { ...access, class: 'function', resource: 'menu', how: 'guessed' };
      else yield { ...access, class: 'shell', resource: 'shell', how: 'recognised' };
    },
  };
}
