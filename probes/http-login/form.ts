import { inCharset, urlEncoded } from '../../src/observe/protocols/form-text.ts';
import type { Field, Form, Page } from '../../src/observe/protocols/html-page.ts';
import type { HttpResponse } from '../../src/observe/protocols/http.ts';
import { headerValues } from '../../src/observe/protocols/http.ts';

const passwords = (form: Form): Field[] => form.fields.filter(({ type, disabled }) => type === 'password' && !disabled);

/** A form that asks for one password, for no new one, and for nothing that could be set. */
export const isLoginForm = (form: Form): boolean =>
  passwords(form).length === 1 &&
  !/new[-_]?pass|confirm|repeat|retype/i.test(passwords(form)[0]!.name) &&
  passwords(form)[0]!.autocomplete !== 'new-password' &&
  form.fields.filter(({ type, name, disabled }) => TYPED.test(type) && !disabled && !BESIDE.test(name)).length <= 1 &&
  !setsSomething(form);

/** What a login is for is nothing of the device's own: a form that sets such things must never be sent. */
const SET =
  /ssid|psk|wpa|wep|wi-?fi|wlan|wireless|radius|smtp|mqtt|ntp|dns|ppp|dial|apn|proxy|snmp|communit|upnp|cloud|remote|server|host|share|encrypt|passphrase|(^|[^a-z])(key|port|wan|lan|ftp|vpn)([^a-z]|$)/i;
const SETS =
  /(^|[/_.?=-])(set|save|apply|config|update|change|add|create|edit|register|sign-?up|restore|upgrade|reset)/i;
const SAVES =
  /save|apply|speichern|übernehmen|update|change|connect|join|add|create|register|sign ?up|enable|set\b|保存|应用/i;

/** Whether a form looks like one that sets something, by its names, its target, its button or a word that is filled in. */
function setsSomething(form: Form): boolean {
  const asked = form.fields.filter(({ type, disabled }) => (TYPED.test(type) || type === 'password') && !disabled);
  const buttons = form.fields.filter(({ type }) => type === 'submit').map(({ label }) => label);
  return (
    asked.some(({ name, id }) => SET.test(`${name} ${id}`)) ||
    passwords(form)[0]!.value !== '' ||
    (SETS.test(form.action ?? '') && !/log-?_?[io]n|sign-?in|auth|session/i.test(form.action ?? '')) ||
    (buttons.some((label) => SAVES.test(label)) && !buttons.some((label) => /log|sign ?in|anmeld|enter/i.test(label)))
  );
}

/** A form for a name and one password (and a server, where its button says login), or for one password alone. */
export const asksWho = (form: Form): boolean => {
  const typed = form.fields.filter(({ type, name, disabled }) => TYPED.test(type) && !disabled && !BESIDE.test(name));
  const enters = form.fields.some(({ type, label }) => type === 'submit' && /log-?[io]n|sign ?in|anmeld/i.test(label));
  return (
    passwords(form).length === 1 &&
    passwords(form)[0]!.value === '' &&
    (typed.length === 0 ||
      (typed.some(({ name, id }) => USER.test(`${name} ${id}`)) &&
        (typed.length === 1 || (typed.length === 2 && enters))))
  );
};

/** A form that asks for a new password: to set it up, or to change it. */
export const asksNewPassword = (page: Page): boolean =>
  page.forms.some(
    (form) =>
      passwords(form).length >= 2 ||
      passwords(form).some(({ name, autocomplete }) => autocomplete === 'new-password' || /^new[-_]?pass/i.test(name)),
  );

const TYPED = /^(text|email|number|tel|textarea)$/;
const USER = /user|usr|login|account|name|uid|mail|benutzer|usuario|utilisateur|admin/i;
/** What logins ask for beside the two: a picture's letters, a second factor, where the account is. */
const BESIDE = /captcha|veri|code|otp|token|pin|domain|realm|tenant/i;
const CAPTCHA = /captcha|verify_?code|checkcode|img_?code|authcode|vcode/i;

/** The login form of a page with the fields that matter; `user` undefined: a password alone is asked for. */
export interface LoginForm {
  readonly form: Form;
  readonly user: Field | undefined;
  readonly password: Field;
}

/** The page's login form, the one with that password field where it is named. */
export function loginFormOf(page: Page, password?: string): LoginForm | undefined {
  const form = page.forms.find(
    (each) => isLoginForm(each) && (password === undefined || passwords(each)[0]!.name === password),
  );
  if (!form) return undefined;
  const at = form.fields.findIndex(({ type, disabled }) => type === 'password' && !disabled);
  const typed = form.fields.filter(({ type, name, disabled }) => TYPED.test(type) && !disabled && !BESIDE.test(name));
  const named = ({ name, id, autocomplete }: Field) => autocomplete.includes('username') || USER.test(`${name} ${id}`);
  const user =
    typed.find(named) ??
    typed.find((field) => form.fields.indexOf(field) < at) ??
    form.fields.find((field) => field.type === 'select' && /user|usr|account|login/i.test(field.name));
  return { form, user, password: form.fields[at]! };
}

/** Whether the form asks for what only a person can read off a picture. */
export const asksCaptcha = ({ form }: LoginForm): boolean =>
  form.fields.some(({ type, name, id }) => TYPED.test(type) && CAPTCHA.test(`${name} ${id}`));

