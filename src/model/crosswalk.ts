import { z } from 'zod';

/** How a focal element relates to a reference element, read from the focal one (NISTIR 8278A). */
export const RELATIONSHIPS = ['equal', 'subset of', 'superset of', 'intersects with', 'not related to'] as const;
export const Relationship = z.enum(RELATIONSHIPS);
export type Relationship = z.infer<typeof Relationship>;

/** How a row was read by somebody who had the standards open: the relationship that holds, or `none` where nobody confirmed one. */
export const ReadAs = z.enum([...RELATIONSHIPS, 'none']);
export type ReadAs = z.infer<typeof ReadAs>;

/** An element of a reference document, by the profile that has it and its id there. */
export const Reference = z.strictObject({ profile: z.string().min(1), element: z.string().min(1) });
export type Reference = z.infer<typeof Reference>;

/**
 * One row as it is printed, and as it was read. What is blank in print is absent: a blank `fulfilled` is "not stated", and
 * not N. `fulfilled` speaks of the reference document, never of a product. `issues` flag what is garbled in print.
 */
export const CrosswalkRow = z.strictObject({
  row: z.string().min(1),
  focal: z.string().min(1),
  rationale: z.enum(['syntactic', 'semantic', 'functional']).optional(),
  relationship: Relationship.optional(),
  /** The reference elements; several are one joint set. */
  references: z.array(Reference).default([]),
  /** The reference as the row prints it. */
  printed: z.string().min(1).optional(),
  fulfilled: z.enum(['Y', 'N']).optional(),
  comment: z.string().min(1).optional(),
  group: z.string().min(1).optional(),
  component: z.string().min(1).optional(),
  issues: z.array(z.string().min(1)).default([]),
  readAs: ReadAs.default('none'),
  readBy: z.string().min(1).optional(),
  readAt: z.iso.date().optional(),
  /** Why it was read so; where the row has `issues` that garble a reference or comment, the review names them here. */
  why: z.string().min(1).optional(),
  namesIssues: z.array(z.string().min(1)).default([]),
});
export type CrosswalkRow = z.infer<typeof CrosswalkRow>;

/** A mapping between the elements of one focal document and those of others, row by row. */
export const Crosswalk = z.strictObject({
  crosswalk: z.string().min(1),
  title: z.string().min(1),
  edition: z.string().min(1),
  source: z.string().min(1),
  /** The profile of the focal document. */
  focal: z.string().min(1),
  /** The profiles of the reference documents. */
  references: z.array(z.string().min(1)).min(1),
  /** The kind of component that the mapping was made for. */
  component: z.literal('device'),
  rows: z.array(CrosswalkRow).min(1),
});
export type Crosswalk = z.infer<typeof Crosswalk>;
