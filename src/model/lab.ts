import { z } from 'zod';
import { Sha256 } from './fact.ts';
import { Item, State } from './target.ts';

const Text = z.string().min(1);

/** A body with an address: the laboratory, its customer. */
export const Party = z.strictObject({ name: Text, address: Text, contact: Text.optional() });
export type Party = z.infer<typeof Party>;

/** A person and the function in which they act. */
export const Signatory = z.strictObject({ name: Text, role: Text });
export type Signatory = z.infer<typeof Signatory>;

/** A photograph of an item; `sha256` is that of the file's bytes and is set when the file is read. */
export const Photograph = z.strictObject({ file: Text, sha256: Sha256.optional(), shows: Text.optional() });
export type Photograph = z.infer<typeof Photograph>;

/** What was tested, a component each (ISO/IEC 17025:2017, 7.8.2.1 g and 7.4.2). `received` is a date, `2026-11-22`. */
export const LabItem = Item.extend({
  component: Text,
  /** The condition in which the item arrived, in words. */
  condition: Text.optional(),
  state: State.optional(),
  received: z.iso.date().optional(),
  photographs: z.array(Photograph).default([]),
});
export type LabItem = z.infer<typeof LabItem>;

/** A report that this one takes the place of (ISO/IEC 17025:2017, 7.8.8). `report` is its unique id or its number. */
export const Amendment = z.strictObject({ report: Text, changed: Text, why: Text });
export type Amendment = z.infer<typeof Amendment>;

/**
 * What a laboratory says of a test, from `lab.yaml`: the fields of ISO/IEC 17025:2017, 7.8.2 and 7.8.3 that no probe can
 * know. All may be missing; a report with a missing one is an engineering run and names it.
 */
export const Lab = z.strictObject({
  laboratory: Party.extend({ accreditation: Text.optional() }).optional(),
  /** Where the tests were carried out, when elsewhere than at the laboratory's address. */
  location: Text.optional(),
  customer: Party.optional(),
  /** The laboratory's own number of the report; the unique id stands beside it. */
  number: Text.optional(),
  items: z.array(LabItem).default([]),
  method: z.strictObject({ id: Text, edition: Text }).optional(),
  /** Additions to, deviations or exclusions from the method; an empty list says that there were none. */
  deviations: z.array(Text).optional(),
  /** Environmental conditions that bear on the result. */
  conditions: z.array(Text).optional(),
  /** The date of issue, `2026-11-22`. */
  issued: z.iso.date().optional(),
  tester: Signatory.optional(),
  reviewer: Signatory.optional(),
  authoriser: Signatory.optional(),
  /** How the risk of a false accept was agreed with the customer (7.1.3); the tool states its own rule beside it. */
  decisionRule: Text.optional(),
  /** Information that the customer supplied and that can affect the result (7.8.2.2); an empty list says none. */
  customerSupplied: z.array(Text).optional(),
  amends: Amendment.optional(),
});
export type Lab = z.infer<typeof Lab>;
