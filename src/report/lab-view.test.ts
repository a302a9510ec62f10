import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KEPT, keptAssessment, keptFolder } from '../../test/kept-runs.ts';
import { asTestReport, completeLab } from '../../test/kit/lab.ts';
import { sampleInput } from '../../test/sample.ts';
import { readSealed } from '../cli/assess.ts';
import { readProfiles } from '../cli/profiles.ts';
import { Assessment } from '../model/assessment.ts';
import { Lab } from '../model/lab.ts';
import type { Run } from '../model/run.ts';
import { ITEM_FIELDS, LAB_FIELDS } from './lab-missing.ts';
import { labViewOf } from './lab-view.ts';
import type { ReportInput } from './report.ts';

const REPORT = '7c1a3f0e-2f6f-5d0c-9d0e-a1c9b6a05b5e';
const ENGINEERING = 'Engineering run, not a test report';

const without = (lab: Lab, path: string): Lab => {
  const copy = structuredClone(lab);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const inner = keys.reduce<Record<string, unknown>>((map, key) => map[key] as Record<string, unknown>, copy);
  if (!(last in inner)) throw new Error(`the complete lab has no ${path}`);
  delete inner[last];
  return Lab.parse(copy);
};

const missingWith = (change: (input: ReportInput) => ReportInput, lab?: Lab): readonly string[] => {
  const view = labViewOf(change(asTestReport(sampleInput(), lab)));
  expect(view.isTestReport).toBe(view.missing.length === 0);
  expect(view.kind).toBe(view.isTestReport ? 'Test report' : ENGINEERING);
  return view.missing;
};
const missing = (lab: Lab): readonly string[] => missingWith((input) => input, lab);

const withRun =
  (change: Partial<Run>) =>
  (input: ReportInput): ReportInput => ({
    ...input,
    runs: input.runs.map((one) => ({ ...one, run: { ...one.run, ...change } })),
  });
const withAssessment =
  (change: Partial<Assessment>) =>
  (input: ReportInput): ReportInput => ({ ...input, assessment: { ...input.assessment, ...change } });

describe('a test report', () => {
  it('has everything, and its id with the number in front', () => {
    const view = labViewOf(asTestReport(sampleInput()));
    expect(view).toMatchObject({
      isTestReport: true,
      kind: 'Test report',
      id: 'TR-2026-041 (7c1a3f0e-2f6f-5d0c-9d0e-a1c9b6a05b5e)',
      missing: [],
    });
    const { assessment } = asTestReport(sampleInput());
    expect(Assessment.parse(assessment)).toEqual(assessment);
  });

  it.each(LAB_FIELDS)('without %s (%s) is an engineering run that names it alone', (path, clause, what) => {
    expect(missing(without(completeLab(), path))).toEqual([`Not stated: ${what} (lab.yaml: ${path}; ${clause})`]);
  });

  it.each(ITEM_FIELDS)("without an item's %s (%s) is an engineering run that names it alone", (path, clause, what) => {
    const lab = path === 'serial' ? without(completeLab(), 'items.0.sample') : completeLab();
    expect(missing(without(lab, `items.0.${path}`))).toEqual([
      `Not stated: of camera ${what} (lab.yaml: items[0].${path}; ${clause})`,
    ]);
  });

  it.each(['serial', 'sample', 'state'])('needs no %s of an item where the other says which it is', (field) => {
    expect(missing(without(completeLab(), `items.0.${field}`))).toEqual([]);
  });

  it.each(['location', 'number', 'laboratory.contact', 'laboratory.accreditation'])('needs no %s', (path) => {
    expect(missing(without(completeLab(), path))).toEqual([]);
  });

  it('without any lab.yaml names every field, and the item of each component that was tested', () => {
    const all = missingWith(withAssessment({ lab: undefined }));
    const stated = LAB_FIELDS.filter(([path]) => !path.includes('.'));
    expect(all).toHaveLength(stated.length + 2);
    expect(all).toContain('Not stated: the item that was tested as camera (lab.yaml: items; 7.8.2.1 g)');
    expect(all.join()).toContain('authorised to release opinions');
    expect(all.join()).not.toContain('cloud');
  });

  it('was filed, so that it has a unique id', () => {
    const view = labViewOf(withAssessment({ report: undefined })(asTestReport(sampleInput())));
    expect(view.missing).toEqual(['Not stated: the unique id of the report, for it was not filed (7.8.2.1 d)']);
    expect(view.id).toBe('TR-2026-041 (no id: it was not filed)');
  });

  it('has remedies by the authority of somebody, or none', () => {
    const lab = without(completeLab(), 'opinions');
    const [first, ...more] = missing(lab);
    expect(first).toMatch(/^Not stated: who is authorised to release opinions.*\(lab\.yaml: opinions; 7\.8\.7\.1\)$/);
    expect(more).toEqual([]);
    const bare = (input: ReportInput) => ({
      ...input,
      assessment: {
        ...input.assessment,
        remedies: 'left-out' as const,
        findings: input.assessment.findings.map(({ remedy: _, ...finding }) => finding),
      },
    });
    expect(missingWith(bare, lab)).toEqual([]);
    expect(labViewOf(bare(asTestReport(sampleInput(), lab))).statements).toContain(
      'Remedies were left out: this report holds no opinions.',
    );
  });
});

