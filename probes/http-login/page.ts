import type { FactOf } from '../../src/model/fact.ts';
import { fileKind, holdsSettings, isLog, isSecretField, secretIn } from '../../src/observe/protocols/content.ts';
import { readPage } from '../../src/observe/protocols/html-page.ts';
import { type HttpResponse, headerValues } from '../../src/observe/protocols/http.ts';
import { asksWho, isLoginForm } from './form.ts';

type Access = FactOf<'access'>;
export type Reading = Pick<Access, 'class' | 'action' | 'how'>;

/** Characters of a page that are read. */
const TEXT = 512 * 1024;

/** The page as text, for recognisers. */
export const textOf = (response: HttpResponse): string => response.body.toString('utf8').slice(0, TEXT);

/** By what it holds: small servers call everything `text/html`, and some nothing. */
const isHtml = (text: string): boolean =>
  /^\s*<(!doctype html|html|head|body)/i.test(text) ||
  (!/^\s*[[{]/.test(text) && /<(html|head|body|title|form|div|p|h[1-6]|table|ul|a|input|script)[\s>]/i.test(text));

interface Field {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}
interface Form {
  readonly post: boolean;
  readonly fields: readonly Field[];
}

const attribute = (tag: string, name: string): string => {
  const match = new RegExp(String.raw`\s${name}\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))`, 'i').exec(tag);
  return match?.[1] ?? match?.[2] ?? match?.[3] ?? '';
};

/** The text without what stands between two marks, in one pass; a part that never ends goes to the end. */
function without(text: string, from: string, to: string): string {
  const lower = text.toLowerCase();
  let kept = '';
  let at = 0;
  for (;;) {
    const start = lower.indexOf(from, at);
    if (start < 0) return kept + text.slice(at);
    kept += text.slice(at, start);
    const end = lower.indexOf(to, start + from.length);
    if (end < 0) return kept;
    at = end + to.length;
  }
}

/** The forms of a page, a page without form tags being one. Bounded. */
export function formsOf(html: string): Form[] {
  const text = without(without(html, '<!--', '-->'), '<script', '</script');
  const parts = text.split(/(?=<form\b)/i).slice(0, 50);
  return parts
    .map((part) => part.split(/<\/form>/i)[0]!)
    .map((part) => {
      const head = /^<form\b[^>]{0,1000}>/i.exec(part)?.[0] ?? '';
      const tags = [...part.matchAll(/<(input|select|textarea)\b[^>]{0,1000}>/gi)].slice(0, 300);
      const fields = tags.map(([tag, element]) => ({
        name: attribute(tag, 'name') || attribute(tag, 'id'),
        type:
          element!.toLowerCase() === 'input' ? attribute(tag, 'type').toLowerCase() || 'text' : element!.toLowerCase(),
        value: attribute(tag, 'value'),
      }));
      return { post: /^post$/i.test(attribute(head, 'method')), fields };
    })
    .filter(({ fields }) => fields.length > 0);
}

const EDITED = /^(text|password|number|email|url|tel|checkbox|radio|select|textarea|range|date|time|file)$/;
const CHOICE = /^(checkbox|radio|select|range)$/;
const edited = (form: { readonly fields: readonly Field[] }): Field[] =>
  form.fields.filter(({ type }) => EDITED.test(type));

export const hasLoginForm = (html: string): boolean => readPage(html).forms.some(isLoginForm);

const isSearch = (form: Pick<Form, 'fields'>): boolean =>
  edited(form).length <= 1 &&
  edited(form).every(({ name, type }) => type === 'text' && /^(q|s|query|search|term|find)$/i.test(name));

/** What a page of HTML is, by its forms. */
function readHtml(html: string): Reading | undefined {
  if (
    formsOf(html)
      .flatMap(edited)
      .some(({ name, value }) => isSecretField(name, value))
  )
    return { class: 'secret', action: 'read', how: 'recognised' };
  const changing = readPage(html).forms.filter(
    (form) =>
      // Small devices change their settings by GET: a password field tells their forms from a search.
      (form.method === 'POST' || edited(form).some(({ type }) => type === 'password')) &&
      edited(form).length > 0 &&
      !isLoginForm(form) &&
      !isSearch(form),
  );
  if (changing.length === 0) return undefined;
  // What it shows is what is set; an empty form may be one to write to somebody, a choice alone that of a language, and
  // one for a name and a password a login after all.
  const shows = changing.some(
    (form) => !asksWho(form) && edited(form).some(({ value, type }) => value !== '' && !CHOICE.test(type)),
  );
  return { class: 'setting', action: 'read', how: shows ? 'recognised' : 'guessed' };
}

const LISTING =
  /<title>\s*(index of|directory listing (for|of)|directory:|listing:|files within)\s+\S|<h1>\s*(index of|directory listing (for|of))\s+\/|\[to parent directory\]/i;
/** Pages that tools make, by what only they say. */
const TOOLS: readonly RegExp[] = [
  /<title>\s*phpinfo\(\)|<h1 class="p">PHP Version/i,
  /<title>\s*Apache Status\s*<\/title>|<title>\s*lighttpd [\d.]{0,12}\s*- Status/i,
];
const SPRING = /^\s*\{[\s\S]{0,2000}"propertySources"\s*:\s*\[/;
const REPOSITORY = /^\s*\[core\]\s[\s\S]{0,500}repositoryformatversion/i;

const typeOf = (response: HttpResponse): string => (headerValues(response, 'content-type')[0] ?? '').toLowerCase();

const recognised = (what: Access['class'], action: Access['action'] = 'read'): Reading => ({
  class: what,
  action,
  how: 'recognised',
});

/** What a body of bytes is: a stream, a picture, an archive; undefined where it is to be read as text. */
function readBytes(response: HttpResponse): Reading | undefined {
  const type = typeOf(response);
  // RFC 2046, 5.1 with `x-mixed-replace`: one picture after the other, as cameras send them.
  if (/^multipart\/x-mixed-replace|^video\//.test(type)) return recognised('function');
  const kind = fileKind(response.body);
  if (kind === 'image') return recognised('content');
  return kind === undefined ? undefined : recognised('setting');
}

/**
 * What was read without a login: `discovery` for a login page, a landing page or an empty one (CATALOGUE, "Without a
 * login"), else the class by what it holds.
 */
export function classify(response: HttpResponse): Reading {
  const landing = recognised('discovery');
  const bytes = readBytes(response);
  if (bytes) return bytes;
  const text = textOf(response);
  if (text.trim() === '') return landing;
  if (isHtml(text)) {
    if (LISTING.test(text)) return recognised('content', 'list');
    return readHtml(text) ?? (TOOLS.some((tool) => tool.test(text)) ? recognised('content') : landing);
  }
  const secret = secretIn(text);
  if (secret === 'recognised') return recognised('secret');
  if (SPRING.test(text)) return recognised('setting');
  if (secret === 'guessed') return { ...recognised('secret'), how: 'guessed' };
  if (isLog(text) || REPOSITORY.test(text)) return recognised('content');
  if (holdsSettings(text)) return { ...recognised('setting'), how: 'guessed' };
  return landing;
}

const FAILED =
  /log[ -]?(in|on) (has )?failed|authenti\w+ (has )?failed|not authori[sz]ed|unauthori[sz]ed(?! (access|use))|(access|permission) (is |was )?denied|(invalid|incorrect|wrong|bad) (user|login|password|credential|account)|(user ?name|user|password|credentials?)( or [a-z]{1,20})? (is |are |was )?(invalid|incorrect|wrong)/i;

/** Whether a page says, in words that are known, that it lets nobody in. */
export const saysRefused = (response: HttpResponse): boolean =>
  response.body.length < 20_000 && FAILED.test(textOf(response));

/** Whether a page is made by scripts, which nobody runs here: what it holds cannot be said. */
export const isScripted = (response: HttpResponse): boolean => {
  const text = textOf(response);
  return isHtml(text) && /<script\b|<noscript\b/i.test(text);
};

/** Whether a page sends something, for which a login may be asked that a GET never meets. */
export const hasPostForm = (response: HttpResponse): boolean => {
  const text = textOf(response);
  return isHtml(text) && formsOf(text).some(({ post }) => post);
};

/** Links of a page that by their words lead to a login, on the same server; six at most. */
export const loginLinks = (response: HttpResponse): string[] => {
  const links = [...textOf(response).matchAll(/<a\s[^>]{0,500}?href\s*=\s*["']?([^"'\s>]{1,200})/gi)].map(
    (link) => link[1]!,
  );
  return [...new Set(links)]
    .filter((link) => /log-?[io]n|sign-?in|auth/i.test(link) && !/log-?out/i.test(link))
    .slice(0, 6);
};

const LOCKED =
  /\b(account|user|login|address)[^.<\n]{0,40}(?<!\b(will|would|may|can|could|to|gets|get) (be )?)\b(locked|blocked|banned)\b|too many (failed )?(login|attempt|request|tries)|try again (later|in \d+)|log-?[io]n (is |has been )?(temporarily |currently )?(disabled|suspended)|zu viele|konto (ist )?gesperrt|trop de (tentatives|connexions)|demasiados intentos|次数过多|已锁定/i;

/** Lines of a page that speak of a lock. */
const lockLines = (response: HttpResponse): string[] =>
  response.body.length < 20_000
    ? textOf(response)
        .split(/\r?\n|(?<=>)|(?=<)/)
        .filter((line) => LOCKED.test(line))
        .map((line) => line.trim())
    : [];

/**
 * "Not now", in the protocol's words or in the page's (CATALOGUE, "Logins"): how, or undefined. What `before`, the page
 * without a login, says as well is no lock.
 */
export function notNow(response: HttpResponse, before?: HttpResponse): 'lock' | 'refuse' | undefined {
  if (response.status === 429 || response.status === 423) return 'lock';
  if (response.status === 403 || response.status === 503) return 'refuse';
  const isWaiting = (each: HttpResponse) => headerValues(each, 'retry-after').length > 0;
  if (isWaiting(response) && !(before && isWaiting(before))) return 'lock';
  const location = headerValues(response, 'location')[0] ?? '';
  if (response.status >= 300 && response.status < 400 && /lock|block|denied|banned/i.test(location)) return 'lock';
  const usual = new Set(before ? lockLines(before) : []);
  return lockLines(response).some((line) => !usual.has(line)) ? 'lock' : undefined;
}

/** A page's lines without what is apt to vary by itself: digits, long tokens. */
export const linesOf = (response: HttpResponse): Set<string> =>
  new Set(
    textOf(response)
      .replace(/[0-9a-zA-Z+/_=-]{20,}/g, '~')
      .replace(/\d+/g, '0')
      .split(/\r?\n|(?<=>)/)
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );

/** Two pages are one and the same from so much likeness on. */
export const SAME = 0.9;

/** How much of two pages is the same: 0 to 1. */
export function likeness(a: HttpResponse, b: HttpResponse): number {
  const [left, right] = [linesOf(a), linesOf(b)];
  if (left.size === 0 && right.size === 0) return 1;
  const both = [...left].filter((line) => right.has(line)).length;
  return both / (left.size + right.size - both);
}
