import { type CheckView, defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import { ids, leftOpen } from './place.ts';

type View = CheckView<'identity'>;
type Identity = SeenFact<'identity'>;

const EXPECTED = 'A unique identifier, the model and the firmware version can be read.';

/** A locally administered MAC address may be another one tomorrow (IEEE 802, 8.2). */
const isOwnMac = (mac: string): boolean => /^[0-9a-f][048c]/i.test(mac);

const WANTED: readonly { subject: string; text: string; is: (fact: Identity['fact']) => boolean }[] = [
  {
    subject: 'unique',
    text: 'unique identifier',
    is: ({ what, value }) => what === 'serial' || what === 'uuid' || (what === 'mac' && isOwnMac(value)),
  },
  { subject: 'model', text: 'model', is: ({ what }) => what === 'model' },
  { subject: 'firmware', text: 'firmware version', is: ({ what }) => what === 'firmware' },
];

function* judgeWanted({ seen, component }: View, wanted: (typeof WANTED)[number]): Generator<FindingDraft> {
  const facts = seen.facts('identity');
  const found = facts.filter(({ fact }) => fact.value.trim() !== '' && wanted.is(fact));
  const common = {
    about: { host: component.addresses[0] ?? component.id, subject: wanted.subject },
    expected: EXPECTED,
  };
  if (found.length > 0) {
    const { value, via, authenticated } = found[0]!.fact;
    yield {
      ...common,
      verdict: 'pass',
      because: `The ${wanted.text} "${value.slice(0, 80)}" was read by ${via}${authenticated ? ' after a login' : ''}.`,
      basis: ids(found),
    };
    return;
  }
  const attempts = seen.attempts({ emits: 'identity' });
  if (attempts.length === 0 || attempts.some((attempt) => leftOpen(attempt, 'identity'))) return; // the judge adds the gap
  // Without a login one has not seen all that could be read.
  const inside = facts.filter(({ fact }) => fact.authenticated);
  if (inside.length > 0)
    yield {
      ...common,
      verdict: 'fail',
      strength: 'indicative',
      because: `No ${wanted.text} could be read, even after a login.`,
      remedy: 'Show it where whoever has logged in can read it.',
      basis: ids(inside, attempts),
    };
  else
    yield {
      ...common,
      verdict: 'inconclusive',
      because: `No ${wanted.text} could be read without a login, and nobody was logged in to look for it.`,
      basis: ids(attempts),
    };
}

export default defineCheck({
  id: 'device-identifiable',
  version: '1.0.0',
  title: 'The device names itself, its model and its firmware',
  theme: 'product',
  needs: ['identity'],
  *judge(view) {
    for (const wanted of WANTED) yield* judgeWanted(view, wanted);
  },
});
