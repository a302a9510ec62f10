import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attempt, HOST, port, run, SCANS, target, tcpScan, udpScan } from '../../test/kit/sketch.ts';
import type { Fact } from '../model/fact.ts';
import type { Attempt, Run } from '../model/run.ts';
import { merged, type Ranges, rangesText, readRanges, without } from './ports.ts';
import { ComponentView, seenBy } from './seen.ts';

const viewOf = (
  attempts: readonly Attempt[],
  over: Partial<Run> = {},
  component = target().components[0]!,
): ComponentView => new ComponentView(component, [run({ attempts: [...attempts], ...over })], false);
const scan = (...facts: Fact[]): Attempt => attempt({ probe: 'tcp-ports', facts });

test.each([
  ['every port open or closed', [tcpScan([22])], '', true],
  ['no scan at all', [], '1-65535', false],
  ['a scan that was told to leave ports out', [scan(port(1, 99, 'closed'), port(101, 65535, 'closed'))], '100', false],
  ['filtered ports, with another that answered', [scan(port(1, 1, 'closed'), port(2, 65535, 'filtered'))], '', true],
  ['filtered ports of a host that answered nothing', [scan(port(1, 65535, 'filtered'))], '1-65535', false],
  [
    'filtered ports, with an answer only in another attempt',
    [scan(port(2, 65535, 'filtered')), { ...scan(port(1, 1, 'closed')), id: 'other' }],
    '2-65535',
    false,
  ],
  ['a scan that saw all and broke off', [tcpScan([], { open: ['port'] })], '', false],
  ['open-or-filtered is no answer', [scan(port(1, 1, 'open-or-filtered'), port(2, 65535, 'closed'))], '1', false],
  ['a scan of another address', [tcpScan([], { host: '198.18.0.99' })], '1-65535', false],
] as const)('TCP coverage: %s', (_, attempts, uncovered, whole) => {
  const [coverage] = viewOf(attempts).ports('tcp');
  expect([rangesText(coverage!.uncovered), coverage!.whole]).toEqual([uncovered, whole]);
});

const DECLARED = { services: [{ port: 4000, transport: 'udp' as const, reason: 'control' }] };

test.each([
  ['all of the list unreachable', [udpScan()], {}, '', [], true],
  ['a port that stays silent is neither open nor closed', [udpScan([], [161])], {}, '', [161], false],
  ['a declared port that was never asked', [udpScan()], DECLARED, '4000', [], false],
  ['no scan at all', [], {}, '53,69,123,161,1900,3702,5353,5683-5684,47808', [], false],
  ['a scan that broke off', [udpScan([], [], { open: ['port'] })], {}, '', [], false],
] as const)('UDP coverage: %s', (_, attempts, declares, uncovered, silent, whole) => {
  const component = target({ components: [{ id: 'camera', addresses: [HOST], declares }] }).components[0]!;
  const [coverage] = viewOf(attempts, {}, component).ports('udp');
  expect([rangesText(coverage!.uncovered), coverage!.silent, coverage!.whole]).toEqual([uncovered, silent, whole]);
});

test('UDP ports asked for beside the list are wanted too, and leaving the list out does not shorten it', () => {
  const limits = { ...run().limits, udp: '7' };
  expect(rangesText(viewOf([udpScan()], { limits }).ports('udp')[0]!.uncovered)).toBe('7');
});

test('each address is covered for itself', () => {
  const component = target({ components: [{ id: 'camera', addresses: [HOST, 'fd00::1'] }] }).components[0]!;
  const coverage = viewOf([tcpScan([])], {}, component).ports('tcp');
  expect(coverage.map(({ host, whole }) => [host, whole])).toEqual([
    [HOST, true],
    ['fd00::1', false],
  ]);
});

