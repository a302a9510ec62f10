import type { UdpService } from '../../fixtures/service.ts';
import {
  certificate,
  coap,
  type DtlsPskOptions,
  dtls,
  dtlsPsk,
  garbage,
  mirror,
  silent,
  snmp,
} from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { DTLS, insideDtls, served } from '../../test/kit/dtls.ts';
import { probeTest } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const server = (inside: UdpService, options: DtlsPskOptions = {}) =>
  served(dtlsPsk({ certificate: certificate(), inside, ...options }));
const common = {
  ...DTLS,
  limits: { wait: 500 },
  ignore: ['banner'],
};
const sound = { ...common, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell', limits: { wait: 200 } } as const;
const PSK = 0xc0a8;
const channel: Fact = { kind: 'channel', protocol: 'dtls', encryption: 'dtls', version: 'DTLS 1.2' };

probeTest(probe, [
  {
    name: 'CoAP, to whoever comes',
    ...common,
    device: 'weak',
    outcome: 'completed',
    start: server(coap()),
    sees: insideDtls('coap'),
  },
  {
    name: 'CoAP, by a certificate or a key',
    ...sound,
    start: server(coap(), { keys: { a: 'b' } }),
    sees: insideDtls('coap'),
  },
  { name: 'SNMP', ...sound, limits: { wait: 200 }, start: server(snmp({ v3: true })), sees: insideDtls('snmp') },
  { name: 'what it is sent', ...sound, start: server(mirror(coap())), sees: insideDtls('echo') },
  {
    name: 'pre-shared keys alone: nothing is seen of it',
    ...sound,
    start: server(coap(), { certificate: undefined, keys: { a: 'b' } }),
    sees: [],
  },
  {
    name: 'pre-shared keys alone, in silence',
    ...sound,
    limits: { wait: 150 },
    start: served(dtls({ accepts: { 'DTLS 1.2': [0xc0a8] }, refuses: 'silence' })),
    sees: [],
  },
  {
    name: 'pre-shared keys, and a certificate in suites that our own client does not speak',
    ...open,
    start: served(dtls({ accepts: { 'DTLS 1.2': [PSK, 0x009e] } })),
    sees: [],
    outcome: 'unsupported',
    open: ['service'],
  },
  {
    name: 'the same, in silence',
    ...open,
    limits: { wait: 100 },
    start: served(dtls({ accepts: { 'DTLS 1.2': [PSK, 0x009e] }, refuses: 'silence' })),
    sees: [],
    outcome: 'unsupported',
    open: ['service'],
  },
  {
    name: 'what nobody knows',
    ...sound,
    limits: { wait: 200 },
    start: server(garbage(coap())),
    sees: [channel, { kind: 'service', protocol: 'unknown', security: 'dtls' }],
  },
  {
    name: 'nothing is said inside',
    ...open,
    start: server(silent(coap())),
    sees: [channel],
    outcome: 'timeout',
    open: ['service'],
  },
  {
    name: 'a client certificate is asked for',
    ...open,
    start: server(coap(), { asksCertificate: true }),
    sees: [],
    outcome: 'unsupported',
    open: ['service'],
  },
  {
    name: 'DTLS 1.0 alone',
    ...open,
    start: served(dtls({ accepts: { 'DTLS 1.0': [0x002f] } })),
    sees: [],
    outcome: 'unsupported',
    open: ['service'],
  },
  {
    name: 'a key exchange without its certificate',
    ...open,
    start: served(dtls({ accepts: { 'DTLS 1.2': [0x009c] } })),
    sees: [],
    outcome: 'unsupported',
  },
  { name: 'silence', ...open, limits: { wait: 40 }, start: served(silent(dtls())), sees: [], outcome: 'timeout' },
  { name: 'garbage', ...open, limits: { wait: 60 }, start: served(garbage(dtls())), sees: [], outcome: 'protocol' },
]);
