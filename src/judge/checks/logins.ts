import type { Seen, SeenFact } from '../check.ts';
import { attemptsAt, factsAt, type Place } from './place.ts';

/** Protocols that have logins by themselves. An HTTP service has one only if one was met. */
const ALWAYS = ['ssh', 'telnet', 'ftp', 'mqtt', 'snmp', 'vnc', 'redis', 'postgresql', 'mysql'];
const SOMETIMES = ['http', 'rtsp'];

export const LOGIN_PROTOCOLS: readonly string[] = [...ALWAYS, ...SOMETIMES];

/** A protocol at a place over which one logs in, or may. */
export interface LoginService {
  readonly place: Place;
  readonly protocol: string;
  readonly security?: 'none' | 'tls' | 'dtls' | 'ssh';
  /** Whether it has a login for certain: by its protocol, or because one was met. */
  readonly certain: boolean;
}

/** The login services of a place: those recognised, and those that a login fact speaks of. */
export const loginServicesAt = (place: Place, met: readonly string[]): readonly LoginService[] => {
  const recognised = place.services.filter(({ fact }) => LOGIN_PROTOCOLS.includes(fact.protocol));
  const protocols = new Set([...recognised.map(({ fact }) => fact.protocol), ...met]);
  return [...protocols].map((protocol) => {
    const service = recognised.find(({ fact }) => fact.protocol === protocol);
    return {
      place,
      protocol,
      ...(service === undefined ? {} : { security: service.fact.security }),
      certain: ALWAYS.includes(protocol) || met.includes(protocol),
    };
  });
};

/** The login facts of a service, in the order in which they were seen. */
export const loginsOf = (seen: Seen<'login'>, { place, protocol }: LoginService): readonly SeenFact<'login'>[] =>
  factsAt(seen, 'login', place).filter(({ fact }) => fact.protocol === protocol);

/** Whether the attempts that try logins at a place met one, whatever became of it. */
export const metALogin = (seen: Seen<'throttle'>, place: Place): readonly string[] => [
  ...new Set(
    attemptsAt(seen, 'throttle', place).flatMap(({ attempt }) =>
      attempt.observations.flatMap(({ fact }) => (fact.kind === 'login' ? [fact.protocol] : [])),
    ),
  ),
];
