import type { Marker } from '../model/run.ts';

/** What a value looks like where something carries it: in clear, in base64 at any of three offsets, in hexadecimal, percent-encoded. */
const formsOf = (value: string): string[] => {
  const bytes = Buffer.from(value);
  // Of base64 only what does not depend on the bytes around it.
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = before === 0 ? 0 : before + 1;
    return text.slice(from, (before + bytes.length) % 3 === 0 ? undefined : -1);
  });
  const hex = bytes.toString('hex');
  return [
    value,
    ...base64,
    hex,
    hex.toUpperCase(),
    encodeURIComponent(value),
    encodeURIComponent(value).replaceAll('%20', '+'),
  ];
};

/** Names of the markers that stand in these bytes, in any of the forms. */
export const markersIn = (markers: readonly Marker[], bytes: Buffer): readonly string[] =>
  markers
    .filter(({ value }) => formsOf(value).some((form) => form.length >= 4 && bytes.includes(form)))
    .map(({ name }) => name);
