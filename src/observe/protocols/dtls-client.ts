import { constants, publicEncrypt, X509Certificate } from 'node:crypto';
import { CannotTell, type Datagram, type ProbeContext } from '../probe.ts';
import {
  CONTENT,
  DTLS_VERSIONS,
  type DtlsMessage,
  type DtlsServerHello,
  dtlsMessage,
  dtlsRecord,
  HANDSHAKE,
  Reassembly,
  readDtlsRecords,
  readFragments,
} from './dtls.ts';
import { Association, type AssociationContext } from './dtls-association.ts';
import { alertName, Dialogue } from './dtls-exchange.ts';
import { dtlsHelloParts } from './dtls-hello.ts';
import { hashOf, keysOf, OWN_SUITES, type OwnSuite, prf, pskPremaster } from './dtls-keys.ts';
import { helloBody, u8, vector } from './tls-hello.ts';
import { keyShare } from './tls13-keys.ts';

/** A pre-shared key and the identity it goes by (RFC 4279). */
export interface PreShared {
  readonly identity: Buffer;
  readonly key: Buffer;
}

/**
 * What became of an association. `open`: the server has proven, by its Finished, that it holds the same keys. `alert`
 * and `silent` say at which point: `hello` is before our keys were sent, `keys` after. `unfit`: it chose what our client
 * does not speak.
 */
export type Associated =
  | { readonly kind: 'open'; readonly association: Association }
  | { readonly kind: 'alert'; readonly stage: 'hello' | 'keys'; readonly name: string }
  | { readonly kind: 'silent'; readonly stage: 'hello' | 'keys'; readonly why: string }
  | { readonly kind: 'garbage' | 'refused' | 'unfit'; readonly why: string };

type Context = AssociationContext & Pick<ProbeContext, 'datagram' | 'component'>;

/** Groups that a share can be made of here: x25519, P-256, P-384, P-521. */
const GROUPS = [29, 23, 24, 25];

/**
 * One handshake of DTLS 1.2 (RFC 6347) over a socket of its own. Certificates and signatures are not verified. Throws
 * CannotTell only for what is no answer of the server.
 */
export async function associate(
  context: Context,
  { suites, psk }: { suites: readonly number[]; psk?: PreShared },
): Promise<Associated> {
  const datagram = await context.datagram();
  const dialogue = new Dialogue(context, datagram);
  let made: Associated | undefined;
  try {
    made = await new Handshake(context, dialogue, datagram).run(suites, psk);
    return made;
  } catch (error) {
    if (!(error instanceof CannotTell) || error.reason !== 'refused') throw error;
    return { kind: 'refused', why: error.message };
  } finally {
    if (made?.kind !== 'open') await dialogue.end();
  }
}

class Handshake {
  readonly #context: Context;
  readonly #dialogue: Dialogue;
  readonly #datagram: Datagram;
  /** Messages of both sides so far, each with its header as if it had come in one piece (RFC 6347, 4.2.6). */
  readonly #transcript: Buffer[] = [];

  constructor(context: Context, dialogue: Dialogue, datagram: Datagram) {
    this.#context = context;
    this.#dialogue = dialogue;
    this.#datagram = datagram;
  }

  async run(suites: readonly number[], psk: PreShared | undefined): Promise<Associated> {
    const random = this.#context.random(64);
    const servername = this.#context.component.names[0];
    const parts = dtlsHelloParts({ version: 'DTLS 1.2', short: true, suites, random, servername, groups: GROUPS });
    const told = await this.#dialogue.ask(parts);
    if (told.kind === 'alert') return { kind: 'alert', stage: 'hello', name: told.name };
    if (told.kind === 'timeout') return { kind: 'silent', stage: 'hello', why: told.why };
    if (told.kind !== 'hello') return { kind: told.kind, why: told.why };
    const { hello, answer } = told;
    if (!answer.done) return { kind: 'silent', stage: 'hello', why: 'its flight did not come whole' };
    if (answer.alert?.level === 2) return { kind: 'alert', stage: 'hello', name: alertName(answer.alert.code) };
    const suite = suites.includes(hello.suite) ? OWN_SUITES.get(hello.suite) : undefined;
    if (hello.version !== 'DTLS 1.2' || !suite)
      return { kind: 'unfit', why: `${hello.version ?? 'an unknown version'} was chosen, or a suite not offered` };
    const flight = this.#dialogue.reader.messages.from(HANDSHAKE.serverHello);
    this.#add({
      type: HANDSHAKE.clientHello,
      sequence: this.#dialogue.messages,
      body: helloBody(this.#dialogue.hello!),
    });
    const last = flight.findIndex(({ type }) => type === HANDSHAKE.done);
    for (const message of flight.slice(0, last + 1)) this.#add(message);
    const exchange = exchangeKeys(this.#context, suite, { flight, psk });
    if (!exchange) return { kind: 'unfit', why: 'its key exchange cannot be followed' };
    const wants = flight.some(({ type }) => type === HANDSHAKE.certificateRequest);
    return this.#finish({ hello, suite, random, flight: flight.slice(0, last + 1), wants, ...exchange });
  }

