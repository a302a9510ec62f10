import type { CriterionVerdict, Verdict } from '../../src/model/verdict.ts';
import type { ReadBack } from './read-formats-f2.ts';

/** What OSCAL and OHDF documents say, read back from the documents alone. */

interface Propertied {
  readonly props?: readonly { name: string; value: string }[];
}

export interface OscalFinding extends Propertied {
  readonly uuid: string;
  readonly target: { 'target-id': string; status: { state: string; reason: string; remarks: string } };
  readonly 'related-risks'?: readonly { 'risk-uuid': string }[];
}

export interface OscalObservation extends Propertied {
  readonly uuid: string;
  readonly methods: readonly string[];
  readonly collected: string;
  readonly 'relevant-evidence'?: readonly { href: string }[];
}

export interface OscalRisk extends Propertied {
  readonly uuid: string;
  readonly title: string;
  readonly status: string;
  readonly 'mitigating-factors'?: readonly { description: string }[];
  readonly remediations?: readonly { lifecycle: string }[];
}

export interface OscalDocument {
  readonly 'assessment-results': {
    readonly uuid: string;
    readonly metadata: Propertied & {
      readonly 'oscal-version': string;
      readonly 'last-modified': string;
      readonly parties?: readonly { name: string; type: string }[];
      readonly roles?: readonly { id: string }[];
    };
    readonly results: readonly (Propertied & {
      readonly start: string;
      readonly end?: string;
      readonly findings: readonly OscalFinding[];
      readonly observations: readonly OscalObservation[];
      readonly risks?: readonly OscalRisk[];
    })[];
    readonly 'back-matter': { readonly resources: readonly (Propertied & { uuid: string })[] };
  };
}

/** The value of a property that has to be there once. */
export const propertyOf = ({ props = [] }: Propertied, name: string): string => {
  const [value, ...others] = props.filter((one) => one.name === name).map((one) => one.value);
  if (value === undefined || others.length > 0) throw new Error(`not one property ${name}`);
  return value;
};

export const hasProperty = ({ props = [] }: Propertied, name: string): boolean =>
  props.some((one) => one.name === name);

/** The one result of a document. */
export const oscalResult = (text: string) => {
  const [result] = (JSON.parse(text) as OscalDocument)['assessment-results'].results;
  if (result === undefined) throw new Error('no result');
  return result;
};

export const readOscal = (text: string): ReadBack => {
  const result = oscalResult(text);
  const checks = result.observations.filter((one) => propertyOf(one, 'said-of') === 'check');
  return {
    report: propertyOf((JSON.parse(text) as OscalDocument)['assessment-results'].metadata, 'report'),
    verdict: propertyOf(result, 'verdict'),
    criteria: new Map(
      result.findings.map((one) => [propertyOf(one, 'criterion'), propertyOf(one, 'verdict') as CriterionVerdict]),
    ),
    checks: new Map(
      checks.map((one) => [
        `${propertyOf(one, 'check')} ${propertyOf(one, 'component')}`,
        propertyOf(one, 'verdict') as Verdict,
      ]),
    ),
  };
};

export interface OhdfDocument {
  readonly profiles: readonly {
    readonly sha256: string;
    readonly attributes: readonly { name: string; options: { value: string; verdict?: CriterionVerdict } }[];
    readonly groups: readonly { id: string; controls: readonly string[] }[];
    readonly controls: readonly {
      readonly id: string;
      readonly impact: number;
      readonly tags: { readonly verdict: CriterionVerdict; readonly nist?: readonly string[] };
      readonly results: readonly { status: string; code_desc: string; message?: string; skip_message?: string }[];
      readonly waiver_data: { skipped_due_to_waiver: boolean; expiration_date: string; justification: string } | null;
    }[];
  }[];
}

export const readOhdf = (text: string): ReadBack => {
  const [profile] = (JSON.parse(text) as OhdfDocument).profiles;
  if (profile === undefined) throw new Error('no profile');
  const attribute = (name: string): string => {
    const [one, ...others] = profile.attributes.filter((each) => each.name === name);
    if (one === undefined || others.length > 0) throw new Error(`not one attribute ${name}`);
    return one.options.value;
  };
  const headings = profile.attributes.flatMap(({ name, options: { value, verdict } }) =>
    name === 'heading' && verdict !== undefined ? [[value, verdict] as const] : [],
  );
  return {
    report: attribute('report'),
    verdict: attribute('verdict'),
    criteria: new Map([...headings, ...profile.controls.map(({ id, tags }) => [id, tags.verdict] as const)]),
  };
};
