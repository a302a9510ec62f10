import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { EXTENSIONS } from './certificate-extensions.ts';
import type { DerParts } from './certificate-parts.ts';
import { children, type Der, DerError, readDer } from './der.ts';

/**
 * Whether a certificate names a host (RFC 9525, 6.3): only what subjectAltName says counts, a common name never does. A
 * `*` stands for one whole first label, with two labels after it. IDNs are compared as A-labels. What is declared as an
 * address is held to addresses.
 */
export function namesHost({ hosts, addresses }: Pick<DerParts, 'hosts' | 'addresses'>, name: string): boolean {
  if (isIP(name) !== 0) return namesAddress({ addresses }, name);
  const wanted = asciiName(/^[\x21-\x7e]*$/.test(name) ? name : domainToASCII(name));
  if (wanted === undefined || wanted.startsWith('*')) return false;
  return hosts.some((host) => {
    const shown = asciiName(host);
    if (shown === undefined) return false;
    if (!shown.startsWith('*.')) return shown === wanted;
    const rest = shown.slice(1);
    const dot = wanted.indexOf('.');
    return rest.split('.').length > 2 && !rest.includes('*') && dot > 0 && wanted.slice(dot) === rest;
  });
}

/** Whether it names an address (RFC 9525, 6.4: iPAddress, byte for byte; never one that is written as a host name). */
export function namesAddress({ addresses }: Pick<DerParts, 'addresses'>, address: string): boolean {
  const wanted = addressBytes(address);
  return wanted !== undefined && addresses.some((one) => one.equals(wanted));
}

/** A name in lower case, without the dot that ends it; undefined for what is no host name in ASCII. */
function asciiName(name: string): string | undefined {
  const text = name.toLowerCase().replace(/\.$/, '');
  // Any other byte is none of a name, and a NUL the end of somebody's string.
  if (text.length > 253 || isIP(text) !== 0) return undefined;
  return /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(text) ? text : undefined;
}

/** The bytes of an IPv4 or IPv6 address; undefined for anything else. */
export function addressBytes(address: string): Buffer | undefined {
  const text = address.replace(/%.*$/, '');
  if (isIP(text) === 4) return Buffer.from(text.split('.').map(Number));
  if (isIP(text) !== 6) return undefined;
  // The URL parser writes an address in hexadecimal groups alone.
  const [head, tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::') as [string, string | undefined];
  const groups = (part: string | undefined) => (part ? part.split(':') : []);
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

const HOST = 0x82;
const ADDRESS = 0x87;
const DIRECTORY = 0xa4;

/**
 * Whether an issuer's name constraints (RFC 5280, 4.2.1.10) allow the host names, addresses and subject of a
 * certificate below it. Constraints on other kinds of name bear on nothing that names a server. What cannot be read
 * allows nothing.
 */
export function permits(issuer: DerParts, leaf: DerParts): boolean {
  const body = issuer.bodies.get(EXTENSIONS.nameConstraints);
  if (body === undefined) return true;
  try {
    const groups = children(readDer(body));
    const bases = (tag: number) =>
      groups.filter((group) => group.tag === tag).flatMap((group) => children(group).map((tree) => children(tree)[0]!));
    const [permitted, excluded] = [bases(0xa0), bases(0xa1)];
    const allowed = (tag: number, within: (base: Der) => boolean) => {
      const own = permitted.filter((base) => base.tag === tag);
      return (own.length === 0 || own.some(within)) && !excluded.some((base) => base.tag === tag && within(base));
    };
    return (
      leaf.hosts.every((host) => allowed(HOST, ({ body }) => isBelow(host, body.toString('latin1')))) &&
      leaf.addresses.every((address) => allowed(ADDRESS, ({ body }) => isWithin(address, body))) &&
      (leaf.subject.equals(EMPTY) || allowed(DIRECTORY, ({ body }) => beginsWith(leaf.subject, body)))
    );
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

/** A name without any part (RFC 5280, 4.1.2.6). */
const EMPTY = Buffer.from([0x30, 0]);

function isBelow(host: string, base: string): boolean {
  const [name, wanted] = [host.toLowerCase(), base.toLowerCase()];
  if (wanted === '' || name === wanted) return true;
  return name.endsWith(wanted.startsWith('.') ? wanted : `.${wanted}`);
}

/** An address and its mask, one behind the other. */
const isWithin = (address: Buffer, range: Buffer): boolean =>
  range.length === 2 * address.length &&
  address.every((byte, i) => (byte & range[address.length + i]!) === (range[i]! & range[address.length + i]!));

/** Whether a name begins with all parts of another, by their bytes. */
function beginsWith(name: Buffer, base: Buffer): boolean {
  const [own, wanted] = [children(readDer(name)), children(readDer(base))];
  return wanted.every((part, i) => own[i]?.raw.equals(part.raw));
}