  #add({ type, sequence, body }: DtlsMessage): void {
    this.#transcript.push(dtlsMessage(type, sequence, body));
  }

  /** Our keys and Finished, and the server's (RFC 5246, 7.4.9). */
  async #finish(o: {
    hello: DtlsServerHello;
    suite: OwnSuite;
    random: Buffer;
    flight: readonly DtlsMessage[];
    wants: boolean;
    premaster: Buffer;
    body: Buffer;
  }): Promise<Associated> {
    const { hello, suite, flight } = o;
    const { hash } = suite;
    const client = o.random.subarray(0, 32);
    const clear: DtlsMessage[] = [];
    let sequence = this.#dialogue.messages + 1;
    const say = (type: number, body: Buffer): DtlsMessage => {
      const message = { type, sequence: sequence++, body };
      this.#add(message);
      return message;
    };
    // No certificate of ours: an empty list (RFC 5246, 7.4.6).
    if (o.wants) clear.push(say(HANDSHAKE.certificate, Buffer.alloc(3)));
    clear.push(say(HANDSHAKE.clientKeyExchange, o.body));
    const master = hello.extensions.has(23)
      ? prf(hash, o.premaster, 'extended master secret', hashOf(hash, ...this.#transcript), 48)
      : prf(hash, o.premaster, 'master secret', Buffer.concat([client, hello.random]), 48);
    const [own, theirs] = keysOf(suite, master, hello.random, client);
    const finished = say(
      HANDSHAKE.finished,
      prf(hash, master, 'client finished', hashOf(hash, ...this.#transcript), 12),
    );
    const association = new Association(this.#context, this.#datagram, own, theirs);
    const write = () => [
      Buffer.concat([
        ...clear.map(({ type, sequence, body }) => this.#record(CONTENT.handshake, dtlsMessage(type, sequence, body))),
        this.#record(CONTENT.changeCipherSpec, u8(1)),
        association.seal(CONTENT.handshake, dtlsMessage(finished.type, finished.sequence, finished.body)),
      ]),
    ];
    const end = new Ending(association, flight, this.#dialogue);
    await this.#dialogue.flight(
      write,
      () => end.over,
      (bytes) => end.take(bytes),
    );
    const said = end.finished;
    if (!said) {
      if (end.alert) return { kind: 'alert', stage: 'keys', name: alertName(end.alert) };
      if (end.unread) return { kind: 'garbage', why: 'what it says under its keys cannot be read' };
      return { kind: 'silent', stage: 'keys', why: 'nothing was said to our keys' };
    }
    for (const message of end.before) this.#add(message);
    const right = prf(hash, master, 'server finished', hashOf(hash, ...this.#transcript), 12);
    if (!said.body.equals(right)) return { kind: 'garbage', why: "the server's Finished does not hold" };
    return { kind: 'open', association };
  }

  #record(type: number, body: Buffer): Buffer {
    return dtlsRecord({ type, version: DTLS_VERSIONS['DTLS 1.2'], epoch: 0, sequence: this.#dialogue.next(), body });
  }
}

/** The premaster secret and the body of ClientKeyExchange; undefined where the server's part cannot be used. */
function exchangeKeys(
  { random }: Context,
  { exchange }: OwnSuite,
  { flight, psk }: { flight: readonly DtlsMessage[]; psk: PreShared | undefined },
): { premaster: Buffer; body: Buffer } | undefined {
  const bodyOf = (type: number) => flight.find((message) => message.type === type)?.body;
  if (exchange === 'rsa') return byRsa(random, bodyOf(HANDSHAKE.certificate));
  if (exchange === 'psk') return psk && { premaster: pskPremaster(psk.key), body: vector(2, psk.identity) };
  const whole = bodyOf(HANDSHAKE.keyExchange);
  // The hint comes first (RFC 5489, 2).
  const skip = exchange === 'ecdhe-psk' && whole && whole.length >= 2 ? 2 + whole.readUInt16BE(0) : 0;
  const offered = whole?.subarray(skip);
  // named_curve (RFC 8422, 5.4).
  if (!offered || offered.length < 5 || offered[0] !== 3) return undefined;
  const share = keyShare(offered.readUInt16BE(1), random);
  const shared = share?.agree(offered.subarray(4, 4 + offered[3]!));
  if (!share || !shared) return undefined;
  const point = vector(1, share.key);
  if (exchange === 'ecdhe') return { premaster: shared, body: point };
  return psk && { premaster: pskPremaster(psk.key, shared), body: Buffer.concat([vector(2, psk.identity), point]) };
}

/** RSA key transport (RFC 5246, 7.4.7.1). */
function byRsa(random: Context['random'], certificates: Buffer | undefined) {
  if (!certificates || certificates.length < 6) return undefined;
  const premaster = Buffer.concat([u8(0xfe, 0xfd), random(46)]);
  try {
    const { publicKey } = new X509Certificate(certificates.subarray(6, 6 + certificates.readUIntBE(3, 3)));
    const sealed = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, premaster);
    return { premaster, body: vector(2, sealed) };
  } catch {
    // A certificate that cannot be read, or a key of another kind.
    return undefined;
  }
}

/** Reads what comes after our keys. */
class Ending {
  alert: number | undefined;
  /** Something came under its keys that ours do not open: it may well hold ours for right. */
  unread = false;
  readonly #association: Association;
  readonly #flight: readonly DtlsMessage[];
  readonly #dialogue: Dialogue;
  readonly #sealed = new Reassembly();

  constructor(association: Association, flight: readonly DtlsMessage[], dialogue: Dialogue) {
    this.#association = association;
    this.#flight = flight;
    this.#dialogue = dialogue;
  }

  get finished(): DtlsMessage | undefined {
    const [finished] = this.#sealed.from(HANDSHAKE.finished);
    return finished && this.before.length === finished.sequence - this.#next ? finished : undefined;
  }

  /** Messages between ServerHelloDone and Finished: a session ticket (RFC 5077, 3.3). */
  get before(): readonly DtlsMessage[] {
    const messages: DtlsMessage[] = [];
    for (let at = this.#next; ; at++) {
      const message = this.#dialogue.reader.messages.get(at);
      if (!message) return messages;
      messages.push(message);
    }
  }

  get over(): boolean {
    return this.finished !== undefined || this.alert !== undefined;
  }

  take(datagram: Buffer): void {
    for (const record of readDtlsRecords(datagram).records) {
      if (record.epoch === 0) {
        if (record.type === CONTENT.alert) this.#ended(record.body);
        if (record.type !== CONTENT.handshake) continue;
        for (const fragment of readFragments(record.body).fragments) {
          if (fragment.sequence >= this.#next) this.#dialogue.reader.messages.add(fragment);
        }
        continue;
      }
      const plain = this.#association.unseal(record);
      if (!plain) {
        this.unread = true;
        continue;
      }
      if (record.type === CONTENT.alert) this.#ended(plain);
      if (record.type === CONTENT.handshake)
        for (const fragment of readFragments(plain).fragments) this.#sealed.add(fragment);
    }
  }

  /** A fatal alert, or close_notify; other warnings end nothing. */
  #ended(alert: Buffer): void {
    if (alert.length === 2 && (alert[0] === 2 || alert[1] === 0)) this.alert ??= alert[1]!;
  }

  get #next(): number {
    return this.#flight.at(-1)!.sequence + 1;
  }
}
