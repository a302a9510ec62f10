import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { garbage, mirror, silent, type TftpOptions, tftp } from '../../fixtures/services/index.ts';
import type { Fact, FactOf } from '../../src/model/fact.ts';
import type { Declaration } from '../../src/model/target.ts';
import { readTftp } from '../../src/observe/protocols/tftp.ts';
import { probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

type Access = FactOf<'access'>;

const start = (options: TftpOptions) => (host: string) => tftp(options).start(host, 0);
const common = { protocol: 'tftp', transport: 'udp' as const, limits: { wait: 150 }, ignore: ['sample'] };
const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell' } as const;
const read = (
  resource: string,
  what: Access['class'],
  how: Access['how'],
  authentication: Access['authentication'] = 'none',
): Fact => ({
  kind: 'access',
  protocol: 'tftp',
  class: what,
  action: 'read',
  resource,
  authentication,
  how,
});
const declares = (...protects: string[]): Declaration => ({
  services: [{ port: 'dynamic', protocol: 'tftp', transport: 'udp', reason: 'telephones', protects }],
});
/** Nothing but reads, acknowledgements and errors leaves us. */
const gentle: Row['also'] = ({ transcripts }) => {
  const sent = transcripts.flatMap(({ entries }) => entries.filter(({ dir }) => dir === 'sent'));
  expect(new Set(sent.map(({ bytes }) => bytes[1]))).toEqual(
    new Set([1, 4, 5].filter((code) => sent.some(({ bytes }) => bytes[1] === code))),
  );
};

probeTest(probe, [
  {
    name: 'a configuration with a key in it',
    ...weak,
    start: start({ files: { 'config.txt': `ssid=home\nwpa_key=opensesame\n${'#'.repeat(2000)}` } }),
    sees: [read('config.txt', 'secret', 'recognised')],
    never: /opensesame-never/,
    also: gentle,
  },
  {
    name: 'a configuration without one, each block twice',
    ...weak,
    start: start({ files: { 'startup-config': `hostname = box\n${' '.repeat(1200)}` }, doubles: true }),
    sees: [read('startup-config', 'setting', 'guessed')],
  },
  {
    name: 'an empty file',
    ...weak,
    start: start({ files: { 'config.bin': '' } }),
    sees: [read('config.bin', 'content', 'guessed')],
  },
  {
    name: 'a large file is read in part, and ended with an error',
    ...weak,
    start: start({ files: { 'config.bin': Buffer.alloc(200_000) } }),
    sees: [read('config.bin', 'content', 'guessed')],
    also(observed) {
      gentle(observed);
      const sizes = observed.transcripts.map(({ entries }) =>
        entries.filter(({ dir }) => dir === 'received').reduce((sum, { bytes }) => sum + bytes.length, 0),
      );
      expect(Math.max(...sizes)).toBe(128 * 516);
    },
  },
  {
    name: 'a server that dies half-way has given what it gave',
    ...weak,
    start: start({ files: { 'config.xml': `<psk>opensesame</psk>${' '.repeat(2000)}` }, dies: 1 }),
    sees: [read('config.xml', 'secret', 'recognised')],
  },
  {
    name: 'a name that is declared protected and comes',
    ...weak,
    declares: declares('phones/0042.cnf'),
    start: start({ files: { 'phones/0042.cnf': 'x' } }),
    sees: [read('phones/0042.cnf', 'setting', 'declared')],
  },
  {
    name: 'a file with what was planted',
    ...weak,
    markers: [{ name: 'mail', value: 'anna@lab.invalid' }],
    start: start({ files: { 'backup.cfg': Buffer.from('x anna@lab.invalid y').toString('base64') } }),
    sees: [{ ...read('backup.cfg', 'customer-data', 'marker'), marker: 'mail' } as Fact],
  },
  {
    name: 'a server that gives any name the same',
    ...weak,
    start: start({ catches: { body: 'welcome' } }),
    sees: [read('any name', 'content', 'guessed')],
  },
  {
    name: 'a server that gives any name of one ending the same',
    ...weak,
    start: start({ catches: { ending: '.xml', body: '<password>opensesame</password>' } }),
    sees: [read('any name with .xml', 'secret', 'recognised')],
  },
  {
    name: 'a name that is declared protected and denied',
    ...common,
    device: 'sound',
    outcome: 'completed',
    declares: declares('keys.db', 'nobody-has-it'),
    start: start({ denied: ['keys.db'] }),
    sees: [read('keys.db', 'content', 'declared', 'required')],
  },
  {
    name: 'no name that is known',
    ...open,
    start: start({ denied: ['config.bin'] }),
    sees: [],
    outcome: 'unsupported',
  },
  { name: 'an echo', ...open, start: (host) => mirror(tftp()).start(host, 0), sees: [], outcome: 'protocol' },
  { name: 'garbage', ...open, start: (host) => garbage(tftp()).start(host, 0), sees: [], outcome: 'protocol' },
  { name: 'silence', ...open, start: (host) => silent(tftp()).start(host, 0), sees: [], outcome: 'timeout' },
  {
    name: 'blocks in a wrong order, without end',
    ...open,
    udp: (message, answer) => {
      if (message[1] === 1)
        for (let block = 2; block < 300; block += 1) answer(Buffer.from([0, 3, block >> 8, block & 255, 1]));
    },
    sees: [],
    outcome: 'timeout',
  },
]);

it('reads any packet without a throw', () =>
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void readTftp(Buffer.from(bytes)))));
