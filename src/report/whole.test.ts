import { describe, expect, test } from 'vitest';
import { elementsOf } from '../../test/kit/page.ts';
import { sampleInput, sampleRun } from '../../test/sample.ts';
import { CERTIFICATE, TELNET, TLS, wholeInput } from '../../test/sample-whole.ts';
import { Assessment } from '../model/assessment.ts';
import { Profile } from '../model/profile.ts';
import { Target } from '../model/target.ts';
import { html } from './html.tsx';
import type { ReportInput } from './report.ts';
import { instantWords, LABEL_DISCLAIMER, VERDICT_NAMES } from './words.ts';

const render = (input: ReportInput): string => String(html.render(input));
const whole = render(wholeInput());

/** The element with this id, as text of the page, with everything in it. */
const sourceOf = (page: string, id: string): string => {
  const at = page.indexOf(` id="${id}"`);
  if (at === -1) return '';
  const start = page.lastIndexOf('<', at);
  const name = /^<([a-z0-9]+)/.exec(page.slice(start))?.[1] ?? '';
  const tag = new RegExp(`<(/?)${name}(?=[ >])`, 'g');
  tag.lastIndex = start;
  for (let depth = 0, found = tag.exec(page); found !== null; found = tag.exec(page)) {
    depth += found[1] === '/' ? -1 : 1;
    if (depth === 0) return page.slice(start, tag.lastIndex + 1);
  }
  throw new Error(`${id} is not closed`);
};

const told = new Map<string, string>();

/** The text of an element; that of the whole sample is read once. */
const wordsOf = (page: string, id: string): string => {
  const known = page === whole ? told.get(id) : undefined;
  if (known !== undefined) return known;
  const { text } = elementsOf(`<body>${sourceOf(page, id)}</body></html>`);
  if (page === whole) told.set(id, text);
  return text;
};

const ADDED = ['product', 'label', 'carried', 'persons', 'left-out'];

test('the sample keeps to the schemas', () => {
  const { assessment, profile, runs } = wholeInput();
  expect(Assessment.parse(assessment)).toEqual(assessment);
  expect(Profile.parse(profile)).toEqual(profile);
  for (const { run } of runs) expect(Target.parse(run.target)).toEqual(run.target);
});

