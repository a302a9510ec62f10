import { expect, test } from 'vitest';
import {
  type AttemptSketch,
  armed,
  attempt,
  HOST,
  run,
  SCANS,
  target,
  tcpScan,
  UDP,
  udpScan,
} from '../../test/kit/sketch.ts';
import type { Fact, FactKind } from '../model/fact.ts';
import type { Attempt, Run } from '../model/run.ts';
import { type Check, defineCheck } from './check.ts';
import { findingsOf } from './findings.ts';
import { BROKE_OFF } from './gaps.ts';
import { ComponentView } from './seen.ts';

const service = (protocol: string, security: 'none' | 'tls' | 'dtls' = 'none'): Fact => ({
  kind: 'service',
  protocol,
  security,
});
const recognised = (port: number, ...facts: Fact[]): Attempt => attempt({ probe: 'recognise', port, facts });
const broke = (sketch: Partial<AttemptSketch>): Attempt =>
  attempt({ probe: 'ssh', port: 22, protocol: 'ssh', open: ['offer', 'key'], ...sketch });

const probes = [
  ...SCANS,
  armed('recognise', ['service']),
  armed('ssh', ['offer', 'key']),
  armed('http', ['access', 'login']),
];

const gapsFor = (
  needs: readonly FactKind[],
  attempts: readonly Attempt[],
  over: { protocols?: string[]; theme?: Check['theme']; run?: Partial<Run>; addresses?: string[] } = {},
): string[] => {
  const component = target({ components: [{ id: 'camera', addresses: over.addresses ?? [HOST] }] }).components[0]!;
  const check = defineCheck({
    id: 'c',
    version: '1.0.0',
    title: 'c',
    theme: over.theme ?? 'access',
    needs,
    protocols: over.protocols,
    judge: () => [],
  });
  const runs = [run({ probes, attempts: [...attempts], ...over.run })];
  const views = [new ComponentView(component, runs, false)];
  return findingsOf(check, { target: target(), component, views, runs, others: [] }).map(
    ({ id, conditions }) => `${id}${conditions.includes(BROKE_OFF) ? ' broke off' : ''}`,
  );
};

const whole = [tcpScan([]), udpScan()];

test.each<[string, string[], string[]]>([
  ['by kind', gapsFor(['offer'], [broke({})]), ['c@camera/tcp/22/gap:ssh broke off']],
  ['not of a kind that the check does not need', gapsFor(['access'], [broke({})]), []],
  ['not of a kind that the attempt had settled', gapsFor(['key'], [broke({ open: ['offer'] })]), []],
  ['not of an attempt that completed', gapsFor(['offer'], [attempt({ probe: 'ssh', port: 22 })]), []],
  ['not of another component', gapsFor(['offer'], [broke({ component: 'hub' })]), []],
  ['by protocol', gapsFor(['offer'], [broke({})], { protocols: ['ssh'] }), ['c@camera/tcp/22/gap:ssh broke off']],
  [
    'not of another protocol: an SSH timeout is no gap of TLS',
    gapsFor(['offer'], [broke({})], { protocols: ['tls'] }),
    [],
  ],
  [
    'by what wraps the protocol',
    gapsFor(['offer'], [broke({ protocol: 'http', security: 'tls' })], { protocols: ['tls'] }),
    ['c@camera/tcp/22/gap:ssh broke off'],
  ],
  [
    'by kind alone where the endpoint has no protocol',
    gapsFor(['offer'], [broke({ protocol: undefined })], { protocols: ['tls'] }),
    ['c@camera/tcp/22/gap:ssh broke off'],
  ],
  [
    'of a recogniser, whatever the protocol around it',
    gapsFor(
      ['service', 'access'],
      [...whole, attempt({ probe: 'recognise', port: 443, protocol: 'tls', open: ['service'] })],
      { protocols: ['http'] },
    ),
    ['c@camera/tcp/443/gap:recognise broke off'],
  ],
])('an attempt that broke off is a gap %s', (_, gaps, expected) => expect(gaps).toEqual(expected));

test.each<[string, string[], string[]]>([
  ['a kind that no armed probe emits', gapsFor(['event', 'offer'], []), ['c@camera/gap:event']],
  ['a run that was killed', gapsFor(['offer'], [], { run: { status: 'aborted' } }), ['c@camera/gap:run broke off']],
  [
    'ports never asked, one gap each way',
    gapsFor(['service'], []),
    ['c@camera/gap:tcp-ports', 'c@camera/gap:udp-ports'],
  ],
  ['ports for a check that needs none', gapsFor(['offer'], []), []],
  [
    'ports, the scan having broken off',
    gapsFor(['port'], [tcpScan([], { open: ['port'] }), udpScan()]),
    ['c@camera/gap:tcp-ports broke off'],
  ],
  [
    'silent UDP ports, once a component',
    gapsFor(['service'], [tcpScan([]), udpScan([], UDP)]),
    ['c@camera/gap:udp-ports'],
  ],
  ['UDP for a check of what never travels there', gapsFor(['service'], [tcpScan([])], { protocols: ['ssh'] }), []],
  ['TCP for a check of what never travels there', gapsFor(['service'], [udpScan()], { protocols: ['snmp'] }), []],
  [
    'each address, by its name',
    gapsFor(['service'], [...whole], { addresses: [HOST, 'fd00::1'] }),
    ['c@camera[fd00::1]/gap:tcp-ports', 'c@camera[fd00::1]/gap:udp-ports'],
  ],
  ['nothing at all where all is closed', gapsFor(['service', 'port'], whole), []],
])('a gap of %s', (_, gaps, expected) => expect(gaps).toEqual(expected));

