import { describe, expect, test } from 'vitest';
import { absent, looked, type Row, says, signed, verdictOf } from '../../test/kit/case.ts';
import { armed, attempt, HOST, SCANS, SEAL, tcpScan, udpScan } from '../../test/kit/sketch.ts';

describe('coverage', () => {
  const scans = [tcpScan([]), udpScan()];
  const tried = (ids: string[], matched = ['v1']) =>
    attempt({
      probe: 'look',
      port: 22,
      protocol: 'ssh',
      credentials: { list: SEAL, matched, common: ['c1', 'c2', 'c3'], tried: ids },
    });
  const logins = { probes: [...SCANS, armed('look', ['identity', 'login'])] };
  const asked = { coverage: { credentials: { matched: 'all' as const, common: 2 } } };
  test.each<[string, Row, string]>([
    ['tcp: whole', { criterion: { coverage: { tcp: 'all' } }, attempts: [looked, ...scans] }, 'pass'],
    ['tcp: not scanned', { criterion: { coverage: { tcp: 'all' } } }, 'inconclusive'],
    [
      'tcp: settled by name',
      { criterion: { coverage: { tcp: 'all' } }, attestations: [{ settles: ['coverage:tcp'] }] },
      'pass',
    ],
    ['udp: whole', { criterion: { coverage: { udp: 'list' } }, attempts: [looked, ...scans] }, 'pass'],
    [
      'udp: one is silent',
      { criterion: { coverage: { udp: 'list' } }, attempts: [looked, udpScan([], [161])] },
      'inconclusive',
    ],
    ['families: no IPv6 address', { criterion: { coverage: { families: ['ipv4', 'ipv6'] } } }, 'inconclusive'],
    [
      'families: both',
      { criterion: { coverage: { families: ['ipv4', 'ipv6'] } }, component: { addresses: [HOST, 'fd00::1'] } },
      'pass',
    ],
    [
      'credentials: all that were due',
      { criterion: asked, run: logins, attempts: [tried(['v1', 'c1', 'c2'])] },
      'pass',
    ],
    ['credentials: one less', { criterion: asked, run: logins, attempts: [tried(['v1', 'c1'])] }, 'inconclusive'],
    [
      'credentials: one of the vendor missing',
      { criterion: asked, run: logins, attempts: [tried(['c1', 'c2', 'c3'])] },
      'inconclusive',
    ],
    [
      'credentials: they add up over runs',
      {
        criterion: asked,
        run: logins,
        runs: [{ attempts: [tried(['v1', 'c1'])] }, { id: '20261123T101500Z', attempts: [tried(['c2'])] }],
      },
      'pass',
    ],
    [
      'credentials: of a long list, what only the later run names is due as well',
      {
        criterion: asked,
        run: logins,
        runs: [
          { attempts: [tried(['v1', 'c1', 'c2'])] },
          { id: '20261123T101500Z', attempts: [tried(['v1'], ['v1', 'v2'])] },
        ],
      },
      'inconclusive',
    ],
    ['credentials: nobody tried any', { criterion: asked }, 'inconclusive'],
    [
      'credentials: nothing takes a login, as the check states',
      {
        checks: [absent, says('d')],
        criterion: {
          ...asked,
          checks: [{ check: 'c', as: 'required', grants: { full: 'conclusive' } }],
          person: ['item'],
        },
        attestations: signed,
      },
      'pass',
    ],
    ['capture: nothing shows how long', { criterion: { coverage: { capture: { idle: 'PT1H' } } } }, 'inconclusive'],
  ])('%s', (_, row, expected) => expect(verdictOf(row)).toBe(expected));
});
