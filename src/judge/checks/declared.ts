import type { FactOf } from '../../model/fact.ts';
import type { DeclaredService, Endpoint, State } from '../../model/target.ts';

/** The ports that a declared service may be at; undefined where that is left to the device. */
export const portsOf = ({ port }: DeclaredService): readonly [number, number] | undefined => {
  if (port === 'dynamic') return undefined;
  if (typeof port === 'number') return [port, port];
  const [from, to] = port.split('-').map(Number);
  return [from!, to!];
};

/** A service declared for no state in particular is declared for each. */
export const isMeantFor = ({ states }: DeclaredService, state: State): boolean => states?.includes(state) ?? true;

/** Names that makers write for what the bytes say as a protocol inside another. */
const WRAPPED: Readonly<Record<string, readonly [protocol: string, security: string]>> = {
  https: ['http', 'tls'],
  h3: ['http', 'tls'],
  http3: ['http', 'tls'],
  mqtts: ['mqtt', 'tls'],
  ftps: ['ftp', 'tls'],
  rtsps: ['rtsp', 'tls'],
  smtps: ['smtp', 'tls'],
  coaps: ['coap', 'dtls'],
};
/** Where only the wrapping can be seen, what is inside it may be what was declared: TLS is in QUIC too (RFC 9001). */
const mayWrap = (wrapping: string, inner: string, security: string): boolean =>
  wrapping === security || (wrapping === 'quic' && security === 'tls' && inner === 'http');

/** The declared services that cover a port; a dynamic one where its protocol speaks. */
export const declaredAt = (
  services: readonly DeclaredService[],
  endpoint: Pick<Endpoint, 'transport' | 'port'>,
  protocols: readonly string[],
): readonly DeclaredService[] =>
  services.filter((service) => {
    if (service.transport !== endpoint.transport) return false;
    const ports = portsOf(service);
    if (ports === undefined) return protocols.includes(WRAPPED[service.protocol ?? '']?.[0] ?? service.protocol ?? '');
    return endpoint.port !== undefined && ports[0] <= endpoint.port && endpoint.port <= ports[1];
  });

/** What speaks at a port instead of the declared protocol; undefined where it is that one, or nobody can say. */
export const mismatch = (
  { protocol }: DeclaredService,
  services: readonly Pick<FactOf<'service'>, 'protocol' | 'security'>[],
): string | undefined => {
  if (protocol === undefined) return undefined;
  const wanted = protocol.toLowerCase();
  const [inner, security] = WRAPPED[wanted] ?? [wanted, undefined];
  const known = services.filter((service) => service.protocol !== 'unknown');
  if (known.length === 0) return undefined;
  const is = known.some(
    (service) => service.protocol === inner && (security === undefined || service.security === security),
  );
  const inside = services.filter((service) => service.security !== 'none' && service.protocol !== 'unknown');
  const hidden =
    security !== undefined &&
    inside.length === 0 &&
    known.some((service) => mayWrap(service.protocol, inner, security));
  if (is || hidden) return undefined;
  return (inside.length > 0 ? inside : known)
    .map((service) => (service.security === 'none' ? service.protocol : `${service.protocol} over ${service.security}`))
    .join(' and ');
};
