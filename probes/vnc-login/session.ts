import { CannotTell, type Connection, type LoginAnswer, type ProbeContext } from '../../src/observe/probe.ts';
import { exactly } from '../../src/observe/protocols/exactly.ts';
import {
  NONE,
  SERVER_INIT_BYTES,
  serverInit,
  VENCRYPT,
  VNC_AUTHENTICATION,
  type VncVersion,
  versionLine,
  vncResponse,
  vncVersion,
  X509_NONE,
} from '../../src/observe/protocols/vnc.ts';

/** Bytes of a reason or of a desktop's name at most, and subtypes of VeNCrypt. */
const LONGEST_TEXT = 4096;
const MOST_SUBTYPES = 64;
/** "Not now" in the words of TigerVNC, RealVNC, TightVNC, UltraVNC and LibVNCServer. */
const LOCKED = /too many|blacklist|locked|blocked|banned|try again|temporarily|exceeded/i;

/** A connection whose server has said what it offers; `refused` is its reason for offering nothing. */
export interface Offer {
  readonly connection: Connection;
  readonly version: VncVersion;
  readonly types: readonly number[];
  readonly refused?: string;
}

/** How one logs in: a security type, and the subtype where it is VeNCrypt. */
export interface Way {
  readonly type: number;
  readonly subtype?: number;
}

const text = async (connection: Connection, what: string): Promise<string> => {
  const length = (await exactly(connection, 4, what)).readUInt32BE(0);
  if (length > LONGEST_TEXT) throw new CannotTell('protocol', `a ${what} of ${length} bytes`);
  return (await exactly(connection, length, what)).toString('latin1');
};

/** Agrees on a version and reads the security types (RFC 6143, 7.1). The caller destroys the connection. */
export async function offerOf(context: ProbeContext): Promise<Offer> {
  const connection = await context.dial();
  try {
    const said = await exactly(connection, 12, 'ProtocolVersion');
    const version = vncVersion(said);
    if (version === undefined) throw new CannotTell('protocol', 'no ProtocolVersion of RFB 3.3 or later was said');
    await connection.send(versionLine(version));
    if (version === '3.3') {
      const type = (await exactly(connection, 4, 'security type')).readUInt32BE(0);
      if (type === 0) return { connection, version, types: [], refused: await text(connection, 'reason') };
      return { connection, version, types: [type] };
    }
    const count = (await exactly(connection, 1, 'list of security types'))[0]!;
    if (count === 0) return { connection, version, types: [], refused: await text(connection, 'reason') };
    return { connection, version, types: [...(await exactly(connection, count, 'list of security types'))] };
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** The server's reason says "not now". */
export const isLocked = (reason: string): boolean => LOCKED.test(reason);

/** Chooses VeNCrypt, version 0.2, and reads its subtypes. */
export async function subtypesOf({ connection }: Offer): Promise<readonly number[]> {
  await connection.send(Buffer.from([VENCRYPT]));
  await exactly(connection, 2, 'version of VeNCrypt');
  await connection.send(Buffer.from([0, 2]));
  if ((await exactly(connection, 1, 'answer of VeNCrypt'))[0] !== 0)
    throw new CannotTell('unsupported', 'VeNCrypt of another version than 0.2');
  const count = (await exactly(connection, 1, 'list of subtypes'))[0]!;
  if (count > MOST_SUBTYPES) throw new CannotTell('protocol', `${count} subtypes of VeNCrypt`);
  const list = await exactly(connection, 4 * count, 'list of subtypes');
  return Array.from({ length: count }, (_, index) => list.readUInt32BE(4 * index));
}

/** Chooses a way in, up to where its own exchange begins. Gives the security type that is then spoken. */
async function choose(offer: Offer, way: Way): Promise<typeof NONE | typeof VNC_AUTHENTICATION> {
  const { connection, version, types } = offer;
  if (!types.includes(way.type)) throw new CannotTell('protocol', 'the server offers other security types each time');
  if (way.subtype !== undefined) {
    const subtypes = await subtypesOf(offer);
    if (!subtypes.includes(way.subtype)) throw new CannotTell('protocol', 'the server offers other subtypes each time');
    const chosen = Buffer.alloc(4);
    chosen.writeUInt32BE(way.subtype);
    await connection.send(chosen);
    if ((await exactly(connection, 1, 'answer of VeNCrypt'))[0] !== 1)
      throw new CannotTell('protocol', 'VeNCrypt offered a subtype and refused it');
    await connection.upgrade();
    return way.subtype === X509_NONE ? NONE : VNC_AUTHENTICATION;
  }
  if (version !== '3.3') await connection.send(Buffer.from([way.type]));
  return way.type === NONE ? NONE : VNC_AUTHENTICATION;
}

/** One login over an offer, with its proof; `secret` is not asked for where the way is None. Destroys the connection. */
export async function login(context: ProbeContext, offer: Offer, way: Way, secret: string): Promise<LoginAnswer> {
  const { connection, version } = offer;
  try {
    const type = await choose(offer, way);
    if (type === VNC_AUTHENTICATION) {
      const response = vncResponse(secret, await exactly(connection, 16, 'challenge'));
      // With its challenge it lets anybody try passwords offline.
      if (secret !== '') context.redact(secret, response);
      await connection.send(response);
    }
    // Before 3.8 there is no result where nothing was asked (RFC 6143, 7.2.1).
    if (type === NONE && version !== '3.8') return await proof(connection);
    const result = (await exactly(connection, 4, 'SecurityResult')).readUInt32BE(0);
    if (result === 0) return await proof(connection);
    if (result > 2) throw new CannotTell('protocol', `SecurityResult ${result}`);
    const answer = `SecurityResult ${result}`;
    // 2: too many attempts, of TightVNC's and before 3.8.
    if (result === 2 || isLocked(await reasonOf(offer))) return { result: 'throttled', response: 'lock', answer };
    return { result: 'rejected', answer };
  } finally {
    connection.destroy();
  }
}

/** The reason that 3.8 gives behind a refusal; empty where it is left out. */
async function reasonOf({ connection, version }: Offer): Promise<string> {
  if (version !== '3.8') return '';
  const { bytes } = await connection.receive({
    until: (seen) => seen.length >= 4 && seen.length >= 4 + seen.readUInt32BE(0),
    cap: LONGEST_TEXT,
  });
  return bytes.subarray(4).toString('latin1');
}

/** ClientInit, sharing the desktop with whoever is there, and ServerInit: the screen would come next, and is not asked for. */
async function proof(connection: Connection): Promise<LoginAnswer> {
  await connection.send(Buffer.from([1]));
  const { bytes } = await connection.receive({ cap: SERVER_INIT_BYTES });
  const init = serverInit(bytes);
  if (init === undefined) throw new CannotTell('protocol', 'the login was accepted, and no ServerInit came');
  return { result: 'accepted', answer: 'ServerInit', grants: 'full' };
}
