import type { FactKind } from '../model/fact.ts';
import { isOpenFor } from '../model/open.ts';
import type { Run } from '../model/run.ts';
import type { Endpoint, Transport } from '../model/target.ts';
import type { Check, FindingDraft, SeenAttempt } from './check.ts';
import { rangesText, single } from './ports.ts';
import { type ComponentView, couldCarry, isScan, samePort } from './seen.ts';

/** On a gap whose attempt began and broke off: the only gaps that bear on a counter link (CRITERIA A.1). */
export const BROKE_OFF = 'broke-off';

/** A gap before it has its name. `gap` ends the finding's id: `check@camera/tcp/22/gap:ssh-login`. */
export type GapDraft = FindingDraft & { gap: string };

/** Protocols that travel over UDP, in the names that facts use. A check of none of these has nothing to miss there. */
const OVER_UDP = new Set(
  'bacnet coap dns dtls mdns netbios ntp onvif quic rtsp sip snmp ssdp syslog tftp upnp ws-discovery'.split(' '),
);
/** Those of them that never travel over TCP. */
const ONLY_UDP = new Set('bacnet dtls mdns ntp quic snmp ssdp tftp'.split(' '));

type CheckShape = Pick<Check, 'id' | 'needs' | 'protocols' | 'theme' | 'offers'>;

const couldTravel = (check: CheckShape, transport: Transport): boolean =>
  check.protocols === undefined ||
  check.protocols.some((protocol) => (transport === 'udp' ? OVER_UDP.has(protocol) : !ONLY_UDP.has(protocol)));

const draft = (gap: string, because: string, expected: string, rest: Partial<GapDraft>): GapDraft => ({
  gap,
  verdict: 'inconclusive',
  because,
  expected,
  basis: [],
  ...rest,
});

/** The kinds that an inconclusive attempt left open and that this check could have read from it, by kind and protocol. */
const missedBy = (check: CheckShape, { attempt }: SeenAttempt): readonly FactKind[] => {
  const { outcome, endpoint } = attempt;
  if (outcome.status === 'completed') return [];
  return outcome.open.filter(
    (kind) => check.needs.includes(kind) && couldCarry(check, endpoint, kind) && isOpenFor(outcome, kind, check.offers),
  );
};

const brokenOff = (check: CheckShape, view: ComponentView): GapDraft[] =>
  view.attempts.flatMap((seen) => {
    const { attempt } = seen;
    if (isScan(attempt) || attempt.outcome.status === 'completed') return [];
    const open = missedBy(check, seen);
    if (open.length === 0) return [];
    const { reason, detail } = attempt.outcome;
    return [
      draft(
        `gap:${attempt.probe}`,
        `${attempt.probe} could not tell (${reason}): ${detail.slice(0, 300)}`,
        `${attempt.probe} completes and settles ${open.join(', ')}`,
        {
          about: attempt.endpoint,
          run: seen.run,
          conditions: [BROKE_OFF],
          basis: [seen.id],
        },
      ),
    ];
  });

const unarmed = (check: CheckShape, view: ComponentView): GapDraft[] =>
  check.needs
    .filter((kind) => !view.runs.some((run) => run.probes.some((probe) => probe.emits.includes(kind))))
    .map((kind) => draft(`gap:${kind}`, `no armed probe looks for ${kind}`, `a probe that emits ${kind} is armed`, {}));

const unfinished = (view: ComponentView): GapDraft[] =>
  view.runs
    .filter((run) => run.status !== 'completed')
    .map((run) =>
      draft(
        'gap:run',
        `run ${run.id} did not end by itself (${run.status}), so what it never began is not known`,
        'the run completes',
        {
          run: run.id,
          conditions: [BROKE_OFF],
        },
      ),
    );

