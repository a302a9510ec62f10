/** One answer (RFC 2326, 7). Header names in lower case, all values of a name in their order. */
export interface RtspAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
  readonly length: number;
}

const HEAD_BYTES = 65_536;
const BODY_BYTES = 256 * 1024;

/** Reads one answer. `undefined` while it is not whole, `false` where the bytes are no RTSP or beyond the caps. */
export function readRtsp(bytes: Buffer): RtspAnswer | undefined | false {
  const start = bytes.toString('latin1', 0, 5);
  if (!'RTSP/'.startsWith(start)) return false;
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return bytes.length > HEAD_BYTES ? false : undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const status = /^RTSP\/\d\.\d (\d{3})( |$)/.exec(first)?.[1];
  if (status === undefined) return false;
  const headers = new Map<string, string[]>();
  for (const line of lines.slice(0, 100)) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  const size = Number(headers.get('content-length')?.[0] ?? 0);
  if (!Number.isSafeInteger(size) || size < 0 || size > BODY_BYTES) return false;
  const whole = end + 4 + size;
  if (bytes.length < whole) return undefined;
  return { status: Number(status), headers, body: bytes.subarray(end + 4, whole), length: whole };
}

/** A DESCRIBE (RFC 2326, 10.2). */
export const describeRequest = (url: string, sequence: number, authorization?: string): string =>
  [
    `DESCRIBE ${url} RTSP/1.0`,
    `CSeq: ${sequence}`,
    'User-Agent: probity',
    'Accept: application/sdp',
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    '\r\n',
  ].join('\r\n');

/** Whether an answer describes a stream (SDP, RFC 8866). */
export const describesStream = ({ status, body }: RtspAnswer): boolean =>
  status === 200 && /^v=0\r?\n/.test(body.toString('latin1', 0, 5)) && /^m=/m.test(body.toString('latin1'));
