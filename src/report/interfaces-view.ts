import type { Fact, FactOf } from '../model/fact.ts';
import type { Run } from '../model/run.ts';
import { openPorts, type PortRow } from './ports-view.ts';

/** How what is sent to a port travels: as the bytes showed, never by the port's number. */
export type Travels = 'in the clear' | 'protected' | 'in the clear and protected' | 'hands over' | 'could not tell';

/** What it takes to reach anything behind a port. `asked` and `open` say what was tried; nothing tried is `could not tell`. */
export type Login =
  | 'asks for a login'
  | 'some without a login'
  | 'without a login'
  | 'listed default accepted'
  | 'could not tell';

/** One open port as a reader of a report sees it: what speaks, how it travels, what it takes, and whether it is declared. */
export interface Interface extends PortRow {
  readonly travels: Travels;
  readonly login: Login;
}

const keyOf = (component: string, host: string, transport: string | undefined, port: number): string =>
  `${component} ${host} ${transport ?? 'tcp'}/${port}`;

const WRAPPINGS = ['tls', 'dtls', 'ssh'];

const travelsOf = (facts: readonly Fact[]): Travels => {
  const channels = facts.filter((fact): fact is FactOf<'channel'> => fact.kind === 'channel');
  const wrapped = facts.some(
    (fact) => fact.kind === 'service' && (fact.security !== 'none' || WRAPPINGS.includes(fact.protocol)),
  );
  const sealed = wrapped || channels.some(({ encryption }) => encryption !== 'none');
  const clear = channels.filter(({ encryption }) => encryption === 'none');
  if (clear.length === 0) return sealed ? 'protected' : 'could not tell';
  if (clear.every(({ upgrade }) => upgrade !== undefined)) return 'hands over';
  return sealed ? 'in the clear and protected' : 'in the clear';
};

const loginOf = (facts: readonly Fact[]): Login => {
  const logins = facts.filter((fact): fact is FactOf<'login'> => fact.kind === 'login');
  if (logins.some(({ arm, accepted, proven }) => arm === 'repeat' && accepted && proven === true))
    return 'listed default accepted';
  // What an account of a role reaches says nothing of whoever has none.
  const accesses = facts.filter((fact): fact is FactOf<'access'> => fact.kind === 'access' && fact.as === undefined);
  const without =
    accesses.some(({ authentication }) => authentication !== 'required') ||
    logins.some(({ arm, accepted }) => arm === 'none' && accepted);
  const asked =
    accesses.some(({ authentication }) => authentication === 'required') ||
    logins.some(({ arm, accepted }) => arm === 'none' && !accepted);
  if (without) return asked ? 'some without a login' : 'without a login';
  return asked ? 'asks for a login' : 'could not tell';
};

/** The open ports of a run, those that nobody declared first. */
export const interfacesOf = (run: Run): Interface[] => {
  const facts = new Map<string, Fact[]>();
  for (const { component, endpoint, observations } of run.attempts) {
    if (endpoint.port === undefined) continue;
    const key = keyOf(component, endpoint.host, endpoint.transport, endpoint.port);
    facts.set(key, [...(facts.get(key) ?? []), ...observations.map(({ fact }) => fact)]);
  }
  const rows = openPorts(run).map((row): Interface => {
    const own = facts.get(keyOf(row.component, row.host, row.transport, row.port)) ?? [];
    return { ...row, travels: travelsOf(own), login: loginOf(own) };
  });
  return [
    ...rows.filter(({ declared }) => declared !== 'declared'),
    ...rows.filter(({ declared }) => declared === 'declared'),
  ];
};

/** What traffic was captured: the seconds that probes listened which tell flows; none where none did. */
export const captureOf = (run: Run): { seconds: number; attempts: readonly string[] } => {
  const listening = new Set(run.probes.filter(({ emits }) => emits.includes('flow')).map(({ id }) => id));
  const attempts = run.attempts.filter(({ probe }) => listening.has(probe));
  const milliseconds = attempts.reduce(
    (sum, { startedAt, endedAt }) => sum + Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)),
    0,
  );
  return { seconds: Math.round(milliseconds / 1000), attempts: attempts.map(({ id }) => id) };
};
