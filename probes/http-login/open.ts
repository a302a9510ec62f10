import type { FactOf } from '../../src/model/fact.ts';
import type { ProbeContext } from '../../src/observe/probe.ts';
import { declaredPaths } from '../../src/observe/protocols/declared.ts';
import { type HttpResponse, headerValues } from '../../src/observe/protocols/http.ts';
import { type Asked, follow, ownPath } from './asked.ts';
import { likenessOf } from './face.ts';
import { classify, hasLoginForm, loginLinks, notNow, SAME, saysRefused, textOf } from './page.ts';
import type { KnownPath } from './paths.ts';
import { pageOf } from './session.ts';

type Access = FactOf<'access'>;

/** Declared paths that are asked for. */
const PATHS = 24;
/** Bytes of a page that are kept as a sample; the transcript has no less of it. */
const SAMPLE_BYTES = 64 * 1024;
/** Endings of names for which what nobody has is asked for. */
const MOST_ENDINGS = 6;

/** Pages by their names, and those of them that may do something when they are asked for. */
const PAGE = /(\/|\.(s?html?|aspx?|php|jsp))$/i;
const DOES =
  /log-?_?(out|off)|reboot|restart|reset|delete|remove|format|upgrade|update|save|apply|factory|default|erase|clear|start|stop|toggle|open|close|shut|wps|(^|[/_-])(set|on|off|do)([._-]|$)/i;

/** Paths on this very service that a page leads to: frames, what it goes on to, links to a login, pages by their names. */
export function linksOf(context: ProbeContext, { at, response }: Asked): string[] {
  if (response.status !== 200) return [];
  const page = pageOf(response);
  const own = (links: readonly string[]) => links.slice(0, 100).flatMap((link) => ownPath(context, at, link) ?? []);
  const isQuiet = (path: string): boolean => !DOES.test(path);
  return [
    ...own(page.frames),
    ...own(page.leads).filter(isQuiet),
    ...own(loginLinks(response)),
    ...own(page.links).filter((path) => PAGE.test(path) && isQuiet(path)),
  ];
}

/** `/`, the declared paths and the known ones, with whether each is declared. */
export function pathsOf(context: ProbeContext, known: readonly KnownPath[]): Map<string, boolean> {
  const declared = declaredPaths(context.component, context.endpoint).slice(0, PATHS);
  return new Map([
    ['/', declared.includes('/')],
    ...declared.map((path): [string, boolean] => [path, true]),
    ...known.filter(({ path }) => !declared.includes(path)).map(({ path }): [string, boolean] => [path, false]),
  ]);
}

export function refusedAt({ path, declared }: Asked): Access {
  const access = { kind: 'access', protocol: 'http', action: 'read', resource: path.slice(0, 1000) } as const;
  return declared
    ? { ...access, class: 'setting', authentication: 'required', how: 'declared' }
    : { ...access, class: 'content', authentication: 'required', how: 'recognised' };
}

/** What a path shows that nobody has, by the ending of its name: what it shows, every such path shows. */
export class Nowhere {
  readonly #context: ProbeContext;
  readonly #shown = new Map<string, { path: string; response: HttpResponse } | undefined>();

  /** Markers that such a page was said to hold. */
  readonly #told = new Set<string>();

  constructor(context: ProbeContext) {
    this.#context = context;
  }

  /** Whether this is what every path of its kind is answered with, but for the path's own name in it. */
  async isEverywhere({ path, response }: Asked): Promise<boolean> {
    const ending = /\.[a-z0-9]{1,5}$|\/$/i.exec(path.split('?')[0]!)?.[0] ?? '';
    for (const each of ending === '' ? [''] : ['', ending]) {
      const nowhere = await this.#at(each);
      if (nowhere?.response.status !== response.status) continue;
      const other = { user: nowhere.path, response: nowhere.response };
      if (likenessOf(other, { user: path, response }) >= SAME) return true;
    }
    return false;
  }

