import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { readIdentification } from '../../src/observe/protocols/ssh.ts';
import { readSsh1Key, type Ssh1Key } from '../../src/observe/protocols/ssh1.ts';
import { flawsOf } from './keys.ts';
import type { SshServer, Unsettled } from './server.ts';

const CAP = 16_384;

/**
 * SSH 1, asked for by a banner of it: the server's key proves that it is spoken. `version` is what the server's own
 * banner says; the offer of 1.5 is stated once it is proven, or where the banner says nothing else.
 */
export async function* version1(
  context: ProbeContext,
  server: SshServer,
  version: string,
): AsyncGenerator<FactOf<'offer' | 'key'>, readonly Unsettled[]> {
  const said = await ask(context);
  if (typeof said !== 'string') {
    if (version === '1.99') yield { kind: 'offer', protocol: 'ssh', role: 'version', name: 'SSH-1.5' };
    const { rsa, blob, ...fields } = said;
    context.evidence(blob, 'application/octet-stream');
    yield { kind: 'key', use: 'ssh-host', algorithm: 'rsa', ...fields, ...flawsOf(rsa) };
    return [];
  }
  // A server of both versions may have given up the old one, and name it in its banner still. It closed for that alone
  // if it takes another connection right after.
  if (said === REFUSED && version === '1.99' && (await server.look())) return [];
  return [
    {
      reason: said === REFUSED ? 'protocol' : said === 'timeout' ? 'timeout' : 'reset',
      what: `SSH 1: no key was shown (${said})`,
      open: ['key'],
    },
  ];
}

const REFUSED = 'closed';

async function ask(context: ProbeContext): Promise<Ssh1Key | string> {
  try {
    const connection = await context.dial();
    try {
      await connection.send('SSH-1.5-probity\n');
      const { bytes, ended } = await connection.receive({ until: (seen) => keyIn(seen) !== undefined, cap: CAP });
      const key = keyIn(bytes);
      return key || (ended === 'reset' || ended === 'timeout' ? ended : REFUSED);
    } finally {
      connection.destroy();
    }
  } catch (error) {
    if (!(error instanceof CannotTell) || context.signal.aborted) throw error;
    if (!['timeout', 'reset', 'refused'].includes(error.reason)) throw error;
    return error.reason;
  }
}

function keyIn(bytes: Buffer): Ssh1Key | undefined | false {
  const identification = readIdentification(bytes);
  return identification ? readSsh1Key(bytes.subarray(identification.length)) : identification;
}
