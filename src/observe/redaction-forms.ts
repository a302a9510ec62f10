/** Characters of base64 at least that are looked for by themselves: fewer come up by chance in every picture. */
const LEAST_BASE64 = 6;

/** The base64 of a text wherever it stands in what is encoded: the letters that only it decides, at each alignment. */
const inBase64 = (bytes: Buffer): string[] =>
  [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6)),
  );

/**
 * How a secret may stand in bytes, beside its escapes, which are read through views (redaction-views.ts): UTF-8, Latin-1,
 * UTF-16, hexadecimal, and base64 in whatever is around it.
 */
export const formsOf = (secret: string): Buffer[] => {
  if (secret === '') return [];
  const utf8 = Buffer.from(secret);
  const utf16 = Buffer.from(secret, 'utf16le');
  const base64 = [utf8.toString('base64'), ...inBase64(utf8).filter((form) => form.length >= LEAST_BASE64)];
  const url = base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  const texts = [...base64, ...url, utf8.toString('hex'), utf8.toString('hex').toUpperCase()];
  const isLatin1 = Buffer.from(secret, 'latin1').toString('latin1') === secret;
  return [
    utf8,
    ...(isLatin1 ? [Buffer.from(secret, 'latin1')] : []),
    utf16,
    Buffer.from(utf16).swap16(),
    ...texts.map((text) => Buffer.from(text)),
  ];
};

/**
 * Whether a secret is told from the words and numbers that devices say anyway, so that it may be looked for where
 * nobody sent it: at least three characters with a letter, of two kinds (a capital at the beginning is none), or at
 * least twelve. `admin`, `Password` and `1234` are not.
 */
export const standsOut = (secret: string): boolean => {
  if (secret.length < 3) return false;
  if (secret.length >= 12) return true;
  const kinds = [
    /[\p{Ll}\p{Lo}]/u.test(secret),
    /.\p{Lu}/u.test(secret),
    /\p{N}/u.test(secret),
    /[^\p{L}\p{N}\s]/u.test(secret),
  ];
  // Capitals alone are a word, too.
  return /\p{L}/u.test(secret) && kinds.filter(Boolean).length >= 2;
};
