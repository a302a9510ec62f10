import { type Account, CannotTell, type LoginAnswer, type ProbeContext } from '../../src/observe/probe.ts';
import type { Association } from '../../src/observe/protocols/dtls-association.ts';
import { type Associated, associate } from '../../src/observe/protocols/dtls-client.ts';
import { cannotAssociate, takesSuites, WITH_PSK } from '../../src/observe/protocols/dtls-inside.ts';

/** Alerts that say a key or an identity is not taken (RFC 4279, 2; RFC 5246, 7.2.2; RFC 6347, 4.1.2.7). */
const NOT_THIS_KEY: readonly string[] = ['unknown_psk_identity', 'decrypt_error', 'bad_record_mac', 'access_denied'];
/** Names of protocols by which a declared account is one with a pre-shared key. */
const NAMED = ['dtls', 'coap', 'coaps'];

/** The declared accounts that are pre-shared keys: those that say so, for a word of HTTP's is no key. */
export const preShared = (accounts: readonly Account[]): Account[] =>
  accounts
    .filter(({ on, certificate }) => certificate === undefined && on?.some((name) => NAMED.includes(name)))
    .map((account) => ({ ...account, on: ['dtls', 'coap'] }));

/** The bytes of a key: hexadecimal after `0x`, else the text's own. */
export const keyBytes = (secret: string): Buffer =>
  /^0x([0-9a-f]{2})+$/i.test(secret) ? Buffer.from(secret.slice(2), 'hex') : Buffer.from(secret);

export const withKey = (context: ProbeContext, identity: string, secret: string): Promise<Associated> =>
  associate(context, { suites: WITH_PSK, psk: { identity: Buffer.from(identity), key: keyBytes(secret) } });

/** Whether the next hello with suites of pre-shared keys is answered with one. */
export async function answersKeys(context: ProbeContext): Promise<boolean> {
  const takes = await takesSuites(context, WITH_PSK);
  return takes !== 'no' && 'suite' in takes;
}

/**
 * One pre-shared key. Accepted is a Finished of the server's that holds: only who has the key can make it. Rejected is an
 * alert that speaks of it, or silence of a server that lives: it answers the next hello with such a suite. Other silence,
 * and other alerts, are thrown.
 */
export async function tryKey(context: ProbeContext, identity: string, secret: string): Promise<LoginAnswer> {
  const made = await withKey(context, identity, secret);
  if (made.kind === 'open') {
    await made.association.end();
    return { result: 'accepted', answer: 'association', grants: 'unknown' };
  }
  if (made.kind === 'alert' && made.stage === 'keys' && NOT_THIS_KEY.includes(made.name))
    return { result: 'rejected', answer: `alert ${made.name}` };
  if (made.kind === 'silent' && made.stage === 'keys') {
    const answer = 'silence of a live server';
    if (await answersKeys(context)) return { result: 'rejected', answer };
  }
  if (made.kind === 'alert') throw new CannotTell('protocol', `alert ${made.name} says nothing of the key`);
  throw cannotAssociate(made);
}

/** An association with a key that was accepted a moment ago. Throws CannotTell where it is not any more. */
export async function again(context: ProbeContext, { user, secret }: Account): Promise<Association> {
  const made = await withKey(context, user, secret);
  if (made.kind === 'open') return made.association;
  throw cannotAssociate(made);
}
