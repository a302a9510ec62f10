import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { neighboursOf } from './neighbours.ts';

const HEAD = 'IP address       HW type     Flags       HW address            Mask     Device\n';
const line = (address: string, mac: string, flags = '0x2'): string =>
  `${address.padEnd(17)}0x1         ${flags}         ${mac}     *        eth0\n`;

const A = '00:1a:22:33:44:55';
const B = '00:1a:22:33:44:56';

describe('the MAC of an address on the own segment', () => {
  test.each<[string, string, Record<string, string>]>([
    ['one that answered', HEAD + line('198.18.0.10', A.toUpperCase()), { '198.18.0.10': A }],
    ['one that was asked and did not answer', HEAD + line('198.18.0.10', '00:00:00:00:00:00', '0x0'), {}],
    ['another address', HEAD + line('198.18.0.100', A), {}],
    [
      'one MAC for two addresses: somebody answers for others',
      HEAD + line('198.18.0.10', A) + line('198.18.0.1', A),
      {},
    ],
    ['two neighbours', HEAD + line('198.18.0.1', B) + line('198.18.0.10', A), { '198.18.0.10': A }],
    ['no table', '', {}],
    ['a table of something else', 'x\ny z\n198.18.0.10\n', {}],
  ])('%s', (_name, table, expected) => {
    expect(neighboursOf(['198.18.0.10'], table)).toEqual(expected);
  });

  test('whatever the table holds, nothing is thrown and nothing but MACs of what was asked comes out', () =>
    fc.assert(
      fc.property(fc.string(), fc.array(fc.ipV4()), (table, addresses) => {
        for (const [address, mac] of Object.entries(neighboursOf(addresses, HEAD + table))) {
          expect(addresses).toContain(address);
          expect(mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
        }
      }),
    ));
});
