import type { FactKind } from '../../model/fact.ts';
import type { Reason } from '../../model/run.ts';
import { CannotTell, type ProbeContext } from '../probe.ts';
import type { Association } from './dtls-association.ts';
import { type Associated, associate } from './dtls-client.ts';
import { Dialogue, type DtlsTold } from './dtls-exchange.ts';
import { dtlsHelloParts, FAMILIAR_SUITES } from './dtls-hello.ts';
import { ownSuites } from './dtls-keys.ts';
import type { Recognition } from './recognise.ts';
import { udpStimuli } from './recognise-udp.ts';
import { suiteName } from './tls-suites.ts';

/** Suites by which anybody gets an association whom the server does not ask for a certificate. */
const WITHOUT_SECRETS = ownSuites(({ exchange }) => exchange === 'ecdhe' || exchange === 'rsa');
export const WITH_PSK: readonly number[] = ownSuites(({ exchange }) => exchange === 'psk' || exchange === 'ecdhe-psk');

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
export async function askSuites(context: ProbeContext, suites: readonly number[]): Promise<DtlsTold> {
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

/**
 * Whether a server goes on with one of these suites. Refused is an alert for want of a suite, or silence where a hello
 * with other suites is answered right after.
 */
export async function takesSuites(
  context: ProbeContext,
  suites: readonly number[],
): Promise<'yes' | 'no' | { readonly reason: Reason; readonly why: string }> {
  const told = await askSuites(context, suites);
  if (told.kind === 'hello') {
    if (suites.includes(told.hello.suite)) return 'yes';
    return { reason: 'protocol', why: `${suiteName(told.hello.suite)} was chosen and not offered` };
  }
  if (told.kind === 'alert') {
    if (NOT_THESE.includes(told.name)) return 'no';
    const reason = told.name === 'protocol_version' ? 'unsupported' : 'protocol';
    return { reason, why: `${told.name} was the answer to a hello of DTLS 1.2` };
  }
  if (told.kind !== 'timeout') return { reason: told.kind === 'refused' ? 'refused' : 'protocol', why: told.why };
  const others = FAMILIAR_SUITES.filter((code) => !suites.includes(code));
  const control = await askSuites(context, others);
  return control.kind === 'hello' && others.includes(control.hello.suite) ? 'no' : { reason: 'timeout', why: told.why };
}

/**
 * An association that takes no secret: by a certificate of the server's that nobody checks, or anonymous. Undefined where
 * the server takes pre-shared keys alone. Throws CannotTell, leaving these kinds open, where it cannot be had otherwise.
 */
export async function withoutSecrets(
  context: ProbeContext,
  open: readonly FactKind[],
): Promise<Association | undefined> {
  const made = await associate(context, { suites: WITHOUT_SECRETS });
  if (made.kind === 'open') return made.association;
  const isRefusal = 'stage' in made && made.stage === 'hello';
  if (isRefusal && (await takesSuites(context, WITH_PSK)) === 'yes') {
    if (made.kind === 'alert' && NOT_THESE.includes(made.name)) return undefined;
    if ((await takesSuites(context, WITHOUT_SECRETS)) === 'no') return undefined;
  }
  throw cannotAssociate(made, open);
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
