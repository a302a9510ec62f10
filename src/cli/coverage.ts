import { probes } from '../../probes/index.ts';
import { checks } from '../judge/checks/index.ts';
import type { FactKind } from '../model/fact.ts';
import type { Criterion, Link } from '../model/profile.ts';
import { Component, SECURITIES, Target, TRANSPORTS } from '../model/target.ts';
import type { Probe } from '../observe/probe.ts';

/** What every run looks for by itself, without a probe. */
const ENGINE: readonly FactKind[] = ['port', 'liveness'];

const built = new Map(checks.map((check) => [check.id, check]));

const component = Component.parse({ id: 'device', addresses: ['198.18.0.1'] });
const target = Target.parse({
  id: 'device',
  components: [component],
  scope: ['198.18.0.1/32'],
  allow: { impact: 'login', by: 'the documentation' },
});

/** Whether a probe is ever aimed at a service of that protocol, whatever wraps it. */
const speaks = (probe: Probe, protocol: string): boolean =>
  TRANSPORTS.some((transport) =>
    SECURITIES.some((security) =>
      probe.appliesTo({ host: '198.18.0.1', transport, port: 1, protocol, security }, component, target),
    ),
  );

/**
 * The probes that emit a kind that a check cannot do without, by id; what only recognises services is left out where
 * another probe tells more. Empty where only the engine sees it, and undefined where nobody has built the check.
 */
export const probesOf = (check: string): readonly string[] | undefined => {
  const own = built.get(check);
  if (own === undefined) return undefined;
  const needs = own.needs.filter((kind) => !ENGINE.includes(kind));
  const telling = needs.filter((kind) => kind !== 'service');
  return probes
    .filter(({ emits }) => emits.some((kind) => (telling.length > 0 ? telling : needs).includes(kind)))
    .filter((probe) => own.protocols === undefined || own.protocols.some((protocol) => speaks(probe, protocol)))
    .map(({ id }) => id);
};

const AS: Readonly<Record<Link['as'], string>> = { required: 'required', counter: 'can fail it', supports: 'shown' };

/** The checks that a criterion names, each once, with what they are to it in words. */
export const linksOf = (criterion: Criterion): readonly { check: string; as: string }[] => {
  const of = new Map<string, Set<string>>();
  for (const { check, as } of criterion.checks) of.set(check, (of.get(check) ?? new Set()).add(AS[as]));
  return [...of].map(([check, as]) => ({ check, as: [...as].join(', ') }));
};
