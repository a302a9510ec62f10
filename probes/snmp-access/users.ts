import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { SYSTEM } from '../../src/observe/protocols/snmp.ts';
import {
  type Answer3,
  AUTHENTICATIONS,
  type Authentication3,
  type Engine,
  getRequest3,
  type Keys,
  localisedKey,
  type Privacy,
  readAnswer3,
} from '../../src/observe/protocols/snmp-v3.ts';
import { snmpEngineDiscovery } from '../../src/observe/protocols/udp-payloads.ts';
import { exchange } from './exchange.ts';

/** Octets of a user's name (RFC 3414, usmUserName). */
const NAME_BYTES = 32;
/** An engine that has answered once is waited for so many times as long, within these milliseconds. */
const SLOWER = 20;
const LEAST_MS = 500;
const MOST_MS = 2000;
const AUTHORIZATION_ERROR = 16;

/** What became of one user and password. `level` is the least that reads, in the words of RFC 3411, 3.4.3. */
export type UserAnswer =
  | { readonly result: 'rejected'; readonly answer: string }
  | {
      readonly result: 'accepted';
      readonly answer: string;
      readonly level: 'noAuthNoPriv' | 'authNoPriv' | 'authPriv';
      readonly values: ReadonlyMap<string, string>;
    };

/** SNMPv3 engine discovery (RFC 3414, 4): a sign of life that takes no secret. Undefined for silence. */
export async function discoverUsers(context: ProbeContext): Promise<Users | undefined> {
  const message = snmpEngineDiscovery((bytes) => context.random(bytes));
  const started = context.now();
  const engine = await exchange(context, [message], (bytes) => {
    const answer = readAnswer3(bytes);
    // A mirror names no engine, and sends no Report.
    return answer?.report !== undefined && answer.engine.id.length > 0 ? answer.engine : undefined;
  });
  if (!engine) return undefined;
  const took = context.now() - started;
  return new Users(context, engine, Math.min(MOST_MS, Math.max(LEAST_MS, took * SLOWER)));
}

/** The users of one engine (USM, RFC 3414). GET only; passwords are never sent, only digests made with them. */
export class Users {
  private readonly context: ProbeContext;
  private engine: Engine;
  private at: number;
  /** How a user's password was found to be used: its controls need no other. */
  private readonly found = new Map<string, Authentication3>();

  private readonly patience: number;

  /** `patience`: milliseconds until silence is silence. */
  constructor(context: ProbeContext, engine: Engine, patience: number) {
    this.context = context;
    this.patience = patience;
    this.engine = engine;
    this.at = context.now();
  }

  /** Whether a name alone reads. Throws CannotTell `timeout` where nothing comes: an engine reports what it refuses. */
  async byName(user: string): Promise<UserAnswer> {
    if (Buffer.byteLength(user) > NAME_BYTES) return { result: 'rejected', answer: 'longer than a name may be' };
    const answer = await this.ask(user);
    if (answer === undefined) throw new CannotTell('timeout', 'no answer to the name of an SNMPv3 user');
    if (answer.status === 0 && answer.values.size > 0)
      return { result: 'accepted', answer: 'SNMPv3 answer to a name', level: 'noAuthNoPriv', values: answer.values };
    return { result: 'rejected', answer: said(answer) };
  }

