import * as fs from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Assessment } from '../model/assessment.ts';
import { type Certificate, certificatesIn } from '../observe/certificates.ts';
import { isUnsound } from '../observe/cms.ts';
import { SUMS } from '../observe/seal.ts';
import {
  type KnownCertificate,
  TRUST,
  type Trust,
  type VerifiedFolder,
  verifyFolder,
} from '../observe/verify-folder.ts';
import { visible } from '../report/text.ts';
import { runFolderOf } from './baseline.ts';
import { BadFile, readBytes } from './load-yaml.ts';

/** Bytes that a file of authorities may have: a system's whole list has some 230,000. */
const LARGEST = 4 * 1024 * 1024;

const authorities = (file: string): Certificate[] => {
  try {
    return certificatesIn(readBytes(file, LARGEST).toString('latin1'));
  } catch (error) {
    if (!isUnsound(error)) throw error;
    throw new BadFile(file, error.message);
  }
};

const whose = ({ subject, issuer, sha256, from, to }: KnownCertificate): string =>
  `${visible(subject)}\n  certificate (SHA-256) ${sha256}\n  issued by ${visible(issuer)}, valid from ${from} to ${to}\n`;

const trusted = (trust: Trust | undefined): string => `  ${trust ?? 'it leads to no CA given'}\n`;

/** What is known of a sealed folder, for people. */
const told = (dir: string, { seal, problems, signature, timestamp }: VerifiedFolder): string => {
  const lines = problems.map((problem) => `${visible(problem)}\n`);
  const whole = problems.length === 0;
  if (whole) lines.push(`whole: ${visible(dir)} is what was sealed (${seal})\n`);
  if (signature !== undefined) {
    lines.push(`signed at ${signature.at}, by the signer's own clock, by ${whose(signature.signer)}`);
    lines.push(trusted(signature.trust));
  } else if (whole) lines.push('not signed: anybody who can write here can seal it anew\n');
  if (timestamp !== undefined) {
    lines.push(`it was there at ${timestamp.at}, says the time-stamping authority ${whose(timestamp.authority)}`);
    lines.push(
      timestamp.trust === TRUST.alone ? '  no CA was given: nobody says that it is one\n' : trusted(timestamp.trust),
    );
  }
  return lines.join('');
};

/** A run that an assessment names: where it lies, or what is wrong with what lies in its place. */
interface NamedRun {
  readonly id: string;
  readonly seal: string;
  readonly here: boolean;
  readonly problem?: string;
}

/** The runs that a sealed assessment was judged on: it is only as good as they are. Nothing for a folder of a run. */
const runsBeside = (dir: string): NamedRun[] => {
  const file = join(dir, 'assessment.json');
  const parsed = fs.existsSync(file) ? Assessment.safeParse(JSON.parse(fs.readFileSync(file, 'utf8'))) : undefined;
  return (parsed?.data?.runs ?? []).map(({ id, seal = 'not sealed' }): NamedRun => {
    const place = join(resolve(dir), '..', '..', '..', basename(id), 'run');
    const found = runFolderOf(dir, { id, seal }) ?? (fs.existsSync(join(place, SUMS)) ? place : undefined);
    if (found === undefined) return { id, seal, here: false };
    const { seal: own, problems } = verifyFolder(found);
    const problem = own === seal ? problems[0] : `its seal is ${own}, and ${seal} was judged`;
    const said = problem === undefined ? {} : { problem: `run ${id} that was judged is not as it was: ${problem}` };
    return { id, seal, here: true, ...said };
  });
};

const toldOfRun = ({ id, seal, here }: NamedRun): string =>
  `judged on run ${visible(id)} (${seal}), which ${here ? 'lies beside it and is whole' : 'is not here to verify'}\n`;

const toStdout = (text: string): void => {
  process.stdout.write(text);
};

/**
 * `probity verify`: 0 where a sealed folder is whole, 1 where it is not, or a run that it judged lies beside and is not. `ca` names a PEM file of the authorities that the
 * signer, and the time-stamping authority, must lead to. Throws BadFile where there is no seal or no authority to read.
 */
export const verifyVerb = async (
  dir: string,
  { ca }: { ca?: string },
  json: boolean,
  print: (text: string) => void = toStdout,
): Promise<number> => {
  const given = ca === undefined ? {} : { ca: authorities(ca) };
  let result: VerifiedFolder;
  try {
    result = verifyFolder(dir, given);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new BadFile(dir, `${code ?? message}; expected a sealed folder with SHA256SUMS`);
  }
  const runs = result.problems.length === 0 ? runsBeside(dir) : [];
  result = { ...result, problems: [...result.problems, ...runs.flatMap(({ problem }) => problem ?? [])] };
  const ofRuns = result.problems.length === 0 ? runs.map(toldOfRun).join('') : '';
  print(json ? `${JSON.stringify(result)}\n` : `${told(dir, result)}${ofRuns}`);
  return result.problems.length === 0 ? 0 : 1;
};
