/** Bytes of a name or a password at most: no device has longer ones, and no protocol fails on less. */
const LONGEST = 1024;

/** Protocols whose words end at a line's end (RFC 854; RFC 959, section 5.3.1). */
const IN_LINES = ['telnet', 'ftp'];
/** Protocols whose words may hold no control characters (RFC 7617, section 2; RTSP and SIP take HTTP's schemes). */
const IN_HEADERS = ['http', 'rtsp', 'sip'];
/** Protocols that count bytes and so carry a NUL. All others end a word there, some of them in silence. */
const WITH_NUL = ['snmp', 'redis'];

const holdsControl = (word: string): boolean => Array.from(word).some((one) => one < ' ' || one === '\u007f');
/** A surrogate without its other half has no bytes of its own: it would be sent as another character. */
const isText = (word: string): boolean => Buffer.from(word).toString() === word;

const whyNot = (protocol: string, word: string): string | undefined => {
  if (Buffer.byteLength(word) > LONGEST) return `is longer than ${LONGEST} bytes`;
  if (!isText(word)) return 'is no whole Unicode text';
  if (word.includes('\0') && !WITH_NUL.includes(protocol)) return 'holds a NUL';
  if (IN_LINES.includes(protocol) && /[\r\n]/.test(word)) return 'holds a line break';
  if (IN_HEADERS.includes(protocol) && holdsControl(word)) return 'holds a control character';
  if (protocol === 'vnc' && Array.from(word).some((one) => one > '\u00ff')) return 'holds a character outside Latin-1';
  return undefined;
};

/** Why a protocol cannot carry these words as they are, without the words; undefined where it can. */
export const cannotCarry = (protocol: string, user: string, secret: string): string | undefined => {
  const ofUser = whyNot(protocol, user);
  if (ofUser !== undefined) return `the account's name ${ofUser}`;
  const ofSecret = whyNot(protocol, secret);
  return ofSecret === undefined ? undefined : `the password ${ofSecret}`;
};
