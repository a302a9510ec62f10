import type { Finding } from '../model/assessment.ts';
import type { Run } from '../model/run.ts';
import type { Component, Endpoint, State, Target } from '../model/target.ts';
import type { Check, CheckView, FindingDraft } from './check.ts';
import { BROKE_OFF, type GapDraft, gapsOf, outOfReach, unbuilt } from './gaps.ts';
import { type ComponentView, seenBy } from './seen.ts';

/** A component, what was seen of it state by state, and whether ids need the run's id in front. */
export interface Watched {
  readonly target: Target;
  readonly component: Component;
  readonly views: readonly ComponentView[];
  readonly runs: readonly Run[];
  readonly others: CheckView<never>['others'];
  readonly siblings?: CheckView<never>['siblings'];
  readonly knownKeys?: CheckView<never>['knownKeys'];
  readonly policies?: CheckView<never>['policies'];
}

/** Gives drafts their names: `check@camera[address]/tcp/22/subject`, with `<run id>:` in front over several runs. */
class Names {
  readonly #taken = new Set<string>();
  readonly #prefixed: boolean;

  constructor(prefixed: boolean) {
    this.#prefixed = prefixed;
  }

  name(check: string, component: Component, run: string, about: FindingDraft['about'], subject?: string): string {
    const place =
      about === undefined
        ? ''
        : `${component.addresses.length > 1 ? `[${about.host}]` : ''}${about.port === undefined ? '' : `/${about.transport}/${about.port}`}`;
    const plain = `${this.#prefixed ? `${run}:` : ''}${check}@${component.id}${place}`;
    const tail = subject === undefined ? '' : `/${subject}`;
    // Several protocols at one port are told apart by their names; a number is for a check that says the same twice.
    const layers = [about?.protocol, about?.security === 'none' ? undefined : about?.security].filter(
      (l) => l !== undefined,
    );
    const names = [plain, ...layers.map((_, index) => `${plain}/${layers.slice(0, index + 1).join('-')}`)];
    for (const name of [...names.map((n) => `${n}${tail}`)]) if (this.#take(name)) return name;
    for (let count = 2; ; count += 1) {
      const name = `${names.at(-1)}${tail}~${count}`;
      if (this.#take(name)) return name;
    }
  }

  #take(name: string): boolean {
    if (this.#taken.has(name)) return false;
    this.#taken.add(name);
    return true;
  }
}

const aboutOf = (component: Component, about: Endpoint | undefined): Endpoint => {
  if (about === undefined) return { host: component.addresses[0] ?? component.id };
  const { host, transport, port, protocol, security } = about;
  return Object.fromEntries(
    Object.entries({ host, transport, port, protocol, security }).filter(([, value]) => value !== undefined),
  ) as Endpoint;
};

const finished = (
  check: string,
  watched: Watched,
  names: Names,
  run: string,
  state: State | undefined,
  draft: FindingDraft & { gap?: string },
): Finding => {
  const { component } = watched;
  const subject = draft.gap ?? draft.about?.subject;
  return {
    id: names.name(check, component, run, draft.about, subject),
    run,
    check,
    facets: {
      ...draft.facets,
      ...(draft.gap === undefined && draft.facets?.state === undefined && state ? { state } : {}),
    },
    conditions: [...(draft.conditions ?? [])],
    verdict: draft.verdict,
    strength: draft.strength ?? 'conclusive',
    component: component.id,
    about: { ...aboutOf(component, draft.about), ...(subject === undefined ? {} : { subject }) },
    because: draft.because,
    expected: draft.expected,
    ...(draft.remedy === undefined ? {} : { remedy: draft.remedy }),
    basis: [...draft.basis],
    ...(draft.restsOn === undefined ? {} : { restsOn: draft.restsOn }),
    ...(draft.coverage === undefined ? {} : { coverage: draft.coverage }),
    ...(draft.gap === undefined ? {} : { gap: true }),
  };
};

/** What the check itself says; a check that throws has a bug, and a bug is a gap. */
const draftsOf = (check: Check, watched: Watched, view: ComponentView): (FindingDraft & { gap?: string })[] => {
  const drafts: (FindingDraft & { gap?: string })[] = [];
  try {
    const { target, component, others, siblings = [], knownKeys = [], policies = [] } = watched;
    const given = { target, component, seen: seenBy(check, view), others, siblings, knownKeys, policies };
    for (const said of check.judge(given)) drafts.push(said);
  } catch (error) {
    drafts.push({
      gap: 'gap:bug',
      verdict: 'inconclusive',
      because: `bug in the check: ${error instanceof Error ? error.message : String(error)}`.slice(0, 500),
      expected: 'the check ends without an error',
      basis: [],
      conditions: [BROKE_OFF],
    });
  }
  return drafts;
};

/** All findings of one check on one component, the judge's gaps among them: state by state, in the order of the runs. */
export const findingsOf = (check: Check, watched: Watched): Finding[] => {
  const names = new Names(watched.runs.length > 1);
  if (watched.views.length === 0)
    return [finished(check.id, watched, names, watched.runs[0]!.id, undefined, outOfReach(watched.runs))];
  return watched.views.flatMap((view) =>
    [...draftsOf(check, watched, view), ...gapsOf(check, view)].map((draft) =>
      finished(check.id, watched, names, draft.run ?? view.runs[0]!.id, view.state, draft),
    ),
  );
};

/** The one finding of a check that a profile names and nobody has built. */
export const unbuiltFinding = (check: string, watched: Watched): Finding => {
  const gap: GapDraft = unbuilt(check);
  return finished(check, watched, new Names(watched.runs.length > 1), watched.runs[0]!.id, undefined, gap);
};