  /**
   * One user and password, with each way of authentication. Encrypted first: an agent that asks for privacy may say
   * anything to who comes without, and one that has none for this user says `unsupportedSecLevels`. An agent may be
   * silent to another way than the user's: throws CannotTell `timeout` where it was to all of them.
   */
  async attempt(user: string, password: string): Promise<UserAnswer> {
    const byName = await this.byName(user);
    if (byName.result === 'accepted' || byName.answer === 'unknownUserNames' || password === '') return byName;
    const known = this.found.get(user);
    let encrypted = true;
    let last: string | undefined;
    for (const authentication of known ? [known] : AUTHENTICATIONS) {
      const keys: Keys = { authentication, auth: localisedKey(authentication, password, this.engine.id)! };
      const answer: Answer3 | undefined = encrypted ? await this.inPrivate(user, keys, 'AES') : undefined;
      if (isRight(answer)) return this.reads(user, keys, answer);
      const isSealedOtherwise = answer?.report === 'decryptionErrors';
      const other = isSealedOtherwise ? await this.inPrivate(user, keys, 'DES') : undefined;
      if (isRight(other)) return this.reads(user, keys, other);
      encrypted &&= answer?.report !== 'unsupportedSecLevels';
      if (isSealedOtherwise) throw new CannotTell('unsupported', 'encrypted otherwise than with AES-128 or DES');
      const clear = answer?.report === 'wrongDigests' ? answer : await this.ask(user, keys);
      if (isRight(clear)) return this.reads(user, keys, clear);
      if (!clear) continue;
      // The digest comes before the clock and the cipher (RFC 3414, 3.2): what they refuse may be right.
      if (clear.report !== 'wrongDigests' && clear.report !== 'unsupportedSecLevels')
        throw new CannotTell('unsupported', `an authenticated question was answered with ${said(clear)}`);
      last = clear.report;
      // Has no password at all.
      if (last === 'unsupportedSecLevels' && !encrypted) break;
    }
    if (last === undefined) throw new CannotTell('timeout', 'no answer to an authenticated question');
    return { result: 'rejected', answer: last };
  }

  private inPrivate(user: string, keys: Keys, how: Privacy): Promise<Answer3 | undefined> {
    return this.ask(user, { ...keys, privacy: { how, key: keys.auth } });
  }

  /** The password is right. What it reads, and whether in the clear. */
  private async reads(user: string, keys: Keys, right: Answer3): Promise<UserAnswer> {
    this.found.set(user, keys.authentication);
    const clear = right.encrypted ? await this.ask(user, keys) : right;
    if (!right.encrypted && right.values.size === 0) {
      // An agent may keep silent to a cipher that is not the user's.
      const sealed = await this.inPrivate(user, keys, 'DES');
      if (isRight(sealed)) return this.reads(user, keys, sealed);
    }
    const level = isRight(clear) && clear.values.size > 0 ? 'authNoPriv' : 'authPriv';
    const { values } = level === 'authNoPriv' ? clear! : right;
    const read = values.size > 0 ? '' : `: ${said(right)}`;
    return {
      result: 'accepted',
      answer: `SNMPv3 answer, ${keys.authentication.name}${read}`,
      level: right.encrypted ? level : 'authNoPriv',
      values,
    };
  }

  /** One question. An engine whose clock has moved on says so, and is asked once more. */
  private async ask(user: string, keys?: Keys): Promise<Answer3 | undefined> {
    const answer = await this.once(user, keys);
    if (answer?.report !== 'notInTimeWindows') return answer;
    this.engine = { ...this.engine, boots: answer.engine.boots, time: answer.engine.time };
    this.at = this.context.now();
    return this.once(user, keys);
  }

  private once(user: string, keys?: Keys): Promise<Answer3 | undefined> {
    const { context, engine } = this;
    const id = context.random(4).readUInt32BE() >>> 1;
    const time = (engine.time + Math.floor((context.now() - this.at) / 1000)) % 0x7fffffff;
    const message = getRequest3({ ...engine, time }, user, id, Object.values(SYSTEM), keys, context.random(8));
    return exchange(
      context,
      [message],
      (bytes) => {
        const answer = readAnswer3(bytes, keys);
        return answer?.id === id ? answer : undefined;
      },
      this.patience,
    );
  }
}

/** A Response that only who knows the password can make. Throws CannotTell `protocol` for one that anybody can. */
function isRight(answer: Answer3 | undefined): answer is Answer3 & { readonly status: number } {
  if (answer?.status !== undefined && !answer.verified)
    throw new CannotTell('protocol', 'an authenticated question was answered without authentication');
  return answer?.status !== undefined;
}

const said = ({ report, status }: Answer3): string =>
  report ?? (status === AUTHORIZATION_ERROR ? 'authorizationError' : `status ${status}`);
