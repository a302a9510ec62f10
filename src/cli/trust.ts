import { createPublicKey } from 'node:crypto';
import * as path from 'node:path';
import type { Declaration } from '../model/target.ts';
import { parse } from '../observe/protocols/certificate-path.ts';
import { BadFile, type Loaded, readBytes, textOf } from './load-yaml.ts';

/** Bytes at most: the roots of a whole operating system are a twentieth of it. */
const LARGEST = 4 * 1024 * 1024;

const EXPECTED =
  'a certificate or a public key in PEM (-----BEGIN CERTIFICATE-----, -----BEGIN PUBLIC KEY-----) or DER';

/** Blocks that hold what can be trusted, and how each is read into what a run keeps. */
const READ: Readonly<Record<string, (block: string) => string>> = {
  CERTIFICATE: certificate,
  'X509 CERTIFICATE': certificate,
  'TRUSTED CERTIFICATE': certificate,
  'PUBLIC KEY': publicKey,
  'RSA PUBLIC KEY': publicKey,
};

function certificate(block: Buffer | string): string {
  const { raw } = parse(Buffer.from(block as string));
  return `-----BEGIN CERTIFICATE-----\n${raw.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

function publicKey(pem: string): string {
  return createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString();
}

const why = (error: unknown): string =>
  (error as Error).message.replace(/^a certificate cannot be read: /, '').slice(0, 200);

/** Where a block stands in its text, and what it is called there. */
interface Block {
  readonly label: string;
  readonly line: number;
  readonly text: string;
}

/** The PEM blocks of a text; what stands between them is nobody's business. */
function* blocksOf(text: string, bad: (why: string, line: number) => Error): Generator<Block> {
  let begun: { label: string; line: number; lines: string[] } | undefined;
  for (const [index, content] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    const mark = /^\s*-----(BEGIN|END) ([A-Z0-9 ]{1,40})-----\s*$/.exec(content);
    if (mark?.[1] === 'BEGIN') {
      if (begun) throw bad(`a block begins within the ${begun.label} of line ${begun.line}, expected its end`, line);
      begun = { label: mark[2]!, line, lines: [content.trim()] };
    } else if (mark) {
      if (begun === undefined || begun.label !== mark[2])
        throw bad(
          `the end of a ${mark[2]}${begun ? ` in the ${begun.label} of line ${begun.line}` : ' that never began'}`,
          line,
        );
      yield { label: begun.label, line: begun.line, text: [...begun.lines, content.trim(), ''].join('\n') };
      begun = undefined;
    } else begun?.lines.push(content);
  }
  if (begun) throw bad(`the ${begun.label} has no end, expected -----END ${begun.label}-----`, begun.line);
}

/**
 * Trust anchors and pinned keys of a PEM text, each once, as PEM that holds nothing else. `bad` makes the error for what
 * cannot be used: which one (counted from 1), its line, and what was expected.
 */
export const readTrust = (text: string, bad: (why: string, line?: number) => Error): string => {
  const found = new Set<string>();
  let count = 0;
  for (const { label, line, text: block } of blocksOf(text, bad)) {
    count += 1;
    if (/PRIVATE KEY/.test(label))
      throw bad(`block ${count} is a private key, which nobody needs to trust: expected ${EXPECTED}`, line);
    const read = READ[label];
    if (read === undefined) throw bad(`block ${count} is a ${label}, expected ${EXPECTED}`, line);
    try {
      found.add(read(block));
    } catch (error) {
      const what = read === certificate ? 'certificate' : 'public key';
      throw bad(`block ${count} (${label}) is no ${what} that can be read: ${why(error)}`, line);
    }
  }
  if (found.size === 0) throw bad(`there is no certificate and no public key in it, expected ${EXPECTED}`);
  return [...found].join('');
};

/** The same of a file, PEM or DER. Throws BadFile. */
export const readTrustFile = (file: string): string => {
  const bytes = readBytes(file, LARGEST);
  // A SEQUENCE, its length in one byte or in several: no text of PEM begins so.
  if (bytes[0] === 0x30 && (bytes[1]! >= 0x80 || bytes[1] === bytes.length - 2)) return fromDer(bytes, file);
  return readTrust(textOf(bytes, file), (text, line) => new BadFile(file, text, line));
};

function fromDer(bytes: Buffer, file: string): string {
  try {
    const { raw } = parse(bytes);
    if (raw.length === bytes.length) return certificate(bytes);
  } catch {
    try {
      return publicKey(
        createPublicKey({ key: bytes, format: 'der', type: 'spki' }).export({ type: 'spki', format: 'pem' }) as string,
      );
    } catch {
      // Neither: said below, in one way for all.
    }
  }
  throw new BadFile(file, `it is DER, and not of one certificate or public key: expected ${EXPECTED}`);
}

/** What a component's clients trust, from the file that its declaration names or as it stands there. Throws BadFile. */
export const declaredTrust = (
  loaded: Pick<Loaded<unknown>, 'file' | 'bad'>,
  at: readonly PropertyKey[],
  { trust, trustFile }: Pick<Declaration, 'trust' | 'trustFile'>,
): string | undefined => {
  if (trustFile === undefined)
    return trust === undefined
      ? undefined
      : readTrust(trust, (why, line) =>
          loaded.bad([...at, 'trust'], line === undefined ? why : `${why} (its line ${line})`),
        );
  try {
    return readTrustFile(path.resolve(path.dirname(loaded.file), trustFile));
  } catch (error) {
    if (!(error instanceof BadFile)) throw error;
    throw loaded.bad([...at, 'trustFile'], error.message.replace(/^Cannot/, 'cannot'));
  }
};
