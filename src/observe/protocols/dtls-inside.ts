import type { FactKind } from '../../model/fact.ts';
import type { Reason } from '../../model/run.ts';
import { CannotTell, type ProbeContext } from '../probe.ts';
import type { Association } from './dtls-association.ts';
import { type Associated, associate } from './dtls-client.ts';
import { Dialogue, type DtlsTold } from './dtls-exchange.ts';
import { dtlsHelloParts, dtlsSuitesOf, FAMILIAR_SUITES } from './dtls-hello.ts';
import { ownSuites } from './dtls-keys.ts';
import type { Recognition } from './recognise.ts';
import { udpStimuli } from './recognise-udp.ts';
import { suiteName } from './tls-suites.ts';

/** Suites by which anybody gets an association whom the server does not ask for a certificate. */
const WITHOUT_SECRETS = ownSuites(({ exchange }) => exchange === 'ecdhe' || exchange === 'rsa');
export const WITH_PSK: readonly number[] = ownSuites(({ exchange }) => exchange === 'psk' || exchange === 'ecdhe-psk');
/** All that are known of DTLS 1.2 by whether they take a pre-shared key; our own client does not speak them all. */
const isByKey = (code: number): boolean => /_PSK_|_ECCPWD_|_SRP_/.test(suiteName(code));
const WITHOUT_PSK = dtlsSuitesOf('DTLS 1.2').filter((code) => !isByKey(code));
const OTHER_PSK = dtlsSuitesOf('DTLS 1.2').filter((code) => isByKey(code) && !WITH_PSK.includes(code));

/** What travels inside DTLS, in the order in which it is asked for. */
const INSIDE = ['coap', 'snmp', 'dns'];
/** Milliseconds that an answer inside is waited for, at most the `wait` limit; half-way it is asked again. */
const WAIT = 2000;

/** What speaks inside an association. Undefined: nothing was said. `recognition` undefined: it answered, and is not known. */
export async function recogniseInside(
  context: ProbeContext,
  association: Association,
): Promise<{ recognition: Recognition | undefined; bytes: Buffer } | undefined> {
  const stimuli = udpStimuli(context.random(8));
  let said: Buffer | undefined;
  for (const stimulus of INSIDE.flatMap((name) => stimuli.filter(({ protocol }) => protocol === name))) {
    const wait = Math.min(WAIT, context.limits.wait) / 2;
    for (let sent = 0; sent < 2; sent++) {
      await association.send(stimulus.bytes);
      const until = context.now() + wait;
      for (let left = wait; left > 0; left = until - context.now()) {
        const message = await association.receive({ wait: left });
        if (!message) break;
        const { bytes } = message;
        if (bytes.equals(stimulus.bytes)) return { recognition: { protocol: 'echo' }, bytes };
        const recognition = stimulus.recognise(bytes);
        if (recognition) return { recognition, bytes };
        said ??= bytes;
      }
    }
  }
  return said && { recognition: undefined, bytes: said };
}

/** One hello of DTLS 1.2 with these suites, over a socket of its own. */
async function askSuites(context: ProbeContext, suites: readonly number[]): Promise<DtlsTold> {
  const dialogue = new Dialogue(context, await context.datagram());
  try {
    const servername = context.component.names[0];
    const random = context.random(64);
    return await dialogue.ask(dtlsHelloParts({ version: 'DTLS 1.2', short: true, suites, random, servername }));
  } finally {
    await dialogue.end();
  }
}

/** Alerts of a server that has none of the suites, or knows no such client. */
const NOT_THESE: readonly string[] = ['handshake_failure', 'insufficient_security', 'illegal_parameter'];
/** Suites of a hello that every stack can take. */
const FEW = 24;

type Takes = 'no' | { readonly suite: number } | { readonly reason: Reason; readonly why: string };

const isNo = (told: DtlsTold): boolean => told.kind === 'alert' && NOT_THESE.includes(told.name);

/**
 * Whether a server goes on with one of these suites, and with which. Refused is an alert for want of a suite, or silence
 * where the same hello with one suite more, which the server is known to take (`known`), is answered right after. Of a
 * server that takes no long hellos, the suites are asked for few by few.
 */
