import { z } from 'zod';

/** Lower-case hex SHA-256; names a file in a run's `evidence/`. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export type Sha256 = z.infer<typeof Sha256>;

/** A device's words, as far as a fact takes them. */
export const text = z.string().max(4096);
