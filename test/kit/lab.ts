import type { Lab } from '../../src/model/lab.ts';
import type { ReportInput } from '../../src/report/report.ts';

/** Nothing in it is of a real laboratory, customer or product. The item is that of `test/sample.ts`. */

const digest = (n: number): string => n.toString(16).padStart(4, '0').repeat(16);

/** A laboratory's file with every field that a test report has to have; its photographs are read already. */
export const completeLab = (): Lab => ({
  laboratory: {
    name: 'Example Test House',
    address: '1 Bench Street, 1234 Exampleville',
    contact: 'lab@test-house.example',
    accreditation: 'EX-0000',
  },
  location: 'Room 4, shielded bench B',
  number: 'TR-2026-041',
  customer: { name: 'Example Vision', address: '2 Lens Road, 5678 Sampleton', contact: 'R. Okafor' },
  items: [
    {
      component: 'camera',
      model: 'EV-210',
      serial: '0021',
      hardware: 'rev B',
      firmware: '2.4.1',
      sample: '1 of 2',
      condition: 'Sealed in its retail box, undamaged',
      state: 'operational',
      received: '2026-11-19',
      photographs: [{ file: 'front.jpg', sha256: digest(91), shows: 'the front' }],
    },
  ],
  method: { id: 'TP-SEC-07', edition: '3' },
  sampling: 'none',
  deviations: ['Bluetooth was not tested.'],
  conditions: ['22 °C to 24 °C'],
  external: [],
  issued: '2026-11-24',
  tester: { name: 'L. Tester', role: 'test engineer' },
  reviewer: { name: 'S. Second', role: 'senior test engineer' },
  authoriser: { name: 'A. Authoriser', role: 'head of testing' },
  opinions: { name: 'S. Second', role: 'senior test engineer', basis: 'the findings named beside each remedy' },
  decisionRule: 'As agreed in contract EV-77: without guard bands.',
  customerSupplied: ['The signed firmware image'],
});

/** A report's input as a test report has it: a laboratory's file, an id, and runs that are whole and say what made them. */
export const asTestReport = (input: ReportInput, lab: Lab = completeLab()): ReportInput => ({
  ...input,
  assessment: {
    ...input.assessment,
    report: '7c1a3f0e-2f6f-5d0c-9d0e-a1c9b6a05b5e',
    lab,
    labDigest: digest(92),
  },
  runs: input.runs.map((one) => ({
    ...one,
    run: {
      ...one.run,
      sources: {
        ...one.run.sources,
        os: 'Linux 6.1 (x64)',
        nmap: '7.93',
        ports: digest(93),
        'udp-payloads': digest(94),
        clock: 'system clock, synchronised (systemd-timesyncd)',
      },
    },
  })),
});
