import { expect, test } from 'vitest';
import { excludedHosts, excludedPorts, withoutPorts } from './exclude.ts';
import { systemNetwork } from './network.ts';
import { CannotTell } from './probe.ts';

test.each([
  [[], []],
  [['22', '8000-8010', '198.18.0.1'], [[22, 22], [8000, 8010]]], // biome-ignore format: a row a line
])('ports of %j', (exclude, ports) => {
  expect(excludedPorts(exclude as string[])).toEqual(ports);
});

test('hosts: alone, in a range with its ends, in a CIDR with its network and broadcast addresses', () => {
  const excluded = excludedHosts(['22', '198.18.0.9', '198.18.1.5-7', '198.18.2.0/30', 'fd00::5']);
  const asked = [
    '198.18.0.9',
    '198.18.1.5',
    '198.18.1.7',
    '198.18.2.0',
    '198.18.2.3',
    'fd00:0::5',
    '::ffff:198.18.0.9',
  ];
  expect(asked.filter((address) => !excluded(address))).toEqual([]);
  expect(['198.18.0.8', '198.18.1.8', '198.18.2.4', 'fd00::6', '0.0.0.22'].filter(excluded)).toEqual([]);
});

test.each(['printer', '70000', '9-1', '198.18.0.0/33', '198.18.0.9-1', ''])('%j is refused', (entry) => {
  expect(() => [excludedPorts([entry]), excludedHosts([entry])]).toThrow();
});

test('an excluded port is not connected to; others are', () => {
  expect(withoutPorts(systemNetwork, [])).toBe(systemNetwork);
  const network = withoutPorts({ ...systemNetwork, connect: () => undefined as never }, [[20, 25]]);
  expect(() => network.connect({ host: '127.0.0.1', port: 22 })).toThrow(CannotTell);
  expect(network.connect({ host: '127.0.0.1', port: 26 })).toBeUndefined();
});
