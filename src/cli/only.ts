import { catalogue, checks } from '../judge/checks/index.ts';
import type { FactKind } from '../model/fact.ts';
import type { Probe } from '../observe/probe.ts';
import type { LoadedProfile } from './assess.ts';
import { Usage } from './limits.ts';

/** Nothing else is recognised without it. */
const ALWAYS = new Set(['service']);

/**
 * The probes that `--only` leaves armed: those named, those whose facts a named check needs, and those that the checks
 * of a named criterion need. What is not armed was not looked for, and the judge says so. Throws Usage.
 */
export const only = (
  probes: readonly Probe[],
  names: readonly string[],
  profiles: readonly LoadedProfile[],
): readonly Probe[] => {
  if (names.length === 0) return probes;
  const wanted = new Set<string>(ALWAYS);
  const kinds = new Set<FactKind>();
  const wantCheck = (id: string): void => {
    for (const kind of checks.find((check) => check.id === id)?.needs ?? []) kinds.add(kind);
  };
  for (const name of names) {
    const criterion = profiles.flatMap(({ profile }) => profile.criteria).find(({ id }) => id === name);
    if (probes.some((probe) => probe.id === name)) wanted.add(name);
    else if (catalogue.some((check) => check.id === name)) wantCheck(name);
    else if (criterion !== undefined) for (const link of criterion.checks) wantCheck(link.check);
    else
      throw new Usage(
        `--only ${name}: no probe, check or criterion has this id (see: probity probes, probity checks, probity profiles)`,
      );
  }
  return probes.filter(
    (probe) => wanted.has(probe.id) || probe.emits.some((kind) => kinds.has(kind) && kind !== 'service'),
  );
};
