import type { Fact, FactKind } from '../../model/fact.ts';
import type { Seen, SeenFact } from '../check.ts';
import { attemptsAt, factsAt, type Place } from './place.ts';

/** Protocols that have logins by themselves. An HTTP service has one only if one was met. */
const ALWAYS = ['ssh', 'telnet', 'ftp', 'mqtt', 'snmp', 'vnc', 'redis', 'postgresql', 'mysql', 'imap', 'pop3'];
const SOMETIMES = ['http', 'rtsp', 'onvif', 'sip', 'smtp'];
/** A client certificate is a login of these; no list has defaults for it, and nobody guesses it. DTLS takes keys as well. */
export const BY_CERTIFICATE = ['tls'];

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
  const byPassword = met.filter((protocol) => !BY_CERTIFICATE.includes(protocol));
  const protocols = new Set([...recognised.map(({ fact }) => fact.protocol), ...byPassword]);
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

/** What one attempt saw before and after an observation of its own. */
export const around = <K extends FactKind>({
  attempt,
  fact,
}: SeenFact<K>): { before: readonly Fact[]; after: readonly Fact[] } => {
  const facts = attempt.observations.map((each) => each.fact);
  const at = facts.indexOf(fact as Fact);
  return { before: facts.slice(0, at), after: facts.slice(at + 1) };
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
