import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import type { FtpReply } from '../../src/observe/protocols/ftp.ts';
import { type Dialogue, EHLO, readSmtp, smtpExtensions } from '../../src/observe/protocols/mail.ts';
import { asksForTls, mustGreet } from '../../src/observe/protocols/starttls.ts';
import { anyOf, type Clear, type Door, dialogueWith, ignored, othersOf, plainOf, unlistedOf } from './clear.ts';

/** Refusals for want of TLS by their code alone: RFC 4954 (538), RFC 2228 (534) and RFC 5248 in the place of 530. */
const WANTS_TLS = [523, 534, 538];

/** No such command, no such method, not at this point: 501 may ask for a first response, and 535 has looked at one. */
const NOT_THERE = [500, 502, 503, 504, 530];

/**
 * SMTP in the clear. A transaction is begun from nobody and taken back; AUTH is asked for without a name and taken back.
 */
export const smtp = (context: ProbeContext): Promise<Clear> =>
  dialogueWith(context, 'QUIT', async (dialogue) => {
    mustGreet(await dialogue.answer(readSmtp, 'greeting'));
    let hello = await dialogue.ask(EHLO, readSmtp, 'reply to EHLO');
    if ([500, 502, 504].includes(hello.code))
      hello = await dialogue.ask(EHLO.replace('EHLO', 'HELO'), readSmtp, 'reply to HELO');
    if (hello.code !== 250) throw new CannotTell('protocol', `EHLO was answered with ${hello.code}`);
    const extensions = smtpExtensions(hello);
    const mechanisms = extensions.get('AUTH') ?? [];
    const offers = extensions.has('STARTTLS');
    const mail = await dialogue.ask('MAIL FROM:<>', readSmtp, 'reply to MAIL');
    if (mail.code === 250) await dialogue.ask('RSET', readSmtp, 'reply to RSET');
    const takesMail = mail.code === 250 ? true : wantsTls(mail) ? false : undefined;
    try {
      const ask = (mechanism: string) => login(dialogue, mechanism, mechanisms);
      const plain = await anyOf([...plainOf(mechanisms), ...unlistedOf(mechanisms)], ask);
      const credentials = plain === 'unsaid' ? undefined : plain === 'takes';
      if (takesMail || credentials) return { offers, credentials, serves: true };
      // Who may send is asked for a login: then mail moves in the clear if a login does.
      const other = await anyOf(othersOf(mechanisms), ask);
      const isShut = (takesMail === false || mail.code === 530) && plain === 'refuses' && other === 'refuses';
      if (other === 'takes' || isShut) return { offers, credentials, serves: other === 'takes' };
      const why = new CannotTell('protocol', `whether mail is taken in the clear: MAIL was answered with ${mail.code}`);
      return { offers, credentials, serves: undefined, why };
    } catch (error) {
      // What was taken in the clear was, whatever becomes of the login.
      if (takesMail !== true || !(error instanceof CannotTell) || error.reason === 'aborted') throw error;
      return { offers, credentials: undefined, serves: true, why: error };
    }
  });

const wantsTls = ({ code, lines }: FtpReply): boolean =>
  WANTS_TLS.includes(code) || (code >= 500 && asksForTls(lines.join(' ')));

/** AUTH without a first response (RFC 4954, 4): a server that takes it asks for the response, and is told `*`. */
async function login(dialogue: Dialogue, mechanism: string, listed: readonly string[]): Promise<Door> {
  const reply = await dialogue.ask(`AUTH ${mechanism}`, readSmtp, 'reply to AUTH');
  if (reply.code === 334) await dialogue.ask('*', readSmtp, 'reply to *').catch(ignored);
  if (reply.code === 334 || reply.code === 235) return 'takes';
  if (wantsTls(reply) || (NOT_THERE.includes(reply.code) && !listed.includes(mechanism))) return 'refuses';
  return 'unsaid';
}
