import type { DeclaredService } from '../../model/target.ts';
import { type CheckView, defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import { declaredAt, isMeantFor } from './declared.ts';
import { around } from './logins.ts';
import {
  about,
  attemptsAt,
  factsAt,
  ids,
  listed,
  lookedBy,
  type Place,
  placesOf,
  protocolText,
  serviceText,
} from './place.ts';

type View = CheckView<'access' | 'service' | 'port'>;
type Access = SeenFact<'access'>;

/** Protocols over which a probe compares roles. */
const COMPARED = ['http', 'mqtt', 'coap'];

const EXPECTED = 'What is declared for the admin alone is refused to an ordinary account, while the admin reaches it.';
const REMEDY = 'Check for each function and datum that the role of whoever has logged in may reach it.';

const keepsForAdmin = (service: DeclaredService): boolean => (service.adminOnly ?? []).length > 0;

/** Whether the admin was shown to reach the resource before and after an ordinary account's try, in the same attempt. */
const adminAround = (tried: Access): { before: boolean; after: boolean } => {
  const { before, after } = around(tried);
  const reaches = (facts: typeof before): boolean =>
    facts.some(
      (fact) =>
        fact.kind === 'access' &&
        fact.as === 'admin' &&
        fact.granted === true &&
        fact.protocol === tried.fact.protocol &&
        fact.resource === tried.fact.resource,
    );
  return { before: reaches(before), after: reaches(after) };
};

/** One resource of one service: undefined where no ordinary account tried it, nor an admin's was refused. */
const judgeResource = (place: Place, resource: string, facts: readonly Access[]): FindingDraft | undefined => {
  const here = facts.filter(({ fact }) => fact.resource === resource);
  const [first] = here;
  if (first === undefined) return undefined;
  const ordinary = here.filter(({ fact }) => fact.as === 'ordinary');
  const reached = ordinary.filter(({ fact }) => fact.granted === true);
  const held = (tried: Access): boolean => adminAround(tried).before && adminAround(tried).after;
  const where = `${resource} over ${serviceText(first.fact.protocol, place)}`;
  const common = {
    ...about(place, `admin-only:${resource}`, { protocol: first.fact.protocol }),
    expected: EXPECTED,
    basis: ids(here),
  };
  const [proof] = [...reached.filter(held), ...reached];
  if (proof !== undefined)
    return {
      ...common,
      facets: { class: proof.fact.class, action: proof.fact.action },
      verdict: 'fail',
      strength: held(proof) ? 'conclusive' : 'indicative',
      because: `An ordinary account reaches ${where}, which is declared for the admin alone${held(proof) ? '' : '; that the admin reaches it was not seen before and after'}.`,
      remedy: REMEDY,
    };
  const { class: what, action } = first.fact;
  if (ordinary.length > 0 && ordinary.every(held))
    return {
      ...common,
      facets: { class: what, action },
      conditions: ['control-held'],
      verdict: 'pass',
      because: `An ordinary account is refused ${where}, which the admin reaches.`,
    };
  return {
    ...common,
    verdict: 'inconclusive',
    because:
      ordinary.length === 0
        ? `The admin's account does not reach ${where} either, so that nothing can be compared.`
        : `An ordinary account is refused ${where}, and that the admin reaches it was not seen before and after.`,
  };
};

/** One declared service at one place. */
function* judgePlace({ seen }: View, place: Place, service: DeclaredService): Generator<FindingDraft> {
  const facts = factsAt(seen, 'access', place).filter(
    ({ fact }) => fact.as !== undefined && fact.granted !== undefined,
  );
  const untried: string[] = [];
  for (const resource of new Set(service.adminOnly ?? [])) {
    const said = judgeResource(place, resource, facts);
    if (said === undefined) untried.push(resource);
    else yield said;
  }
  if (untried.length === 0) return;
  const attempts = attemptsAt(seen, 'access', place);
  if (facts.length === 0 && lookedBy(attempts, 'access') === 'open') return; // the judge adds the gap
  const compared = place.services.filter(({ fact }) => COMPARED.includes(fact.protocol));
  yield {
    ...about(place, 'untried'),
    verdict: 'inconclusive',
    because:
      compared.length > 0 || place.services.length === 0
        ? `${untried.length === 1 ? untried[0] : `${untried[0]} and ${untried.length - 1} more`} at ${place.endpoint.transport}/${place.endpoint.port}, declared for the admin alone, was not tried with both roles.`
        : `No probe compares roles over ${listed([...new Set(place.services.map(({ fact }) => protocolText(fact.protocol)))])} at ${place.endpoint.transport}/${place.endpoint.port}.`,
    expected: EXPECTED,
    basis: ids(place.services, attempts),
    coverage: {
      tried: new Set(service.adminOnly).size - untried.length,
      of: new Set(service.adminOnly).size,
      what: 'resources',
    },
  };
}

/** Why nothing can be compared, whatever was seen; undefined where it can. */
const lacking = ({ component }: View): string | undefined => {
  const { accounts = [], services = [] } = component.declares;
  if (!services.some(keepsForAdmin))
    return 'No resource is declared that only an admin may reach (`adminOnly` of a service), so that nothing can be compared.';
  const without = (['admin', 'ordinary'] as const).filter((role) => !accounts.some((account) => account.role === role));
  return without.length === 0
    ? undefined
    : `No account of the role ${listed(without.map((role) => `"${role}"`))} is declared, so that roles cannot be compared.`;
};

/** The one role that is declared, in its own form, where nothing else in the declaration speaks of a second. */
const onlyRole = ({ component }: View): string | undefined => {
  const { roles = [], accounts = [], services = [] } = component.declares;
  const [role] = roles;
  if (roles.length !== 1 || typeof role !== 'object') return undefined;
  const told = new Set(accounts.flatMap((account) => account.role ?? []));
  return told.size > 1 || told.has('ordinary') || services.some(keepsForAdmin) ? undefined : role.name;
};

export default defineCheck({
  id: 'privileges-separated',
  version: '1.0.0',
  title: 'An ordinary role does not reach what is for an admin',
  theme: 'access',
  needs: ['access', 'service', 'port'],
  protocols: COMPARED,
  *judge(view) {
    const { seen, component } = view;
    const compared = seen.facts('access').filter(({ fact }) => fact.as !== undefined);
    const role = onlyRole(view);
    if (role !== undefined && compared.length === 0) {
      yield {
        verdict: 'not-applicable',
        because: `One role is declared, "${role.slice(0, 80)}", so that there is none to keep apart from it.`,
        expected: EXPECTED,
        restsOn: 'declaration',
        basis: [],
      };
      return;
    }
    const why = lacking(view);
    if (why !== undefined) {
      yield { verdict: 'inconclusive', because: why, expected: EXPECTED, basis: [] };
      return;
    }
    const places = placesOf(seen, seen.facts('access'));
    for (const service of (component.declares.services ?? []).filter(keepsForAdmin)) {
      const here = places.filter(
        ({ endpoint, services }) =>
          declaredAt(
            [service],
            endpoint,
            services.map(({ fact }) => fact.protocol),
          ).length > 0,
      );
      for (const place of here) yield* judgePlace(view, place, service);
      if (here.length === 0 && seen.runs.some(({ state }) => isMeantFor(service, state)))
        yield {
          about: { host: component.addresses[0]!, subject: `${service.transport}/${service.port}` },
          verdict: 'inconclusive',
          because: `The service declared at ${service.transport}/${service.port} with resources for the admin alone was not seen.`,
          expected: EXPECTED,
          basis: [],
        };
    }
  },
});
