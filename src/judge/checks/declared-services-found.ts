import type { DeclaredService, State, Transport } from '../../model/target.ts';
import { type CheckView, defineCheck, type FindingDraft } from '../check.ts';
import { declaredAt, isMeantFor, mismatch, portsOf } from './declared.ts';
import { factsAt, ids } from './place.ts';

type View = CheckView<'port' | 'service'>;

const EXPECTED = 'Every declared service is seen where it is declared to be.';

const nameOf = ({ port, transport, protocol }: DeclaredService): string =>
  `${protocol === undefined ? '' : `${protocol} at `}${transport}/${port}`;

function* judgeDeclared({ seen, component }: View, service: DeclaredService): Generator<FindingDraft> {
  const ports = portsOf(service);
  const host = component.addresses[0];
  const exact = ports !== undefined && ports[0] === ports[1] && host !== undefined;
  const coverage = seen.ports(service.transport as Transport);
  const found = coverage.flatMap(({ host: at, transport, open }) =>
    open.flatMap((port) => {
      const endpoint = { host: at, transport, port: port.fact.port };
      const services = factsAt(seen, 'service', { endpoint });
      const here = declaredAt(
        [service],
        endpoint,
        services.map(({ fact }) => fact.protocol),
      );
      return here.length === 0
        ? []
        : [
            {
              port,
              services,
              endpoint,
              other: mismatch(
                service,
                services.map(({ fact }) => fact),
              ),
              /** Nobody can say whether it is what was declared. */
              unknown: service.protocol !== undefined && services.every(({ fact }) => fact.protocol === 'unknown'),
            },
          ];
    }),
  );
  const match = found.find(({ other, unknown }) => other === undefined && !unknown) ?? found[0];
  const common = {
    about: exact
      ? { host: match?.endpoint.host ?? host, transport: service.transport, port: ports[0] }
      : { host: host ?? component.id, subject: nameOf(service) },
    expected: EXPECTED,
  };
  if (match === undefined)
    yield {
      ...common,
      verdict: 'inconclusive',
      because: `${nameOf(service)} is declared and was not seen.`,
      basis: [...new Set(coverage.flatMap(({ basis }) => basis))],
    };
  else {
    const basis = ids([match.port], match.services);
    if (match.unknown)
      yield {
        ...common,
        verdict: 'inconclusive',
        because: `${nameOf(service)} is declared and open, and what speaks there was not recognised.`,
        basis,
      };
    else if (match.other === undefined)
      yield { ...common, verdict: 'pass', because: `${nameOf(service)} is declared and was seen.`, basis };
    else
      yield {
        ...common,
        verdict: 'inconclusive',
        because: `${nameOf(service)} is declared, but ${match.other} speaks there.`,
        basis,
      };
  }
}

export default defineCheck({
  id: 'declared-services-found',
  version: '1.0.0',
  title: 'Every declared service is seen',
  theme: 'interfaces',
  needs: ['port', 'service'],
  *judge(view) {
    const state: State | undefined = view.seen.runs[0]?.state;
    const meant = (view.component.declares.services ?? []).filter(
      (service) => state !== undefined && isMeantFor(service, state),
    );
    for (const service of meant) yield* judgeDeclared(view, service);
    if (meant.length === 0)
      yield {
        verdict: 'not-applicable',
        because:
          view.component.declares.services === undefined
            ? 'No services are declared, so none is to be found.'
            : `No service is declared for the state "${state}", so none is to be found.`,
        expected: EXPECTED,
        basis: [
          ...new Set((['tcp', 'udp'] as const).flatMap((each) => view.seen.ports(each).flatMap(({ basis }) => basis))),
        ],
      };
  },
});
