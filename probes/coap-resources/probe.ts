import type { FactOf } from '../../src/model/fact.ts';
import type { Reason } from '../../src/model/run.ts';
import { CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { type CoapLink, readLinks } from '../../src/observe/protocols/coap.ts';
import { type CoapAnswer, CoapClient, coapRefused as refused } from '../../src/observe/protocols/coap-client.ts';
import { holdsSettings } from '../../src/observe/protocols/content.ts';
import { declaredAt, declaredPaths } from '../../src/observe/protocols/declared.ts';
import { withoutSecrets } from '../../src/observe/protocols/dtls-inside.ts';
import { markedOrSecret, type ReadAs } from '../../src/observe/protocols/marked.ts';

const CORE = '/.well-known/core';
/** Resources that are read at most. */
const RESOURCES = 128;
/** Answers by which there is nothing to be read: not found, no GET, not built (RFC 7252, 5.9.2 and 5.9.3). */
const NOTHING: readonly string[] = ['4.04', '4.05', '5.01'];
/** So many resources in a row that are not answered: it is the device that is silent. */
const SILENT_IN_A_ROW = 3;

type Access = FactOf<'access'>;

export default defineProbe({
  id: 'coap-resources',
  version: '3',
  title: 'CoAP: the resources listed, and which of them answer to anyone',
  emits: ['access'],
  impact: 'connect',
  appliesTo: ({ protocol, transport, port }) => protocol === 'coap' && transport === 'udp' && port !== undefined,
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<Access> {
  if (context.endpoint.security !== 'dtls') {
    const datagram = await context.datagram();
    try {
      yield* reached(context, new CoapClient(context, datagram));
    } finally {
      datagram.close();
    }
    return;
  }
  const association = await withoutSecrets(context, ['access']);
  // Who has no key is not let in at all: that is told of the DTLS around it.
  if (!association) return;
  try {
    yield* reached(context, new CoapClient(context, association));
  } finally {
    await association.end();
  }
}

async function* reached(context: ProbeContext, client: CoapClient): AsyncGenerator<Access> {
  const core = await client.get(CORE);
  const found = core.code === '2.05';
  const list = { kind: 'access', protocol: 'coap', action: 'list', resource: CORE, how: 'recognised' } as const;
  if (found) {
    const sample = context.evidence(core.payload, 'application/link-format');
    yield { ...list, class: 'discovery', authentication: 'none', sample };
  } else if (refused(core)) yield { ...list, class: 'content', authentication: 'required' };
  const { links, whole } = found ? readLinks(core.payload.toString('utf8')) : { links: [], whole: true };
  const untold: Untold[] = [];
  if (!found && !refused(core) && !NOTHING.includes(core.code))
    untold.push({ reason: 'protocol', what: `the list of resources was answered ${core.code}` });
  if (!whole || core.cut) untold.push({ reason: 'protocol', what: 'the list of resources cannot be read to its end' });
  yield* resources(
    context,
    client,
    links.filter(({ path }) => path !== CORE),
    untold,
  );
}

/** What could not be told: said of the whole attempt at its end. */
interface Untold {
  readonly reason: Reason;
  readonly what: string;
}

/** What must not be reachable without an account. Over plain CoAP nobody can have one, so the admin's is the same. */
function declaredHere({ component, endpoint }: ProbeContext): string[] {
  const kept = declaredAt(component, endpoint).flatMap(({ adminOnly = [] }) => adminOnly);
  return [...new Set([...declaredPaths(component, endpoint), ...kept.filter((path) => path.startsWith('/'))])];
}

/** The declared resources and the listed ones, each read once. What was not answered is thrown when all were asked. */
async function* resources(
  context: ProbeContext,
  client: CoapClient,
  links: readonly CoapLink[],
  untold: Untold[],
): AsyncGenerator<Access> {
  const declared = declaredHere(context);
  const listed = new Set(links.map(({ path }) => path));
  const others = declared.filter((path) => !listed.has(path)).map((path): CoapLink => ({ path, attributes: {} }));
  const silent: string[] = [];
  let inARow = 0;
  const all = [...new Map([...others, ...links].map((link) => [link.path, link])).values()];
  if (all.length > RESOURCES)
    untold.push({ reason: 'budget', what: `${all.length} resources are listed, and ${RESOURCES} were asked for` });
  for (const link of all.slice(0, RESOURCES)) {
    const answer = await orSilence(client.get(link.path));
    inARow = answer ? 0 : inARow + 1;
    if (!answer) silent.push(link.path);
    if (inARow >= SILENT_IN_A_ROW) break;
    if (!answer) continue;
    const isDeclared = declared.includes(link.path);
    if (refused(answer))
      yield access(link, { class: wordClass(link), how: isDeclared ? 'declared' : 'recognised' }, 'required');
    else if (answer.code === '2.05') {
      const sample = context.evidence(answer.payload, 'text/plain');
      for (const read of classify(context, link, answer, isDeclared)) yield { ...access(link, read, 'none'), sample };
    } else if (!NOTHING.includes(answer.code))
      untold.push({ reason: 'protocol', what: `a GET of ${link.path.slice(0, 100)} was answered ${answer.code}` });
  }
  if (silent.length > 0)
    untold.unshift({ reason: 'timeout', what: `no answer to a GET of ${silent.join(', ').slice(0, 500)}` });
  const [first] = untold;
  if (first)
    throw new CannotTell(
      first.reason,
      untold
        .map(({ what }) => what)
        .join('; ')
        .slice(0, 1900),
    );
}

/** The answer; undefined where none came in time. */
async function orSilence(answer: Promise<CoapAnswer>): Promise<CoapAnswer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CannotTell && error.reason === 'timeout') return undefined;
    throw error;
  }
}

const access = ({ path }: CoapLink, read: ReadAs, authentication: Access['authentication']): Access => ({
  kind: 'access',
  protocol: 'coap',
  action: 'read',
  resource: path,
  authentication,
  ...read,
});

/** What a resource is for, by the words of its path, type and interface (RFC 6690, 3): a guess. */
const WORDS: readonly [Access['class'], RegExp][] = [
  ['setting', /conf|setting|setup|wifi|wlan|network|admin|firmware|\bfw\b/i],
  ['function', /actuat|light|lamp|switch|\block\b|door|relay|valve|motor|alarm|heater|core\.a\b/i],
  ['customer-data', /presence|person|user|owner|camera|location|occup|health|heart|log\b|history/i],
];

function wordClass({ path, attributes }: CoapLink): Access['class'] {
  const words = [path, attributes.rt ?? '', attributes.if ?? ''].join(' ');
  return WORDS.find(([, pattern]) => pattern.test(words))?.[0] ?? 'content';
}

function classify(context: ProbeContext, link: CoapLink, { payload }: CoapAnswer, declared: boolean): ReadAs[] {
  const text = payload.toString('utf8');
  const guessed = holdsSettings(text) ? 'setting' : wordClass(link);
  const found = markedOrSecret(context.markersIn(payload), text, guessed);
  if (found.length > 0) return found;
  if (!declared) return [{ class: guessed, how: 'guessed' }];
  return [{ class: guessed === 'content' ? 'setting' : guessed, how: 'declared' }];
}
