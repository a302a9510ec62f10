import type { Running, UdpService } from '../../fixtures/service.ts';
import type { Fact } from '../../src/model/fact.ts';
import { tcpServer } from './probe.ts';

/** What every row of a table of DTLS servers has. */
export const DTLS = { protocol: 'dtls', security: 'none', transport: 'udp' } as const;

/** A row's server. */
export const served =
  (service: UdpService) =>
  (host: string): Promise<Running> =>
    service.start(host, 0);

/** The same at a port that takes connections of TCP too. */
export const besideTcp = (service: UdpService) => async (host: string) => {
  const tcp = await tcpServer((socket) => socket.end(), host);
  const running = await service.start(host, tcp.port);
  return { port: tcp.port, close: () => Promise.all([tcp.close(), running.close()]) };
};

/** What is told of a protocol that speaks inside DTLS; without its banner. */
export const insideDtls = (protocol: string): Fact[] => [
  { kind: 'service', protocol, security: 'dtls' },
  { kind: 'channel', protocol, encryption: 'dtls', version: 'DTLS 1.2' },
];
