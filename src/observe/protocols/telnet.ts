const IAC = 255;
const SB = 250;
const SE = 240;
const WILL = 251;
const DONT = 254;
const ECHO = 1;
const SUPPRESS_GO_AHEAD = 3;

/**
 * One side of Telnet's option negotiation (RFC 854, RFC 1143): the server may echo and suppress go-ahead, everything
 * else is refused, each once, so that no server can make it loop.
 */
export class TelnetStream {
  private rest: Buffer = Buffer.alloc(0);
  private readonly answered = new Set<string>();

  /** Takes bytes as they come; gives the text within them and what is to be sent back. */
  take(bytes: Buffer): { text: string; reply: Buffer } {
    const input = Buffer.concat([this.rest, bytes]);
    const text: number[] = [];
    const reply: number[] = [];
    let at = 0;
    while (at < input.length) {
      const byte = input[at]!;
      if (byte !== IAC) {
        text.push(byte);
        at += 1;
        continue;
      }
      const command = input[at + 1];
      if (command === undefined) break;
      if (command >= WILL && command <= DONT) {
        const option = input[at + 2];
        if (option === undefined) break;
        reply.push(...this.answer(command, option));
        at += 3;
      } else if (command === SB) {
        const end = input.indexOf(Buffer.from([IAC, SE]), at + 2);
        if (end < 0) break;
        at = end + 2;
      } else {
        if (command === IAC) text.push(IAC);
        at += 2;
      }
    }
    // A subnegotiation that never ends is not kept.
    this.rest = input.length - at > 4096 ? Buffer.alloc(0) : Buffer.from(input.subarray(at));
    return { text: Buffer.from(text).toString('latin1'), reply: Buffer.from(reply) };
  }

  private answer(command: number, option: number): number[] {
    const key = `${command}/${option}`;
    if (this.answered.has(key)) return [];
    this.answered.add(key);
    const accepts = option === ECHO || option === SUPPRESS_GO_AHEAD;
    if (command === WILL) return [IAC, accepts ? 253 : DONT, option];
    if (command === 253) return [IAC, option === SUPPRESS_GO_AHEAD ? WILL : 252, option];
    return [];
  }
}

export type TelnetPrompt = 'login' | 'password' | 'menu' | 'shell';

/** The words for a user's name and for a password, in the languages of the devices that were met; what ends a prompt. */
const NAMES =
  "log[ -]?[io]n|user ?name|user ?id|user|account|benutzer(?:name)?|anmeldename|nom d'utilisateur|utilisateur|identifiant|usu[aá]rio|nombre de usuario|utente|nome utente|gebruikers?(?:naam)?|логин|имя пользователя|пользователь|用户名?|账号|帳號|ユーザー?名?|사용자";
const SECRETS =
  'pass ?word|pass ?phrase|pass ?code|passwd|pin|pass(?:wort)?|kennwort|mot de passe|contrase[nñ]a|senha|parola(?: d.ordine)?|wachtwoord|пароль|密码|密碼|パスワード|비밀번호';
const LOGIN = new RegExp(`(^|[\\s\\])>-])(${NAMES})( ?(?:name|as|id))?\\s*[:>?：]\\s*$`, 'iu');
const PASSWORD = new RegExp(`(^|[^\\p{L}])(${SECRETS})(?!\\p{L})[^:\\n]{0,40}[:>?：]\\s*$`, 'iu');
const MENU =
  /(^|[^\p{L}])(choice|choose|select(ion)?|option|auswahl|wahl|choix|opci[oó]n|scelta)(?!\p{L})[^\n]{0,40}[:>?=]\s*$/iu;
/** A line of a menu: a number or a letter, and what it stands for. */
const ITEM = /^[ \t*|]{0,20}[[(]?(\d{1,2}|[a-z])[\])]?[).:\]-]?[ \t]+\S/gim;
const ITEMS = 2;
const SHELL = /^[^\n]{0,100}[#$%>]\s?$/;

/** What a server is waiting for, by the last line of its text, as UTF-8 or as Latin-1. */
export function promptOf(text: string): TelnetPrompt | undefined {
  const line = lastLine(text);
  const forms = [line, Buffer.from(line, 'latin1').toString()];
  if (forms.some((form) => PASSWORD.test(form))) return 'password';
  if (forms.some((form) => LOGIN.test(form))) return 'login';
  if (forms.some((form) => MENU.test(form)) && (text.slice(-4000).match(ITEM)?.length ?? 0) >= ITEMS) return 'menu';
  return SHELL.test(line) ? 'shell' : undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is taken out
const ESCAPES = /\x1b(\[[0-9;?]*[ -/]*[@-~]|[@-Z\\-_])|[\x00\x07\x08]/g;

/** The line that a server left open, without escape sequences; empty where it ended its last line. */
export function lastLine(text: string): string {
  return text
    .slice(-2000)
    .replace(ESCAPES, '')
    .split(/[\r\n]/)
    .at(-1)!;
}
