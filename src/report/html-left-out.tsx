import type { VNode } from 'preact';
import type { Assessment } from '../model/assessment.ts';
import type { Chosen, Profile } from '../model/profile.ts';
import { Id, Table } from './html-parts.tsx';
import { count, visible } from './text.ts';

/** Rows of a list that stands open; a longer one is folded. */
const OPEN_ROWS = 30;

const Choices = ({ caption, rows }: { caption: string; rows: readonly Chosen[] }): VNode | null => {
  if (rows.length === 0) return null;
  const table = (
    <Table caption={caption} head={['Id', 'Why']}>
      {rows.map(({ id, why }) => (
        <tr>
          <td class="tight">
            <Id>{id}</Id>
          </td>
          <td>{visible(why)}</td>
        </tr>
      ))}
    </Table>
  );
  return rows.length <= OPEN_ROWS ? (
    table
  ) : (
    <details>
      <summary>
        {caption} ({rows.length})
      </summary>
      {table}
    </details>
  );
};

/** Whether the profile was filtered from another. */
export const isFiltered = ({ profile }: Assessment): boolean =>
  profile.extends !== undefined || (profile.excluded?.length ?? 0) > 0;

/** What a filtered profile took of the one it extends, and what it left out, each with the reason given. */
export const LeftOut = ({ assessment, profile }: { assessment: Assessment; profile: Profile }): VNode => {
  const { extends: from, excluded = [] } = assessment.profile;
  return (
    <>
      <p>
        {from ? (
          <>
            Filtered from <Id>{from.profile}</Id>, edition {visible(from.edition)}.{' '}
          </>
        ) : null}
        {excluded.length > 0
          ? `${count(excluded.length, 'entry', 'entries')} left out. Nothing in this report speaks of what was left out.`
          : 'Nothing was left out by name.'}
      </p>
      <Choices caption="Left out, and why" rows={excluded} />
      <Choices caption="Taken in, and why" rows={profile.included ?? []} />
    </>
  );
};
