import { z } from 'zod';
import { Declaration } from './declaration.ts';

export * from './declaration.ts';
export * from './endpoint.ts';

/** How intrusive a probe is, least first. `disruptive` is only ever used when asked for by name. */
export const IMPACTS = ['passive', 'connect', 'login', 'disruptive'] as const;
export const Impact = z.enum(IMPACTS);
export type Impact = z.infer<typeof Impact>;

export const COMPONENT_KINDS = ['device', 'hub', 'accessory', 'app', 'cloud'] as const;

/** A mark or certificate of another scheme. `file` is filed with the product file; `sha256` is that of its bytes. */
export const Trustmark = z.strictObject({
  scheme: z.string().min(1),
  certificate: z.string().min(1),
  until: z.iso.date().optional(),
  file: z.string().min(1).optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hexadecimal')
    .optional(),
});
export type Trustmark = z.infer<typeof Trustmark>;

export const Component = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters, digits, dot, dash and underscore'),
  kind: z.enum(COMPONENT_KINDS).default('device'),
  /** IPv4 and IPv6, without brackets or zone. */
  addresses: z.array(z.string().min(1)).default([]),
  /** DNS names that certificates are held to. */
  names: z.array(z.string().min(1)).default([]),
  mac: z
    .string()
    .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i, 'a MAC address such as 02:00:00:00:00:01')
    .optional(),
  vendor: z.string().min(1).optional(),
  /** One connection at a time and 500 packets a second. */
  fragile: z.boolean().optional(),
  /** The component that this one belongs to, by id: a product is a tree. */
  partOf: z.string().min(1).optional(),
  /** Marks of other schemes that the component carries, with the certificate: shown as examined evidence, deciding nothing. */
  trustmarks: z.array(Trustmark).optional(),
  declares: Declaration.default({}),
});
export type Component = z.infer<typeof Component>;

/** What was on the bench. */
export const Item = z.strictObject({
  model: z.string().optional(),
  serial: z.string().optional(),
  hardware: z.string().optional(),
  firmware: z.string().optional(),
  sample: z.string().optional(),
});
export type Item = z.infer<typeof Item>;

/**
 * A claim that a criterion does not apply, or that every criterion with a condition does not (`condition:
 * no-passwords`); who accepted it for the lab.
 */
export const NotApplicableClaim = z
  .strictObject({
    criterion: z.string().min(1).optional(),
    condition: z.string().min(1).optional(),
    component: z.string().optional(),
    why: z.string().min(1),
    acceptedBy: z.string().min(1).optional(),
  })
  .refine(({ criterion, condition }) => (criterion === undefined) !== (condition === undefined), {
    message: 'a claim names a criterion or a condition, and not both',
  });
export type NotApplicableClaim = z.infer<typeof NotApplicableClaim>;

export const Product = z.strictObject({
  name: z.string().min(1),
  /** Whether the list of components is whole: without it the product has no PASS. */
  complete: z.boolean().default(false),
  notApplicable: z.array(NotApplicableClaim).default([]),
  /** Which component shows what a criterion asks of the product as a whole; the device where none is named. */
  shownBy: z.array(z.strictObject({ criterion: z.string().min(1), component: z.string().min(1) })).optional(),
  /** Which component (`by`) provides the means of a criterion for another (`for`). */
  provides: z
    .array(z.strictObject({ criterion: z.string().min(1), for: z.string().min(1), by: z.string().min(1) }))
    .optional(),
});
export type Product = z.infer<typeof Product>;

export const Allow = z.strictObject({
  impact: Impact,
  by: z.string().min(1),
  until: z.iso.datetime({ offset: true }).optional(),
  public: z.boolean().optional(),
});

/** What is tested: one device under test or one product; everything outside `scope` (CIDRs) is refused. */
export const Target = z.strictObject({
  id: z.string().min(1),
  product: Product.optional(),
  components: z.array(Component).min(1),
  scope: z.array(z.string().min(1)),
  allow: Allow,
});
export type Target = z.infer<typeof Target>;