test('coverage adds up over the runs of one state', () => {
  const halves = [port(1, 30000, 'closed'), port(30001, 65535, 'closed')].map((fact, index) =>
    run({ id: `2026112${index}T101500Z`, attempts: [scan(fact)] }),
  );
  const view = new ComponentView(target().components[0]!, halves, true);
  expect(view.ports('tcp')[0]).toMatchObject({
    whole: true,
    uncovered: [],
    basis: ['20261120T101500Z:tcp-ports@camera', '20261121T101500Z:tcp-ports@camera'],
  });
});

describe('what a check may see', () => {
  const ssh: Fact = { kind: 'service', protocol: 'ssh', security: 'none' };
  const key: Fact = { kind: 'key', use: 'ssh-host', algorithm: 'rsa', bits: 2048, sha256: 'a'.repeat(64) };
  const view = viewOf(
    [
      attempt({ probe: 'recognise', port: 443, facts: [{ kind: 'service', protocol: 'tls', security: 'none' }] }),
      attempt({ probe: 'recognise', port: 22, facts: [ssh, ssh] }),
      attempt({ probe: 'ssh', port: 22, protocol: 'ssh', facts: [key] }),
      attempt({ probe: 'recognise', component: 'hub', port: 23, facts: [ssh] }),
    ],
    { probes: [...SCANS, { id: 'ssh', version: '1', emits: ['key'], impact: 'connect' }] },
  );
  const seen = seenBy({ id: 'c', needs: ['service', 'key'] }, view);

  test('services stand once each, by port, of this component only', () => {
    expect(seen.services().map(({ endpoint }) => `${endpoint.port} ${endpoint.protocol}`)).toEqual([
      '22 ssh',
      '443 tls',
    ]);
    expect(seen.services('tls').map(({ service }) => service.id)).toEqual(['recognise@camera/tcp/443#1']);
  });

  test('facts and attempts are found by kind and port', () => {
    expect(seen.at('key', { host: HOST, transport: 'tcp', port: 22 })).toHaveLength(1);
    expect(seen.at('key', { host: HOST, transport: 'tcp', port: 443 })).toEqual([]);
    expect(seen.attempts({ emits: 'key' }).map(({ id }) => id)).toEqual(['ssh@camera/tcp/22']);
    expect(seen.attempts({ probe: 'recognise', endpoint: { host: HOST, transport: 'tcp', port: 443 } })).toHaveLength(
      1,
    );
  });

  test('a kind that the check does not need throws', () => {
    const other = seenBy({ id: 'c', needs: ['key'] }, view);
    expect(() => seenBy({ id: 'c', needs: ['login'] }, view).facts('service' as 'login')).toThrow('c reads service');
    expect(() => other.services()).toThrow('c reads service');
    expect(() => other.ports('tcp')).toThrow('c reads port');
  });

  test('facts that lie outside its protocols are not shown, since their absence would be no gap', () => {
    expect(seenBy({ id: 'c', needs: ['key', 'service'], protocols: ['tls'] }, view).facts('key')).toEqual([]);
    expect(seenBy({ id: 'c', needs: ['key', 'service'], protocols: ['ssh'] }, view).facts('key')).toHaveLength(1);
    expect(seenBy({ id: 'c', needs: ['key', 'service'], protocols: ['tls'] }, view).facts('service')).toHaveLength(3);
  });
});

test('ranges: what is wanted is covered or left, and never both', () => {
  const ranges = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat({ max: 9 })), { maxLength: 6 })
    .map((pairs): Ranges => pairs.map(([from, length]) => [from, from + length] as const));
  const ports = (of: Ranges): Set<number> =>
    new Set(of.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index)));
  return fc.assert(
    fc.property(ranges, ranges, (wanted, covered) => {
      const left = without(wanted, covered);
      expect(ports(left)).toEqual(new Set([...ports(merged(wanted))].filter((each) => !ports(covered).has(each))));
      expect(readRanges(rangesText(left))).toEqual(merged(left));
    }),
  );
});
