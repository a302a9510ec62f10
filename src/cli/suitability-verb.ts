import { join } from 'node:path';
import { againstPass } from '../judge/suitability.ts';
import type { SuitabilityPass } from '../model/suitability.ts';
import { LoginLedger } from '../observe/ledger.ts';
import { visible } from '../report/text.ts';
import { discoveryHere } from './discovery-here.ts';
import { Usage } from './limits.ts';
import { loadCredentials } from './load-credentials.ts';
import { lockResults } from './results.ts';
import { type SuitabilityAround, suitabilityPass } from './suitability.ts';
import { readReferences } from './suitability-references.ts';
import { interruptible } from './verbs.ts';

export interface SuitabilityOptions {
  readonly reference?: readonly string[];
  readonly out: string;
  readonly when?: string;
}

const whenFrom = (text: string | undefined): SuitabilityPass['when'] => {
  if (text === undefined || text === 'before') return 'before';
  if (text === 'after') return 'after';
  throw new Usage(`--when ${text}: expected before or after`);
};

/** What one pass showed, in lines. */
export const passText = (pass: SuitabilityPass): string => {
  const lines = pass.references.map(
    ({ name, kind, how, is, checks, because }) =>
      `${is.padEnd(14)} ${kind.padEnd(11)} ${visible(name, 100)} (${how}): ${
        checks.filter(({ expected, found }) => expected === found).length
      } of ${checks.length} checks as known${is === 'as-known' ? '' : `; ${visible(because, 600)}`}`,
  );
  const simulated = pass.references.every(({ how }) => how === 'simulated');
  return [
    ...lines,
    ...(simulated
      ? ['All references were simulated on this machine: the engine is proven, the cable to the item is not.']
      : []),
    pass.suitable
      ? 'suitable: what is known of the references was found'
      : `not suitable: ${againstPass(pass).length} against it`,
    '',
  ].join('\n');
};

/**
 * `probity suitability`: one pass over the references, without an item. 0 suitable, 1 not, 130 interrupted. Throws Usage
 * and BadFile (exit 2), StoreError (exit 3).
 */
export const suitabilityVerb = async (
  options: SuitabilityOptions,
  json: boolean,
  print: (text: string) => void,
  more: Partial<SuitabilityAround> = {},
): Promise<number> => {
  const when = whenFrom(options.when);
  const references = readReferences(options.reference ?? []);
  const signal = more.signal ?? interruptible();
  const discovery = more.discovery ?? (await discoveryHere());
  const credentials = loadCredentials();
  const lock = lockResults(options.out);
  try {
    const pass = await suitabilityPass(references, when, {
      out: options.out,
      discovery,
      credentials,
      ledger: new LoginLedger(join(options.out, 'logins.json'), Date.now),
      sealing: {},
      now: Date.now,
      line: (text) => void process.stderr.write(`${text}\n`),
      ...more,
      signal,
    });
    print(json ? `${JSON.stringify(pass)}\n` : passText(pass));
    return pass.suitable ? 0 : 1;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return 130;
    throw error;
  } finally {
    lock.release();
  }
};
