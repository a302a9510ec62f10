import type { Component, DeclaredService, Endpoint } from '../../model/target.ts';

const PATHS = 64;

/** Whether a declared service is this endpoint: by its port or range, or by its protocol where the port is dynamic. */
export function isDeclared(service: DeclaredService, { transport, port, protocol }: Endpoint): boolean {
  if (service.transport !== transport || port === undefined) return false;
  if (service.port === 'dynamic') return service.protocol === protocol;
  if (typeof service.port === 'number') return service.port === port;
  const [low, high] = service.port.split('-').map(Number) as [number, number];
  return port >= low && port <= high;
}

/** The declared services that are this endpoint. */
export const declaredAt = (component: Component, endpoint: Endpoint): readonly DeclaredService[] =>
  (component.declares.services ?? []).filter((service) => isDeclared(service, endpoint));

/** The paths at an endpoint that the declaration calls protected: those that begin with a slash, 64 at most. */
export const declaredPaths = (component: Component, endpoint: Endpoint): string[] => [
  ...new Set(
    declaredAt(component, endpoint)
      .flatMap(({ protects }) => protects ?? [])
      .filter((path) => path.startsWith('/'))
      .slice(0, PATHS),
  ),
];