  isNew(marker: string): boolean {
    if (this.#told.has(marker)) return false;
    this.#told.add(marker);
    return true;
  }

  /** Asks once for each ending, and from the first on. */
  async #at(ending: string): Promise<{ path: string; response: HttpResponse } | undefined> {
    if (!this.#shown.has(ending) && this.#shown.size < MOST_ENDINGS) {
      const path = `/${this.#context.random(9).toString('hex')}${ending}`;
      this.#shown.set(ending, { path, response: (await follow(this.#context, path)).response });
    }
    return this.#shown.get(ending);
  }

  async ask(): Promise<void> {
    await this.#at('');
  }
}

/** What one answer without credentials says of access, with its sample; nothing where there is nothing to say. */
export async function* reached(
  context: ProbeContext,
  asked: Asked,
  nowhere: Nowhere,
  before: readonly Asked[],
): AsyncGenerator<Access> {
  const { response } = asked;
  const found = await reading(asked, nowhere, before);
  const all = context.markersIn(Buffer.concat([Buffer.from(response.headers.flat().join('\n')), response.body]));
  const isOwn = asked.path === '/' || asked.declared || found !== undefined || all.length === 0;
  // A page that every path shows is told of once.
  const markers = isOwn || !(await nowhere.isEverywhere(asked)) ? all : all.filter((name) => nowhere.isNew(name));
  if (!found && markers.length === 0) return;
  const type = headerValues(response, 'content-type')[0] ?? 'application/octet-stream';
  const sample = context.evidence(response.body.subarray(0, SAMPLE_BYTES), type.slice(0, 100));
  if (markers.length === 0) return void (yield { ...found!, sample });
  const open = { kind: 'access', protocol: 'http', resource: asked.path.slice(0, 1000), action: 'read' } as const;
  const read = classify(response);
  // What the tester planted is customer data, wherever it stands; of settings and secrets it is no less.
  const what = read.class === 'setting' || read.class === 'secret' ? read.class : 'customer-data';
  for (const marker of markers) yield { ...open, class: what, authentication: 'none', how: 'marker', marker, sample };
}

async function reading(asked: Asked, nowhere: Nowhere, before: readonly Asked[]): Promise<Access | undefined> {
  const { path, at, declared, response } = asked;
  const { status } = response;
  const open = { kind: 'access', protocol: 'http', resource: path.slice(0, 1000), authentication: 'none' } as const;
  const front =
    path === '/' ? ({ ...open, class: 'discovery', action: 'read', how: 'recognised' } as const) : undefined;
  const read = classify(response);
  const isAsking = status === 401 || status === 407;
  // The status is for programs: whoever reads the page has it.
  const isSaid =
    read.how === 'recognised' &&
    (read.class === 'secret' || (read.class === 'setting' && !hasLoginForm(textOf(response))));
  if (isAsking && isSaid && !(await isKnown(asked, before))) return { ...open, ...read };
  const loginPage = status === 200 && read.class === 'discovery' && hasLoginForm(textOf(response));
  if (declared && (isAsking || status === 403 || loginPage)) return refusedAt(asked);
  if (isAsking) return path === '/' ? refusedAt(asked) : undefined;
  // A page of settings speaks of locks, too.
  if (status !== 200 || loginPage || (read.class === 'discovery' && notNow(response))) return front;
  // Where a redirect leads to what was met already, it was said there.
  if (!declared && at !== path && before.some((each) => each.at === at)) return front;
  if (path !== '/' && (await nowhere.isEverywhere(asked)))
    return declared ? { ...open, class: 'content', action: 'read', how: 'guessed' } : undefined;
  if (read.class !== 'secret' && read.how === 'guessed' && saysRefused(response)) return front;
  if (!declared) return read.class === 'discovery' ? front : { ...open, ...read };
  // A secret is one, wherever it stands.
  if (read.class === 'secret') return { ...open, ...read };
  const known = read.class !== 'discovery' && read.class !== 'content';
  return { ...open, ...read, class: known ? read.class : 'setting', how: 'declared' };
}

/** Whether the page of a 401 was met before: it is one and the same for every path. */
const isKnown = ({ path, response }: Asked, before: readonly Asked[]): Promise<boolean> =>
  Promise.resolve(
    before.some(
      (each) =>
        each.response.status === response.status &&
        likenessOf({ user: each.path, response: each.response }, { user: path, response }) >= SAME,
    ),
  );
