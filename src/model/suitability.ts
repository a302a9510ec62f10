import { z } from 'zod';
import { Sha256 } from './fact.ts';
import { Verdict } from './verdict.ts';

/** One answer that a reference has to give: a check on it, what is known of it, and what was found this time. */
export const Expected = z.strictObject({ check: z.string(), expected: Verdict, found: Verdict.optional() });
export type Expected = z.infer<typeof Expected>;

export const REFERENCE_KINDS = ['known-bad', 'known-good'] as const;
export const ReferenceKind = z.enum(REFERENCE_KINDS);
export type ReferenceKind = z.infer<typeof ReferenceKind>;

/** A device whose answers are known. `how: simulated` runs on loopback and proves the engine, not the cable to the item. */
export const ReferenceDevice = z.strictObject({
  name: z.string(),
  kind: ReferenceKind,
  how: z.enum(['simulated', 'declared']),
  addresses: z.array(z.string()),
  checks: z.array(Expected),
  is: z.enum(['as-known', 'not-as-known', 'not-reached']),
  because: z.string(),
  /** The sealed run that it was found in, kept beside the pass. */
  run: z.strictObject({ id: z.string(), seal: Sha256 }).optional(),
});
export type ReferenceDevice = z.infer<typeof ReferenceDevice>;

/** One pass over the references. `at` is UTC. `suitable`: every reference as known, a known-bad and a known-good one. */
export const SuitabilityPass = z.strictObject({
  at: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  when: z.enum(['before', 'after']),
  references: z.array(ReferenceDevice).min(1),
  suitable: z.boolean(),
});
export type SuitabilityPass = z.infer<typeof SuitabilityPass>;

/**
 * System suitability: whether the bench found what is known of its references before the item was tested and after.
 * `suitable` only where both passes were made, around the runs, and each found all that it had to.
 */
export const Suitability = z.strictObject({
  schema: z.literal(1),
  tool: z.string(),
  passes: z.array(SuitabilityPass).min(1),
  suitable: z.boolean(),
  because: z.string(),
});
export type Suitability = z.infer<typeof Suitability>;
