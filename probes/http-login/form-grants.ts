import type { FactOf } from '../../src/model/fact.ts';
import type { Grant } from '../../src/observe/probe.ts';
import { declaredPaths } from '../../src/observe/protocols/declared.ts';
import type { HttpResponse } from '../../src/observe/protocols/http.ts';
import { asksNewPassword } from './form.ts';
import type { Outcome } from './form-outcome.ts';
import type { FormSending } from './form-sending.ts';
import { classify, likeness } from './page.ts';
import { pageOf, placeOf, resolved, Session, type Walk } from './session.ts';

/** Declared paths, and links of the landing page, that are asked for at most. */
const DECLARED = 8;
const LINKS = 6;
/** Two pages are one and the same from so much likeness on. */
const SAME = 0.9;
const CHANGE = /(change|new|set|force|update|reset)[-_]?(pass|pwd)|first[-_]?(login|time|run)/i;
/** Links that may do something: small devices take a GET for an order. */
const ACTS =
  /[?;]|log-?_?(out|off)|sign-?_?out|abmelden|boot|restart|reset|delete|remove|erase|clear|format|wipe|upgrade|update|flash|restore|apply|save|submit|set_|start|stop|enable|disable|on$|off$|kill|power|shut|exec|run|cmd|test|scan|connect|unlock|open/i;

const path = (walk: Walk): string => walk.place.path;
const asksChange = (walk: Walk): boolean => asksNewPassword(pageOf(walk.response)) || CHANGE.test(path(walk));

/**
 * What a default reaches: the declared paths and those that the landing page links to, each against what those without a
 * login get there. Only reads; links that may act are left alone.
 */
export async function formGrants(sending: FormSending, user: string, secret: string): Promise<Grant> {
  const { context } = sending;
  const sent = await sending.send(user, secret);
  if ('result' in sent) return { grants: 'unknown', answer: 'not let in once more' };
  const { outcome, session } = sent;
  const landing = outcome.walk;
  const shown = [landing, ...outcome.inside.map(({ walk }) => walk)];
  const isAsked =
    asksChange(landing) || (outcome.inside.length > 0 && outcome.inside.every(({ walk }) => asksChange(walk)));
  const links = shown.flatMap((walk) =>
    pageOf(walk.response).links.flatMap((link) => {
      const place = resolved(context, walk.place, link, pageOf(walk.response).base);
      const own = placeOf(context, '/');
      if (!place || ACTS.test(place.path) || place.port !== own.port || place.security !== own.security) return [];
      return [place.path];
    }),
  );
  const paths = new Set([
    ...declaredPaths(context.component, context.endpoint).slice(0, DECLARED),
    ...outcome.inside.map((view) => view.path),
    ...[...new Set(links)].slice(0, LINKS),
  ]);
  let tried = 0;
  for (const each of paths) {
    const without = await sending.view(new Session(context), each);
    const within = await sending.view(session, each);
    // What everybody sees says nothing.
    if (without.kind === 'page' && likeness(without.walk.response, within.walk.response) >= SAME) continue;
    tried += 1;
    if (within.kind === 'page' && !asksChange(within.walk))
      return {
        grants: 'full',
        ...(isAsked && { changeAsked: true }),
        answer: `${statusOf(landing)}, and further pages`,
      };
  }
  if (!isAsked || tried === 0)
    return {
      grants: 'unknown',
      ...(isAsked && { changeAsked: true }),
      answer: `${statusOf(landing)}, and nothing further`,
    };
  return { grants: 'change-only', changeAsked: true, answer: `${statusOf(landing)}, only to change the password` };
}

const statusOf = ({ response }: Walk): string => String(response.status);

/** What those see who got in with any login at all. */
export function* reachedFacts(sending: FormSending, { inside }: Outcome): Generator<FactOf<'access'>> {
  const { context } = sending;
  const declared = new Set(declaredPaths(context.component, context.endpoint));
  for (const view of inside) {
    const { response } = view.walk;
    const [marker] = context.markersIn(response.body);
    yield {
      kind: 'access',
      protocol: 'http',
      resource: view.path.slice(0, 1000),
      authentication: 'any',
      ...readingOf(response, declared.has(view.path)),
      ...(marker !== undefined && { how: 'marker', marker }),
    };
  }
}

export function readingOf(
  response: HttpResponse,
  isDeclared: boolean,
): Pick<FactOf<'access'>, 'class' | 'action' | 'how'> {
  const read = classify(response);
  if (read.class === 'secret') return read;
  const isKnown = read.class !== 'discovery' && read.class !== 'content';
  if (isDeclared) return { class: isKnown ? read.class : 'setting', action: 'read', how: 'declared' };
  return isKnown ? read : { class: 'content', action: 'read', how: 'guessed' };
}
