import { suitesOf } from '../../src/observe/protocols/tls.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { canFinish, type Version12 } from '../../src/observe/protocols/tls12.ts';
import type { Damage } from '../../src/observe/protocols/tls12-keys.ts';
import { askFor, readAnswer, settled } from './answers.ts';
import { type Asked, type End, handshake, type Stopped, type Went } from './flaw-finish.ts';
import { type Ask, older, open, type Reply, replied, taken, toldOf, unclear, type Verdict } from './flaw-handshake.ts';
import { CBC, offers } from './flaw-offers.ts';
import type { Unsettled } from './server.ts';

/** How often a server may end a connection without a word over a wrong padding, until that counts as minding. */
const TIMES = 2;

/**
 * POODLE in TLS (CVE-2014-8730): whether a record in CBC mode is taken whose padding is wrong (RFC 5246, 6.2.3.2), as a
 * server does that takes it apart like one of SSLv3. Asked by a handshake that is sound up to the record of our Finished, in
 * which one byte of the padding is wrong: once the first and once the last of them, for some look at one alone. Before
 * that, the same with nothing wrong has to bring the server's Finished, and after it, where the wrong one brings it too,
 * a wrong MAC must not. Asked in the newest version with such suites; the handshakes end there, and nobody logs in.
 */
export const paddingUnchecked: Ask = async (server, known) => {
  for (const version of older(known)) {
    if (version === 'SSLv3') continue;
    const suites = suitesOf(version).filter((code) => CBC.test(suiteName(code)) && canFinish(code));
    const asked = { server, version: version as Version12, suites };
    const first = await handshake(asked);
    if (!('told' in first)) return ofVersion(asked, first);
    const again = () => askFor(server, version, suites);
    const answer = await settled(server, readAnswer(version, first.told), again, () =>
      askFor(server, version, taken(known, version)),
    );
    if (answer.result === 'accepted') return ofVersion(asked, await handshake(asked));
    if (answer.result === 'unclear' || answer.after) return ofVersion(asked, first);
    const others = await offers(server, known, WHAT, version, CBC);
    if (others === true)
      return open('unsupported', `${WHAT}: ${version} has only suites in CBC mode that are not known here`);
    if (others !== false) return others;
  }
  return unclear(known, WHAT) ?? false;
};

const WHAT = 'POODLE in TLS';

async function ofVersion(asked: Asked, first: Went): Promise<Verdict> {
  const sound = endOf(first);
  if ('reason' in sound) return sound;
  if (!sound.goesOn) return open(reasonOf(sound.reply), `${WHAT}: a sound handshake brought ${said(sound)}`);
  for (const damage of ['first-of-padding', 'last-of-padding'] as const) {
    const minded = await minds(asked, damage);
    if (minded === true) continue;
    if (minded !== false) return minded;
    const mac = await minds(asked, 'mac');
    return mac === false ? open('protocol', `${WHAT}: it goes on where the MAC is wrong too`) : mac;
  }
  return false;
}

/** Whether it stops at a record with this damage; where it ends the connection without a word, each time, and goes on where nothing is wrong. */
async function minds(asked: Asked, damage: Damage): Promise<Verdict> {
  for (let time = 1; ; time++) {
    const end = endOf(await handshake(asked, damage));
    if ('reason' in end) return end;
    if (end.goesOn) return false;
    if (end.reply.kind === 'alert') return true;
    if (end.reply.kind !== 'closed' && end.reply.kind !== 'reset')
      return open(reasonOf(end.reply), `${WHAT}: a wrong record brought ${said(end)}`);
    if (time < TIMES) continue;
    const sound = endOf(await handshake(asked));
    if ('reason' in sound) return sound;
    return sound.goesOn || open(reasonOf(end.reply), `${WHAT}: a sound handshake brought ${said(sound)}`);
  }
}

const reasonOf = ({ kind }: Reply) => (kind === 'timeout' || kind === 'reset' ? kind : 'protocol');

const said = ({ reply, wantsCertificate }: Stopped): string =>
  `${replied(reply)}${wantsCertificate ? ', and a client certificate is asked for' : ''}`;

/** What a handshake came to; why it is not known, where it came to nothing. */
const endOf = (went: Went): End | Unsettled => {
  if ('end' in went) return went.end;
  if ('why' in went) return open('unsupported', `${WHAT}: ${went.why}`);
  const { reason, why } = toldOf(went.told);
  return open(reason, `${WHAT}: no handshake in CBC mode (${why})`);
};
