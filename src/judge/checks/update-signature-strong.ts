import type { FactOf } from '../../model/fact.ts';
import { defineCheck } from '../check.ts';
import { grouped } from '../grouped.ts';
import { ids } from './place.ts';
import { aboutArtifact, nothingRead } from './update.ts';

const EXPECTED = 'Update signatures use no MD5 and no SHA-1, and RSA keys of 2048 bits and more.';

const WEAK_HASH = /md5|sha-?1(?!\d)/i;

/** What is wrong with a signature's algorithm, in words; undefined where nothing is. */
const weakness = ({ algorithm = '', bits }: FactOf<'artifact'>): string | undefined => {
  if (WEAK_HASH.test(algorithm)) return `uses ${algorithm}`;
  if (/rsa/i.test(algorithm) && bits !== undefined && bits < 2048) return `uses an RSA key of ${bits} bits`;
  if (/(?<!ec)dsa/i.test(algorithm) && !/eddsa/i.test(algorithm)) return `uses ${algorithm}`;
  if (/ec/i.test(algorithm) && bits !== undefined && bits < 224) return `uses an EC key of ${bits} bits`;
  return undefined;
};

const unsaid = ({ algorithm, bits }: FactOf<'artifact'>): boolean =>
  algorithm === undefined || (/rsa/i.test(algorithm) && bits === undefined);

export default defineCheck({
  id: 'update-signature-strong',
  version: '1.0.0',
  title: 'Update signatures are strong',
  theme: 'update',
  needs: ['artifact'],
  *judge({ seen, component }) {
    const artifacts = seen.facts('artifact');
    for (const same of grouped(artifacts, ({ fact }) => `${fact.url} ${fact.digest} ${fact.algorithm}`).values()) {
      const { fact } = same[0]!;
      const name = `The ${fact.role} at ${fact.url.slice(0, 200)}`;
      const common = { ...aboutArtifact(same[0]!), expected: EXPECTED, basis: ids(same) };
      if (fact.signed === 'none' || fact.signed === 'checksum') {
        yield { ...common, verdict: 'not-applicable', because: `${name} bears no signature to be judged.` };
        continue;
      }
      const weak = weakness(fact);
      if (weak !== undefined)
        yield {
          ...common,
          verdict: 'fail',
          strength: 'conclusive',
          because: `The signature of ${name.charAt(0).toLowerCase()}${name.slice(1)} ${weak}.`,
          remedy: 'Sign with SHA-256 or better, and Ed25519, ECDSA P-256 or RSA of 3072 bits.',
        };
      else if (fact.signed === 'encrypted' || unsaid(fact))
        yield {
          ...common,
          verdict: 'inconclusive',
          because: `How ${name.charAt(0).toLowerCase()}${name.slice(1)} is signed was not seen.`,
        };
      else
        yield {
          ...common,
          verdict: 'pass',
          because: `${name} is signed with ${fact.algorithm}${fact.bits === undefined ? '' : ` and a key of ${fact.bits} bits`}.`,
        };
    }
    if (artifacts.length === 0) yield* nothingRead(seen, component, EXPECTED);
  },
});
