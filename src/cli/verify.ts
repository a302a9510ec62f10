import { type Certificate, certificatesIn } from '../observe/certificates.ts';
import { isUnsound } from '../observe/cms.ts';
import {
  type KnownCertificate,
  TRUST,
  type Trust,
  type VerifiedFolder,
  verifyFolder,
} from '../observe/verify-folder.ts';
import { visible } from '../report/text.ts';
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

const toStdout = (text: string): void => {
  process.stdout.write(text);
};

/**
 * `probity verify`: 0 where a sealed folder is whole, 1 where it is not. `ca` names a PEM file of the authorities that the
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
  print(json ? `${JSON.stringify(result)}\n` : told(dir, result));
  return result.problems.length === 0 ? 0 : 1;
};
