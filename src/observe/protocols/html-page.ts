import { decoded } from './form-text.ts';

/** One control of a form (HTML 4.10), with the value that it has without anybody typing. */
export interface Field {
  /** Empty where it has none: browsers do not send it then. */
  readonly name: string;
  /** The type of an `input`, else `select`, `textarea`, or `button` for one that submits nothing. */
  readonly type: string;
  readonly id: string;
  readonly autocomplete: string;
  /** The words on a button. */
  readonly label: string;
  value: string;
  readonly checked: boolean;
  readonly disabled: boolean;
}

export interface Form {
  /** As it stands on the page; undefined: the page itself. */
  readonly action: string | undefined;
  readonly method: 'GET' | 'POST';
  readonly enctype: 'urlencoded' | 'multipart' | 'plain';
  readonly charset: string;
  readonly onsubmit: string;
  /** Fields that stand in no form at all: only a script can send them. */
  readonly loose: boolean;
  readonly fields: readonly Field[];
}

/** What a page of HTML holds that looking at its login needs. References are as they stand there. */
export interface Page {
  readonly base: string | undefined;
  readonly charset: string;
  readonly forms: readonly Form[];
  readonly frames: readonly string[];
  /** Where a meta refresh or a script at once leads to. */
  readonly leads: readonly string[];
  readonly scripts: readonly { readonly src: string; readonly text: string }[];
  readonly links: readonly string[];
  /** Style sheets, modules loaded ahead, and what is embedded: as scripts and frames, they may change the page or read it. */
  readonly embedded: readonly string[];
  /** CSRF tokens in `meta`, by name. */
  readonly tokens: readonly (readonly [name: string, value: string])[];
}

/** Characters of a page, tags, and parts of a kind that are read at most. */
const TEXT = 512 * 1024;
const TAGS = 20_000;
const MOST = 300;
const ATTRIBUTES = 60;
const LONGEST = 8192;

interface Tag {
  readonly name: string;
  readonly end: boolean;
  readonly attributes: ReadonlyMap<string, string>;
  /** Where the text after it begins. */
  readonly after: number;
}

const SPACE = /\s/;
const NAME_END = /[\s/>]/;

/** Reads one tag that begins at `<`, attributes with any quotes or none. One pass. */
function tagAt(text: string, start: number): Tag | undefined {
  let at = start + 1;
  const end = text[at] === '/';
  if (end) at += 1;
  const from = at;
  while (at < text.length && at - from < 32 && !NAME_END.test(text[at]!)) at += 1;
  const name = text.slice(from, at).toLowerCase();
  if (!/^[a-z][a-z0-9:-]*$/.test(name)) return undefined;
  const attributes = new Map<string, string>();
  for (;;) {
    while (at < text.length && (SPACE.test(text[at]!) || text[at] === '/')) at += 1;
    if (at >= text.length || text[at] === '>') return { name, end, attributes, after: at + 1 };
    const nameFrom = at;
    at += 1;
    while (at < text.length && !/[\s/>=]/.test(text[at]!)) at += 1;
    const key = text.slice(nameFrom, Math.min(at, nameFrom + 64)).toLowerCase();
    let value = '';
    let next = at;
    while (next < text.length && SPACE.test(text[next]!)) next += 1;
    if (text[next] === '=') {
      at = next + 1;
      while (at < text.length && SPACE.test(text[at]!)) at += 1;
      const quote = text[at];
      if (quote === '"' || quote === "'") {
        const close = text.indexOf(quote, at + 1);
        const to = close < 0 ? text.length : close;
        value = text.slice(at + 1, Math.min(to, at + 1 + LONGEST));
        at = to + 1;
      } else {
        const valueFrom = at;
        while (at < text.length && !/[\s>]/.test(text[at]!)) at += 1;
        value = text.slice(valueFrom, Math.min(at, valueFrom + LONGEST));
      }
    }
    if (attributes.size < ATTRIBUTES && !attributes.has(key)) attributes.set(key, decoded(value));
  }
}

/** Elements whose content is no markup; a part that never ends goes to the end. */
const RAW = new Set(['script', 'style', 'textarea', 'title', 'noframes', 'xmp', 'iframe']);

