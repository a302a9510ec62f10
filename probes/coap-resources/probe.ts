import type { FactOf } from '../../src/model/fact.ts';
import { defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { type CoapLink, readLinks } from '../../src/observe/protocols/coap.ts';
import { holdsSecret, holdsSettings } from '../../src/observe/protocols/content.ts';
import { declaredPaths } from '../../src/observe/protocols/declared.ts';
import { Client, type CoapAnswer } from './exchange.ts';

const CORE = '/.well-known/core';
const RESOURCES = 64;

type Access = FactOf<'access'>;

export default defineProbe({
  id: 'coap-resources',
  version: '1',
  title: 'CoAP: the resources listed, and which of them answer to anyone',
  emits: ['access'],
  impact: 'connect',
  appliesTo: ({ protocol, transport, port, security }) =>
    protocol === 'coap' && transport === 'udp' && port !== undefined && security !== 'dtls',
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<Access> {
  const datagram = await context.datagram();
  try {
    const client = new Client(context, datagram);
    const core = await client.get(CORE);
    const found = core.code === '2.05';
    const list = { kind: 'access', protocol: 'coap', action: 'list', resource: CORE, how: 'recognised' } as const;
    if (found) {
      const sample = context.evidence(core.payload, 'application/link-format');
      yield { ...list, class: 'discovery', authentication: 'none', sample };
    } else if (refused(core)) yield { ...list, class: 'content', authentication: 'required' };
    const declared = declaredPaths(context.component, context.endpoint);
    const links = found ? readLinks(core.payload.toString('utf8')).filter(({ path }) => path !== CORE) : [];
    const listed = new Set(links.map(({ path }) => path));
    const others = declared.filter((path) => !listed.has(path)).map((path): CoapLink => ({ path, attributes: {} }));
    for (const link of [...others, ...links].slice(0, RESOURCES)) {
      const answer = await client.get(link.path);
      const isDeclared = declared.includes(link.path);
      if (refused(answer)) yield access(link, wordClass(link), 'required', isDeclared ? 'declared' : 'recognised');
      else if (answer.code === '2.05') {
        const read = classify(link, answer, isDeclared);
        yield { ...access(link, read.class, 'none', read.how), sample: context.evidence(answer.payload, 'text/plain') };
      }
    }
  } finally {
    datagram.close();
  }
}

/** 4.01 Unauthorized, 4.03 Forbidden (RFC 7252, 5.9.2). */
const refused = ({ code }: CoapAnswer): boolean => code === '4.01' || code === '4.03';

const access = (
  { path }: CoapLink,
  what: Access['class'],
  authentication: Access['authentication'],
  how: Access['how'],
): Access => ({
  kind: 'access',
  protocol: 'coap',
  class: what,
  action: 'read',
  resource: path,
  authentication,
  how,
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

function classify(link: CoapLink, { payload }: CoapAnswer, declared: boolean): Pick<Access, 'class' | 'how'> {
  const text = payload.toString('utf8');
  if (holdsSecret(text)) return { class: 'secret', how: 'recognised' };
  const guessed = holdsSettings(text) ? 'setting' : wordClass(link);
  if (!declared) return { class: guessed, how: 'guessed' };
  return { class: guessed === 'content' ? 'setting' : guessed, how: 'declared' };
}