/** Whether a page asks for a second factor: a code, and no password. */
export const asksSecondFactor = (page: Page): boolean =>
  page.forms.some(
    (form) =>
      passwords(form).length === 0 &&
      form.fields.some(
        ({ type, name, id }) => TYPED.test(type) && /otp|2fa|mfa|one-?time|passcode|verif/i.test(`${name} ${id}`),
      ),
  );

const HASHES =
  /\b(hex_|b64_|str_)?(md5|sha1|sha256|sha512|hmac\w{0,10})\)?\s{0,2}\(|\b(1732584193|0x67452301|1779033703|0x6a09e667)\b|CryptoJS|JSEncrypt|RSAKey|setPublicKey|\bcrypto\.subtle|\bbtoa\s{0,2}\(|\bencrypt\w{0,20}\s{0,2}\(|\bstrEnc\s{0,2}\(/i;
const HASHING_FILES =
  /(^|[/_.-])(md5|sha-?1|sha-?256|sha-?512|rsa|aes|jsencrypt|crypto(-?js)?|encrypt|jsbn|base64)([._-]|$)/i;
const HASHED_FIELDS =
  /^(hash(ed)?(_?(pass\w{0,10}|pwd))?|md5\w{0,12}|challenge|salt|response|digest|enc(rypted|oded)?(_?(pass\w{0,10}|pwd))?|cnonce)$/i;

/** Whether that script, or one by that name, hashes or encodes what is typed. */
export const hashes = ({ src, text }: { src: string; text: string }): boolean =>
  HASHING_FILES.test(src.slice(0, 500)) || HASHES.test(text);

/** Why the form cannot be sent as it stands; undefined where it can. In our words. */
export function whyNotSent({ form, password }: LoginForm, page: Page): string | undefined {
  if (form.loose) return 'the password field stands in no form: only a script can send it';
  if (password.name === '') return 'the password field has no name: only a script can send it';
  if (form.action !== undefined && /^javascript:/i.test(form.action)) return 'the form is sent by a script alone';
  if (
    form.fields.some(({ type, name }) => type === 'hidden' && HASHED_FIELDS.test(name)) ||
    hashes({ src: '', text: form.onsubmit })
  )
    return 'the form sends a hash or an encoding that a script makes of the password';
  if (page.scripts.some(hashes)) return 'a script of the page hashes or encodes what is typed';
  return undefined;
}

/** Whether a script takes what is typed out of the form's hands, by its words. */
export const isIntercepted = ({ form }: LoginForm, page: Page): boolean =>
  form.onsubmit !== '' ||
  (form.action === undefined && form.method === 'GET') ||
  page.scripts.some(({ text }) => /preventDefault|XMLHttpRequest|\bfetch\s{0,2}\(|\$\.(ajax|post)|axios/.test(text));

/** What the browser would send, in order (HTML 4.10.21.4). */
function controls({ form, user, password }: LoginForm, login: { user: string; secret: string }): [string, string][] {
  const button = form.fields.find(({ type, disabled }) => (type === 'submit' || type === 'image') && !disabled);
  return form.fields.flatMap((field): [string, string][] => {
    const { name, type, disabled, checked, value } = field;
    if (field === user) return [[name || field.id, login.user]];
    if (field === password) return [[name, login.secret]];
    if (name === '' || disabled || ['file', 'button', 'reset'].includes(type)) return [];
    if (/^(checkbox|radio)$/.test(type)) return checked ? [[name, value]] : [];
    if (field !== button && (type === 'submit' || type === 'image')) return [];
    return type === 'image'
      ? [
          [`${name}.x`, '1'],
          [`${name}.y`, '1'],
        ]
      : [[name, value]];
  });
}

export interface Filled {
  readonly query: string | undefined;
  readonly body: Buffer | undefined;
  readonly type: string | undefined;
  /** The password as it stands in what is sent. */
  readonly sent: Buffer;
}

/** The form with a login typed into it. `boundary` is a word that stands nowhere else. */
export function filled(
  login: LoginForm,
  typed: { user: string; secret: string },
  charset: string,
  boundary: string,
): Filled {
  const { form } = login;
  const encode = (text: string) => inCharset(text, form.charset || charset);
  const pairs = controls(login, typed);
  if (form.method === 'GET' || form.enctype === 'urlencoded') {
    const text = pairs.map(([name, value]) => `${urlEncoded(encode(name))}=${urlEncoded(encode(value))}`).join('&');
    const sent = Buffer.from(urlEncoded(encode(typed.secret)));
    return form.method === 'GET'
      ? { query: text, body: undefined, type: undefined, sent }
      : { query: undefined, body: Buffer.from(text), type: 'application/x-www-form-urlencoded', sent };
  }
  const sent = encode(typed.secret);
  if (form.enctype === 'plain') {
    const body = Buffer.concat(pairs.map(([name, value]) => encode(`${name}=${value}\r\n`)));
    return { query: undefined, body, type: 'text/plain', sent };
  }
  const parts = pairs.flatMap(([name, value]) => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="`),
    encode(name.replace(/["\r\n]/g, (c) => encodeURIComponent(c))),
    Buffer.from('"\r\n\r\n'),
    encode(value),
    Buffer.from('\r\n'),
  ]);
  const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
  return { query: undefined, body, type: `multipart/form-data; boundary=${boundary}`, sent };
}

/** The charset of a page: of its head, else of its own words, else UTF-8. */
export const charsetOf = (response: HttpResponse, page: Page): string =>
  /charset\s{0,4}=\s{0,4}["']?([\w-]{1,40})/i.exec(headerValues(response, 'content-type')[0] ?? '')?.[1] ??
  (page.charset || 'utf-8');