type Draft = Omit<Form, 'fields'> & { fields: Field[]; id: string };

const INSTANT =
  /(?:^|[\s;{}(])(?:(?:window|document|top|parent|self)\.){0,2}location(?:\.href|\.replace|\.assign)?\s{0,4}[=(]\s{0,4}["']([^"'\n]{1,300})["']/g;

/** Reads a page of HTML, hostile ones too: never throws, linear in its length, bounded in what it keeps. */
export function readPage(html: string): Page {
  const text = html.slice(0, TEXT);
  return new Reader(text).read();
}

class Reader {
  private readonly text: string;
  private readonly lower: string;
  private base: string | undefined;
  private charset = '';
  private readonly forms: Draft[] = [];
  private readonly loose: Field[] = [];
  private readonly frames: string[] = [];
  private readonly leads: string[] = [];
  private readonly scripts: { src: string; text: string }[] = [];
  private readonly links: string[] = [];
  private readonly embedded: string[] = [];
  private readonly tokens: [string, string][] = [];
  private form: Draft | undefined;
  private select: { field: Field; chosen: boolean; any: boolean } | undefined;
  /** Fields that name their form, which may stand further down. */
  private readonly apart: [form: string, field: Field][] = [];
  /** Raw elements of which no end stands any further down: looked for once. */
  private readonly endless = new Set<string>();

  constructor(text: string) {
    this.text = text;
    this.lower = text.toLowerCase();
  }

  read(): Page {
    const { text } = this;
    let at = 0;
    for (let tags = 0; tags < TAGS; tags += 1) {
      const start = text.indexOf('<', at);
      if (start < 0) break;
      if (text.startsWith('<!--', start)) {
        const end = text.indexOf('-->', start + 4);
        if (end < 0) break;
        at = end + 3;
        continue;
      }
      const tag = tagAt(text, start);
      at = tag?.after ?? start + 1;
      if (tag) at = this.take(tag);
    }
    for (const [id, field] of this.apart) (this.forms.find((form) => form.id === id)?.fields ?? this.loose).push(field);
    const forms: Form[] = this.forms.map(({ fields, ...form }) => ({ ...form, fields: fields.slice(0, MOST) }));
    if (this.loose.some(({ type }) => type === 'password'))
      forms.push({ ...formOf(new Map()), loose: true, fields: this.loose.slice(0, MOST) });
    const { base, charset, frames, leads, scripts, links, embedded, tokens } = this;
    return { base, charset, forms, frames, leads, scripts, links, embedded, tokens };
  }

  /** Takes a tag, and says where to go on. */
  private take(tag: Tag): number {
    const { name, end, attributes, after } = tag;
    if (end) {
      if (name === 'form') this.form = undefined;
      if (name === 'select') this.select = undefined;
      return after;
    }
    const get = (key: string) => attributes.get(key) ?? '';
    if (name === 'base' && get('href') !== '') this.base ??= get('href');
    else if (name === 'meta') this.meta(get);
    else if ((name === 'frame' || name === 'iframe') && get('src') !== '') keep(this.frames, get('src'));
    else if ((name === 'a' || name === 'area') && get('href') !== '') keep(this.links, get('href'));
    else if (name === 'link' && /stylesheet|modulepreload/i.test(get('rel'))) keep(this.embedded, get('href'));
    else if (name === 'object') keep(this.embedded, get('data'));
    else if (name === 'embed') keep(this.embedded, get('src'));
    else if (name === 'form') this.begin(attributes);
    else if (name === 'option') this.option(attributes, after);
    else if (['input', 'button', 'select', 'textarea'].includes(name)) return this.field(tag);
    return RAW.has(name) ? this.raw(tag) : after;
  }

  private begin(attributes: ReadonlyMap<string, string>): void {
    if (this.form !== undefined || this.forms.length >= MOST) return;
    this.form = { ...formOf(attributes), loose: false, fields: [] };
    this.forms.push(this.form);
  }

  private field(tag: Tag): number {
    const get = (key: string) => tag.attributes.get(key) ?? '';
    const type =
      tag.name === 'input'
        ? get('type').trim().toLowerCase() || 'text'
        : tag.name === 'button'
          ? /^(button|reset)$/i.test(get('type').trim())
            ? 'button'
            : 'submit'
          : tag.name;
    const field: Field = {
      name: get('name'),
      type,
      id: get('id'),
      autocomplete: get('autocomplete').toLowerCase(),
      label: tag.name === 'button' ? this.textAt(tag.after) : get('value').slice(0, 200),
      value: get('value'),
      checked: tag.attributes.has('checked'),
      disabled: tag.attributes.has('disabled'),
    };
    if (field.value === '' && !tag.attributes.has('value') && /^(checkbox|radio)$/.test(type)) field.value = 'on';
    const form = tag.attributes.get('form');
    if (form !== undefined) keep(this.apart, [form, field]);
    else keep(this.form?.fields ?? this.loose, field);
    if (type === 'select') this.select = { field, chosen: false, any: false };
    return type === 'textarea' ? this.raw(tag, field) : tag.after;
  }

  /** The chosen option of a select, or its first (HTML 4.10.7). Its text stands for a value that is not given. */
  private option(attributes: ReadonlyMap<string, string>, after: number): void {
    const { select } = this;
    if (!select) return;
    const value = attributes.get('value') ?? this.textAt(after);
    const selected = attributes.has('selected');
    if ((selected && !select.chosen) || !select.any) select.field.value = value;
    select.chosen ||= selected;
    select.any = true;
  }

  private textAt(at: number): string {
    return decoded(/^[^<]*/.exec(this.text.slice(at, at + 200))![0]).trim();
  }

  private meta(get: (key: string) => string): void {
    const charset = get('charset') || /charset\s{0,4}=\s{0,4}["']?([\w-]{1,40})/i.exec(get('content'))?.[1];
    if (charset) this.charset ||= charset.toLowerCase();
    if (/^(csrf|xsrf|_csrf|_token|csrf[-_]?token|xsrf[-_]?token|anti[-_]?csrf[-_]?token)$/i.test(get('name')))
      keep(this.tokens, [get('name'), get('content')]);
    if (/^refresh$/i.test(get('http-equiv').trim())) {
      const to = /^\s{0,4}(\d{1,3})?[\d.]{0,4}\s{0,4}[;,]\s{0,4}(?:url\s{0,4}=\s{0,4})?["']?([^"']{1,1000})/i.exec(
        get('content'),
      );
      if (to && Number(to[1] ?? 0) <= 10) keep(this.leads, to[2]!.trim());
    }
  }

  private raw({ name, attributes, after }: Tag, field?: Field): number {
    const close = this.endless.has(name) ? -1 : this.lower.indexOf(`</${name}`, after);
    if (close < 0) this.endless.add(name);
    const to = close < 0 ? (name === 'script' || name === 'style' ? this.text.length : after) : close;
    const text = this.text.slice(after, to);
    if (field) field.value = decoded(text.slice(0, LONGEST)).replace(/^\r?\n/, '');
    if (name === 'script') {
      keep(this.scripts, { src: attributes.get('src') ?? '', text: text.slice(0, 64 * 1024) });
      for (const [, to] of text.slice(0, 4096).matchAll(INSTANT)) keep(this.leads, to!);
    }
    return to;
  }
}

function keep<T>(list: T[], value: T): void {
  if (list.length < MOST) list.push(value);
}

function formOf(attributes: ReadonlyMap<string, string>): Omit<Draft, 'fields' | 'loose'> {
  const enctype = (attributes.get('enctype') ?? '').toLowerCase();
  return {
    id: attributes.get('id') ?? '',
    action: attributes.get('action')?.trim() || undefined,
    method: /^\s*post\s*$/i.test(attributes.get('method') ?? '') ? 'POST' : 'GET',
    enctype: enctype.includes('multipart') ? 'multipart' : enctype.includes('text/plain') ? 'plain' : 'urlencoded',
    charset: (attributes.get('accept-charset') ?? '').split(/[\s,]/)[0]!.toLowerCase(),
    onsubmit: attributes.get('onsubmit') ?? '',
  };
}