const openUdp = (...facts: Fact[]): Attempt[] => [
  tcpScan([]),
  udpScan([5684]),
  attempt({ probe: 'recognise', transport: 'udp', port: 5684, facts }),
];
const open = (port: number, ...attempts: Attempt[]): Attempt[] => [tcpScan([port]), udpScan(), ...attempts];
test.each<[string, string[], string[]]>([
  ['that nobody looked at', gapsFor(['service'], open(80)), ['c@camera/tcp/80/gap:service']],
  ['that was recognised', gapsFor(['service'], open(80, recognised(80, service('http')))), []],
  [
    'that answered and was not recognised',
    gapsFor(['service'], open(80, recognised(80, service('unknown')))),
    ['c@camera/tcp/80/gap:service'],
  ],
  [
    'whose recogniser broke off, told once',
    gapsFor(['service'], open(80, broke({ probe: 'recognise', port: 80, open: ['service'] }))),
    ['c@camera/tcp/80/gap:recognise broke off'],
  ],
  ['for a check that does not speak of services', gapsFor(['port'], open(80)), []],
  [
    'of TLS with something unknown inside',
    gapsFor(['service'], open(443, recognised(443, service('tls'), service('unknown', 'tls')))),
    ['c@camera/tcp/443/gap:service'],
  ],
  [
    'of TLS with nothing seen inside',
    gapsFor(['service'], open(443, recognised(443, service('tls')))),
    ['c@camera/tcp/443/gap:service'],
  ],
  [
    'of DTLS with nothing seen inside',
    gapsFor(['service'], openUdp(service('dtls'))),
    ['c@camera/udp/5684/gap:service'],
  ],
  ['of DTLS with CoAP inside', gapsFor(['service'], openUdp(service('dtls'), service('coap', 'dtls'))), []],
  [
    'of DTLS that takes keys alone',
    gapsFor(
      ['service'],
      openUdp(service('dtls'), {
        kind: 'access',
        protocol: 'dtls',
        class: 'function',
        action: 'execute',
        resource: 'DTLS session',
        authentication: 'required',
        how: 'recognised',
      }),
    ),
    [],
  ],
  [
    'of QUIC, into which nobody looks',
    gapsFor(['service'], openUdp(service('quic'))),
    ['c@camera/udp/5684/gap:service'],
  ],
  [
    'of TLS, for a check of the transport itself',
    gapsFor(['service'], open(443, recognised(443, service('tls'))), { theme: 'transport' }),
    [],
  ],
  [
    'of TLS with HTTP inside',
    gapsFor(['service'], open(443, recognised(443, service('tls'), service('http', 'tls')))),
    [],
  ],
  [
    'of TLS that refuses whoever has no certificate',
    gapsFor(
      ['service'],
      open(
        443,
        recognised(443, service('tls')),
        attempt({
          probe: 'http',
          port: 443,
          facts: [
            {
              kind: 'access',
              protocol: 'tls',
              class: 'content',
              action: 'read',
              resource: 'tls',
              authentication: 'required',
              how: 'recognised',
            },
          ],
        }),
      ),
    ),
    [],
  ],
])('an open port %s', (_, gaps, expected) => expect(gaps).toEqual(expected));

test('a gap of the ports says which, and leads to the attempt', () => {
  const component = target().components[0]!;
  const runs = [
    run({
      probes,
      attempts: [
        tcpScan([], {
          facts: [{ kind: 'port', transport: 'tcp', port: 1, to: 80, state: 'closed', reason: 'reset', by: 'connect' }],
        }),
      ],
    }),
  ];
  const check = defineCheck({ id: 'c', version: '1', title: 'c', theme: 'access', needs: ['port'], judge: () => [] });
  const [gap] = findingsOf(check, {
    target: target(),
    component,
    views: [new ComponentView(component, runs, false)],
    runs,
    others: [],
  });
  expect(gap).toMatchObject({
    gap: true,
    verdict: 'inconclusive',
    because: `TCP ports of ${HOST} are not settled (not covered: 81-65535)`,
    about: { host: HOST, subject: 'gap:tcp-ports' },
    basis: ['tcp-ports@camera'],
  });
});
