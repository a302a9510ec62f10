import type { Assessment, Carried, CriterionResult } from '../src/model/assessment.ts';
import type { Criterion } from '../src/model/profile.ts';
import type { ReportInput } from '../src/report/report.ts';
import { sampleInput } from './sample.ts';

/** The sample with all that persons, crosswalks, labels and products add to a report, each in a form to be recognised. */

const digest = (n: number): string => n.toString(16).padStart(4, '0').repeat(16);
const item = { model: 'EV-210', serial: '0021', firmware: '2.4.1', sample: '1 of 2' };

export const TLS = 'tls-versions-current@camera/tcp/443';
export const TELNET = 'default-credentials-rejected@camera/tcp/23';
export const CERTIFICATE = 'tls-certificate-valid@camera/tcp/443';

const carried = (more: Partial<Carried>): Carried => ({
  crosswalk: 'pilot-annex-a',
  direction: 'focal-to-reference',
  verdict: 'fail',
  because: 'Row A-010, printed equal and read as subset of: NIST DP-2 fails, and 5.3 asks for it too.',
  rows: [
    {
      row: 'A-010',
      printed: 'equal',
      readAs: 'subset of',
      readBy: 'M. Reader',
      from: [{ criterion: 'NIST-DP-2', verdict: 'fail' }],
    },
    { row: 'A-011', readAs: 'none', from: [] },
  ],
  source: { profile: 'nist-consumer-iot-2022', judgedAt: '2026-11-20T08:00:00.000Z', seal: digest(321) },
  components: ['camera'],
  ...more,
});

const profileParts: Record<string, Partial<Criterion>> = {
  'DP-1': { notApplicable: { when: 'stores-no-data' }, quantifier: 'each' },
  'DP-2': {
    reach: { can: 'decide', why: 'Channels over IP are seen on the wire; radio links are not.' },
    riskAcceptance: { class: 'public' },
    status: 'M C (5)',
    testCases: [
      { id: '5.5-1-1', kind: 'conceptual', units: ['a', 'b'] },
      { id: '5.5-1-2', kind: 'functional', units: [] },
    ],
    ixit: ['12-ComMech'],
    controls: ['SC-8', 'SC-13'],
    csf: ['PR.DS-2'],
    evidence: ['A capture of one boot and one idle hour', 'The list of channels with their protection'],
  },
  'IAC-1a': { quantifier: 'provided', reach: { can: 'partial', why: 'Debug headers are not on the network.' } },
  'DOC-1': { quantifier: 'developer', reach: { can: 'none', why: 'Documents are not on the network.' } },
};

const persons = (): Partial<Assessment> => ({
  attestations: [
    {
      id: 'A-1',
      criterion: 'DP-1',
      component: 'camera',
      settles: ['declaration-reviewed', 'services-declared@camera/udp-silent'],
      verdict: 'pass',
      statement: 'The list of sockets was read on the device.',
      by: 'L. Tester',
      role: 'senior tester',
      for: 'lab',
      at: '2026-11-22T09:00:00+01:00',
      until: '2027-11-22T00:00:00Z',
      item,
      seals: [digest(4711)],
      evidence: [{ file: 'sockets.txt', sha256: digest(61) }],
      signedBy: { name: 'lab-2026', key: digest(62) },
    },
    {
      id: 'A-2',
      criterion: 'DOC-1',
      settles: ['documents-kept'],
      verdict: 'fail',
      statement: 'The folder of documents is empty.',
      by: 'P. Maker',
      for: 'maker',
      at: '2026-10-01T09:00:00Z',
      until: '2026-11-01T00:00:00Z',
      item: {},
      seals: [digest(4711)],
      evidence: [{ file: 'folder.jpg', sha256: digest(63) }],
    },
  ],
  attachments: [
    {
      criterion: 'KEY-1',
      component: 'camera',
      file: '0063-photo.jpg',
      name: 'photo of the label.jpg',
      sha256: digest(64),
      by: 'L. Tester',
      at: '2026-11-22T11:00:00Z',
      note: 'The serial number is on the label.',
    },
  ],
  dispositions: [
    {
      disposition: {
        id: 'D-1',
        kind: 'risk-acceptance',
        selects: { check: 'tls-versions-current', component: 'camera', transport: 'tcp', port: 443, criterion: 'DP-2' },
        justification: 'The pictures are public.',
        approvedBy: 'C. Owner',
        approvedAt: '2026-11-01T00:00:00Z',
        expires: '2027-01-31T00:00:00+01:00',
        riskAssessment: { file: 'risk.pdf', sha256: digest(65) },
      },
      is: 'in-force',
      why: 'it selects one finding',
      findings: [TLS],
    },
    {
      disposition: {
        id: 'D-2',
        kind: 'waiver',
        selects: { finding: CERTIFICATE },
        justification: 'The app pins it.',
        approvedBy: 'C. Owner',
        approvedAt: '2026-01-01T00:00:00Z',
        expires: '2026-06-30T00:00:00Z',
      },
      is: 'expired',
      why: 'it ended before the judgement',
      findings: [CERTIFICATE],
    },
    {
      disposition: {
        id: 'D-3',
        kind: 'compensating',
        selects: { finding: 'nothing@nowhere' },
        justification: 'A firewall stands before it.',
        approvedBy: 'C. Owner',
        approvedAt: '2026-01-01T00:00:00Z',
        expires: '2027-06-30T00:00:00Z',
      },
      is: 'unmatched',
      why: 'no finding has this id',
      findings: [],
    },
  ],
  withdrawals: [
    {
      withdrawal: {
        id: 'W-1',
        finding: TELNET,
        check: 'default-credentials-rejected',
        version: '3',
        why: 'The prompt was that of a honeypot in front of the camera.',
        by: ['L. Tester', 'S. Second'],
        at: '2026-11-22T12:00:00Z',
        seal: digest(4711),
        counterEvidence: [{ file: 'network-plan.pdf', sha256: digest(66) }],
      },
      is: 'in-force',
      why: 'the check has the version that was withdrawn',
    },
  ],
});