export async function takesSuites(context: ProbeContext, suites: readonly number[], known?: number): Promise<Takes> {
  const told = await askSuites(context, suites);
  if (isNo(told)) return 'no';
  if (told.kind === 'timeout') {
    const other = known ?? (await otherThan(context, suites));
    if (other === undefined) return { reason: 'timeout', why: told.why };
    // Who dropped the hello for its first suite gets no further than that.
    const control = await askSuites(context, told.forgot ? [other, ...suites] : [...suites, other]);
    if (control.kind === 'hello' && control.hello.suite === other) return 'no';
    // It may have been late.
    if (control.kind === 'hello' && suites.includes(control.hello.suite)) return { suite: control.hello.suite };
    return suites.length > FEW ? fewByFew(context, suites, other) : { reason: 'timeout', why: told.why };
  }
  if (told.kind === 'hello') {
    const { suite } = told.hello;
    if (suites.includes(suite)) return { suite };
    return { reason: 'protocol', why: `${suiteName(suite)} was chosen and not offered` };
  }
  if (told.kind === 'alert') {
    const reason = told.name === 'protocol_version' ? 'unsupported' : 'protocol';
    return { reason, why: `${told.name} was the answer to a hello of DTLS 1.2` };
  }
  return { reason: told.kind === 'refused' ? 'refused' : 'protocol', why: told.why };
}

/** A familiar suite that is none of these, and that the server takes. */
async function otherThan(context: ProbeContext, suites: readonly number[]): Promise<number | undefined> {
  const others = FAMILIAR_SUITES.filter((code) => !suites.includes(code));
  const told = await askSuites(context, others);
  return told.kind === 'hello' && others.includes(told.hello.suite) ? told.hello.suite : undefined;
}

async function fewByFew(context: ProbeContext, suites: readonly number[], known: number): Promise<Takes> {
  const familiar = FAMILIAR_SUITES.filter((code) => suites.includes(code));
  const all = [...familiar, ...suites.filter((code) => !familiar.includes(code))];
  for (let at = 0; at < all.length; at += FEW) {
    const takes = await takesSuites(context, all.slice(at, at + FEW), known);
    if (takes !== 'no') return takes;
  }
  return 'no';
}

/** Whether a server takes pre-shared keys. Throws CannotTell, leaving these kinds open, where it does by suites that are none of ours. */
export async function takesKeys(context: ProbeContext, open?: readonly FactKind[]): Promise<boolean> {
  const own = await takesSuites(context, WITH_PSK);
  if (own !== 'no') {
    if ('suite' in own) return true;
    throw new CannotTell(own.reason, own.why, open);
  }
  const all = await takesSuites(context, OTHER_PSK);
  if (all === 'no') return false;
  if ('suite' in all)
    throw new CannotTell(
      'unsupported',
      `it takes pre-shared keys by ${suiteName(all.suite)}, which is not tried`,
      open,
    );
  throw new CannotTell(all.reason, all.why, open);
}

/**
 * An association that takes no secret: by a certificate of the server's that nobody checks, or anonymous. Undefined where
 * the server takes pre-shared keys alone: it has no other suite. Throws CannotTell, leaving these kinds open, where it
 * cannot be had otherwise.
 */
export async function withoutSecrets(
  context: ProbeContext,
  open: readonly FactKind[],
): Promise<Association | undefined> {
  const made = await associate(context, { suites: WITHOUT_SECRETS });
  if (made.kind === 'open') return made.association;
  if (!('stage' in made) || made.stage !== 'hello') throw cannotAssociate(made, open);
  const byKey = await takesSuites(context, WITH_PSK);
  if (byKey === 'no' || !('suite' in byKey)) throw cannotAssociate(made, open);
  const other = await takesSuites(context, WITHOUT_PSK, byKey.suite);
  if (other === 'no') return undefined;
  if (!('suite' in other)) throw new CannotTell(other.reason, `no DTLS association: ${other.why}`, open);
  if (WITHOUT_SECRETS.includes(other.suite)) throw cannotAssociate(made, open);
  throw new CannotTell('unsupported', `no DTLS association: ${suiteName(other.suite)} is not tried`, open);
}

/** Why there is no association, as what it leaves open. */
export function cannotAssociate(made: Exclude<Associated, { kind: 'open' }>, open?: readonly FactKind[]): CannotTell {
  switch (made.kind) {
    case 'alert':
      return new CannotTell(
        'unsupported',
        made.stage === 'hello'
          ? `no DTLS 1.2 association could be had: ${made.name}`
          : `no DTLS association without a client certificate: ${made.name}`,
        open,
      );
    case 'silent':
      return new CannotTell('timeout', `no DTLS association: ${made.why}`, open);
    case 'unfit':
      return new CannotTell('unsupported', `no DTLS association: ${made.why}`, open);
    default:
      return new CannotTell(made.kind === 'garbage' ? 'protocol' : 'refused', `no DTLS association: ${made.why}`, open);
  }
}
