import { type HttpResponse, headerValues } from './http.ts';

/** One cookie that an answer sets (RFC 6265, 5.2), with what protects it. */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
}

/** Cookies of one answer that are read, and characters of each header. */
const COOKIES = 50;
const HEADER = 16_384;
/** Characters of a name with its value: browsers take no cookie that is longer (RFC 6265bis, 5.7). */
const LONGEST = 4096;
/** What servers write in the place of a value that they take away. */
const TAKEN_AWAY = /^("{2})?$|^(deleted?|expired)$/i;

/**
 * One Set-Cookie header. `now` (milliseconds since the epoch) is the device's own clock, which may never have been set.
 * Undefined where it sets nothing: it has no name, is longer than clients take, or takes the cookie away.
 */
export function readSetCookie(header: string, now: number): SetCookie | undefined {
  const [pair = '', ...attributes] = header.slice(0, HEADER).split(';');
  const at = pair.indexOf('=');
  if (at < 1) return undefined;
  const name = pair.slice(0, at).trim();
  const value = pair.slice(at + 1).trim();
  const given = new Map(
    attributes.map((attribute) => {
      const [key = '', ...rest] = attribute.split('=');
      return [key.trim().toLowerCase(), rest.join('=').trim()];
    }),
  );
  const age = given.get('max-age');
  const expires = Date.parse(given.get('expires') ?? '');
  const gone = age !== undefined && /^-?\d+$/.test(age) ? Number(age) <= 0 : expires <= now;
  const isLong = name.length + value.length > LONGEST;
  if (name === '' || gone || isLong || TAKEN_AWAY.test(value)) return undefined;
  return { name, value, secure: given.has('secure'), httpOnly: given.has('httponly') };
}

/** The cookies that an answer sets, in order. `now`: where the answer has no date of its own. */
export function cookiesSet(response: Pick<HttpResponse, 'headers'>, now: number): SetCookie[] {
  const date = Date.parse(headerValues(response, 'date')[0] ?? '') || now;
  return headerValues(response, 'set-cookie')
    .slice(0, COOKIES)
    .flatMap((header) => readSetCookie(header, date) ?? []);
}

/** Names by which frameworks and devices call a session, a login or its token. */
const SESSION =
  /sess|(^|[^a-z])s?sid([^a-z]|$)|sid$|auth|(^|[_.-])token|token$|jwt|log(ged)?_?-?in|remember[_-]?me|^(user|uid|account|credential)|sysauth|^id$/i;
/** Names that are a session's whatever else they say: `SessionCookie`, `webview_sid`. */
const CERTAIN = /sess(ion)?|(^|[^a-z])s?sid([^a-z]|$)|sysauth|auth_?-?(cookie|token)|jwt/i;
/** What a script must read. */
const FORGERY = /csrf|xsrf|anti-?forgery|verification/i;
/** What balances load, measures, asks for consent, or keeps a taste: no session, whatever it looks like. */
const OTHER =
  /lang|locale|i18n|theme|color|colour|dark|font|consent|cookie.?(policy|notice|law|bar|accept|pref)|^cookies?$|banner|timezone|(^|[_-])tz([_-]|$)|^_g(a|id|at|cl)|^_pk_|^_hj|^AWSALB|^BIGip|^__cf|^(cf|ak)_|^incap_|^visid|^ARRAffinity|^SERVERID$|^ROUTEID$|redirect|return|last|page|view|sort|screen|width|height/i;
/** The least length of a value that nobody guesses: 64 bits in hexadecimal. */
const LEAST = 16;

/**
 * Whether a cookie is what somebody is known by: by its name, or by a value that looks like chance where the name says
 * nothing. Tokens against forged requests are none: a page's scripts must read them.
 */
export function isSession({ name, value }: SetCookie): boolean {
  const bare = name.replace(/^__(Host|Secure)-/i, '');
  if (FORGERY.test(bare)) return false;
  if (OTHER.test(bare)) return CERTAIN.test(bare) && looksRandom(value);
  return SESSION.test(bare) || looksRandom(value);
}

/** Letters and digits mixed without words: hexadecimal, base64 or a UUID, of which no quarter is one and the same sign. */
export function looksRandom(value: string): boolean {
  const text = value.replace(/^"|"$/g, '').slice(0, 512);
  if (text.length < LEAST || !/^[A-Za-z0-9+/_=.:%-]+$/.test(text)) return false;
  const letters = text.replace(/[^A-Za-z0-9]/g, '');
  const digits = letters.replace(/\D/g, '').length;
  if (letters.length < LEAST || digits < 2 || digits === letters.length) return false;
  const counts = new Map<string, number>();
  for (const letter of letters) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  // A word with a mark behind it, as in a name of several words.
  const isReadable = /[g-z][a-z]*[aeiou][a-z]{3,}[.:%_-]/i.test(text);
  return counts.size >= 8 && Math.max(...counts.values()) <= letters.length / 4 && !isReadable;
}

/** A policy of Strict-Transport-Security (RFC 6797, 6.1). Seconds. */
export interface TransportSecurity {
  readonly maxAge: number;
  readonly includeSubDomains: boolean;
}

/**
 * The policy of an answer as clients read it: its first header alone (RFC 6797, 8.1), each directive once. Undefined
 * where there is none that they take.
 */
export function transportSecurity(response: Pick<HttpResponse, 'headers'>): TransportSecurity | undefined {
  const [header] = headerValues(response, 'strict-transport-security');
  if (header === undefined || header.length > 4096) return undefined;
  const directives = new Map<string, string>();
  for (const part of header.split(';')) {
    const [, name, value = ''] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*("[^"]*"|[^\s"]*))?\s*$/.exec(part) ?? [];
    if (name === undefined) {
      if (part.trim() === '') continue;
      return undefined;
    }
    const key = name.toLowerCase();
    if (directives.has(key)) return undefined;
    directives.set(key, value.replace(/^"|"$/g, ''));
  }
  const age = directives.get('max-age');
  if (age === undefined || !/^\d{1,15}$/.test(age)) return undefined;
  return { maxAge: Number(age), includeSubDomains: directives.has('includesubdomains') };
}
