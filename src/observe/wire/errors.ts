import type { Reason } from '../../model/run.ts';
import { CannotTell } from '../probe.ts';

/** What the system says, as a Reason. What is our own side's trouble is `unsupported`: it says nothing of the device. */
const BY_CODE: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  ERR_STREAM_DESTROYED: 'reset',
  ERR_STREAM_WRITE_AFTER_END: 'reset',
  ERR_STREAM_PREMATURE_CLOSE: 'reset',
  ERR_SOCKET_CLOSED: 'reset',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'timeout',
  EHOSTDOWN: 'timeout',
  ENETUNREACH: 'timeout',
  ENETDOWN: 'timeout',
  EADDRNOTAVAIL: 'unsupported',
  EADDRINUSE: 'unsupported',
  EAFNOSUPPORT: 'unsupported',
  EACCES: 'unsupported',
  EPERM: 'unsupported',
  EMFILE: 'unsupported',
  ENFILE: 'unsupported',
  ENOBUFS: 'unsupported',
  ENOMEM: 'unsupported',
  EMSGSIZE: 'unsupported',
};

/**
 * OpenSSL's refusals of our own side: the peer offered something that this build cannot or will not speak. An alert is
 * the peer's answer and so `protocol`, like bytes that are no TLS.
 */
const OWN_TLS =
  /^ERR_SSL_(?!.*ALERT)(?:.*(?:UNSUPPORTED|NOT_SUPPORTED|NO_PROTOCOLS_AVAILABLE|NO_CIPHERS_AVAILABLE|NO_SUITABLE|TOO_SMALL|TOO_WEAK|TOO_LARGE|DISALLOWED|LEGACY|UNKNOWN_CIPHER_RETURNED|WRONG_CIPHER_RETURNED|WRONG_SIGNATURE_TYPE|WRONG_CURVE|UNKNOWN_PKEY_TYPE|NO_SHARED_|INTERNAL_ERROR|LIBRARY_BUG)).*$/;

/** The code that Node or OpenSSL gave an error, `''` where there is none. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/** A network error as the named error, its code kept for libraries that look at it. A CannotTell stays what it is. */
export function cannotTell(error: unknown, what: string): CannotTell {
  if (error instanceof CannotTell) return error;
  const code = codeOf(error);
  const reason = BY_CODE[code] ?? (OWN_TLS.test(code) ? 'unsupported' : 'protocol');
  const detail = code || (error instanceof Error ? error.message : String(error)).slice(0, 200);
  return Object.assign(new CannotTell(reason, `${what}: ${detail}`), code && { code });
}

/** Why a signal was aborted, as the named error. */
export function abortReason(signal: AbortSignal): CannotTell {
  return signal.reason instanceof CannotTell ? signal.reason : new CannotTell('aborted', 'the attempt was aborted');
}
