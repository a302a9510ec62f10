import type { VNode } from 'preact';
import type { Disposed, Withdrawn } from '../model/assessment.ts';
import type { Attachment } from '../model/person.ts';
import type { NotApplicableClaim } from '../model/target.ts';
import { SignedBy } from './html-decided.tsx';
import { Badge, CriterionId, Digest, Files, FindingId, Id, Listed, Row, Table } from './html-parts.tsx';
import { type NamedAttestation, selectorWords } from './persons-view.ts';
import { count, visible } from './text.ts';
import { missingWords, type View } from './view.ts';
import { DISPOSED_WORDS, DISPOSITION_KINDS, instantWords, WITHDRAWN_WORDS } from './words.ts';

/** Attestations that stand open; a longer list is folded, and criteria lead into it. */
const MOST_OPEN = 12;

const LAB = { lab: 'for the laboratory', maker: 'for the maker' } as const;

/** A finding by its short name, or a person's item in words with its id. */
const Settled = ({ name, view }: { name: string; view: View }): VNode => {
  if (view.findings.has(name)) return <FindingId id={name} view={view} />;
  const words = missingWords({ what: 'person', detail: name }, view.profile);
  return (
    <>
      {words === name ? null : `${visible(words, 400)} `}
      <Id>{name}</Id>
    </>
  );
};

/** Who says it: name, role, and whether for the laboratory or the maker. */
const whoWords = ({ attestation: { by, role, for: of } }: NamedAttestation): string =>
  `${visible(by, 200)}${role ? `, ${visible(role, 200)}` : ''}, ${LAB[of]}`;

const Attested = ({ named, view }: { named: NamedAttestation; view: View }): VNode => {
  const { attestation: said, anchor, ended } = named;
  const item = Object.entries(said.item).map(([name, value]) => `${name} ${value}`);
  return (
    <article class="attestation" id={anchor}>
      <p class="place">
        <Badge verdict={said.verdict} /> <CriterionId id={said.criterion} view={view} />
        {said.component ? `, ${visible(said.component, 200)}` : ''} <b>{whoWords(named)}</b>
        {ended ? <span class="attention"> ended before the judgement: it settles nothing</span> : null}
        {said.for === 'maker' ? <span class="note"> a maker’s statement settles nothing by itself</span> : null}
      </p>
      <p class="because">{visible(said.statement)}</p>
      <dl>
        <Row name="Settles">
          <Listed>
            {said.settles.map((name) => (
              <Settled name={name} view={view} />
            ))}
          </Listed>
        </Row>
        <Row name="Evidence">
          <Files files={said.evidence} />
        </Row>
      </dl>
      <p class="note">
        <Id>{said.id}</Id>
        {said.profile ? `, for ${visible(said.profile, 200)}` : ''}, {visible(instantWords(said.at), 100)}
        {said.until ? `, until ${visible(instantWords(said.until), 100)}` : ''}. Bound to{' '}
        {item.length > 0 ? visible(item.join(', ')) : 'no item that is named'}, and to the runs sealed{' '}
        <Listed>
          {said.seals.map((seal) => (
            <Digest>{seal}</Digest>
          ))}
        </Listed>
        . <SignedBy by={said.signedBy} />
      </p>
    </article>
  );
};

const Dispositions = ({ rows, view }: { rows: readonly Disposed[]; view: View }): VNode => (
  <Table
    caption="Dispositions: what a gate does with a finding; no verdict changes by them"
    head={['Kind', 'Stands', 'Findings', 'Because', 'Approved']}
    class="said"
  >
    {rows.map(({ disposition: one, is, why, findings }) => (
      <tr>
        <td>
          {DISPOSITION_KINDS[one.kind]}
          <div>
            <Id>{one.id}</Id>
          </div>
        </td>
        <td>
          <span class={is === 'in-force' ? undefined : 'attention'}>{DISPOSED_WORDS[is]}</span>
          {is === 'in-force' ? null : <div class="note">{visible(why)}</div>}
        </td>
        <td>
          {findings.length === 0 ? 'none' : null}
          <Listed>
            {findings.map((id) => (
              <FindingId id={id} view={view} />
            ))}
          </Listed>
          <div class="note">selects {visible(selectorWords(one.selects), 400)}</div>
        </td>
        <td>
          {visible(one.justification)}
          {one.riskAssessment ? (
            <div class="note">
              Risk assessment <Files files={[one.riskAssessment]} />
            </div>
          ) : null}
        </td>
        <td>
          {visible(one.approvedBy, 200)}
          <div class="note">{visible(instantWords(one.approvedAt), 100)}</div>
          <div class="note">until {visible(instantWords(one.expires), 100)}</div>
        </td>
      </tr>
    ))}
  </Table>
);

