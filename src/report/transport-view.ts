import type { Finding } from '../model/assessment.ts';
import type { Fact, FactKind } from '../model/fact.ts';
import type { Link } from '../model/profile.ts';
import type { Attempt, Run } from '../model/run.ts';
import type { Transport } from '../model/target.ts';
import type { CriterionVerdict, Strength, Verdict } from '../model/verdict.ts';
import type { ReportInput } from './report.ts';
import { type Around, serverOf } from './transport-view-server.ts';

/** Whether a thing is had. What a device refused, it was asked for; what could not be told may be either. */
export type Told = 'accepted' | 'refused' | 'could not tell';

/** One thing that a server was asked for. */
export interface Item {
  readonly name: string;
  /** Of what, of a flaw; how large, of a group. */
  readonly note?: string;
  readonly told: Told;
  /** A failing finding rests on it: how certainly. */
  readonly fails?: Strength;
}

/** Things of one kind, in the order in which they were seen. `more` are left out for their number. */
export interface List {
  readonly title: string;
  /** Flaws are present or absent, everything else accepted or refused. */
  readonly of: 'offers' | 'flaws';
  readonly items: readonly Item[];
  readonly more: number;
  readonly note?: string;
}

/** A criterion that a check bears on, with the criterion's own verdict. */
export interface BornBy {
  readonly id: string;
  readonly as: Exclude<Link['as'], 'supports'>;
  readonly verdict: CriterionVerdict;
}

/** What a check made of this place, and which criteria ask for the check. */
export interface Bears {
  readonly check: string;
  /** Absent: it said nothing of this place. */
  readonly verdict?: Verdict;
  /** Findings about this place, by id, failing first. */
  readonly findings: readonly string[];
  readonly criteria: readonly BornBy[];
}

/** One line of a picture: what was seen, and what it bears on. */
export interface Line {
  readonly title: string;
  /** In words, each a sentence of its own. */
  readonly says: readonly Said[];
  readonly lists: readonly List[];
  readonly bears: readonly Bears[];
}
export interface Said {
  readonly words: string;
  readonly fails?: Strength;
}

/** A server of TLS, DTLS, QUIC or SSH at a port, or what is in the clear there. */
export interface Server {
  readonly title: string;
  /** What the weakest and a modern client would get; absent where nothing is negotiated. */
  readonly weakest?: string;
  readonly modern?: string;
  readonly lines: readonly Line[];
}

/** The transport of one port. */
export interface Picture {
  readonly run: string;
  readonly component: string;
  readonly host: string;
  readonly transport: Transport;
  readonly port: number;
  readonly spoken: readonly string[];
  readonly fails: boolean;
  readonly servers: readonly Server[];
}

/** The pictures of a run, those that fail first. `more` are left out for their number. */
export interface TransportOfRun {
  readonly run: Run;
  readonly pictures: readonly Picture[];
  readonly more: number;
}

/** A fact with what a failing finding makes of it. */
export interface MarkedFact<K extends FactKind = FactKind> {
  readonly fact: Extract<Fact, { kind: K }>;
  readonly fails?: Strength;
}

/** An attempt at a port with its facts, and the kinds that it could see and settled. */
export interface Looked {
  readonly attempt: Attempt;
  readonly facts: readonly MarkedFact[];
  readonly emits: readonly FactKind[];
}

/** Pictures of one run; of a device that answers everywhere more would tell nobody more. */
const MOST_PICTURES = 40;

const TRAVELLING: readonly FactKind[] = ['channel', 'offer', 'certificate'];
const WRAPPING = ['tls', 'dtls', 'quic', 'ssh'];

const placeOf = (component: string, { host, transport, port }: Finding['about']): string =>
  `${component} ${host} ${transport}/${port}`;

/** What failing findings rest on, by run and observation: the strongest of them. What was withdrawn marks nothing. */
const marksOf = ({ assessment }: ReportInput): ReadonlyMap<string, Strength> => {
  const marks = new Map<string, Strength>();
  for (const { verdict, withdrawn, strength, basis } of assessment.findings) {
    if (verdict !== 'fail' || withdrawn !== undefined) continue;
    for (const id of basis) if (marks.get(id) !== 'conclusive') marks.set(id, strength);
  }
  return marks;
};

const worst = (findings: readonly Finding[]): Verdict | undefined =>
  (['fail', 'inconclusive', 'pass', 'not-applicable'] as const).find((verdict) =>
    findings.some((one) => (one.withdrawn === undefined ? one.verdict : 'inconclusive') === verdict),
  );

/** Finds what checks said of a place, and the criteria that ask for them. */
class Bearing {
  readonly #byPlace = new Map<string, Finding[]>();
  readonly #criteria = new Map<string, BornBy[]>();
  readonly #checks: ReadonlySet<string>;

