import type { FactOf } from '../../model/fact.ts';
import { type CheckView, defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import { grouped } from '../grouped.ts';
import { ids, leftOpen } from './place.ts';
import { signedManifest } from './update.ts';

type View = CheckView<'update' | 'artifact'>;
type Update = SeenFact<'update'>;

const EXPECTED = 'Manifest and image are fetched over TLS with a certificate that holds, or are signed themselves.';
const REMEDY = 'Serve updates over TLS with a certificate that the device verifies, and sign them.';

const over = ({ transport, authenticated }: FactOf<'update'>): string =>
  transport === 'none'
    ? 'in the clear'
    : authenticated === false
      ? 'over TLS with a certificate that does not hold'
      : 'over TLS';

function* judgeFetched({ seen, component }: View, url: string, fetched: readonly Update[]): Generator<FindingDraft> {
  const { role } = fetched[0]!.fact;
  const artifacts = seen.facts('artifact').filter(({ fact }) => fact.url === url);
  const name = `The ${role} at ${url.slice(0, 200)}`;
  const common = {
    about: { host: fetched[0]!.endpoint.host, subject: role === 'client' ? url : `${role}:${url}` },
    run: fetched[0]!.run,
    expected: EXPECTED,
    basis: ids(fetched, artifacts),
  };
  const exposed = fetched.filter(({ fact }) => fact.transport === 'none' || fact.authenticated === false);
  const signed = artifacts.length > 0 && artifacts.every(({ fact }) => fact.signed === 'by-given-key');
  const restsOn = component.declares.update?.key === undefined ? {} : { restsOn: 'declaration' as const };
  if (signed) {
    yield {
      ...common,
      ...restsOn,
      verdict: 'pass',
      because: `${name} is signed by the given key, however it travels.`,
    };
    return;
  }
  if (exposed.length === 0) {
    const held = fetched.every(({ fact }) => fact.authenticated === true);
    yield {
      ...common,
      verdict: held ? 'pass' : 'inconclusive',
      because: held
        ? `${name} is served over TLS with a certificate that holds.`
        : `${name} is served over TLS, but no trust anchor was given to hold the certificate to.`,
    };
    return;
  }
  const how = over(exposed[0]!.fact);
  const bare = artifacts.filter(({ fact }) => ['none', 'checksum', 'invalid'].includes(fact.signed));
  const byManifest = signedManifest(seen.facts('artifact'));
  if (bare.length > 0 && !(role === 'image' && byManifest.length > 0))
    yield {
      ...common,
      verdict: 'fail',
      strength: 'conclusive',
      because: `${name} is served ${how}, and ${bare[0]!.fact.signed === 'invalid' ? 'its signature does not verify' : bare[0]!.fact.signed === 'checksum' ? 'has a checksum and no signature' : 'is not signed'}.`,
      remedy: REMEDY,
    };
  else
    yield {
      ...common,
      verdict: 'inconclusive',
      because: `${name} is served ${how}, and ${artifacts.length === 0 ? 'what it holds was not read' : bare.length > 0 ? 'whether the signed manifest covers it was not seen' : 'whether it is signed, and by whom, could not be verified'}.`,
    };
}

export default defineCheck({
  id: 'update-transport-protected',
  version: '1.0.0',
  title: 'Updates travel protected',
  theme: 'update',
  needs: ['update', 'artifact'],
  *judge(view) {
    const { seen, component } = view;
    // A detached signature protects itself; a client's behaviour is for other checks.
    const all = seen.facts('update').filter(({ fact }) => fact.role === 'manifest' || fact.role === 'image');
    const fetched = all.filter(({ fact }) => fact.outcome === 'accepted');
    for (const [url, group] of grouped(fetched, ({ fact }) => fact.url)) yield* judgeFetched(view, url, group);
    const missing = all.filter(({ fact }) => !fetched.some((other) => other.fact.url === fact.url));
    for (const [url, group] of grouped(missing, ({ fact }) => fact.url))
      yield {
        about: { host: group[0]!.endpoint.host, subject: `${group[0]!.fact.role}:${url}` },
        run: group[0]!.run,
        verdict: 'inconclusive',
        because: `The ${group[0]!.fact.role} at ${url.slice(0, 200)} could not be fetched.`,
        expected: EXPECTED,
        basis: ids(group),
      };
    const attempts = seen.attempts({ emits: 'update' });
    if (all.length === 0 && attempts.every((attempt) => !leftOpen(attempt, 'update')))
      yield {
        verdict: 'inconclusive',
        because:
          component.declares.update === undefined
            ? 'No source of updates is declared, so none was looked at.'
            : 'The declared source of updates gave neither a manifest nor an image.',
        expected: EXPECTED,
        basis: ids(attempts),
      };
  },
});
