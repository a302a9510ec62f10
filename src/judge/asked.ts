import type { Missing } from '../model/assessment.ts';
import type { Criterion } from '../model/profile.ts';
import type { State } from '../model/target.ts';
import type { Watched } from './findings.ts';
import type { ComponentView } from './seen.ts';

/** What a criterion asks for beside findings, each with the name by which an attestation may settle it. */
export interface Asked extends Missing {
  readonly name: string;
}

/** A person's items: the criterion's own, and one for each declared interface that no probe can see. */
export const personItems = (criterion: Criterion, watched: Watched | undefined): readonly string[] => {
  const interfaces = criterion.declares.includes('interfaces') ? (watched?.component.declares.interfaces ?? []) : [];
  const unseen = interfaces.filter(({ kind }) => kind !== 'ip').map(({ kind, name }) => `non-ip:${name ?? kind}`);
  return [...new Set([...criterion.person, ...unseen])];
};

const missingDeclarations = (criterion: Criterion, { target, component }: Watched): Asked[] =>
  criterion.declares
    .filter((part) =>
      part === 'components'
        ? target.product?.complete !== true
        : (component.declares as Readonly<Record<string, unknown>>)[part] === undefined,
    )
    .map((part) => ({
      name: `declaration:${part}`,
      what: 'declaration',
      detail:
        part === 'components' ? 'no complete component list is declared' : `the declaration says nothing of ${part}`,
    }));

const ran = (view: ComponentView): boolean =>
  view.runs.some((run) => run.status === 'completed') &&
  view.attempts.some(({ attempt }) => attempt.outcome.status === 'completed');

const statesOf = (criterion: Criterion, { component }: Watched): readonly State[] => {
  const declared = (component.declares.services ?? []).flatMap((service) => service.states ?? []);
  return [
    ...new Set([...criterion.states, ...criterion.statesWhenDeclared.filter((state) => declared.includes(state))]),
  ];
};

const missingStates = (criterion: Criterion, watched: Watched): Asked[] =>
  statesOf(criterion, watched)
    .filter((state) => !watched.views.some((view) => view.state === state && ran(view)))
    .map((state) => ({ name: `state:${state}`, what: 'state', detail: `not observed in the state ${state}` }));

const coverage = (name: string, detail: string): Asked => ({ name: `coverage:${name}`, what: 'coverage', detail });

/** Which list entries were tried, added up over runs of one item, firmware and list; by service. */
const missingCredentials = (asked: { common: number }, watched: Watched, vacuous: boolean): Asked[] => {
  const services = new Map<string, { matched: string[]; common: string[]; tried: Set<string>; place: string }>();
  let logins = 0;
  for (const view of watched.views)
    for (const seen of view.attempts) {
      const { endpoint, credentials } = seen.attempt;
      if (!view.emits(seen).includes('login')) continue;
      logins += 1;
      const place = `${endpoint.protocol ?? ''} ${endpoint.host} ${endpoint.transport}/${endpoint.port}`.trim();
      if (credentials === undefined) {
        services.set(`${place} none`, { matched: ['?'], common: [], tried: new Set(), place });
        continue;
      }
      const item = view.runs.find((run) => run.id === seen.run)!.item;
      const key = [place, credentials.list, item.serial ?? '', item.firmware ?? ''].join(' ');
      const known = services.get(key);
      // Of a long list, each run names other entries that it did not try.
      services.set(key, {
        matched: [...new Set([...(known?.matched ?? []), ...credentials.matched])],
        common: [...new Set([...(known?.common ?? []), ...credentials.common])],
        tried: new Set([...(known?.tried ?? []), ...credentials.tried]),
        place,
      });
    }
  if (logins === 0) return vacuous ? [] : [coverage('credentials', 'no credential of the list was tried')];
  return [...services.values()].flatMap(({ matched, common, tried, place }) => {
    const due = [...new Set([...matched, ...common.slice(0, asked.common)])];
    const left = due.filter((id) => !tried.has(id)).length;
    return left === 0
      ? []
      : [
          coverage(
            'credentials',
            `${left} of ${due.length} due credentials were not tried on ${place}; go on in a later run, or declare what the device does about wrong logins`,
          ),
        ];
  });
};

const missingCoverage = (criterion: Criterion, watched: Watched, noLogins: boolean): Asked[] => {
  const asked = criterion.coverage;
  if (asked === undefined) return [];
  const states = statesOf(criterion, watched);
  const views = watched.views.filter((view) => states.includes(view.state));
  const { addresses } = watched.component;
  const ports = (transport: 'tcp' | 'udp'): Asked[] =>
    views.length > 0 && views.every((view) => view.ports(transport).every(({ whole }) => whole))
      ? []
      : [coverage(transport, `not every ${transport.toUpperCase()} port is settled in each state and on each address`)];
  const families = (asked.families ?? []).filter(
    (family) => !addresses.some((address) => address.includes(':') === (family === 'ipv6')),
  );
  return [
    ...(asked.tcp === undefined ? [] : ports('tcp')),
    ...(asked.udp === undefined ? [] : ports('udp')),
    ...families.map((family) =>
      coverage(
        family,
        `the component has no ${family === 'ipv6' ? 'IPv6' : 'IPv4'} address here, and nothing proves that it has none`,
      ),
    ),
    ...(asked.credentials === undefined ? [] : missingCredentials(asked.credentials, watched, noLogins)),
    ...(asked.capture === undefined
      ? []
      : [
          coverage(
            'capture',
            `no capture shows ${Object.entries(asked.capture)
              .map(([what, value]) => `${what} ${String(value)}`)
              .join(', ')}`,
          ),
        ]),
  ];
};

/**
 * Declarations, states and coverage that the criterion asks for and that are not there. `noLogins`: the check of the
 * list's credentials stated, with its proof, that nothing there takes a login.
 */
export const missingOf = (criterion: Criterion, watched: Watched, noLogins: boolean): readonly Asked[] => [
  ...missingDeclarations(criterion, watched),
  ...missingStates(criterion, watched),
  ...missingCoverage(criterion, watched, noLogins),
];
