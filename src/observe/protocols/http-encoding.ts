import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib';
import { CannotTell } from '../probe.ts';
import { type HttpResponse, headerValues } from './http.ts';

/** Bytes that a page may come to. */
const MOST = 1024 * 1024;
/** What is an archive by itself, whatever its encoding is said to be. */
const ARCHIVE = /gzip|tar|zip|octet-stream/i;

/**
 * The answer with its body as UTF-8 text or the bytes that are meant: without a content coding (RFC 9110, 8.4.1; small
 * servers send files as they lie there, asked for or not) and not in UTF-16. Throws CannotTell `protocol` where the coding
 * is of no known kind, or is none.
 */
export function plain(response: HttpResponse): HttpResponse {
  const type = headerValues(response, 'content-type')[0] ?? '';
  const coding = (headerValues(response, 'content-encoding')[0] ?? '').trim().toLowerCase();
  const body = coding === '' || coding === 'identity' ? response.body : uncoded(response.body, coding, type);
  const text = wide(body, type);
  return body === response.body && text === undefined ? response : { ...response, body: text ?? body };
}

function uncoded(body: Buffer, coding: string, type: string): Buffer {
  if (body.length === 0 || ARCHIVE.test(type)) return body;
  const options: ZlibOptions = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MOST };
  try {
    if (/^(x-)?gzip$/.test(coding)) return gunzipSync(body, options);
    // Without the head of zlib, too: both are in use.
    if (coding === 'deflate')
      return (body[0]! & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0
        ? inflateSync(body, options)
        : inflateRawSync(body, options);
    if (coding === 'br')
      return brotliDecompressSync(body, {
        finishFlush: constants.BROTLI_OPERATION_FLUSH,
        maxOutputLength: MOST,
      });
  } catch {
    throw new CannotTell('protocol', 'a page is not in the content coding that it says it is in, or is too long');
  }
  throw new CannotTell('protocol', 'a page is in a content coding of no known kind');
}

/** UTF-16 as UTF-8; undefined where it is none, by its mark, its name or the zeros in its first letters. */
function wide(body: Buffer, type: string): Buffer | undefined {
  if (body.length < 4) return undefined;
  const mark = body.readUInt16BE(0);
  const isZero = (from: number): boolean => [0, 2].every((at) => body[from + at] === 0 && body[1 - from + at] !== 0);
  const isNamed = /charset\s{0,4}=\s{0,4}"?utf-?16/i.test(type) && body.subarray(0, 64).includes(0);
  const isBig = mark === 0xfeff || isZero(0) || (isNamed && /utf-?16be/i.test(type));
  if (!isBig && mark !== 0xfffe && !isZero(1) && !isNamed) return undefined;
  const even = Buffer.from(body.subarray(0, body.length - (body.length % 2)));
  return Buffer.from((isBig ? even.swap16() : even).toString('utf16le').replace(/^\ufeff/, ''));
}
