import type { FactOf } from '../../model/fact.ts';
import { type CheckView, defineCheck, type FindingDraft } from '../check.ts';
import { about, absenceOf, attemptsAt, factsAt, ids, lookedBy, type Place, placesOf, serviceText } from './place.ts';

type View = CheckView<'port' | 'service' | 'access'>;

/** Debug and test protocols that have no authentication worth the name: open is open to anyone. */
const ALWAYS_OPEN: Readonly<Record<string, string>> = {
  shell: 'answers whoever connects, without a login',
  gdb: 'does what whoever connects asks, for GDB has no authentication',
  jdwp: 'does what whoever connects asks, for Java debugging has no authentication',
  'node-inspector': 'does what whoever connects asks, for Node.js debugging has no authentication',
  rsh: 'trusts whoever names the right user',
  rlogin: 'trusts whoever names the right user',
  rexec: 'takes commands and passwords in the clear',
  echo: 'is a test service that anybody can use to reflect traffic',
  chargen: 'is a test service that anybody can use to reflect traffic',
  discard: 'is a test service that nothing needs',
};
/** Protocols that lead to a shell, and may ask for a login or a key before it. */
const SHELLS = ['adb', 'telnet', 'ssh'];

const EXPECTED = 'No debug interface and no shell is open to whoever connects.';
const REMEDY = 'Remove the interface from the product, or put a login of its own before it.';

/** What is said of a shell or a debugger that was reached. */
const reachedText = ({ protocol, authentication }: FactOf<'access'>): string =>
  authentication === 'any'
    ? 'gives a shell to any login at all'
    : (ALWAYS_OPEN[protocol] ?? 'gives a shell without a login');

function* judgePlace({ seen }: View, place: Place): Generator<FindingDraft> {
  const access = factsAt(seen, 'access', place).filter(({ fact }) => fact.class === 'shell' && fact.as === undefined);
  const reached = access.filter(({ fact }) => fact.authentication !== 'required');
  const debug = place.services.filter(({ fact }) => Object.hasOwn(ALWAYS_OPEN, fact.protocol));
  const common = { ...about(place), expected: EXPECTED };
  if (reached.length > 0)
    yield {
      ...common,
      verdict: 'fail',
      strength: reached.some(({ fact }) => fact.how !== 'guessed') ? 'conclusive' : 'indicative',
      because: `${serviceText(reached[0]!.fact.protocol, place)} ${reachedText(reached[0]!.fact)}.`,
      remedy: REMEDY,
      basis: ids(reached, debug),
    };
  else if (debug.length > 0) {
    const { protocol } = debug[0]!.fact;
    yield {
      ...common,
      verdict: 'fail',
      strength: 'conclusive',
      because: `${serviceText(protocol, place)} ${ALWAYS_OPEN[protocol]}.`,
      remedy: REMEDY,
      basis: ids(debug),
    };
  } else {
    const shells = place.services.filter(({ fact }) => SHELLS.includes(fact.protocol));
    const attempts = attemptsAt(seen, 'access', place);
    if (shells.length === 0 || access.length > 0 || lookedBy(attempts, 'access') === 'open') return;
    yield {
      ...common,
      verdict: 'inconclusive',
      because: `Whether ${serviceText(shells[0]!.fact.protocol, place)} gives a shell without a login or a key was not seen.`,
      basis: ids(shells, attempts),
    };
  }
}

export default defineCheck({
  id: 'debug-interfaces-closed',
  version: '1.0.0',
  title: 'No debug interface is open to anyone',
  theme: 'interfaces',
  needs: ['port', 'service', 'access'],
  protocols: [...SHELLS, ...Object.keys(ALWAYS_OPEN)],
  *judge(view) {
    const { seen } = view;
    let found = false;
    const refused: string[] = [];
    for (const place of placesOf(seen, seen.facts('access'))) {
      for (const finding of judgePlace(view, place)) {
        found = true;
        yield finding;
      }
      // A shell's attempt that broke off is the judge's gap, and no ground for a pass about all of them.
      const shells = factsAt(seen, 'access', place).filter(
        ({ fact }) => fact.class === 'shell' && fact.as === undefined,
      );
      if (shells.length === 0 && place.services.some(({ fact }) => SHELLS.includes(fact.protocol))) found = true;
      refused.push(...ids(shells));
    }
    const basis = absenceOf(view, ['tcp']);
    if (found || basis === undefined) return;
    yield {
      verdict: 'pass',
      because:
        basis.length === 0 || seen.ports('tcp').every(({ open }) => open.length === 0)
          ? 'Every TCP port was asked and none is open.'
          : 'Every TCP port was asked, what speaks at each was recognised, and none is a debug interface open to anyone.',
      expected: EXPECTED,
      basis: [...new Set([...basis, ...refused])],
    };
  },
});