describe('what made the result', () => {
  const names = ['node', 'discovery', 'credentials:default', 'udp-payloads', 'ports', 'tester', 'clock'];
  it.each(names)('a run that does not name %s is an engineering run', (name) => {
    const { sources } = asTestReport(sampleInput()).runs[0]!.run;
    expect(Object.keys(sources)).toContain(name);
    const { [name]: _, ...rest } = sources;
    const [first, ...more] = missingWith(withRun({ sources: rest }));
    expect(first).toMatch(/^Not stated by run 20261122T101500Z, which has to be made again: [^;]+ \(7\.5\.1\)$/);
    expect(more).toEqual([]);
  });

  it('stands in the fields: once where the runs agree, with the run where they do not', () => {
    const input = asTestReport(sampleInput());
    const [one] = input.runs;
    const second = {
      ...one!,
      run: { ...one!.run, id: '20261123T101500Z', sources: { ...one!.run.sources, node: 'v22' } },
    };
    const made = labViewOf({ ...input, runs: [one!, second] }).fields.filter(({ group }) => group === 'made with');
    expect(made.filter(({ name }) => name === 'Tested from').map(({ value }) => value)).toEqual(['198.18.4.2']);
    expect(made.filter(({ name }) => name === 'Node').map(({ value }) => value)).toEqual([
      'v20.20.0 (20261122T101500Z)',
      'v22 (20261123T101500Z)',
    ]);
    expect(made.every(({ from }) => from === 'tool')).toBe(true);
  });

  it('says nothing of where the product file lay', () => {
    const { sources } = asTestReport(sampleInput()).runs[0]!.run;
    const view = labViewOf(
      withRun({ sources: { ...sources, product: '/home/tester/x.yaml' } })(asTestReport(sampleInput())),
    );
    expect(JSON.stringify(view)).not.toContain('/home/tester');
  });
});

