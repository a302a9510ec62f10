import type { DeclaredService, State } from '../../model/target.ts';
import { type CheckView, defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import { declaredAt, isMeantFor, mismatch } from './declared.ts';
import { about, absenceOf, factsAt, ids, listed, type Place, portText, protocolText } from './place.ts';

type View = CheckView<'port' | 'service'>;

const EXPECTED = 'Every open port is declared, with what it is for.';

/** A reset puts the device back into its factory state: what is declared for that may be open again. */
const mayBeOpen = (service: DeclaredService, state: State): boolean =>
  isMeantFor(service, state) || (state === 'reset' && isMeantFor(service, 'factory-default'));

function* judgePort({ seen, component }: View, host: string, port: SeenFact<'port'>): Generator<FindingDraft> {
  const { transport } = port.fact;
  const endpoint = { host, transport, port: port.fact.port };
  const services = factsAt(seen, 'service', { endpoint });
  const place: Place = { run: port.run, state: port.state, endpoint, services };
  const protocols = [...new Set(services.map(({ fact }) => fact.protocol))];
  const known = protocols.filter((protocol) => protocol !== 'unknown');
  const name = `${portText(endpoint)}${known.length === 0 ? '' : ` (${listed(known.map(protocolText))})`}`;
  const common = { ...about(place), expected: EXPECTED, basis: ids([port], services) };
  const entries = declaredAt(component.declares.services ?? [], endpoint, protocols);
  const [entry] = entries.filter((each) => mayBeOpen(each, port.state));
  if (entry === undefined) {
    // A port that nobody but the scan connected to may have been open for that moment only.
    const twice = services.length > 0 || transport === 'udp';
    yield {
      ...common,
      verdict: 'fail',
      strength: twice ? 'conclusive' : 'indicative',
      because:
        entries.length === 0
          ? `${name} is open and not declared.`
          : `${name} is open in the state "${port.state}", and is declared for ${listed(entries[0]!.states ?? [])} only.`,
      remedy: 'Close the port, or declare it with the reason why it is needed.',
    };
    return;
  }
  const other = mismatch(
    entry,
    services.map(({ fact }) => fact),
  );
  if (other !== undefined)
    yield {
      ...common,
      verdict: 'inconclusive',
      because: `${portText(endpoint)} is declared as ${entry.protocol}, but ${other} speaks there.`,
    };
  else
    yield {
      ...common,
      verdict: 'pass',
      because: `${name} is open and declared: ${entry.reason}.`,
      restsOn: 'declaration',
    };
}

export default defineCheck({
  id: 'services-declared',
  version: '1.0.0',
  title: 'Every open port is declared',
  theme: 'interfaces',
  needs: ['port', 'service'],
  *judge(view) {
    const { seen, component } = view;
    const coverage = (['tcp', 'udp'] as const).flatMap((transport) => seen.ports(transport));
    const open = coverage.flatMap(({ host, open: ports }) => ports.map((port) => ({ host, port })));
    if (open.length === 0) {
      const basis = absenceOf(view);
      if (basis !== undefined)
        yield {
          verdict: 'pass',
          because: 'Every port was asked and none is open.',
          expected: EXPECTED,
          basis: [...basis],
        };
    } else if (component.declares.services === undefined) {
      const ports = open.map(({ port }) => portText(port.fact));
      yield {
        verdict: 'inconclusive',
        because: `No services are declared, so nothing says whether ${listed([...new Set(ports)])} ${ports.length === 1 ? 'is' : 'are'} meant to be open.`,
        expected: EXPECTED,
        basis: ids(open.map(({ port }) => port)),
      };
    } else for (const { host, port } of open) yield* judgePort(view, host, port);
  },
});