/** Nothing in it is from a real product, laboratory or scheme. */
export const wholeInput = (): ReportInput => {
  const input = sampleInput();
  const { assessment, profile } = input;
  const criteria = assessment.criteria.map((result): CriterionResult => {
    if (result.id === 'DP-2') return { ...result, carried: carried({}) };
    if (result.id !== 'DOC-1') return result;
    const because = 'Row A-020: nobody has confirmed what the annex says.';
    return {
      ...result,
      verdict: 'inconclusive',
      basis: 'mapped',
      because,
      carried: carried({ verdict: 'inconclusive', because, rows: [] }),
    };
  });
  const findings = assessment.findings.map((one) => {
    if (one.id === TLS) return { ...one, facets: { class: 'public' as const } };
    return one.id === TELNET ? { ...one, withdrawn: 'W-1' } : one;
  });
  const label = { kind: 'tiered' as const, title: 'Sample label' };
  const [one] = input.runs;
  if (one === undefined) throw new Error('the sample has a run');
  const { run } = one;
  const [camera, cloud] = run.target.components;
  if (camera === undefined || cloud === undefined) throw new Error('the sample has two components');
  const product = {
    ...run.target.product,
    name: 'Doorstep camera',
    complete: true,
    notApplicable: [
      { condition: 'stores-no-data', component: 'camera', why: 'It has no storage', acceptedBy: 'L. Tester' },
      { criterion: 'KEY-1', why: 'It has no keys' },
    ],
    shownBy: [{ criterion: 'IAC-1a', component: 'hub' }],
    provides: [{ criterion: 'IAC-1a', for: 'camera', by: 'hub' }],
  };
  return {
    ...input,
    profile: {
      ...profile,
      extends: { profile: 'larger-catalogue-2021', edition: '2021' },
      included: [{ id: 'DP', why: 'the camera handles data of its owners' }],
      excluded: [{ id: 'CLK-1', why: 'the camera has no clock' }],
      label: {
        ...label,
        levels: [
          { id: 'one', title: 'One star', criteria: ['KEY-1', 'DOC-1'] },
          { id: 'two', title: 'Two stars', criteria: ['DP-2', 'IAC-1a'] },
        ],
      },
      criteria: profile.criteria.map((each) => ({ ...each, ...profileParts[each.id] })),
    },
    assessment: {
      ...assessment,
      ...persons(),
      profile: {
        ...assessment.profile,
        extends: { profile: 'larger-catalogue-2021', edition: '2021' },
        excluded: [{ id: 'CLK-1', why: 'the camera has no clock' }],
      },
      criteria,
      findings,
      label: {
        ...label,
        levels: [
          { id: 'one', title: 'One star', is: 'open', failing: [], open: ['DOC-1'], criteria: 2 },
          { id: 'two', title: 'Two stars', is: 'not-met', failing: ['DP-2', 'IAC-1a'], open: ['DOC-1'], criteria: 4 },
        ],
      },
      via: { crosswalk: 'pilot-annex-a', edition: '2022', digest: digest(322) },
    },
    runs: [
      {
        ...one,
        run: {
          ...run,
          target: {
            ...run.target,
            product,
            components: [
              {
                id: 'hub',
                kind: 'hub',
                addresses: ['198.18.4.1'],
                names: [],
                trustmarks: [
                  {
                    scheme: 'Example mark',
                    certificate: 'EX-77',
                    until: '2027-05-01',
                    file: 'ex-77.pdf',
                    sha256: digest(67),
                  },
                ],
                declares: {},
              },
              { ...camera, partOf: 'hub' },
              { ...cloud, partOf: 'elsewhere' },
            ],
          },
        },
      },
    ],
  };
};
