import type { VNode } from 'preact';
import type { Disposed, Finding } from '../model/assessment.ts';
import type { Criterion } from '../model/profile.ts';
import { Digest, FindingId, Id } from './html-parts.tsx';
import { isHeededBy, isWithdrawn } from './persons-view.ts';
import { visible } from './text.ts';
import type { View } from './view.ts';
import { DISPOSED_WORDS, DISPOSITION_KINDS, DISPOSITION_WORDS, instantWords, VERDICT_NAMES } from './words.ts';

/** `risk accepted until 2027-01-31 00:00:00 UTC`, or what became of it where no gate heeds it. */
export const disposedWords = ({ disposition: { kind, expires }, is }: Disposed): string =>
  is === 'in-force'
    ? `${DISPOSITION_WORDS[kind]} until ${instantWords(expires)}`
    : `${DISPOSITION_KINDS[kind]} ${DISPOSED_WORDS[is]}${is === 'expired' ? ` ${instantWords(expires)}` : ''}, heeded by no gate`;

/** What persons decided of a finding. Its verdict stands beside it, unchanged; a withdrawn one is struck. */
export const Decided = ({ finding, view }: { finding: Finding; view: View }): VNode | null => {
  const disposed = view.persons.dispositions.get(finding.id) ?? [];
  const withdrawn = finding.withdrawn === undefined ? undefined : view.persons.withdrawals.get(finding.withdrawn);
  if (disposed.length === 0 && !isWithdrawn(finding)) return null;
  return (
    <>
      {disposed.map((one) => (
        <p class={`decided ${one.is}`}>
          <b>
            {VERDICT_NAMES[finding.verdict]}, {visible(disposedWords(one), 200)}.
          </b>{' '}
          {visible(one.disposition.justification)}{' '}
          <span class="note">
            Approved by {visible(one.disposition.approvedBy, 200)}, <Id>{one.disposition.id}</Id>
            {one.disposition.selects.criterion ? (
              <>
                , for <Id>{one.disposition.selects.criterion}</Id> only
              </>
            ) : null}
            . The verdict does not change.
          </span>
        </p>
      ))}
      {isWithdrawn(finding) ? (
        <p class="decided withdrawn">
          <b>Withdrawn: the tool was wrong here, and it counts no longer.</b>{' '}
          {withdrawn ? visible(withdrawn.withdrawal.why) : ''}{' '}
          <span class="note">
            {withdrawn
              ? `By ${visible(withdrawn.withdrawal.by.join(' and '), 400)}, ${visible(instantWords(withdrawn.withdrawal.at), 100)}. `
              : ''}
            <Id>{finding.withdrawn ?? ''}</Id>
          </span>
        </p>
      ) : null}
    </>
  );
};

/** What was decided of the findings of one component under a criterion, a line each: beside its unchanged verdict. */
export const DecidedOf = (props: {
  ids: readonly string[];
  asked: Criterion | undefined;
  view: View;
}): VNode | null => {
  const { ids, asked, view } = props;
  const lines = ids.flatMap((id) => {
    const finding = view.findings.get(id)?.finding;
    if (finding === undefined) return [];
    const all = view.persons.dispositions.get(id) ?? [];
    const disposed = all
      .filter((one) => asked === undefined || isHeededBy(one, finding, asked))
      .map((one) => ({
        id,
        words: `${VERDICT_NAMES[finding.verdict]}, ${disposedWords(one)}, approved by ${one.disposition.approvedBy}; the verdict does not change`,
      }));
    return isWithdrawn(finding)
      ? [...disposed, { id, words: `withdrawn (${finding.withdrawn}): it counts no longer` }]
      : disposed;
  });
  return lines.length === 0 ? null : (
    <ul class="plain decisions">
      {lines.map(({ id, words }) => (
        <li>
          <FindingId id={id} view={view} />: {visible(words, 400)}
        </li>
      ))}
    </ul>
  );
};

/** The key that signed an attestation, by the name the laboratory lists it under. */
export const SignedBy = ({ by }: { by: { name: string; key: string } | undefined }): VNode =>
  by === undefined ? (
    <span class="attention">Not signed.</span>
  ) : (
    <>
      Signed by key {visible(by.name, 200)} <Digest>{by.key}</Digest>.
    </>
  );
