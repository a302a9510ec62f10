const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** An attribute's value without its character references (HTML 13.5): the numbered ones and the usual names. */
export const decoded = (text: string): string =>
  text.includes('&')
    ? text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));?/gi, (all, decimal, hex, name) => {
        if (name !== undefined) return NAMED[(name as string).toLowerCase()] ?? all;
        const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
        return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
      })
    : text;

const isLatin = (charset: string): boolean => /^(iso-?8859-?1|latin-?1|windows-1252|us-ascii|ascii)$/i.test(charset);

/** A text in the page's charset, as browsers send it: what Latin-1 lacks becomes a character reference. */
export const inCharset = (text: string, charset: string): Buffer =>
  isLatin(charset)
    ? Buffer.from([...text].map((c) => (c.codePointAt(0)! < 256 ? c : `&#${c.codePointAt(0)};`)).join(''), 'latin1')
    : Buffer.from(text, 'utf8');

/** `application/x-www-form-urlencoded` (WHATWG URL, 5.2). */
export const urlEncoded = (bytes: Buffer): string =>
  Array.from(bytes, (byte) => {
    const letter = String.fromCharCode(byte);
    if (/[A-Za-z0-9*._-]/.test(letter)) return letter;
    return letter === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
