import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CannotTell } from './probe.ts';
import { canonicalAddress, createScope } from './scope.ts';

describe('scope', () => {
  it.each([
    ['198.18.0.0/15', '198.19.255.255', true],
    ['198.18.0.0/15', '198.20.0.0', false],
    ['198.18.0.7', '198.18.0.7', true],
    ['198.18.0.7', '198.18.0.8', false],
    ['fd00::/8', 'fd12:3456::1', true],
    ['fd00::/8', 'fe80::1', false],
    ['fd00::/8', '198.18.0.7', false],
    ['198.18.0.7', '::ffff:198.18.0.7', true],
    ['0.0.0.0/0', '::1', false],
    ['198.18.0.0/15', 'camera.example', false],
    ['198.18.0.0/15', '198.18.7', false],
    ['198.18.0.0/15', '0306.18.0.1', false],
    ['198.18.0.0/15', '3323068417', false],
    ['fe80::/10', 'fe80::1%eth0', false],
    ['198.18.0.0/15', '', false],
  ])('%s contains %s: %s', (cidr, host, inside) => {
    const scope = createScope([cidr]);
    expect(scope.contains(host)).toBe(inside);
    if (inside) expect(scope.admit(host)).toBe(canonicalAddress(host));
    else expect(() => scope.admit(host)).toThrow(CannotTell);
  });

  it('of nothing contains nothing', () => {
    expect(createScope([]).contains('127.0.0.1')).toBe(false);
  });

  it.each([
    'camera',
    '198.18.0.0/33',
    '198.18.0.0/',
    '198.18.0.0/8/8',
    '198.18.0.0/-1',
    '198.18',
    'fd00::/129',
    '/0',
    '',
  ])('is not made from %j', (cidr) => {
    expect(() => createScope([cidr])).toThrow(RangeError);
  });

  it('contains an IPv4 address exactly when its first bits agree', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    const dotted = (n: number) => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.');
    fc.assert(
      fc.property(word, word, fc.integer({ min: 0, max: 32 }), (network, flip, bits) => {
        const host = (network ^ (bits < 32 ? flip >>> Math.max(bits - 1, 0) : 0)) >>> 0;
        const same = bits === 0 || network >>> (32 - bits) === host >>> (32 - bits);
        expect(createScope([`${dotted(network)}/${bits}`]).contains(dotted(host))).toBe(same);
      }),
    );
  });
});
