import type { Assessment } from '../model/assessment.ts';
import type { ReferenceDevice, Suitability, SuitabilityPass } from '../model/suitability.ts';
import { count, sentence, visible } from './text.ts';
import { timeWords, VERDICT_NAMES } from './words.ts';

/** What a report says of a bench that nobody tried on anything known. */
export const NO_REFERENCE =
  'No reference was tested before or after: a dead cable or a network that keeps clients apart would look like no open ports.';

/** Of simulated references only: what they prove, and what they do not. */
export const SIMULATED_ONLY =
  'The references were on the tester’s own machine: they prove the engine, not the cable or the network to the item.';

export const REFERENCE_WORDS: Record<ReferenceDevice['is'], string> = {
  'as-known': 'as known',
  'not-as-known': 'not as known',
  'not-reached': 'not reached',
};

const KIND_WORDS: Record<ReferenceDevice['kind'], string> = { 'known-bad': 'known bad', 'known-good': 'known good' };
const WHEN_WORDS: Record<SuitabilityPass['when'], string> = { before: 'Before', after: 'After' };

/** A check on a reference in words: `default-credentials-rejected: expected fail, found could not tell`. */
const deviation = ({ check, expected, found }: ReferenceDevice['checks'][number]): string =>
  `${visible(check, 100)}: known to be “${VERDICT_NAMES[expected].toLowerCase()}”, found ${
    found === undefined ? 'nothing' : `“${VERDICT_NAMES[found].toLowerCase()}”`
  }`;

/** One reference of one pass, as a row of a report. */
export interface ReferenceRow {
  readonly when: string;
  readonly name: string;
  readonly kind: string;
  readonly how: string;
  readonly is: string;
  readonly good: boolean;
  /** How many checks said what is known of them, of how many. */
  readonly checks: string;
  readonly because: string;
  readonly deviations: readonly string[];
}

/** What a report shows of the bench's suitability. `state: 'none'` where no reference was tested. */
export interface SuitabilityView {
  readonly state: 'suitable' | 'not-suitable' | 'none';
  /** One sentence for the head of a report. */
  readonly headline: string;
  readonly notes: readonly string[];
  readonly rows: readonly ReferenceRow[];
}

const rowOf = (pass: SuitabilityPass, reference: ReferenceDevice): ReferenceRow => {
  const off = reference.checks.filter(({ expected, found }) => expected !== found);
  return {
    when: `${WHEN_WORDS[pass.when]}, ${timeWords(pass.at)}`,
    name: visible(reference.name, 200),
    kind: KIND_WORDS[reference.kind],
    how:
      reference.how === 'simulated'
        ? 'simulated'
        : `declared${reference.addresses.length > 0 ? `, ${visible(reference.addresses.join(', '), 200)}` : ''}`,
    is: REFERENCE_WORDS[reference.is],
    good: reference.is === 'as-known',
    checks: `${reference.checks.length - off.length} of ${count(reference.checks.length, 'check')}`,
    because: visible(reference.because, 400),
    deviations: off.map(deviation),
  };
};

/** Whether a reference ran on the tester's own machine: nothing of it went over a cable. */
const isOwn = ({ how, addresses }: ReferenceDevice): boolean =>
  how === 'simulated' || (addresses.length > 0 && addresses.every((one) => /^(127\.|::1$)/.test(one)));

/** What a report shows of the bench's suitability. Pure. */
export const suitabilityView = (suitability: Suitability | undefined): SuitabilityView => {
  if (suitability === undefined) return { state: 'none', headline: NO_REFERENCE, notes: [], rows: [] };
  const { suitable, because, passes } = suitability;
  const references = passes.flatMap((pass) => pass.references);
  const isOwnOnly = references.length > 0 && references.every(isOwn);
  return {
    state: suitable ? 'suitable' : 'not-suitable',
    headline: suitable
      ? sentence(
          `${isOwnOnly ? 'The engine was suitable, the cable to the item was not tried' : 'The bench was suitable'}: ${visible(because, 1000)}`,
        )
      : `The bench was not shown to be suitable: ${visible(because, 1000)}`,
    notes: isOwnOnly ? [SIMULATED_ONLY] : [],
    rows: passes.flatMap((pass) => pass.references.map((reference) => rowOf(pass, reference))),
  };
};

/** The bench's suitability in lines of plain text, for formats without tables. Safe to print; escape for the format. */
export const suitabilityWords = ({ suitability }: Pick<Assessment, 'suitability'>): string[] => {
  const { headline, notes, rows } = suitabilityView(suitability);
  return [
    headline,
    ...notes,
    ...rows.map(
      ({ when, name, kind, how, is, checks, because, deviations }) =>
        `${when}: ${name} (${kind}, ${how}): ${is}, ${checks} as known. ${because}${
          deviations.length > 0 ? ` ${deviations.slice(0, 12).join('; ')}.` : ''
        }`,
    ),
  ];
};

/** What stands against the bench, a sentence: for readers that count and do not read. Empty where nothing is known to. */
export const againstBench = ({ suitability }: Pick<Assessment, 'suitability'>): string[] =>
  suitability === undefined || suitability.suitable ? [] : [sentence(suitabilityView(suitability).headline)];
