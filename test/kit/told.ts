import type { Assessment, Finding } from '../../src/model/assessment.ts';
import type { Run } from '../../src/model/run.ts';

/** What was told of a device, in lines that a person can hold against the device: no times, no digests, no counters. */
export interface Told {
  /** `tcp/8443` → `tls, http in tls`. */
  readonly services: Readonly<Record<string, string>>;
  /** What could not be told and why: `http-login tcp/8443: unsupported`. */
  readonly 'could not tell': readonly string[];
  /** The verdict of each check that is built. */
  readonly checks: Readonly<Record<string, string>>;
  /** `fail [conclusive] keys-strong tcp/8443/tls-rsa-1024`; the judge's own gaps are left out. */
  readonly findings: readonly string[];
}

const DIGEST = /[0-9a-f]{16,}/g;

const findingLine = ({ verdict, strength, check, id, component }: Finding): string => {
  const place = id.slice(`${check}@${component}`.length).replace(/^\//, '').replace(DIGEST, '<digest>');
  return `${verdict}${verdict === 'fail' ? ` [${strength}]` : ''} ${check}${place === '' ? '' : ` ${place}`}`;
};

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const servicesOf = ({ attempts }: Run): Record<string, string> => {
  const at = new Map<string, string[]>();
  for (const { endpoint, observations } of attempts)
    for (const { fact } of observations) {
      if (fact.kind !== 'service') continue;
      const place = `${endpoint.transport}/${endpoint.port}`;
      at.set(place, [
        ...(at.get(place) ?? []),
        fact.security === 'none' ? fact.protocol : `${fact.protocol} in ${fact.security}`,
      ]);
    }
  return Object.fromEntries(
    [...at].map(([place, all]) => [place, all.join(', ')] as const).sort(([a], [b]) => byText(a, b)),
  );
};

/** What one run of one device, and its assessment, tell. */
export const told = (run: Run, assessment: Assessment): Told => ({
  services: servicesOf(run),
  'could not tell': run.attempts
    .flatMap(({ id, probe, component, outcome }) =>
      outcome.status === 'completed'
        ? []
        : [`${probe} ${id.slice(`${probe}@${component}/`.length)}: ${outcome.reason}`],
    )
    .sort(byText),
  checks: Object.fromEntries(
    assessment.checks.filter(({ built }) => built).map(({ check, verdict }) => [check, verdict]),
  ),
  findings: assessment.findings
    .filter(({ gap }) => gap !== true)
    .map(findingLine)
    .sort(byText),
});
