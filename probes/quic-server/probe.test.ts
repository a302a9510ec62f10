import type { UdpService } from '../../fixtures/service.ts';
import { dtls, garbage, mirror, silent } from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { probeTest } from '../../test/kit/probe.ts';
import type { UdpHandler } from '../../test/kit/servers.ts';
import probe from './probe.ts';

const start = (service: UdpService) => (host: string) => service.start(host, 0);
const common = { protocol: 'quic', security: 'none' as const, transport: 'udp' as const, limits: { wait: 90 } };
const open = { ...common, device: 'cannot-tell' as const, open: ['offer', 'certificate', 'key', 'channel'] };

/** A Version Negotiation packet (RFC 9000, 17.2.1) with these versions, to the ids of what was asked. */
const answer = (asked: Buffer, ...versions: number[]): Buffer => {
  const destination = asked.subarray(5, 6 + asked[5]!);
  const at = 5 + destination.length;
  const source = asked.subarray(at, at + 1 + asked[at]!);
  const list = versions.map((version) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(version);
    return bytes;
  });
  return Buffer.concat([Buffer.from([0xaa]), Buffer.alloc(4), source, destination, ...list]);
};
/** Answers what is of no version of its own and has the length of an Initial; and drops the first `lost`. */
const server = (versions: (nth: number) => readonly number[], lost = 0): UdpHandler => {
  let met = 0;
  return (asked, reply) => {
    met += 1;
    if (met > lost && asked.length >= 1200 && asked[0]! >> 7 === 1) reply(answer(asked, ...versions(met)));
  };
};
const offer = (name: string, code: number): Fact => ({ kind: 'offer', protocol: 'quic', role: 'version', name, code });
const channel = (version?: string): Fact => ({
  kind: 'channel',
  protocol: 'quic',
  encryption: version ? 'tls' : 'other',
  ...(version && { version }),
});

probeTest(probe, [
  {
    name: 'version 1 and 2, a draft and one that is reserved',
    ...common,
    device: 'sound',
    udp: server(() => [1, 0x6b3343cf, 0xff00001d, 0x1a2a3a4a]),
    sees: [offer('QUIC v1', 1), offer('QUIC v2', 0x6b3343cf), offer('QUIC draft-29', 0xff00001d), channel('QUIC v1')],
    outcome: 'unsupported',
    open: ['offer', 'certificate', 'key'],
  },
  {
    name: "Google's own of old alone, and one that nobody knows",
    ...common,
    device: 'weak',
    udp: server(() => [0x51303433, 0xdeadbeef], 1),
    sees: [offer('Google QUIC Q043', 0x51303433), offer('0xdeadbeef', 0xdeadbeef), channel()],
    outcome: 'unsupported',
    open: ['offer', 'certificate', 'key'],
  },
  {
    name: 'nothing but reserved ones',
    ...open,
    open: ['offer', 'certificate', 'key'],
    udp: server(() => [0x1a2a3a4a]),
    sees: [],
    outcome: 'unsupported',
  },
  { name: 'another list each time', ...open, udp: server((nth) => [nth]), sees: [], outcome: 'protocol' },
  {
    name: 'ids that are not ours',
    ...open,
    udp: (asked, reply) => reply(answer(Buffer.from(asked.map((byte, i) => (i > 6 && i < 14 ? byte ^ 1 : byte))), 1)),
    sees: [],
    outcome: 'protocol',
  },
  {
    name: 'a list that is cut off',
    ...open,
    udp: (asked, reply) => reply(answer(asked, 1).subarray(0, -1)),
    sees: [],
    outcome: 'protocol',
  },
  { name: 'silence', ...open, start: start(silent(dtls())), sees: [], outcome: 'timeout' },
  { name: 'garbage', ...open, start: start(garbage(dtls())), sees: [], outcome: 'protocol' },
  { name: 'its own bytes back', ...open, start: start(mirror(dtls())), sees: [], outcome: 'protocol' },
]);