describe('what a section says', () => {
  test.each<[string, string]>([
    ['label', LABEL_DISCLAIMER],
    ['label', 'One star Open 1 of 2 criteria met. Open: DOC-1 2 criteria of this level'],
    [
      'label',
      'Two stars Not met 1 of 4 criteria met, those of the levels before among them. Failing: DP-2, IAC-1a Open: DOC-1',
    ],
    ['criterion-DP-2', 'A probe can decide it, beside what a person signs. Channels over IP are seen on the wire'],
    ['criterion-DP-2', 'A capture of one boot and one idle hour The list of channels'],
    ['criterion-DP-2', 'Status, as printed M C (5)'],
    ['criterion-DP-2', 'Test cases 5.5-1-1 (conceptual: a, b), 5.5-1-2 (functional)'],
    ['criterion-DP-2', 'IXIT tables 12-ComMech'],
    ['criterion-DP-2', 'SP 800-53 SC-8, SC-13'],
    ['criterion-DP-2', 'CSF 1.1 PR.DS-2'],
    ['criterion-DP-2', 'Product: Fail every component has to meet it; one that fails, fails the product'],
    ['criterion-DP-2', 'Fail camera TLS 1.0 was accepted'],
    ['criterion-DP-2', 'Not assessed cloud The component is out of the laboratory’s reach.'],
    ['criterion-DP-2', 'a capture of one boot and one idle hour (camera)'],
    [
      'criterion-DP-2',
      'Fail, risk accepted until 2027-01-31 00:00 +01:00, approved by C. Owner; the verdict does not change',
    ],
    ['criterion-DP-2', 'Carried over a crosswalk pilot-annex-a Row A-010, printed equal and read as subset of'],
    ['criterion-DP-2', 'Shown beside the verdict; it did not enter it.'],
    ['criterion-DP-2', 'from the focal document to the reference document, as the crosswalk is written'],
    ['criterion-DP-2', 'A-010equalsubset of, by M. ReaderNIST-DP-2 Fail'],
    ['criterion-DP-2', 'A-011not statednobody has confirmed itno verdict'],
    ['criterion-DOC-1', 'It stands wherever nothing of this profile decides.'],
    ['criterion-DOC-1', 'decided by a verdict carried over a crosswalk'],
    ['criterion-DOC-1', 'No probe can see it. Documents are not on the network.'],
    ['criterion-IAC-1a', 'A probe can show a part of it. Debug headers are not on the network.'],
    ['criterion-IAC-1a', 'Rests on the maker’s declaration.'],
    ['criterion-IAC-1b', 'Withdrawn F1'],
    ['criterion-IAC-1b', 'F1: withdrawn (W-1): it counts no longer'],
    ['criterion-DP-1', 'camera: It has no storage. Accepted for the laboratory by L. Tester.'],
    [
      'criterion-DP-1',
      'Pass camera: The list of sockets was read on the device. L. Tester, senior tester, for the laboratory',
    ],
    ['criterion-KEY-1', 'It has no keys. The laboratory has not accepted it.'],
    ['criterion-KEY-1', 'photo of the label.jpg 004000400040 L. Tester'],
    [
      'criteria',
      'Of 3 criteria a probe can decide 1 beside what a person signs, show a part of 1, and see nothing of 1.',
    ],
    [
      'carried',
      'they stand for 1 criterion that nothing of this profile decides, and beside the own verdict of 1 other',
    ],
    ['carried', '“Fulfilled” in a crosswalk speaks of documents'],
    ['carried', 'No pass was carried from nist-consumer-iot-2022 to sample-2026.'],
    ['product', 'hub, hub: 198.18.4.1'],
    [
      'product',
      'Example mark, certificate EX-77, until 2027-05-01, ex-77.pdf 004300430043 shown as evidence, decides nothing',
    ],
    ['product', 'cloud, cloud service: out of the laboratory’s reach: no probe was aimed at it'],
    ['product', 'The list of components is declared complete.'],
    ['product', 'hub provides the means of IAC-1a for camera, as declared.'],
    ['persons', 'risk acceptanceD-1in forceF6selects check tls-versions-current, component camera, tcp/443'],
    ['persons', 'waiverD-2expiredit ended before the judgementF7'],
    ['persons', 'compensating measureD-3selects nothingno finding has this idnone'],
    ['persons', 'Risk assessment risk.pdf 004100410041'],
    ['persons', 'L. Tester and S. Second'],
    ['persons', 'Evidence against it: network-plan.pdf 004200420042'],
    ['persons', 'stores-no-datacamera'],
    ['persons', 'The serial number is on the label.'],
    ['attestation-1', 'Settles declaration-reviewed, F5'],
    ['attestation-1', 'Evidence sockets.txt 003d003d003d'],
    [
      'attestation-1',
      'Bound to model EV-210, serial 0021, firmware 2.4.1, sample 1 of 2, and to the runs sealed 126712671267',
    ],
    ['attestation-1', 'Signed by key lab-2026 003e003e003e.'],
    ['attestation-2', 'P. Maker, for the maker ended before the judgement: it settles nothing'],
    ['attestation-2', 'Not signed.'],
    ['left-out', 'Filtered from larger-catalogue-2021, edition 2021. 1 entry left out.'],
    ['left-out', 'CLK-1the camera has no clock'],
    ['left-out', 'DPthe camera handles data of its owners'],
    ['rule', 'A disposition (a waiver, an accepted risk, a compensating measure) changes no verdict.'],
    ['rule', 'Two persons may withdraw a finding'],
    ['rule', 'A verdict is carried over a crosswalk only where'],
  ])('%s: %s', (id, words) => {
    const squeezed = (text: string) => text.replaceAll(/\s+/g, '');
    expect(squeezed(wordsOf(whole, id))).toContain(squeezed(words));
  });
});

describe('findings', () => {
  const own = (id: string): string => {
    const [, after = ''] = whole.split(`data-finding="${id}"`);
    return after.split('data-finding=')[0] ?? '';
  };

  test('one that is disposed of keeps its verdict, and says until when and by whom', () => {
    expect(own(TLS)).toContain('<span class="badge fail">Fail</span>');
    expect(own(TLS)).toContain('<b>Fail, risk accepted until 2027-01-31 00:00 +01:00.</b> The pictures are public.');
    expect(own(TLS)).toContain('Approved by C. Owner');
    expect(own(CERTIFICATE)).toContain('<b>Fail, waiver expired 2026-06-30 00:00 UTC, heeded by no gate.</b>');
  });

  test('a withdrawn one stays printed, struck, with who and why, and without a remedy', () => {
    const [before = '', after = ''] = whole.split(`data-finding="${TELNET}"`);
    expect(before.slice(before.lastIndexOf('<article'))).toContain('class="finding fail struck"');
    const text = after.split('</article>')[0] ?? '';
    expect(text).toContain('Telnet accepted the account');
    expect(text).toContain('Withdrawn: the tool was wrong here, and it counts no longer.');
    expect(text).toContain('honeypot');
    expect(text).toContain('By L. Tester and S. Second, 2026-11-22 12:00 UTC.');
    expect(text).not.toContain('Give each device');
    expect(sourceOf(whole, 'criterion-IAC-1b')).not.toContain('<dt>Failing</dt>');
  });

  test('a run that saw a component at another address says so, and no other does', () => {
    const input = wholeInput();
    input.assessment.runs[0]!.moves = [{ component: 'camera', from: '198.18.0.5', to: '198.18.4.21' }];
    expect(render(input)).toContain('camera was at 198.18.0.5, shown at 198.18.4.21');
    expect(whole).not.toContain('Shown elsewhere');
  });

  test('a risk that is accepted for one criterion is shown under that one only', () => {
    const input = wholeInput();
    input.assessment.criteria[4]?.components[0]?.findings.push(TLS);
    const page = render(input);
    expect(wordsOf(page, 'criterion-DP-2')).toContain('risk accepted until');
    expect(wordsOf(page, 'criterion-IAC-1a')).not.toContain('risk accepted until');
  });

  test('what the judge says of dispositions and crosswalks has a title', () => {
    const input = wholeInput();
    const [first] = input.assessment.findings;
    if (!first) throw new Error('no finding');
    input.assessment.findings.push({
      ...first,
      id: 'dispositions-in-force@camera/D-2',
      check: 'dispositions-in-force',
    });
    expect(render(input)).toContain('Dispositions and withdrawals are in force');
  });
});

