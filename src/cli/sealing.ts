import type { Sealing, Signer } from '../observe/sealing.ts';
import { PASSPHRASE, signerFrom, UnfitSigner } from '../observe/sign.ts';
import { Usage } from './limits.ts';
import { BadFile, readBytes } from './load-yaml.ts';

/** Bytes that a key or a certificate file may have. */
const LARGEST = 256 * 1024;

const readText = (file: string): string => readBytes(file, LARGEST).toString('latin1');

const readSigner = (option: string, now: number): Signer => {
  const [key = '', certificate = '', chain, ...more] = option.split(',');
  if (key === '' || certificate === '' || chain === '' || more.length > 0)
    throw new Usage(`--sign ${option}: expected KEY,CERT[,CHAIN], each a file in PEM`);
  const files = { key, certificate, chain: chain ?? certificate };
  const passphrase = process.env[PASSPHRASE];
  const pem = {
    key: readText(key),
    certificate: readText(certificate),
    ...(chain === undefined ? {} : { chain: readText(chain) }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
  try {
    return signerFrom(pem, now);
  } catch (error) {
    if (!(error instanceof UnfitSigner)) throw error;
    if (error.which === 'pair') throw new BadFile(certificate, `it is not the certificate of the key in "${key}"`);
    throw new BadFile(files[error.which], error.message);
  }
};

const authorityAt = (url: string): string => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol))
    throw new Usage('--timestamp: expected the http or https URL of an RFC 3161 time-stamping authority');
  return url;
};

/**
 * What `--sign KEY,CERT[,CHAIN]` and `--timestamp URL` ask for, read and checked before anything is sent or written. `now`
 * in ms. Throws Usage and BadFile.
 */
export const readSealing = (
  { sign, timestamp }: { sign?: string; timestamp?: string },
  now: number = Date.now(),
): Sealing => ({
  ...(sign === undefined ? {} : { signer: readSigner(sign, now) }),
  ...(timestamp === undefined ? {} : { timestamp: { url: authorityAt(timestamp) } }),
});
