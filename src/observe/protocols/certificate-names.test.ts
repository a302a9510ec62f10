import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes, namesAddress, namesHost } from './certificate-names.ts';

const named = (...names: string[]) => ({
  hosts: names.filter((name) => addressBytes(name) === undefined),
  addresses: names.flatMap((name) => addressBytes(name) ?? []),
});

describe('declared addresses', () => {
  it.each([
    ['an address that is declared in place of a name', named('198.18.0.10'), '198.18.0.10', true],
    ['another', named('198.18.0.10'), '198.18.0.11', false],
    ['one of IPv6, written otherwise', named('2001:db8::1'), '2001:DB8:0:0::1', true],
    ['one of IPv4 within one of IPv6', named('::ffff:198.18.0.10'), '198.18.0.10', false],
    ['one that is written as a host name', { hosts: ['198.18.0.10'], addresses: [] }, '198.18.0.10', false],
    ['a wildcard', named('*.18.0.10'), '198.18.0.10', false],
  ])('%s', (_name, parts, wanted, expected) => expect(namesHost(parts, wanted)).toBe(expected));
});

describe('any bytes', () => {
  it('name no host and no address, and throw nothing', () =>
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.string(), (hosts, wanted) => {
        const parts = { hosts, addresses: [] };
        expect(namesAddress(parts, wanted)).toBe(false);
        if (!hosts.some((host) => host.toLowerCase().replace(/\.$/, '') === wanted.toLowerCase().replace(/\.$/, '')))
          expect(namesHost(parts, wanted)).toBe(false);
      }),
    ));
});
