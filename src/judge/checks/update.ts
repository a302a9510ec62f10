import type { Component } from '../../model/target.ts';
import type { FindingDraft, Seen, SeenFact } from '../check.ts';
import { ids, leftOpen } from './place.ts';

/** The manifests that the given key signs: what they cover is protected by them, which nobody has verified here. */
export const signedManifest = (artifacts: readonly SeenFact<'artifact'>[]): readonly SeenFact<'artifact'>[] =>
  artifacts.filter(({ fact }) => fact.role === 'manifest' && fact.signed === 'by-given-key');

/** Where an artifact's finding stands: the host that it was asked of, and its URL. */
export const aboutArtifact = ({ endpoint, run, fact }: SeenFact<'artifact'>): Pick<FindingDraft, 'about' | 'run'> => ({
  about: { host: endpoint.host, subject: `${fact.role}:${fact.url}` },
  run,
});

/** What is said where no artifact was read; nothing where an attempt broke off, for that is the judge's gap. */
export function* nothingRead(seen: Seen<'artifact'>, component: Component, expected: string): Generator<FindingDraft> {
  const attempts = seen.attempts({ emits: 'artifact' });
  if (attempts.some((attempt) => leftOpen(attempt, 'artifact'))) return;
  yield {
    verdict: 'inconclusive',
    because:
      component.declares.update === undefined
        ? 'No source of updates is declared, so no image was looked at.'
        : 'The declared source of updates gave no image.',
    expected,
    basis: ids(attempts),
  };
}
