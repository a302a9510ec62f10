import type { UdpService } from '../../fixtures/service.ts';
import { certificate, coap, dtlsPsk, garbage, mirror, silent } from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { probeTest } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (service: UdpService) => (host: string) => service.start(host, 0);
const common = { protocol: 'coap', transport: 'udp' as const, limits: { wait: 300 }, ignore: ['sample'] };
const open = { ...common, device: 'cannot-tell' } as const;

const access = (path: string, what: string, authentication: string, how = 'guessed', action = 'read'): Fact =>
  ({ kind: 'access', protocol: 'coap', class: what, action, resource: path, authentication, how }) as Fact;
const core = access('/.well-known/core', 'discovery', 'none', 'recognised', 'list');

const marked = (path: string, what: string, marker: string): Fact =>
  ({ ...access(path, what, 'none', 'marker'), marker }) as Fact;

/** Answers a GET by its Uri-Path, with these bytes after the message's own id and token. */
const answering =
  (code: number, rest = '') =>
  (message: Buffer, answer: (bytes: Buffer) => void) =>
    answer(
      Buffer.concat([
        Buffer.from([0x60 | (message[0]! & 15), code]),
        message.subarray(2, 4 + (message[0]! & 15)),
        Buffer.from(rest, 'hex'),
      ]),
    );

