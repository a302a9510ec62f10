import { SaxesParser } from 'saxes';
import type { CriterionVerdict, Verdict } from '../../src/model/verdict.ts';

/** What a report says, read back from the document alone. `checks` by `<check> <component>`; headings are criteria too. */
export interface ReadBack {
  readonly report: string;
  readonly verdict?: string;
  readonly criteria: ReadonlyMap<string, CriterionVerdict>;
  readonly checks?: ReadonlyMap<string, Verdict>;
}

interface SarifLog {
  readonly runs: readonly {
    readonly properties: {
      readonly report: string;
      readonly verdict: string;
      readonly checks: readonly { check: string; component: string; verdict: Verdict }[];
    };
    readonly results: readonly { ruleId: string; properties: { result: string; verdict: CriterionVerdict } }[];
  }[];
}

export const readSarif = (document: string): ReadBack => {
  const [run] = (JSON.parse(document) as SarifLog).runs;
  if (run === undefined) throw new Error('no run');
  const { report, verdict, checks } = run.properties;
  return {
    report,
    verdict,
    criteria: new Map(
      run.results
        .filter(({ properties }) => properties.result !== 'finding')
        .map(({ ruleId, properties }) => [ruleId, properties.verdict]),
    ),
    checks: new Map(checks.map((one) => [`${one.check} ${one.component}`, one.verdict])),
  };
};

/** The verdict that a test of `junit.xml` stands for. */
const junitVerdict = (outcome: { name: string; type?: string } | undefined): CriterionVerdict => {
  if (outcome === undefined || outcome.name === 'system-out') return 'pass';
  const verdicts: Record<string, readonly string[]> = {
    failure: ['fail', 'fail-indicated'],
    error: ['inconclusive', 'not-assessed'],
    skipped: ['not-applicable'],
  };
  const { name, type = '' } = outcome;
  if (!verdicts[name]?.includes(type)) throw new Error(`<${name} type="${type}"> is no verdict`);
  return type === 'fail-indicated' ? 'fail' : (type as CriterionVerdict);
};

export const readJunit = (document: string): ReadBack => {
  const criteria = new Map<string, CriterionVerdict>();
  const checks = new Map<string, Verdict>();
  const properties = new Map<string, string>();
  const parser = new SaxesParser();
  let test: { name: string; classname: string; outcome?: { name: string; type?: string } } | undefined;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const { name: named = '', value = '', classname = '', type } = attributes as Record<string, string>;
    if (name === 'property') properties.set(named, value);
    else if (name === 'testcase') test = { name: named, classname };
    else if (test !== undefined) test.outcome = { name, ...(type === undefined ? {} : { type }) };
  });
  parser.on('closetag', ({ name }) => {
    if (name !== 'testcase' || test === undefined) return;
    const verdict = junitVerdict(test.outcome);
    if (test.classname.startsWith('checks.')) checks.set(test.name.replace(' on ', ' '), verdict as Verdict);
    else criteria.set(test.name.slice(0, test.name.indexOf(': ')), verdict);
    test = undefined;
  });
  parser.write(document).close();
  for (const [name, value] of properties)
    if (name.startsWith('heading ')) criteria.set(name.slice('heading '.length), value as CriterionVerdict);
  return { report: properties.get('report') ?? '', verdict: properties.get('verdict') ?? '', criteria, checks };
};
