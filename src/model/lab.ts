import { z } from 'zod';
import { Sha256 } from './fact.ts';
import { Item, State } from './target.ts';

/** Words of a person: a letter or a digit at least, for a field of blanks would count as one that is filled in. */
const Text = z
  .string()
  .max(2000)
  .regex(/[\p{L}\p{N}]/u, 'words, with a letter or a digit at least');

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
  model: Text.optional(),
  serial: Text.optional(),
  hardware: Text.optional(),
  /** Of an app or a cloud service the version of its software. */
  firmware: Text.optional(),
  sample: Text.optional(),
  /** The condition in which the item arrived, in words. */
  condition: Text.optional(),
  /** The state in which it was tested; the runs say so too, and have to agree. */
  state: State.optional(),
  received: z.iso.date().optional(),
  /** An empty list says that none were taken. */
  photographs: z.array(Photograph).optional(),
});
export type LabItem = z.infer<typeof LabItem>;

/** Where the sample was drawn and how (ISO/IEC 17025:2017, 7.8.5), by whom: the laboratory or somebody else. */
export const Sampling = z.strictObject({
  by: z.enum(['laboratory', 'customer', 'other']),
  plan: Text,
  date: z.iso.date().optional(),
  location: Text.optional(),
});
export type Sampling = z.infer<typeof Sampling>;

/** Results that somebody else provided, and who. */
export const ExternalResults = z.strictObject({ provider: Text, results: Text });
export type ExternalResults = z.infer<typeof ExternalResults>;

/** A report that this one takes the place of (ISO/IEC 17025:2017, 7.8.8). `report` is its unique id or its number. */
export const Amendment = z.strictObject({ report: Text, changed: Text, why: Text });
export type Amendment = z.infer<typeof Amendment>;

/**
 * What a laboratory says of a test, from `lab.yaml`: the fields of ISO/IEC 17025:2017, 7.8.2 to 7.8.8 that no probe can
 * know. All may be missing; a report with a missing one is an engineering run and names it. A list that is empty says that
 * there is nothing of the kind; one that is missing says nothing.
 */
export const Lab = z.strictObject({
  /** 7.8.2.1 b. */
  laboratory: Party.extend({ accreditation: Text.optional() }).optional(),
  /** Where the tests were carried out, when elsewhere than at the laboratory's address (7.8.2.1 c). */
  location: Text.optional(),
  /** 7.8.2.1 e. */
  customer: Party.optional(),
  /** The laboratory's own number of the report (7.8.2.1 d); the unique id stands beside it. */
  number: Text.optional(),
  /** 7.8.2.1 g and h. */
  items: z.array(LabItem).default([]),
  /** The laboratory's own procedure (7.8.2.1 f); the profile is what is tested against. */
  method: z.strictObject({ id: Text, edition: Text }).optional(),
  /** `none`: the item was tested as it was received, and no sample was drawn (7.8.2.1 k). */
  sampling: z.union([z.literal('none'), Sampling]).optional(),
  /** Additions to, deviations or exclusions from the method (7.8.2.1 n). */
  deviations: z.array(Text).optional(),
  /** Conditions of the test that bear on the result (7.8.3.1 a). */
  conditions: z.array(Text).optional(),
  /** Results of external providers (7.8.2.1 p). */
  external: z.array(ExternalResults).optional(),
  /** The date of issue, `2026-11-22` (7.8.2.1 j). */
  issued: z.iso.date().optional(),
  tester: Signatory.optional(),
  reviewer: Signatory.optional(),
  /** 7.8.2.1 o. */
  authoriser: Signatory.optional(),
  /** How the risk of a false accept was agreed with the customer (7.1.3, 7.8.6); the tool states its own rule beside it. */
  decisionRule: Text.optional(),
  /** What the laboratory says of measurement uncertainty, where it says anything (7.8.3.1 c). */
  uncertainty: Text.optional(),
  /** Who is authorised to release opinions, which the remedies are, and what they rest on (7.8.7). */
  opinions: Signatory.extend({ basis: Text }).optional(),
  /** Information that the customer supplied beside the product file and that can affect the result (7.8.2.2). */
  customerSupplied: z.array(Text).optional(),
  /** What a method, an authority or the customer asks to be said besides (7.8.3.1 e). */
  remarks: z.array(Text).optional(),
  amends: Amendment.optional(),
});
export type Lab = z.infer<typeof Lab>;
