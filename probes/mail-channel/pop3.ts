import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { type Dialogue, pop3Capabilities, readPop3, readPop3List } from '../../src/observe/protocols/mail.ts';
import { asksForTls } from '../../src/observe/protocols/starttls.ts';
import { anyOf, type Clear, type Door, dialogueWith, ignored, othersOf, plainOf, unlistedOf } from './clear.ts';

/** A greeting with a time stamp takes APOP (RFC 1939, 7), which nobody can ask for without a name and its password. */
const STAMP = /<[^<>@\s]{1,200}@[^<>\s]{1,200}>/;

/**
 * POP3 in the clear: what it lists, what it makes of AUTH before any name is sent, and else of USER with a random name.
 * A name alone is no login: PASS is never sent.
 */
export const pop3 = (context: ProbeContext): Promise<Clear> =>
  dialogueWith(context, 'QUIT', async (dialogue) => {
    const greeting = await dialogue.answer(readPop3, 'greeting');
    if (greeting.result !== 'OK') throw new CannotTell('locked', 'the greeting is -ERR');
    const told = await dialogue.ask('CAPA', readPop3List, 'answer to CAPA');
    const capabilities = pop3Capabilities(told);
    const offers = told.result === 'OK' ? capabilities.has('STLS') : undefined;
    const mechanisms = capabilities.get('SASL') ?? [];
    const ask = (mechanism: string) => login(dialogue, mechanism, mechanisms);
    const plain = await anyOf([...plainOf(mechanisms), ...unlistedOf(mechanisms)], ask);
    if (plain === 'takes') return { offers, credentials: true, serves: true };
    const user = await name(dialogue, context.random(6).toString('hex'));
    // A server that lists USER takes passwords, whatever it says to a name that it does not know.
    if (user === 'takes' || (user === 'unsaid' && capabilities.has('USER')))
      return { offers, credentials: true, serves: true };
    const credentials = user === 'refuses' && plain === 'refuses' ? false : undefined;
    const other = await anyOf(othersOf(mechanisms), ask);
    if (other === 'takes') return { offers, credentials, serves: true };
    const isShut = credentials === false && other === 'refuses' && !STAMP.test(greeting.words);
    if (isShut) return { offers, credentials, serves: false };
    const why = new CannotTell('protocol', 'whether logins are taken in the clear was not said');
    return { offers, credentials, serves: undefined, why };
  });

/** AUTH (RFC 5034): a server that takes the method asks for its response, and is told `*`. */
async function login(dialogue: Dialogue, mechanism: string, listed: readonly string[]): Promise<Door> {
  const { result, words } = await dialogue.ask(`AUTH ${mechanism}`, readPop3, 'answer to AUTH');
  if (result === '+') await dialogue.ask('*', readPop3, 'answer to *').catch(ignored);
  if (result !== 'ERR') return 'takes';
  // What is not listed and is refused is not there.
  return asksForTls(words) || !listed.includes(mechanism) ? 'refuses' : 'unsaid';
}

async function name(dialogue: Dialogue, user: string): Promise<Door> {
  const { result, words } = await dialogue.ask(`USER ${user}`, readPop3, 'answer to USER');
  if (result === 'OK') return 'takes';
  return asksForTls(words) ? 'refuses' : 'unsaid';
}
