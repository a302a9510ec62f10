import {
  CannotTell,
  type Grant,
  type LoginAnswer,
  type LoginProtocol,
  type ProbeContext,
} from '../../src/observe/probe.ts';
import type { SetCookie } from '../../src/observe/protocols/http-cookies.ts';
import type { Asked } from './asked.ts';
import { asksNewPassword, loginFormOf } from './form.ts';
import { formGrants, reachedFacts } from './form-grants.ts';
import { type Outcome, Refusal, variation, wayOut } from './form-outcome.ts';
import { FormSending } from './form-sending.ts';
import { saysRefused } from './page.ts';
import { pageOf, resolved, type Session } from './session.ts';

export interface FormLogins extends LoginProtocol {
  /** Why "rejected" cannot be relied on: nothing showed that a login was read as one. Asked after the arms. */
  unsure(): string | undefined;
  /** The cookies that an accepted login was given. */
  given(): readonly SetCookie[] | undefined;
}

/**
 * Logins by an HTML form, found by its password field; undefined where the page has none. Throws CannotTell
 * `unsupported` where it has one for a new password: a set-up, which is no login.
 */
export function formLogins(context: ProbeContext, asked: Asked): FormLogins | undefined {
  const page = pageOf(asked.response);
  const form = loginFormOf(page);
  if (form) return new Form(context, new FormSending(context, asked, form), form.user === undefined);
  if (asksNewPassword(page))
    throw new CannotTell('unsupported', 'the page asks for a new password: a set-up or a change, and no login', [
      'login',
      'throttle',
    ]);
  return undefined;
}

/** What has been accepted for an account. */
interface Accepted {
  readonly secret: string;
  readonly outcome: Outcome;
}

class Form implements FormLogins {
  readonly protocol = 'http';
  readonly passwordOnly: boolean;
  private readonly context: ProbeContext;
  private readonly sending: FormSending;
  private readonly refusals: Refusal[] = [];
  private readonly accepted = new Map<string, Accepted>();
  /** Accounts of which a wrong password was answered as an unknown account is. */
  private readonly plain = new Set<string>();
  private why: string | undefined;
  /** A declared account was let in: logins are told apart. */
  private works = false;
  private inside: Outcome | undefined;

  constructor(context: ProbeContext, sending: FormSending, passwordOnly: boolean) {
    this.context = context;
    this.sending = sending;
    this.passwordOnly = passwordOnly;
  }

  async none(): Promise<LoginAnswer> {
    await this.sending.look();
    return { result: 'rejected', answer: 'a login form' };
  }

  async attempt(user: string, secret: string): Promise<LoginAnswer> {
    await this.sending.look();
    const sent = await this.send(user, secret);
    if ('result' in sent) return sent;
    const answer = this.refusals.length === 0 ? await this.first(sent) : await this.later(sent, user, secret);
    if (answer.result !== 'accepted') return answer;
    this.inside = sent;
    this.accepted.set(user, { secret, outcome: this.accepted.get(user)?.outcome ?? sent });
    if (this.isDeclared(user, secret)) this.works = true;
    return answer;
  }

  unsure = (): string | undefined => (this.works ? undefined : this.why);

  given = (): readonly SetCookie[] | undefined => this.inside?.given;

  grants = (user: string, secret: string): Promise<Grant> => formGrants(this.sending, user, secret);

  *access(authentication: 'none' | 'any' | 'required') {
    if (authentication === 'any' && this.inside) yield* reachedFacts(this.sending, this.inside);
  }

  /** Sends one login and leaves its session again, so that the next one is not the second. */
  private async send(user: string, secret: string): Promise<Outcome | Extract<LoginAnswer, { result: 'throttled' }>> {
    const sent = await this.sending.send(user, secret);
    if ('result' in sent) return sent;
    await this.leave(sent.outcome, sent.session);
    return sent.outcome;
  }

  private async leave({ inside, walk }: Outcome, session: Session): Promise<void> {
    for (const each of [...inside.map((view) => view.walk), walk]) {
      const page = pageOf(each.response);
      const link = wayOut(page);
      const place = link === undefined ? undefined : resolved(this.context, each.place, link, page.base);
      if (place) return void (await session.walk(place));
    }
  }

