import type { ProbeContext } from '../../src/observe/probe.ts';

/** A name is asked for, in clear: in the languages of the devices that were met. */
const USER = /^(login|user|account|benutzer|utilisateur|identifiant|usuario|utente|gebruiker)/i;
/** A new password is asked for: the one that was given was right. */
const NEW =
  /new (unix )?password|current (unix )?password|change your password|(requir[a-z]*|must|have) to change|password (has |is )?expired|neues (pass|kenn)wort|nouveau mot de passe|nueva contrase|nuova password/i;
/** What PAM's modules say of an account that is locked, beside the question. */
const LOCKED = /account (is )?(temporarily )?locked|locked due to|too many (failed|authentication|login)/i;
/** A server that asks the same again has refused, or takes a password only at its second question: it is given twice. */
const TIMES = 2;
const KEPT = 4096;

interface Prompt {
  readonly prompt: string;
  readonly echo?: boolean;
}

/** The answers to keyboard-interactive (RFC 4256) of one login: in no language, for a question is known by what follows. */
export class Questions {
  /** What was asked for beside the password. */
  more: string | undefined;
  /** Called, once, where a new password is asked for after ours was given. Nothing is answered then. */
  onChange: () => void = () => {};
  private said = '';
  private asked: string | undefined;
  private given = 0;
  private readonly context: ProbeContext;
  private readonly user: string;
  private readonly secret: string;

  constructor(context: ProbeContext, user: string, secret: string) {
    this.context = context;
    this.user = user;
    this.secret = secret;
  }

  /** Whether the server says that the account is locked. */
  get locked(): boolean {
    return LOCKED.test(this.said);
  }

  hear(text: string): void {
    this.said = `${this.said}${text}\n`.slice(0, KEPT);
  }

  readonly answer = (
    name: string,
    instructions: string,
    _language: string,
    prompts: readonly Prompt[],
    finish: (answers: string[]) => void,
  ): void => {
    if (this.asked !== undefined) this.hear(`${name}\n${instructions}`);
    const words = [name, instructions, ...prompts.map(({ prompt }) => prompt)].join('\n').slice(0, KEPT);
    if (this.asked !== undefined && NEW.test(words)) this.onChange();
    else finish(prompts.map((each) => this.reply(each)));
  };

  private reply({ prompt, echo }: Prompt): string {
    const question = prompt.trim();
    if (this.asked === undefined && echo === true && USER.test(question)) return this.user;
    if (this.asked === undefined) {
      this.asked = question;
      this.given = 1;
      return this.secret;
    }
    if (question !== this.asked) this.more = 'another question';
    else if (this.given < TIMES) {
      this.given += 1;
      if (this.context.login.allows(this.user)) {
        this.context.login.sent(this.user);
        return this.secret;
      }
      this.more = 'the same question again';
    }
    return '';
  }
}
