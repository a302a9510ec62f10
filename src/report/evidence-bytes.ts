import { visible } from './text.ts';

/** Bytes as text, what is no UTF-8 shown as U+FFFD. */
const decoded = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/** Characters that texts of protocols have few of: controls other than tab, line ends and escape, and what is no UTF-8. */
const isStrange = (unit: number): boolean =>
  unit < 0x20 ? unit !== 0x09 && unit !== 0x0a && unit !== 0x0d && unit !== 0x1b : unit === 0x7f || unit === 0xfffd;

/** Whether these bytes are for reading: at most one in ten characters is strange. */
export const isText = (bytes: Uint8Array): boolean => {
  const text = decoded(bytes);
  let strange = 0;
  for (let at = 0; at < text.length; at++) if (isStrange(text.charCodeAt(at))) strange++;
  return strange * 10 <= text.length;
};

/**
 * Bytes as a person reads them: every unseen character as a picture or a number. A line end (LF, CR LF) breaks the line
 * and is not drawn; which one it was, the hexadecimal tells.
 */
export const textOf = (bytes: Uint8Array): string =>
  decoded(bytes)
    .split(/\r?\n/)
    .map((line) => visible(line, bytes.length))
    .join('\n');

const LINE = 16;

const linesOf = (bytes: Uint8Array, line: (from: number, to: number) => string): string => {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += LINE) lines.push(line(at, Math.min(at + LINE, bytes.length)));
  return lines.join('\n');
};

/** Every byte as it is drawn: looked up, for a page has a million of them. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const ASCII = Array.from({ length: 256 }, (_, byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));

/** Sixteen bytes a line in hexadecimal, with the offset of the first. `from`: the offset of the first byte of all. */
export const hexOf = (bytes: Uint8Array, from: number): string =>
  linesOf(bytes, (at, to) => {
    let line = `${(from + at).toString(16).padStart(6, '0')} `;
    for (let n = at; n < to; n++) line += ` ${HEX[bytes[n]!]}`;
    return line;
  });

/** Sixteen bytes a line in ASCII, beside the lines of `hexOf`: a dot for what has no shape there. */
export const asciiOf = (bytes: Uint8Array): string =>
  linesOf(bytes, (at, to) => {
    let line = '';
    for (let n = at; n < to; n++) line += ASCII[bytes[n]!];
    return line;
  });

const SIGNATURES: readonly [start: string, kind: string][] = [
  ['\u0089PNG\r\n\u001a\n', 'PNG picture'],
  ['\u00ff\u00d8\u00ff', 'JPEG picture'],
  ['GIF8', 'GIF picture'],
  ['PK\u0003\u0004', 'ZIP archive'],
  ['\u001f\u008b', 'gzip'],
  ['\u007fELF', 'ELF program'],
  ['%PDF-', 'PDF'],
  ['-----BEGIN CERTIFICATE', 'certificate (PEM)'],
];

/** What the bytes look like; the run keeps no media type. */
export const kindOf = (bytes: Uint8Array): string => {
  if (bytes.length === 0) return 'empty';
  const head = bytes.subarray(0, 4096);
  const start = String.fromCharCode(...head.subarray(0, 64));
  const known = SIGNATURES.find(([signature]) => start.startsWith(signature));
  if (known) return known[1];
  // A SEQUENCE of at least 256 bytes that holds a SEQUENCE: a certificate in DER, as all that are stored here.
  if (start.startsWith('\u0030\u0082') && start.charCodeAt(4) === 0x30) return 'DER, such as a certificate';
  if (!isText(head)) return 'binary';
  const text = decoded(head).trimStart();
  if (/^<\?xml/i.test(text)) return 'XML';
  if (/^<!doctype html|^<html/i.test(text)) return 'HTML';
  if (/^(\{\s*["}]|\[\s*[[{"\]\d-])/.test(text)) return 'JSON';
  return 'text';
};
