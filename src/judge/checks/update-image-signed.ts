import { defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import { grouped } from '../grouped.ts';
import { ids } from './place.ts';
import { aboutArtifact, nothingRead, signedManifest } from './update.ts';

const EXPECTED = 'Every update image bears a signature that verifies with the given key.';
const REMEDY = 'Sign each image, and have the device verify it before it installs anything.';

function* judgeImage(
  same: readonly SeenFact<'artifact'>[],
  manifests: readonly SeenFact<'artifact'>[],
): Generator<FindingDraft> {
  const { fact } = same[0]!;
  const name = `The image at ${fact.url.slice(0, 200)} (${fact.format})`;
  const common = { ...aboutArtifact(same[0]!), expected: EXPECTED, basis: ids(same) };
  const unknown = fact.format === 'unknown';
  if (fact.signed === 'by-given-key')
    yield { ...common, verdict: 'pass', because: `${name} is signed by the given key.`, restsOn: 'declaration' };
  else if (fact.signed === 'invalid')
    yield {
      ...common,
      verdict: 'fail',
      strength: 'indicative',
      because: `${name} bears a signature that does not verify with the given key.`,
      remedy: REMEDY,
    };
  else if (fact.signed === 'none' || fact.signed === 'checksum') {
    const bears = fact.signed === 'none' ? 'bears no signature' : 'bears a checksum and no signature';
    if (manifests.length > 0)
      yield {
        ...common,
        verdict: 'inconclusive',
        because: `${name} ${bears}, and whether the signed manifest covers it was not seen.`,
        basis: ids(same, manifests),
      };
    else if (unknown)
      yield {
        ...common,
        verdict: 'inconclusive',
        because: `The image at ${fact.url.slice(0, 200)} is of a format that is not known, in which no signature was found.`,
      };
    else yield { ...common, verdict: 'fail', strength: 'conclusive', because: `${name} ${bears}.`, remedy: REMEDY };
  } else
    yield {
      ...common,
      verdict: 'inconclusive',
      because:
        fact.signed === 'encrypted'
          ? `${name} is encrypted, so that a signature in it cannot be seen.`
          : fact.signed === 'self-consistent'
            ? `${name} is signed, but no key was given that says by whom.`
            : `Whether anything signs ${name.charAt(0).toLowerCase()}${name.slice(1)} could not be verified.`,
    };
}

export default defineCheck({
  id: 'update-image-signed',
  version: '1.0.0',
  title: 'Update images are signed',
  theme: 'update',
  needs: ['artifact'],
  *judge({ seen, component }) {
    const artifacts = seen.facts('artifact');
    const images = artifacts.filter(({ fact }) => fact.role === 'image');
    for (const same of grouped(images, ({ fact }) => `${fact.url} ${fact.digest} ${fact.signed}`).values())
      yield* judgeImage(same, signedManifest(artifacts));
    if (images.length === 0) yield* nothingRead(seen, component, EXPECTED);
  },
});
