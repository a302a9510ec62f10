import { z } from 'zod';
import { Sha256 } from './fact.ts';
import { Item } from './target.ts';

/** What persons say of a run: attestations, dispositions, withdrawals and the evidence that they file. */

/** A file that evidence is in, and the SHA-256 of its bytes. */
export const EvidenceFile = z.strictObject({ file: z.string().min(1), sha256: Sha256 });
export type EvidenceFile = z.infer<typeof EvidenceFile>;

/**
 * A signed statement of a person (rule 5). `settles` names each thing that it settles: a person's item of the
 * criterion, the id of a gap or of an indicative failing finding, or what coverage misses (`coverage:ipv6`). It is bound
 * to the item and to the seals of the runs that it speaks of. `until` ends it.
 */
export const Attestation = z.strictObject({
  id: z.string().min(1),
  criterion: z.string().min(1),
  /** The profile that the criterion is of: several may have one of that id. Of any profile where absent. */
  profile: z.string().min(1).optional(),
  component: z.string().optional(),
  settles: z.array(z.string().min(1)).min(1),
  verdict: z.enum(['pass', 'fail']),
  statement: z.string().min(1),
  by: z.string().min(1),
  /** What the person is to the lab or the maker. */
  role: z.string().min(1).optional(),
  for: z.enum(['lab', 'maker']),
  at: z.iso.datetime({ offset: true }),
  until: z.iso.datetime({ offset: true }).optional(),
  item: Item,
  seals: z.array(Sha256).min(1),
  evidence: z.array(EvidenceFile).min(1),
  /** The key that signed it: the name the lab lists it under, and the SHA-256 of its SubjectPublicKeyInfo. */
  signedBy: z.strictObject({ name: z.string().min(1), key: Sha256 }).optional(),
});
export type Attestation = z.infer<typeof Attestation>;

/** An instant with its zone: an expiry without one ends at another time in another place. */
const Instant = z.iso.datetime({ offset: true, error: 'an instant with its zone, such as 2027-01-31T00:00:00Z' });

/**
 * Which findings a disposition is for. Every field that is there has to agree; at least a finding's id, or a check with a
 * component, has to be there, so that none takes in everything.
 */
export const Selector = z
  .strictObject({
    finding: z.string().min(1).optional(),
    check: z.string().min(1).optional(),
    component: z.string().min(1).optional(),
    transport: z.enum(['tcp', 'udp']).optional(),
    port: z.int().min(1).max(65535).optional(),
    subject: z.string().min(1).optional(),
    criterion: z.string().min(1).optional(),
  })
  .refine(
    ({ finding, check, component }) => finding !== undefined || (check !== undefined && component !== undefined),
    {
      message: 'it selects everything: name a finding, or a check and a component',
    },
  );
export type Selector = z.infer<typeof Selector>;

/**
 * What somebody decided to do about a failing or open finding (rule 4). It never changes a verdict; it changes what a gate
 * does with it. A risk acceptance names the risk assessment that it rests on.
 */
export const Disposition = z
  .strictObject({
    id: z.string().min(1),
    kind: z.enum(['waiver', 'risk-acceptance', 'compensating']),
    selects: Selector,
    justification: z.string().min(1),
    approvedBy: z.string().min(1),
    approvedAt: Instant,
    expires: Instant,
    riskAssessment: EvidenceFile.optional(),
  })
  .refine(({ kind, riskAssessment }) => kind !== 'risk-acceptance' || riskAssessment !== undefined, {
    message: 'a risk acceptance names its risk assessment (file and sha256)',
    path: ['riskAssessment'],
  });
export type Disposition = z.infer<typeof Disposition>;

/**
 * Two persons say that the tool was wrong in one finding (rule 4): it is taken out of the fold and stays printed, until the
 * check has another version.
 */
export const Withdrawal = z
  .strictObject({
    id: z.string().min(1),
    finding: z.string().min(1),
    check: z.string().min(1),
    version: z.string().min(1),
    why: z.string().min(1),
    by: z.array(z.string().min(1)).length(2),
    at: Instant,
    /** The seal of the run that the finding is of. */
    seal: Sha256,
    counterEvidence: z.array(EvidenceFile).min(1),
  })
  .refine(({ by: [one, other] }) => one?.trim().toLowerCase() !== other?.trim().toLowerCase(), {
    message: 'two different persons withdraw a finding',
    path: ['by'],
  });
export type Withdrawal = z.infer<typeof Withdrawal>;

/** Evidence that a person filed under a criterion. `file` is its name in the attachments' folder. */
export const Attachment = z.strictObject({
  criterion: z.string().min(1),
  component: z.string().min(1).optional(),
  file: z.string().min(1),
  /** The name it had, for people. */
  name: z.string().min(1),
  sha256: Sha256,
  by: z.string().min(1),
  at: z.iso.datetime({ offset: true }),
  note: z.string().min(1).optional(),
});
export type Attachment = z.infer<typeof Attachment>;