describe('a report without any of it', () => {
  test('has none of the sections, and no empty one', () => {
    const input = sampleInput();
    const target = { ...sampleRun().target };
    target.components = target.components.slice(0, 1);
    const plain = render({ ...input, runs: input.runs.map((one) => ({ ...one, run: { ...one.run, target } })) });
    for (const id of ADDED) {
      expect(plain).not.toContain(`id="${id}"`);
      expect(plain).not.toContain(`href="#${id}"`);
    }
    const words = plain.slice(plain.indexOf('<h1>'), plain.indexOf('id="laboratory"')).replaceAll(/<[^>]*>/g, ' ');
    expect(words).toContain('What the criteria say');
    expect(words).not.toMatch(/crosswalk|label|attest|dispos|withdraw|left out|leaves out|No probe can/i);
  });

  test('where they are, each stands in the contents once', () => {
    for (const id of ADDED) {
      expect(whole.split(` id="${id}"`)).toHaveLength(2);
      expect(whole.slice(whole.indexOf('<nav'), whole.indexOf('</nav>'))).toContain(`href="#${id}"`);
    }
  });

  test('a pass that was carried from the focal document is not denied', () => {
    const input = wholeInput();
    const carried = input.assessment.criteria.find(({ id }) => id === 'DP-2')?.carried;
    if (!carried) throw new Error('nothing carried');
    carried.verdict = 'pass';
    expect(render(input)).not.toContain('No pass was carried');
  });
});

describe('the page', () => {
  test('its links lead to what is there, and every anchor is one', () => {
    const { elements } = elementsOf(whole);
    const ids = elements.flatMap(({ attributes: { id } }) => id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const inside = elements.flatMap(({ attributes: { href } }) => (href?.startsWith('#') ? [href.slice(1)] : []));
    expect(inside.filter((id) => !ids.includes(id))).toEqual([]);
    expect(inside).toContain('attestation-1');
  });

  test('nobody looked: folded; anything to read: open', () => {
    const opened = (id: string) => /^<details[^>]* open/.test(sourceOf(whole, id));
    expect(opened('criterion-DP-2')).toBe(true);
    expect(opened('criterion-DP-1')).toBe(true);
    expect(/^<details[^>]* open/.test(sourceOf(render(sampleInput()), 'criterion-DOC-1'))).toBe(false);
    expect(opened('criterion-IAC')).toBe(true);
  });

  test('210 leaves in three columns of components stay under 2 MB, folded under their headings', () => {
    const input = wholeInput();
    const [heading, , leaf] = input.assessment.criteria;
    const asked = input.profile.criteria.find(({ id }) => id === 'DP-2');
    if (!heading || !leaf || !asked) throw new Error('no criteria');
    const headings = Array.from({ length: 38 }, (_, n) => ({ ...heading, id: `H${n}` }));
    const leaves = Array.from({ length: 210 }, (_, n) => ({ ...leaf, id: `L${n}`, parent: `H${n % 38}` }));
    const profile = {
      ...input.profile,
      criteria: leaves.map(({ id }) => ({ ...asked, id, text: 'The ability to do what it says. '.repeat(10) })),
    };
    const page = render({ ...input, profile, assessment: { ...input.assessment, criteria: [...headings, ...leaves] } });
    expect(page.length).toBeLessThan(2_000_000);
    expect(page.split('<details class="group"')).toHaveLength(39);
    expect(page).toContain('<summary>All 248 criteria and headings</summary>');
  });
});

test.each([
  ['2027-01-31T00:00:00Z', '2027-01-31 00:00 UTC'],
  ['2027-01-31T00:00:00+01:00', '2027-01-31 00:00 +01:00'],
  ['2027-01-31T12:30:45Z', '2027-01-31 12:30:45 UTC'],
  ['2027-01-31T00:00:00.000-05:30', '2027-01-31 00:00 -05:30'],
])('%s is printed with its zone: %s', (at, words) => {
  expect(instantWords(at)).toBe(words);
});

test('no level of a label looks like a mark', () => {
  const label = sourceOf(whole, 'label');
  const [beforeLayers = ''] = label.split('<details');
  expect(beforeLayers).not.toContain('badge');
  expect(label).not.toMatch(/<svg|★|✓|✔|🏅|class="badge (met|not-met|open)"/);
  expect(Object.values(VERDICT_NAMES)).not.toContain('Met');
});
