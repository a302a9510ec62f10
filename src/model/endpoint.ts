import { z } from 'zod';

export const TRANSPORTS = ['tcp', 'udp'] as const;
export const Transport = z.enum(TRANSPORTS);
export type Transport = z.infer<typeof Transport>;

/** What wraps a service's bytes. */
export const SECURITIES = ['none', 'tls', 'dtls', 'ssh'] as const;
export const Security = z.enum(SECURITIES);
export type Security = z.infer<typeof Security>;

export const Port = z.int().min(1).max(65535);

/**
 * What a probe is aimed at: a host, a port of it, or a service recognised on that port. `host` is an IP address.
 * `transport` always comes with `port`; `protocol` and `security` once a service is recognised, `security` being what
 * wraps that protocol (HTTP inside TLS is `{ protocol: 'http', security: 'tls' }`; the TLS itself is
 * `{ protocol: 'tls', security: 'none' }`).
 */
export const Endpoint = z.strictObject({
  host: z.string().min(1),
  transport: Transport.optional(),
  port: Port.optional(),
  protocol: z.string().min(1).optional(),
  security: Security.optional(),
});
export type Endpoint = z.infer<typeof Endpoint>;

/** Conditions of the item on the bench (EN 303 645, 3.1; CRITERIA A.1). A run has exactly one. */
export const STATES = ['factory-default', 'onboarding', 'operational', 'reconnected', 'reset', 'service'] as const;
export const State = z.enum(STATES);
export type State = z.infer<typeof State>;
