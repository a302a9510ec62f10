/** A device's words on one line: control characters (terminal codes among them) taken out, bounded. */
export const oneLine = (text: string, length = 4096): string =>
  text
    .slice(0, length * 4)
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, length);
