import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { TlsNotOffered, upgradeOf } from '../../src/observe/protocols/starttls.ts';
import { tlsChannel } from '../../src/observe/protocols/tls-channel.ts';
import type { Clear } from './clear.ts';
import { imap } from './imap.ts';
import { pop3 } from './pop3.ts';
import { smtp } from './smtp.ts';

const LOOKS: Readonly<Record<string, (context: ProbeContext) => Promise<Clear>>> = { smtp, imap, pop3 };

/**
 * How mail travels: whether a mail server takes mail or passwords in the clear, and whether TLS is offered after a word,
 * or asked for. No name that means anybody, no password and no mail is sent.
 */
export default defineProbe({
  id: 'mail-channel',
  version: '1',
  title: 'Whether SMTP, IMAP and POP3 are encrypted, or go on in TLS after a word',
  emits: ['channel'],
  impact: 'connect',
  appliesTo: ({ protocol, port, transport }) =>
    protocol !== undefined && Object.hasOwn(LOOKS, protocol) && port !== undefined && transport === 'tcp',
  async *observe(context) {
    const protocol = context.endpoint.protocol!;
    if (context.endpoint.security === 'tls') {
      const connection = await context.dial();
      connection.destroy();
      yield { kind: 'channel', protocol, ...tlsChannel(connection.tls) };
      return;
    }
    const clear = await LOOKS[protocol]!(context);
    const word = clear.offers === false ? 'not offered' : await begun(context, protocol);
    yield told(protocol, clear, word);
    if (clear.why) throw clear.why;
  },
});

/** What came of the word that begins TLS: TLS, TLS that encrypts nothing, or why not. */
type Word = 'tls' | Pick<FactOf<'channel'>, 'encryption' | 'version'> | 'not offered' | CannotTell;

async function begun(context: ProbeContext, protocol: string): Promise<Word> {
  const connection = await context.dial();
  let granted = false;
  try {
    await upgradeOf(protocol)!(connection, context.limits.wait);
    granted = true;
    await connection.upgrade();
    const how = tlsChannel(connection.tls);
    return how.encryption === 'tls' ? 'tls' : how;
  } catch (error) {
    if (error instanceof TlsNotOffered) return 'not offered';
    if (!(error instanceof CannotTell) || error.reason === 'aborted') throw error;
    context.log.info({ protocol, granted, why: error.message }, 'TLS after a word');
    // That our own TLS is too new for it says nothing of what it has; and who answers with an alert speaks TLS.
    if (granted && (error.reason === 'unsupported' || /_ALERT_/.test(error.message))) return 'tls';
    return granted
      ? new CannotTell(error.reason, `TLS after a word is granted, and none came of it: ${error.message}`)
      : error;
  } finally {
    connection.destroy();
  }
}

function told(protocol: string, { credentials, serves, why }: Clear, word: Word): FactOf<'channel'> {
  const channel = { kind: 'channel', protocol, encryption: 'none' } as const;
  const known = credentials === undefined ? channel : { ...channel, credentials };
  if (serves === false) {
    if (word === 'tls') return { ...known, upgrade: 'starttls' };
    if (word === 'not offered')
      throw new CannotTell('unsupported', 'nothing is served in the clear, and TLS after a word is not offered');
    if (word instanceof CannotTell) throw word;
    return { ...known, ...word };
  }
  if (serves || word === 'not offered') return word === 'tls' ? { ...known, offered: 'starttls' } : known;
  throw why ?? new CannotTell('protocol', 'whether anything is served in the clear was not said');
}
