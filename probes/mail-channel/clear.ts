import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { Dialogue } from '../../src/observe/protocols/mail.ts';

/** What a mail server does on the connection as it stands, without TLS. */
export interface Clear {
  /** TLS after a word is among what it lists; undefined: it has no list. */
  readonly offers: boolean | undefined;
  /** It takes a user's password. Undefined: not known. */
  readonly credentials: boolean | undefined;
  /** It takes or gives mail: with a login, whatever its method, or without. Undefined: not known. */
  readonly serves: boolean | undefined;
  /** What could not be told. */
  readonly why?: CannotTell;
}

/**
 * What was made of a question for a login, which ends before any name is sent: it goes on (`takes`), it refuses for want
 * of TLS or of the method (`refuses`), or its answer says neither.
 */
export type Door = 'takes' | 'refuses' | 'unsaid';

/** Mechanisms by which a password is sent as it is (RFC 4616, and LOGIN), and those by which a token is (RFC 7628). */
const PASSWORDS = ['PLAIN', 'LOGIN'];
const TOKENS = ['OAUTHBEARER', 'XOAUTH2'];
/** Others that are asked for at most. */
const OTHERS = 3;

/** Of the listed mechanisms those by which a secret is sent. */
export const plainOf = (mechanisms: readonly string[]): readonly string[] =>
  [...PASSWORDS, ...TOKENS].filter((one) => mechanisms.includes(one));

/** Those that servers take although they do not list them. */
export const unlistedOf = (mechanisms: readonly string[]): readonly string[] =>
  PASSWORDS.filter((one) => !mechanisms.includes(one));

/** Of the listed mechanisms some that move no password, and let in all the same: they answer a challenge, say. */
export const othersOf = (mechanisms: readonly string[]): readonly string[] => [
  ...new Set(
    mechanisms
      .filter((one) => ![...PASSWORDS, ...TOKENS].includes(one) && /^[A-Z0-9_-]{1,20}$/.test(one))
      .slice(0, OTHERS),
  ),
];

/** The door that several come to: open where one is, and shut where all are. */
export async function anyOf(mechanisms: readonly string[], ask: (mechanism: string) => Promise<Door>): Promise<Door> {
  let door: Door = 'refuses';
  for (const mechanism of mechanisms) {
    const one = await ask(mechanism);
    if (one === 'takes') return one;
    if (one === 'unsaid') door = one;
  }
  return door;
}

/** One dialogue over a connection of its own, with its last word said to the server. */
export async function dialogueWith<T>(
  context: ProbeContext,
  goodbye: string,
  use: (dialogue: Dialogue) => Promise<T>,
): Promise<T> {
  const connection = await context.dial();
  try {
    const dialogue = new Dialogue(connection, context.limits.wait);
    const result = await use(dialogue);
    await dialogue.say(goodbye).catch(ignored);
    return result;
  } finally {
    connection.destroy();
  }
}

/** What fails once nothing more is to be learnt. */
export const ignored = (error: unknown): undefined => {
  if (error instanceof CannotTell && error.reason !== 'aborted') return undefined;
  throw error;
};