describe('what speaks against a test report', () => {
  const item = (change: object): Lab => {
    const lab = completeLab();
    return Lab.parse({ ...lab, items: [{ ...lab.items[0], ...change }] });
  };

  it.each([
    ['serial', '0022', '0021'],
    ['firmware', '2.5', '2.4.1'],
    ['model', 'EV-220', 'EV-210'],
    ['sample', '2 of 2', '1 of 2'],
  ])('another %s than the run is of', (field, says, is) => {
    expect(missing(item({ [field]: says }))).toEqual([
      `The ${field} of the item differs: run 20261122T101500Z is of “${is}”, and lab.yaml says “${says}” (items[0].${field})`,
    ]);
  });

  it.each([
    [
      'another state than it was tested in',
      item({ state: 'reset' }),
      'The state of “camera” differs: it was tested operational, and lab.yaml says after a reset (items[0].state)',
    ],
    [
      'an item received after the test',
      item({ received: '2026-11-24' }),
      '“camera” was received after the test: lab.yaml says 2026-11-24 (items[0].received), and the test began on 2026-11-22',
    ],
    [
      'an issue before the judgement',
      { ...completeLab(), issued: '2026-11-20' },
      'Issued before it was judged: lab.yaml says 2026-11-20 (issued), and it was judged on 2026-11-22',
    ],
    [
      'a tester who reviews',
      { ...completeLab(), reviewer: { name: 'l  TESTER', role: 'reviewer' } },
      'The tester reviews their own results: lab.yaml names “L. Tester” as tester and reviewer (7.7)',
    ],
    [
      'an amendment with the old number',
      { ...completeLab(), amends: { report: ' TR-2026-041', changed: 'a', why: 'b' } },
      'The amended report has the number of the one that it replaces: “ TR-2026-041” (amends.report; 7.8.8.3)',
    ],
  ])('%s', (_, lab, said) => {
    expect(missing(lab)).toEqual([said]);
  });

  it.each(['2026-11-21', '2026-11-22', '2026-11-23'])('a date of %s is no contradiction: it has no zone', (date) => {
    expect(missing({ ...item({ received: date }), issued: date })).toEqual([]);
  });

  it('an item that was not tested, and a second one of the same component', () => {
    const lab = completeLab();
    const [camera] = lab.items;
    expect(missing({ ...lab, items: [camera!, { ...camera!, component: 'hub' }, camera!] })).toEqual([
      'lab.yaml names an item that was not tested: “hub” (items[1])',
      'lab.yaml names two items as “camera” (items[2]): results are of one',
    ]);
  });

  it.each([
    [
      'a run that was cut short',
      withAssessment({ runs: [{ ...sampleInput().assessment.runs[0]!, status: 'aborted' }] }),
      'Run 20261122T101500Z is aborted: not all of it was carried out',
    ],
    [
      'a run without a seal',
      withAssessment({ runs: [{ id: '20261122T101500Z', state: 'operational', status: 'completed' }] }),
      'Run 20261122T101500Z is not sealed: nothing shows that its files are as they were written (7.5)',
    ],
    [
      'a run with another seal than was judged',
      (input: ReportInput) => ({ ...input, runs: input.runs.map((one) => ({ ...one, seal: 'f'.repeat(64) })) }),
      'Run 20261122T101500Z is not sealed: nothing shows that its files are as they were written (7.5)',
    ],
    ['no run', withAssessment({ runs: [] }), 'No run was judged'],
    [
      'a bench that was not suitable',
      withAssessment({
        suitability: {
          schema: 1,
          tool: 'probity 0.1.0',
          passes: [],
          suitable: false,
          because: 'The known-bad device was not reached.',
        },
      }),
      'The bench was not shown to be suitable: The known-bad device was not reached. (7.7)',
    ],
  ] as const)('%s', (_, change, said) => {
    expect(missingWith(change)).toEqual([said]);
  });

  it('lab.yaml of another sample, where the run has no item and the device says which it is', () => {
    const { attempts } = sampleInput().runs[0]!.run;
    const saying = (value: string) => {
      const [first, ...rest] = attempts;
      const fact = { kind: 'identity' as const, what: 'serial' as const, value, via: 'http', authenticated: false };
      const observed = { id: `${first!.id}#99`, at: first!.endedAt, fact, evidence: [] };
      return withRun({ item: {}, attempts: [{ ...first!, observations: [observed] }, ...rest] });
    };
    expect(missingWith(saying('0021'))).toEqual([]);
    expect(missingWith(saying('0099'))).toEqual([
      'The serial of “camera” differs: in run 20261122T101500Z it says of itself “0099”, and lab.yaml says “0021” (items[0].serial)',
    ]);
  });

  it("the tester's own machine, and nothing at all", () => {
    const { attempts } = sampleInput().runs[0]!.run;
    const local = attempts.map((one) => ({ ...one, endpoint: { ...one.endpoint, host: '127.0.0.9' } }));
    expect(missingWith(withRun({ attempts: local }))).toEqual([
      'Run 20261122T101500Z is of the tester’s own machine: no item on a bench was tested',
    ]);
    const nothing = (input: ReportInput) =>
      withAssessment({ criteria: [], attestations: [] })(withRun({ attempts: [] })(input));
    expect(missingWith(nothing)).toEqual([
      'No component was tested: there is no item that results relate to (7.8.2.1 g)',
    ]);
  });

  it('a simulated device', () => {
    const { attempts } = sampleInput().runs[0]!.run;
    const [first, ...rest] = attempts;
    const fact = {
      kind: 'port' as const,
      transport: 'tcp' as const,
      port: 1,
      to: 21,
      state: 'closed' as const,
      reason: 'no other port',
      by: 'sandbox' as const,
    };
    const observed = { id: `${first!.id}#99`, at: first!.endedAt, fact, evidence: [] };
    const simulated = [{ ...first!, observations: [...first!.observations, observed] }, ...rest];
    expect(missingWith(withRun({ attempts: simulated }))).toEqual([
      'Run 20261122T101500Z is of a simulated device: no item was tested',
    ]);
  });
});

