import * as fs from 'node:fs';
import { attempting } from '../observe/run-store.ts';
import { visible } from '../report/text.ts';
import { type Imported, importCredentials, writePieces } from './import-credentials.ts';
import { Usage } from './limits.ts';
import { lintCredentials } from './lint-credentials.ts';
import { loadCredentials, shippedCredentials } from './load-credentials.ts';

export interface CredentialsOptions {
  readonly out?: string;
  readonly name?: string;
  readonly source?: string;
}

type Print = (text: string) => void;

/** The entries of a list, without their words: those stay in the list, for what is printed may end up in a report. */
const list = (file: string | undefined, json: boolean, print: Print): number => {
  const entries = loadCredentials(file).entries.map(({ id, vendor, product, protocol, user }) => ({
    id,
    vendor,
    product,
    protocol,
    user,
  }));
  if (json) print(`${JSON.stringify(entries)}\n`);
  else
    for (const { id, user, protocol, vendor } of entries)
      print(`${[id, user, protocol ?? 'any', vendor ?? ''].map((word) => visible(word, 200)).join('  ')}\n`);
  return 0;
};

const lint = (file: string, json: boolean, print: Print): number => {
  let flaws = 0;
  for (const { line, entry, says } of lintCredentials(file)) {
    flaws += 1;
    print(
      json
        ? `${JSON.stringify({ file, line, entry, says })}\n`
        : `${visible(`${file}${line === undefined ? '' : `:${line}`}: ${entry} ${says}`, 1000)}\n`,
    );
  }
  if (flaws === 0 && !json) print(`${file}: nothing is wrong\n`);
  return flaws === 0 ? 0 : 1;
};

const imported = (file: string, { out, name = 'imported', source }: CredentialsOptions, print: Print): Imported => {
  if (!/^[a-z0-9][a-z0-9._-]{0,59}$/.test(name))
    throw new Usage(`--name ${name}: expected lower-case letters, digits, dot, dash, underscore`);
  const words = (source ?? `imported from ${file.split('/').at(-1)}`).trim();
  if (words === '') throw new Usage('--source: expected where the list is from, in words');
  const pieces = importCredentials(file, { name, source: words });
  if (out !== undefined) {
    if (fs.lstatSync(out, { throwIfNoEntry: false }) !== undefined)
      throw new Usage(`--out ${out}: it is there already, and nothing is written over it`);
    return attempting(`write "${out}"`, () => writePieces(out, pieces));
  }
  for (;;) {
    const next = pieces.next();
    if (next.done) return next.value;
    print(next.value);
  }
};

/** `probity credentials`, `... list FILE`, `... import FILE`, `... lint [FILE]` (1 where something is wrong). */
export const credentialsVerb = async (
  action: string | undefined,
  file: string | undefined,
  options: CredentialsOptions,
  json: boolean,
  print: Print,
  tell: Print,
): Promise<number> => {
  if (action === undefined || action === 'list') return list(file, json, print);
  if (action === 'lint') return lint(file ?? shippedCredentials(), json, print);
  if (action !== 'import') throw new Usage(`credentials ${action}: expected nothing, list, import or lint`);
  if (file === undefined) throw new Usage('credentials import: which file?');
  const { entries, doubles, any } = imported(file, options, print);
  tell(
    `${entries} entries${doubles === 0 ? '' : `; ${doubles} said the same as one above`}${any === 0 ? '' : `; ${any} that say "any" are never tried`}\n`,
  );
  return 0;
};