  /** A1, and once more with other words: what varies by itself, and how a refusal looks. */
  private async first(a: Outcome): Promise<LoginAnswer> {
    const { sending, context } = this;
    if (a.inside.length > 0) return this.anybody(a);
    this.why = await this.unread(a);
    const [shown, again] = sending.untouched;
    const own = variation(shown, again);
    sending.isUsual(a);
    const known: Outcome[] = [a];
    const word = () => Array.from(context.random(12), (byte) => String.fromCharCode(97 + (byte % 26))).join('');
    const user = this.passwordOnly ? '' : word();
    // Without user names it would be one more failure of the only account.
    const isFree = !this.passwordOnly || context.component.declares.logins?.lock === 'none';
    if (isFree && context.login.allows(user)) {
      context.login.sent(user);
      const b = await this.send(user, word());
      if ('result' in b) return b;
      if (b.inside.length > 0)
        throw sending.cannot('protocol', 'random credentials were refused at first and accepted later');
      known.push(b);
    }
    const [, b] = known;
    // The first may have been read, and the second one have met a lock in words that are not known.
    if (b && variation(a, b) > own) this.why ??= 'two random logins were answered with different pages';
    const refusal = new Refusal(known, own);
    if (!refusal.isOne()) throw sending.cannot('protocol', 'two random logins were answered in different ways');
    this.refusals.push(refusal);
    return this.rejected(a);
  }

  private async later(x: Outcome, user: string, secret: string): Promise<LoginAnswer> {
    const before = this.accepted.get(user);
    if (before?.secret === secret) return this.repeated(x, before.outcome);
    if (x.inside.length > 0) {
      const isListed = [...this.context.credentials.candidates, ...this.context.accounts].some(
        (each) => each.user === user,
      );
      if (before !== undefined || !isListed) return this.anybody(x);
      await this.mustBeAlone();
      return this.in(x);
    }
    const agrees = this.agrees(x);
    if (agrees) {
      this.plain.add(user);
      return this.rejected(x);
    }
    if (this.sending.asksMore(x)) return { ...this.rejected(x), result: 'rejected', asksMore: true };
    if (before !== undefined) {
      if (before.outcome.inside.length === 0 || new Refusal([before.outcome]).agrees(x))
        throw this.sending.cannot('protocol', 'an account is answered in a third way with another password');
      // The right password gets in, and this one does not: a wrong password has words of its own.
      this.refusals.push(new Refusal([x]));
      return this.rejected(x);
    }
    return this.doubtful(x, user);
  }

  /** Neither inside nor as a refusal was: what a wrong password of the same account gets tells them apart. */
  private async doubtful(x: Outcome, user: string): Promise<LoginAnswer> {
    const { context, sending } = this;
    if (!this.plain.has(user)) {
      if (!context.login.allows(user))
        throw sending.cannot(
          'budget',
          'a login was answered otherwise than random ones, and the login budget leaves no login to tell why',
        );
      context.login.sent(user);
      const word = context.random(9).toString('hex');
      context.redact(word);
      const control = await this.send(user, word);
      if ('result' in control) return control;
      if (control.inside.length > 0)
        throw sending.cannot('protocol', 'a wrong password was let in where another one was not');
      const own = new Refusal([x, control]);
      if (own.isOne() && (own.isLoose() || new Refusal([x]).agrees(control) === 'exact')) {
        // The account is known, its password wrong: unless others are answered so by now, or nothing but the login says so.
        await this.mustBeOfAccount();
        this.refusals.push(own);
        if (!x.formAgain)
          this.why ??= 'a known account is answered alike whatever the password, and otherwise than an unknown one';
        return this.rejected(x);
      }
      if (!this.agrees(control)) throw sending.cannot('protocol', 'a wrong password is answered in ever other ways');
    }
    const isOver = x.walk.response.status >= 400 && x.walk.response.status !== 401;
    const isNew = x.cookies !== '' || !x.formAgain;
    if (isOver || !isNew || (x.cookies === '' && saysRefused(x.walk.response)))
      throw sending.cannot(
        'protocol',
        'a login was answered otherwise than wrong ones, and nothing says that it was accepted',
      );
    await this.mustBeAlone();
    return this.in(x);
  }