  constructor({ assessment, profile }: ReportInput) {
    for (const finding of assessment.findings) {
      if (finding.about.port === undefined) continue;
      const key = `${placeOf(finding.component, finding.about)} ${finding.check}`;
      const known = this.#byPlace.get(key);
      if (known === undefined) this.#byPlace.set(key, [finding]);
      else known.push(finding);
    }
    this.#checks = new Set(assessment.checks.map(({ check }) => check));
    const verdicts = new Map(assessment.criteria.map(({ id, verdict }) => [id, verdict]));
    for (const { id, checks } of profile.criteria) {
      const verdict = verdicts.get(id);
      if (verdict === undefined) continue;
      for (const { check, as } of checks) {
        if (as === 'supports') continue;
        const known = this.#criteria.get(check) ?? [];
        if (!known.some((one) => one.id === id)) known.push({ id, as, verdict });
        this.#criteria.set(check, known);
      }
    }
  }

  /** Of a port in one run: findings of the same check on the same layer, as their protocol says. */
  of(run: Run, place: string, checks: readonly string[], protocols?: readonly string[]): Bears[] {
    return checks
      .filter((check) => this.#checks.has(check))
      .map((check) => {
        const findings = (this.#byPlace.get(`${place} ${check}`) ?? []).filter(
          ({ run: of, facets, about: { protocol } }) =>
            (of === run.id || facets.state === run.state) &&
            (protocol === undefined || protocols === undefined || protocols.includes(protocol)),
        );
        const verdict = worst(findings);
        const sorted = [...findings].sort((a, b) => Number(a.verdict !== 'fail') - Number(b.verdict !== 'fail'));
        return {
          check,
          ...(verdict === undefined ? {} : { verdict }),
          findings: sorted.map(({ id }) => id),
          criteria: this.#criteria.get(check) ?? [],
        };
      });
  }
}

interface Port {
  readonly component: string;
  readonly host: string;
  readonly transport: Transport;
  readonly port: number;
  readonly attempts: Attempt[];
}

/** The ports at which how something travels was seen, or something that protects it. */
const portsOf = (run: Run): readonly Port[] => {
  const ports = new Map<string, Port>();
  for (const attempt of run.attempts) {
    const { host, transport, port } = attempt.endpoint;
    if (transport === undefined || port === undefined) continue;
    const key = placeOf(attempt.component, attempt.endpoint);
    const known = ports.get(key);
    if (known === undefined)
      ports.set(key, { component: attempt.component, host, transport, port, attempts: [attempt] });
    else known.attempts.push(attempt);
  }
  return [...ports.values()].filter(({ attempts }) =>
    attempts.some(({ observations }) =>
      observations.some(
        ({ fact }) => TRAVELLING.includes(fact.kind) || (fact.kind === 'service' && WRAPPING.includes(fact.protocol)),
      ),
    ),
  );
};

const spokenAt = (attempts: readonly Attempt[]): string[] => [
  ...new Set(
    attempts.flatMap(({ observations }) =>
      observations.flatMap(({ fact }) =>
        fact.kind === 'service' && fact.protocol !== 'unknown'
          ? [fact.security === 'none' ? fact.protocol : `${fact.protocol} over ${fact.security.toUpperCase()}`]
          : [],
      ),
    ),
  ),
];

const byPort = (a: Port, b: Port): number =>
  a.component < b.component
    ? -1
    : a.component > b.component
      ? 1
      : a.host < b.host
        ? -1
        : a.host > b.host
          ? 1
          : a.transport < b.transport
            ? -1
            : a.transport > b.transport
              ? 1
              : a.port - b.port;

/**
 * How every port of each run protects what it serves, with what it bears on. Which thing is weak is what the failing
 * findings rest on; nothing is judged here a second time.
 */
export const transportOf = (input: ReportInput): TransportOfRun[] => {
  const marks = marksOf(input);
  const bearing = new Bearing(input);
  const alone = input.assessment.runs.length === 1;
  return input.runs.map(({ run }): TransportOfRun => {
    const emits = new Map(run.probes.map((probe) => [probe.id, probe.emits]));
    const markOf = (id: string): Strength | undefined =>
      marks.get(`${run.id}:${id}`) ?? (alone ? marks.get(id) : undefined);
    const ports = portsOf(run).map((port) => ({
      ...port,
      fails: port.attempts.some(({ observations }) => observations.some(({ id }) => markOf(id) !== undefined)),
    }));
    const sorted = ports.sort((a, b) => Number(b.fails) - Number(a.fails) || byPort(a, b));
    const pictures = sorted.slice(0, MOST_PICTURES).map((port): Picture => {
      const looked = port.attempts.map(
        (attempt): Looked => ({
          attempt,
          emits: emits.get(attempt.probe) ?? [],
          facts: attempt.observations.map(({ id, fact }) => {
            const fails = markOf(id);
            return fails === undefined ? { fact } : { fact, fails };
          }),
        }),
      );
      const { attempts, ...place } = port;
      const around: Around = {
        looked,
        bears: (checks, protocols) => bearing.of(run, placeOf(port.component, port), checks, protocols),
      };
      return { run: run.id, ...place, spoken: spokenAt(attempts), servers: serverOf(around) };
    });
    return { run, pictures, more: sorted.length - pictures.length };
  });
};
