import { basename, join, resolve } from 'node:path';
import { personOf } from '../judge/withdraw.ts';
import { visible } from '../report/text.ts';
import { readSealed } from './assess.ts';
import { fileAttachment } from './attachments.ts';
import { Usage } from './limits.ts';
import { shippedProfiles } from './load-profile.ts';
import { readProfiles } from './profiles.ts';
import { findRun, lockResults, resultsOf } from './results.ts';

export interface AttachOptions {
  criterion: string;
  file: string;
  by: string;
  component?: string;
  note?: string;
  /** Profiles of one's own, beside those that are shipped. */
  profile?: string[];
}

const toStdout = (text: string): void => {
  process.stdout.write(text);
};

/** What a person gave as words: one line, with nothing in it that hides or reorders. */
const words = (option: string, text: string, most: number): string => {
  const shown = visible(text.trim(), most);
  if (shown === '') throw new Usage(`${option} is empty`);
  return shown;
};

/** The profile that most are judged by: reading all that are shipped takes a second. */
const FIRST = 'nist-consumer-iot-2022';

const requireCriterion = (id: string, own: readonly string[]): void => {
  const has = (name: string): boolean => readProfiles([name])[0]!.profile.criteria.some((one) => one.id === id);
  if (own.some(has) || has(FIRST) || shippedProfiles().some((name) => name !== FIRST && has(name))) return;
  throw new Usage(
    `--criterion ${id}: no profile has it (probity profiles lists them; --profile takes one of your own)`,
  );
};

/**
 * `probity attach <run> --criterion ID --file F --by NAME`: files evidence that a person gathered beside the run, under a
 * criterion. It decides nothing; an attestation may. Throws Usage, BadFile (exit 2) and StoreError (exit 3).
 */
export const attachVerb = async (
  path: string,
  options: AttachOptions,
  json = false,
  print: (text: string) => void = toStdout,
  now: () => number = Date.now,
): Promise<number> => {
  const { dir, run } = readSealed(findRun(path));
  requireCriterion(options.criterion, options.profile ?? []);
  const components = run.target.components.map(({ id }) => id);
  if (options.component !== undefined && !components.includes(options.component))
    throw new Usage(`--component ${options.component}: expected one of ${components.join(', ')}`);
  const about = {
    criterion: options.criterion,
    ...(options.component === undefined ? {} : { component: options.component }),
    name: words('--file', basename(resolve(options.file)), 200),
    by: words('--by', options.by, 200),
    at: new Date(now()).toISOString(),
    ...(options.note === undefined ? {} : { note: words('--note', options.note, 2000) }),
  };
  if (personOf(options.by) === '') throw new Usage(`--by ${JSON.stringify(options.by)}: it is nobody's name`);
  const lock = lockResults(resultsOf(dir, run.target.id, run.id) ?? join(dir, '..'));
  try {
    const { attachment, again } = fileAttachment(dir, options.file, about);
    if (json) print(`${JSON.stringify({ ...attachment, again })}\n`);
    else
      print(
        `${attachment.name} ${again ? 'was filed already' : 'is filed'} under ${attachment.criterion} of run ${run.id} (${attachment.sha256})\n`,
      );
    return 0;
  } finally {
    lock.release();
  }
};