probeTest(probe, [
  {
    name: 'resources for anyone',
    device: 'weak',
    ...common,
    start: start(
      coap({
        resources: {
          '/sensors/temperature': { body: '21.4', attributes: 'rt="temperature"' },
          '/sensors/presence': { body: '{"bedroom":true}', attributes: 'rt="presence"' },
          '/config/wifi': { body: '{"ssid":"Home","psk":"correct-7"}', format: 'application/json' },
          '/actuators/light': { body: 'off', writable: true },
          '/info': { body: '{"hostname":"hub"}' },
          '/gone': { body: '', listed: false },
        },
      }),
    ),
    sees: [
      core,
      access('/sensors/temperature', 'content', 'none'),
      access('/sensors/presence', 'customer-data', 'none'),
      access('/config/wifi', 'secret', 'none', 'recognised'),
      access('/actuators/light', 'function', 'none'),
      access('/info', 'setting', 'none'),
    ],
    outcome: 'completed',
  },
  {
    name: 'a large resource, block by block, its key in the last one',
    device: 'weak',
    ...common,
    start: start(coap({ resources: { '/a': { body: `${'x\n'.repeat(2000)}psk=correct-7\n` } } })),
    sees: [core, access('/a', 'secret', 'none', 'recognised')],
    outcome: 'completed',
  },
  {
    name: 'declared protected, unlisted and open',
    device: 'weak',
    ...common,
    declares: {
      services: [{ port: 'dynamic', transport: 'udp', protocol: 'coap', reason: 'readings', protects: ['/hidden'] }],
    },
    start: start(coap({ discovery: 'none', resources: { '/hidden': { body: '1' } } })),
    sees: [access('/hidden', 'setting', 'none', 'declared')],
    outcome: 'completed',
  },
  {
    name: 'planted values, in a resource and in the list',
    device: 'weak',
    ...common,
    markers: [
      { name: 'mail', value: 'owner@example.invalid' },
      { name: 'room', value: 'Bluebird' },
    ],
    start: start(
      coap({
        resources: {
          '/a': { body: JSON.stringify({ contact: 'owner%40example.invalid' }), attributes: 'title="Bluebird"' },
          '/b': { body: 'psk=Bluebird-7' },
        },
      }),
    ),
    sees: [
      { ...marked('/.well-known/core', 'customer-data', 'room'), action: 'list' } as Fact,
      marked('/a', 'customer-data', 'mail'),
      marked('/b', 'secret', 'room'),
    ],
    outcome: 'completed',
  },
  {
    name: 'what is for the admin is open, and a resource that takes no GET',
    device: 'weak',
    ...common,
    declares: {
      services: [{ port: 'dynamic', transport: 'udp', protocol: 'coap', reason: 'readings', adminOnly: ['/vault'] }],
    },
    udp: (message, answer) =>
      message.includes('.well-known')
        ? answering(0x45, `c128ff${Buffer.from('</vault>,</act>').toString('hex')}`)(message, answer)
        : answering(message.includes('act') ? 0x85 : 0x45, message.includes('act') ? '' : 'ff31')(message, answer),
    sees: [core, access('/vault', 'setting', 'none', 'declared')],
    outcome: 'completed',
  },
  {
    name: 'one resource that is never answered, among others',
    device: 'cannot-tell',
    ...common,
    udp: (message, answer) => {
      if (message.includes('mute')) return;
      const list = Buffer.from('</mute>,</config>').toString('hex');
      answering(0x45, message.includes('.well-known') ? `c128ff${list}` : 'ff31')(message, answer);
    },
    sees: [core, access('/config', 'setting', 'none')],
    outcome: 'timeout',
  },
  {
    name: 'inside DTLS, which it does not speak',
    device: 'cannot-tell',
    ...common,
    security: 'dtls',
    start: start(coap()),
    sees: [],
    outcome: 'protocol',
  },
  {
    name: 'inside DTLS, to whoever comes',
    device: 'weak',
    ...common,
    security: 'dtls',
    start: start(
      dtlsPsk({ certificate: certificate(), inside: coap({ resources: { '/config': { body: '{"ssid":"x"}' } } }) }),
    ),
    sees: [core, access('/config', 'setting', 'none')],
    outcome: 'completed',
  },
  {
    name: 'inside DTLS, for those alone who have a key',
    device: 'sound',
    ...common,
    security: 'dtls',
    start: start(dtlsPsk({ keys: { a: 'b' }, inside: coap() })),
    sees: [],
    outcome: 'completed',
  },
  {
    name: 'inside DTLS, for those alone who have a certificate',
    device: 'cannot-tell',
    ...common,
    security: 'dtls',
    start: start(dtlsPsk({ certificate: certificate(), asksCertificate: true, inside: coap() })),
    sees: [],
    outcome: 'unsupported',
  },
  {
    name: 'all refused',
    device: 'sound',
    ...common,
    declares: {
      services: [
        { port: 'dynamic', transport: 'udp', protocol: 'coap', reason: 'readings', protects: ['/temperature'] },
      ],
    },
    start: start(coap({ resources: { '/temperature': { protected: true }, '/config': { protected: true } } })),
    sees: [
      core,
      access('/temperature', 'content', 'required', 'declared'),
      access('/config', 'setting', 'required', 'recognised'),
    ],
    outcome: 'completed',
  },
  {
    name: 'the list itself refused',
    device: 'sound',
    ...common,
    start: start(coap({ discovery: 'protected' })),
    sees: [access('/.well-known/core', 'content', 'required', 'recognised', 'list')],
    outcome: 'completed',
  },
  {
    name: 'stops answering after the list',
    ...open,
    udp: (() => {
      let met = 0;
      return (message: Buffer, answer: (bytes: Buffer) => void) => {
        met += 1;
        if (met === 1) answering(0x45, 'c128ff3c2f613e')(message, answer);
      };
    })(),
    sees: [core],
    outcome: 'timeout',
  },
  {
    name: 'sends the first block for ever: what stands in the others is not known',
    ...open,
    udp: answering(0x45, 'd10a0eff3c2f613e'),
    sees: [core, access('/a', 'content', 'none')],
    outcome: 'protocol',
  },
  ...(
    [
      ['one resource answers that it is overloaded', '</mute>,</config>', 'protocol'],
      ['the list goes on in what cannot be read', '</config>,</rest', 'protocol'],
      [
        'more resources are listed than are asked for',
        ['</config>', ...Array.from({ length: 128 }, (_, i) => `</zz${i}>`)].join(','),
        'budget',
      ],
    ] as const
  ).map(([name, list, outcome]) => ({
    name,
    ...open,
    udp: (message: Buffer, answer: (bytes: Buffer) => void) => {
      const isList = message.includes('.well-known');
      const body = isList ? `c128ff${Buffer.from(list).toString('hex')}` : 'ff31';
      answering(message.includes('mute') ? 0xa3 : message.includes('zz') ? 0x84 : 0x45, body)(message, answer);
    },
    sees: [core, access('/config', 'setting', 'none')],
    outcome,
  })),
  {
    name: 'the list itself is kept back for now',
    ...open,
    udp: answering(0x9d),
    sees: [],
    outcome: 'protocol',
  },
  {
    name: 'paths without a slash, and the last byte of a string of C',
    ...common,
    device: 'weak',
    udp: (message, answer) => {
      const list = Buffer.from('<config>;ct=0,<./config>,<urn:x>\0').toString('hex');
      answering(0x45, message.includes('.well-known') ? `c128ff${list}` : 'ff31')(message, answer);
    },
    sees: [core, access('/config', 'setting', 'none')],
    outcome: 'completed',
  },
  {
    name: 'resets',
    ...open,
    udp: (message, answer) => answer(Buffer.from([0x70, 0, message[2]!, message[3]!])),
    sees: [],
    outcome: 'protocol',
  },
  {
    name: 'acknowledges and never answers',
    ...open,
    udp: (message, answer) => answer(Buffer.from([0x60, 0, message[2]!, message[3]!])),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'answers with another token',
    ...open,
    udp: (message, answer) =>
      answer(Buffer.concat([Buffer.from([0x61, 0x45]), message.subarray(2, 4), Buffer.from('00', 'hex')])),
    sees: [],
    outcome: 'timeout',
  },
  { name: 'silence', ...open, start: start(silent(coap())), sees: [], outcome: 'timeout' },
  { name: 'garbage', ...open, start: start(garbage(coap())), sees: [], outcome: 'timeout' },
  { name: 'its own bytes back', ...open, start: start(mirror(coap())), sees: [], outcome: 'timeout' },
  {
    name: 'an unreachable port',
    ...open,
    start: async (host) => {
      const running = await coap().start(host, 0);
      await running.close();
      return { port: running.port, close: () => {} };
    },
    sees: [],
    outcome: 'refused',
  },
]);