const Withdrawals = ({ rows, view }: { rows: readonly Withdrawn[]; view: View }): VNode => (
  <Table
    caption="Withdrawals: findings in which two persons say that the tool was wrong"
    head={['Finding', 'Stands', 'Why', 'By']}
    class="said"
  >
    {rows.map(({ withdrawal: one, is, why }) => (
      <tr>
        <td>
          <FindingId id={one.finding} view={view} />
          <div class="note">
            <Id>{one.check}</Id> version {visible(one.version, 100)}
          </div>
          <div>
            <Id>{one.id}</Id>
          </div>
        </td>
        <td>
          <span class={is === 'in-force' ? undefined : 'attention'}>{WITHDRAWN_WORDS[is]}</span>
          {is === 'in-force' ? null : <div class="note">{visible(why)}</div>}
        </td>
        <td>
          {visible(one.why)}
          <div class="note">
            Evidence against it: <Files files={one.counterEvidence} />
          </div>
        </td>
        <td>
          {visible(one.by.join(' and '), 400)}
          <div class="note">{visible(instantWords(one.at), 100)}</div>
        </td>
      </tr>
    ))}
  </Table>
);

const Attachments = ({ rows, view }: { rows: readonly Attachment[]; view: View }): VNode => (
  <Table
    caption="Evidence filed under a criterion; shown, deciding nothing"
    head={['Criterion', 'File', 'By', 'Note']}
    class="said"
  >
    {rows.map((one) => (
      <tr>
        <td class="tight">
          <CriterionId id={one.criterion} view={view} />
          {one.component ? <div class="note">{visible(one.component, 200)}</div> : null}
        </td>
        <td>
          {visible(one.name, 200)} <Digest>{one.sha256}</Digest>
          <div class="note">{visible(one.file, 200)}</div>
        </td>
        <td>
          {visible(one.by, 200)}
          <div class="note">{visible(instantWords(one.at), 100)}</div>
        </td>
        <td>{visible(one.note ?? '')}</td>
      </tr>
    ))}
  </Table>
);

const claimWords = ({ why, acceptedBy, component }: NotApplicableClaim): string =>
  `${component ? `${component}: ` : ''}${why}. ${
    acceptedBy ? `Accepted for the laboratory by ${acceptedBy}` : 'The laboratory has not accepted it'
  }.`;

const Claims = ({ rows, view }: { rows: readonly NotApplicableClaim[]; view: View }): VNode => (
  <Table caption="Declared not applicable by the maker" head={['What', 'Why', 'Accepted']} class="said">
    {rows.map((one) => (
      <tr>
        <td>
          {one.criterion ? <CriterionId id={one.criterion} view={view} /> : <Id>{one.condition ?? ''}</Id>}
          {one.component ? <div class="note">{visible(one.component, 200)}</div> : null}
        </td>
        <td>{visible(one.why)}</td>
        <td>{one.acceptedBy ? visible(one.acceptedBy, 200) : <span class="attention">not accepted</span>}</td>
      </tr>
    ))}
  </Table>
);

/** All that persons said of this assessment, with who, when and on what evidence. */
export const Persons = ({ view }: { view: View }): VNode => {
  const { attestations, attachments, dispositions, withdrawals, claims } = view.persons.all;
  return (
    <>
      {dispositions.length > 0 ? <Dispositions rows={dispositions} view={view} /> : null}
      {withdrawals.length > 0 ? <Withdrawals rows={withdrawals} view={view} /> : null}
      {claims.length > 0 ? <Claims rows={claims} view={view} /> : null}
      {attestations.length > 0 ? (
        <details open={attestations.length <= MOST_OPEN}>
          <summary>
            <b>{count(attestations.length, 'attestation')}</b>
          </summary>
          {attestations.map((named) => (
            <Attested named={named} view={view} />
          ))}
        </details>
      ) : null}
      {attachments.length > 0 ? <Attachments rows={attachments} view={view} /> : null}
    </>
  );
};

/** What persons said of one criterion: a line each, leading to the whole of it. */
export const PersonsOf = ({ id, view }: { id: string; view: View }): VNode | null => {
  const attestations = view.persons.attestations.get(id) ?? [];
  const attachments = view.persons.attachments.get(id) ?? [];
  const claims = view.persons.claims.get(id) ?? [];
  if (attestations.length + attachments.length + claims.length === 0) return null;
  return (
    <dl class="component">
      {claims.map((claim) => (
        <Row name="Claimed not applicable">{visible(claimWords(claim))}</Row>
      ))}
      {attestations.map((named) => (
        <Row name="Attested">
          <Badge verdict={named.attestation.verdict} />{' '}
          {named.attestation.component ? `${visible(named.attestation.component, 200)}: ` : ''}
          {visible(named.attestation.statement)} <span class="note">{whoWords(named)},</span>{' '}
          <a href={`#${named.anchor}`}>{visible(named.attestation.at.slice(0, 10))}</a>
          {named.ended ? <span class="attention"> ended</span> : null}
        </Row>
      ))}
      {attachments.map((one) => (
        <Row name="Filed">
          {visible(one.name, 200)} <Digest>{one.sha256}</Digest> <span class="note">{visible(one.by, 200)}</span>
        </Row>
      ))}
    </dl>
  );
};