describe('runs that are kept', () => {
  const [{ profile }] = readProfiles(['nist-consumer-iot-2022']) as [ReturnType<typeof readProfiles>[number]];

  it.each(KEPT)('%s is of a simulated device, made before a run named its clock: an engineering run', (name) => {
    const { run, seal } = readSealed(join(keptFolder(name), 'run'));
    const assessment = Assessment.parse(JSON.parse(keptAssessment(name)));
    const view = labViewOf({ assessment: { ...assessment, report: REPORT }, runs: [{ run, seal }], profile });
    expect(view.kind).toBe(ENGINEERING);
    expect(view.missing).toContain(`Run ${run.id} is of a simulated device: no item was tested`);
    expect(view.missing.join('\n')).toMatch(/has to be made again: .*the addresses that it was tested from; the clock/);
    expect(view.id).toBe(REPORT);
  });
});

describe('two components', () => {
  const two = (input: ReportInput): ReportInput => {
    const [one] = input.runs;
    const { run } = one!;
    const [camera] = run.target.components;
    const hub = { ...camera!, id: 'hub', kind: 'hub' as const, addresses: ['198.18.4.1'] };
    const attempts = [...run.attempts, { ...run.attempts[0]!, id: 'tcp-ports@hub', component: 'hub' }];
    const target = { ...run.target, components: [hub, ...run.target.components] };
    return { ...input, runs: [{ ...one!, run: { ...run, target, attempts } }] };
  };
  const hub = {
    ...completeLab().items[0]!,
    component: 'hub',
    model: 'EH-1',
    serial: 'H1',
    firmware: '1.0',
    sample: undefined,
  };

  it('each has an item of its own', () => {
    expect(missingWith(two)).toEqual(['Not stated: the item that was tested as hub (lab.yaml: items; 7.8.2.1 g)']);
    expect(missingWith(two, { ...completeLab(), items: [hub, ...completeLab().items] })).toEqual([]);
  });

  it("the run's item is one of them, and a bare entry hides no contradiction", () => {
    const [camera] = completeLab().items;
    const lab = { ...completeLab(), items: [hub, { ...camera!, serial: '0022' }, { component: 'cloud' }] };
    expect(missingWith(two, lab)).toEqual([
      'The serial of the item differs: run 20261122T101500Z is of “0021”, and lab.yaml says “0022” (items[1].serial)',
    ]);
  });

  it('a cloud service that was spoken of has a model and a version, and nothing that is received', () => {
    const spoken = (input: ReportInput): ReportInput => {
      const criteria = input.assessment.criteria.map((one) => ({
        ...one,
        components: one.components.map((each) =>
          each.component === 'cloud' ? { ...each, verdict: 'pass' as const } : each,
        ),
      }));
      return withAssessment({ criteria })(input);
    };
    const lab = { ...completeLab(), items: [...completeLab().items, { component: 'cloud', model: 'EV cloud' }] };
    expect(missingWith(spoken, lab)).toEqual([
      'Not stated: of cloud the version of the software (lab.yaml: items[1].firmware; 7.8.2.1 g)',
    ]);
  });
});
