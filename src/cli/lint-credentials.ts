import * as fs from 'node:fs';
import { cannotCarry } from '../observe/arms-words.ts';
import {
  contentOf,
  Entry,
  idOf,
  isAny,
  meant,
  openCredentials,
  shippedCredentials,
  wrongWith,
} from './load-credentials.ts';

/** Entries of our own list at most (CATALOGUE, "Logins"). */
const MOST_SHIPPED = 150;
/** A source of fewer letters is none. */
const LEAST_SOURCE = 4;
/** Protocols that a login is tried over. */
const PROTOCOLS = 'ssh telnet http ftp mqtt rtsp snmp vnc redis postgresql mysql dtls'.split(' ');

export interface Flaw {
  readonly line: number | undefined;
  readonly entry: string;
  readonly says: string;
}

/** Why no login is ever made of an entry; undefined where one is. */
const neverTried = ({ user, password, protocol }: Entry): string | undefined => {
  if (isAny(user) || isAny(password)) return 'is never tried: the random login that every service gets looks for "any"';
  if (protocol !== undefined && !PROTOCOLS.includes(protocol))
    return `is never tried: no login is made over ${JSON.stringify(protocol)} (known: ${PROTOCOLS.join(', ')})`;
  const why = cannotCarry(protocol ?? 'ssh', meant(user), meant(password));
  if (why !== undefined) return `is never tried: ${why}`;
  return protocol === 'snmp' && meant(password) === '' ? 'is never tried: an SNMP community is not empty' : undefined;
};

/** What is wrong with a list, entry by entry. Throws BadFile for what is no list at all. */
export function* lintCredentials(file: string): Generator<Flaw> {
  const contents = new Map<string, string>();
  const ids = new Map<string, number>();
  let count = 0;
  for (const { index, line, value } of openCredentials(file).entries) {
    count += 1;
    const here = `entries[${index}]`;
    const wrong = wrongWith(value);
    if (wrong !== undefined) {
      yield { line, entry: here, says: wrong };
      continue;
    }
    const entry = Entry.parse(value);
    const content = contentOf(entry);
    const id = idOf(entry, content, ids);
    const flaw = (says: string): Flaw => ({ line, entry: entry.id ?? here, says });
    const never = neverTried(entry);
    if (never !== undefined) yield flaw(never);
    const twin = contents.get(content);
    if (twin !== undefined) yield flaw(`says the same as ${twin}`);
    else if (ids.has(id)) yield flaw(`has the id of entries[${ids.get(id)}]`);
    contents.set(content, twin ?? entry.id ?? here);
    ids.set(id, index);
    if (entry.source.length < LEAST_SOURCE) yield flaw('names no source that anybody could look up');
  }
  if (count > MOST_SHIPPED && isShipped(file))
    yield { line: undefined, entry: 'the list', says: `has ${count} entries, and ${MOST_SHIPPED} are shipped at most` };
}

const isShipped = (file: string): boolean => fs.realpathSync(file) === fs.realpathSync(shippedCredentials());