  /** Throws CannotTell where unknown accounts are no longer answered as they were: it is a lock. */
  private async mustBeOfAccount(): Promise<void> {
    const { context, sending } = this;
    const user = Array.from(context.random(12), (byte) => String.fromCharCode(97 + (byte % 26))).join('');
    if (!this.passwordOnly && context.login.allows(user)) {
      context.login.sent(user);
      const again = await this.send(user, context.random(9).toString('hex'));
      if (!('result' in again) && this.agrees(again)) return;
    }
    throw sending.cannot('locked', 'wrong logins came to be answered otherwise than at first: a lock, by all signs');
  }

  private repeated(x: Outcome, before: Outcome): LoginAnswer {
    const paths = (outcome: Outcome) => outcome.inside.map(({ path }) => path).join(' ');
    const isSame =
      before.inside.length > 0
        ? paths(x) === paths(before) && before.walk.response.status === x.walk.response.status
        : new Refusal([before]).isOne() && new Refusal([before, x]).isOne() && this.agrees(x) === false;
    return isSame ? this.in(x) : { ...this.rejected(x), answer: `${said(x)}, otherwise than before` };
  }

  /** Let in with words that nobody gave out: only what is certainly the inside says so. */
  private async anybody(x: Outcome): Promise<LoginAnswer> {
    if (!x.isProof)
      throw this.sending.cannot(
        'protocol',
        'a wrong login was answered with a page that others do not get, and nothing says what it is',
      );
    await this.mustBeAlone();
    return this.in(x);
  }

  /** What is open to everybody once somebody logged in is no session that can be told from a lock. */
  private async mustBeAlone(): Promise<void> {
    if (!(await this.sending.isClosed()))
      throw this.sending.cannot(
        'protocol',
        'after a login the pages changed for everybody at this address: a login by address, or a lock',
      );
  }

  private agrees(x: Outcome): boolean {
    return this.refusals.some((refusal) => {
      const level = refusal.agrees(x);
      return level === 'exact' || (level === 'loose' && refusal.isLoose());
    });
  }

  private in(x: Outcome): LoginAnswer {
    return { result: 'accepted', answer: said(x), grants: 'unknown' };
  }

  private rejected(x: Outcome): Extract<LoginAnswer, { result: 'rejected' }> {
    return { result: 'rejected', answer: said(x), milliseconds: x.walk.first.milliseconds };
  }

  /** Why the first refusal may be none: it is not said in words or by 401, and is what anything else gets, too. */
  private async unread(a: Outcome): Promise<string | undefined> {
    const { sending } = this;
    const { response, first } = a.walk;
    const [shown, again] = sending.untouched;
    if (first.status === 401 || response.status === 401) return undefined;
    if (saysRefused(response) && !saysRefused(shown.walk.response)) return undefined;
    if (response.status >= 400)
      return `wrong logins are answered with ${response.status}, which does not say that they were read as logins`;
    if (!a.formAgain) return 'wrong logins are answered with a page that says neither yes nor no';
    if (sending.isIntercepted) return 'a script of the page may send the login in another way than the form does';
    const [step] = a.walk.steps;
    const target = await sending.target();
    const asShown = new Refusal([{ ...shown, walk: target }], variation(shown, again));
    const isAnswered = step !== target.steps[0] || a.cookies !== '' || !asShown.agrees({ ...a, cookies: '' });
    return isAnswered ? undefined : 'wrong logins are answered with the login page as it is';
  }

  private isDeclared = (user: string, secret: string): boolean =>
    this.context.accounts.some((account) => account.user === user && account.secret === secret);
}

/** What was seen, in our words. */
const said = ({ walk, inside, formAgain, cookies }: Outcome): string => {
  const statuses = walk.steps.map((step) => step.split(' ').at(-1)).join(', ');
  if (inside.length > 0) return `${statuses}, past the login`;
  return `${statuses}${formAgain ? ' at the login' : ''}${cookies === '' ? '' : ', a cookie'}`;
};
