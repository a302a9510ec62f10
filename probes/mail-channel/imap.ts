import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { type Dialogue, type ImapAnswer, readImap, readImapGreeting } from '../../src/observe/protocols/mail.ts';
import { asksForTls } from '../../src/observe/protocols/starttls.ts';
import { anyOf, type Clear, type Door, dialogueWith, ignored, othersOf, plainOf, unlistedOf } from './clear.ts';

/** IMAP in the clear: what it lists, and what it makes of AUTHENTICATE before any name is sent. LOGIN is never sent. */
export const imap = (context: ProbeContext): Promise<Clear> =>
  dialogueWith(context, 'a9 LOGOUT', async (dialogue) => {
    const { state } = await dialogue.answer(readImapGreeting, 'greeting');
    if (state === 'BYE') throw new CannotTell('locked', 'the greeting is BYE');
    // Everybody is in, and nobody may ask for TLS any more (RFC 9051, 6.2.1).
    if (state === 'PREAUTH') return { offers: false, credentials: false, serves: true };
    const told = await command(dialogue, 'a1', 'CAPABILITY');
    if (told.result !== 'OK') throw new CannotTell('protocol', `CAPABILITY was answered with ${told.result}`);
    const words = [...told.capabilities];
    const mechanisms = words.filter((word) => word.startsWith('AUTH=')).map((word) => word.slice(5));
    const offers = told.capabilities.has('STARTTLS');
    let tag = 2;
    const ask = (mechanism: string) => login(dialogue, `a${tag++}`, mechanism);
    const listed = plainOf(mechanisms);
    const plain = await anyOf(listed.length > 0 ? listed : ['PLAIN'], ask);
    const isHidden =
      plain !== 'takes' &&
      (await anyOf(
        unlistedOf(mechanisms).filter((one) => one !== 'PLAIN' || listed.length > 0),
        ask,
      )) === 'takes';
    // LOGIN is a command of every server that does not say otherwise: clients send it (RFC 9051, 6.2.3).
    const isOpen = plain === 'takes' || isHidden || (plain === 'unsaid' && !told.capabilities.has('LOGINDISABLED'));
    if (isOpen) return { offers, credentials: true, serves: true };
    const others = othersOf(mechanisms);
    const other = await anyOf(others, ask);
    if (other !== 'unsaid') return { offers, credentials: false, serves: other === 'takes' };
    const why = new CannotTell('protocol', `whether ${others.join(' or ')} is taken in the clear was not said`);
    return { offers, credentials: false, serves: undefined, why };
  });

async function command(dialogue: Dialogue, tag: string, words: string): Promise<ImapAnswer> {
  await dialogue.say(`${tag} ${words}`);
  const answer = await dialogue.answer(readImap(tag), `answer to ${words.split(' ', 1)[0]}`);
  if (answer.bye) throw new CannotTell('locked', `${words} was answered with BYE`);
  return answer;
}

/** AUTHENTICATE (RFC 9051, 6.2.2): a server that takes the method asks for its response, and is told `*`. */
async function login(dialogue: Dialogue, tag: string, mechanism: string): Promise<Door> {
  const answer = await command(dialogue, tag, `AUTHENTICATE ${mechanism}`);
  if (answer.result === '+') {
    await dialogue.say('*').catch(ignored);
    await dialogue.answer(readImap(tag), 'answer to *').catch(ignored);
  }
  if (answer.result === '+' || answer.result === 'OK') return 'takes';
  return asksForTls(answer.words) ? 'refuses' : 'unsaid';
}
