import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import type { HttpResponse } from '../../src/observe/protocols/http.ts';
import { type Asked, follow } from './asked.ts';
import { linksOf, Nowhere, pathsOf, reached } from './open.ts';
import type { KnownPath } from './paths.ts';

/** Of the attempt's time, what the paths that nobody declared may take. */
const PART = 4;
/** So many of those paths in a row without an answer: the service is asked for no more of them. */
const SILENT_IN_A_ROW = 2;
/** Paths that pages lead to, asked for at most. */
const LINKED = 12;
/** What says that no more is answered now. */
const NOT_NOW = [423, 429, 503];

/** What is met without a login: `/`, the declared paths, links to a login, and the known paths. */
export class Survey {
  readonly asked: Asked[] = [];
  /** Paths of which something was reached. */
  readonly open = new Set<string>();
  readonly #context: ProbeContext;
  readonly #paths: readonly KnownPath[];
  readonly #unanswered: string[] = [];
  #why: CannotTell | undefined;

  constructor(context: ProbeContext, known: readonly KnownPath[]) {
    this.#context = context;
    this.#paths = known;
  }

  async *look(): AsyncGenerator<FactOf<'access'>> {
    const context = this.#context;
    const nowhere = new Nowhere(context);
    const paths = pathsOf(context, this.#paths);
    const began = context.now();
    const linked = new Set<string>();
    let silent = 0;
    for (const [path, declared] of paths) {
      const isNeeded = path === '/' || declared;
      const isLate = context.now() - began > context.limits.attempt / PART;
      if (!isNeeded && (silent >= SILENT_IN_A_ROW || isLate)) {
        this.#unanswered.push(path);
        this.#why ??= new CannotTell('timeout', 'no time was left');
        continue;
      }
      const each = isNeeded ? await this.#needed(path, declared) : await this.#known(path);
      if (!each) {
        silent += 1;
        continue;
      }
      silent = 0;
      // After `/`, so that a server that drips is waited for once.
      if (path === '/') await nowhere.ask();
      if (NOT_NOW.includes(each.response.status) && !isNeeded) {
        silent = SILENT_IN_A_ROW;
        this.#unanswered.push(path);
        this.#why ??= new CannotTell('locked', `${path} was answered with ${each.response.status}`);
        continue;
      }
      for await (const fact of reached(context, each, nowhere, this.asked)) {
        if (fact.authentication === 'none') this.open.add(path);
        yield fact;
      }
      this.asked.push(each);
      // From the front on, and once more from its frames, as menus are.
      if (path === '/' || linked.has(path))
        for (const link of linksOf(context, each)) {
          if (paths.has(link) || linked.size >= LINKED) continue;
          paths.set(link, false);
          linked.add(link);
        }
    }
  }

  /** Throws CannotTell where a known path was not answered: what it shows is not known. */
  mustBeAnswered(): void {
    const [first, ...more] = this.#unanswered;
    if (first === undefined || !this.#why) return;
    const others = more.length > 0 ? ` and ${more.length} more` : '';
    throw new CannotTell(this.#why.reason, `${first}${others}: ${this.#why.message}`, ['access']);
  }

  async #needed(path: string, declared: boolean): Promise<Asked> {
    const each = { path, declared, ...(await follow(this.#context, path)) };
    mustAnswer(path, each.response);
    return each;
  }

  /** One of the known paths; undefined where it was not answered. */
  async #known(path: string): Promise<Asked | undefined> {
    try {
      const each = { path, declared: false, ...(await follow(this.#context, path)) };
      // What goes on without end is read as far as it came: a stream of pictures does.
      if (each.response.ended !== 'timeout' || each.response.body.length > 0) return each;
      throw new CannotTell('timeout', 'the answer broke off');
    } catch (error) {
      if (!(error instanceof CannotTell) || !['timeout', 'reset', 'protocol'].includes(error.reason)) throw error;
      this.#unanswered.push(path);
      this.#why ??= error;
      return undefined;
    }
  }
}

/** Throws CannotTell where an answer says nothing of access: "not now", a failure of the server's, half a page. */
function mustAnswer(path: string, response: HttpResponse): void {
  if ([423, 429, 503].includes(response.status))
    throw new CannotTell('locked', `${path} was answered with ${response.status} before any login`);
  if (response.status >= 500) throw new CannotTell('protocol', `${path} was answered with ${response.status}`);
  if (response.ended === 'timeout' || response.ended === 'reset')
    throw new CannotTell(response.ended, `the answer to ${path} broke off after ${response.body.length} bytes`);
}