const uncovered = (check: CheckShape, view: ComponentView, transport: Transport): GapDraft[] => {
  if (!couldTravel(check, transport)) return [];
  return view.ports(transport).flatMap((coverage) => {
    if (coverage.whole) return [];
    const broken = view.brokenScans(transport, coverage.host);
    const said = [
      coverage.uncovered.length > 0 ? `not covered: ${rangesText(coverage.uncovered)}` : '',
      coverage.silent.length > 0 ? `silent: ${rangesText(single(coverage.silent))}` : '',
      broken.length > 0 ? 'the scan broke off' : '',
    ].filter((words) => words !== '');
    return [
      draft(
        `gap:${transport}-ports`,
        `${transport.toUpperCase()} ports of ${coverage.host} are not settled (${said.join('; ')})`,
        `every ${transport.toUpperCase()} port is seen open or closed`,
        {
          about: { host: coverage.host },
          conditions: broken.length > 0 ? [BROKE_OFF] : [],
          basis: [...coverage.basis],
        },
      ),
    ];
  });
};

/** What wraps other protocols, as people write it. */
const WRAPPINGS: Readonly<Record<string, string>> = { tls: 'TLS', dtls: 'DTLS', quic: 'QUIC' };

/** Whether bytes at this open port stay unrecognised for this check: the port itself, or what is inside what wraps it. */
const unrecognised = (check: CheckShape, view: ComponentView, port: Endpoint): string | undefined => {
  const services = view.servicesAt(port);
  const known = services.filter(({ endpoint }) => endpoint.protocol !== 'unknown');
  if (known.length === 0) return 'nobody recognised what speaks there';
  if (check.theme === 'transport') return undefined;
  const inside = services.filter(({ endpoint }) => endpoint.security === 'tls' || endpoint.security === 'dtls');
  if (inside.some(({ endpoint }) => endpoint.protocol !== 'unknown')) return undefined;
  const wrapping = known
    .map(({ endpoint }) => endpoint.protocol!)
    .find((protocol) => WRAPPINGS[protocol] !== undefined);
  // A server that refuses at TLS, for want of a client certificate or a key, shows nothing of what is inside.
  const refused = view
    .at('access', port)
    .some(({ fact }) => fact.protocol === wrapping && fact.authentication === 'required');
  if (wrapping !== undefined && !refused) return `nobody recognised what speaks inside its ${WRAPPINGS[wrapping]}`;
  if (inside.length === 0) return undefined;
  return `nobody recognised what speaks inside its ${WRAPPINGS[inside[0]!.endpoint.security!]}`;
};

const unknownServices = (check: CheckShape, view: ComponentView, already: readonly GapDraft[]): GapDraft[] =>
  (['tcp', 'udp'] as const).flatMap((transport) =>
    !couldTravel(check, transport)
      ? []
      : view.ports(transport).flatMap(({ host, open }) =>
          open.flatMap(({ id, fact, run }) => {
            const port: Endpoint = { host, transport, port: fact.port };
            const why = unrecognised(check, view, port);
            const told = already.some(({ about }) => about !== undefined && samePort(about, port));
            return why === undefined || told
              ? []
              : [
                  draft(
                    'gap:service',
                    `port ${transport}/${fact.port} is open and ${why}`,
                    'the service is recognised by its bytes',
                    {
                      about: port,
                      run,
                      basis: [id],
                    },
                  ),
                ];
          }),
        ),
  );

/**
 * The gaps of one check on one component in one state, as rule 1 of `verdict-fold/1` lists them: attempts that broke off
 * with a needed kind open, by kind and protocol; kinds that no armed probe emits; ports not covered and open ports with
 * no recognised service, where the check speaks of services; and a run that did not end by itself.
 */
export const gapsOf = (check: CheckShape, view: ComponentView): readonly GapDraft[] => {
  const broken = brokenOff(check, view);
  const ofPorts = check.needs.includes('port') || check.needs.includes('service');
  return [
    ...unfinished(view),
    ...unarmed(check, view),
    ...(ofPorts ? [...uncovered(check, view, 'tcp'), ...uncovered(check, view, 'udp')] : []),
    ...broken,
    ...(check.needs.includes('service') ? unknownServices(check, view, broken) : []),
  ];
};

/** The gap of a check that the profile names and nobody has built. */
export const unbuilt = (check: string): GapDraft =>
  draft('gap:unbuilt', `nobody has built the check ${check}`, 'the check exists', {});

/** The gap of a component that no run could look at. */
export const outOfReach = (runs: readonly Run[]): GapDraft =>
  draft('gap:reach', 'the component has no address within the reach of the lab', 'the component is looked at', {
    run: runs[0]!.id,
  });
