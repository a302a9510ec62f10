import { z } from 'zod';

/** Lists of a server's offer that a policy speaks of, by the role that `offer` facts give them. */
export const POLICY_ROLES = ['version', 'kex', 'host-key', 'cipher', 'mac', 'compression'] as const;
export type PolicyRole = (typeof POLICY_ROLES)[number];

/** An algorithm as it is sent (RFC 4251, 6), or the beginning of its name and `*`. */
export const AlgorithmName = z
  .string()
  .regex(
    /^[\x21-\x29\x2b-\x7e]{1,64}$|^[\x21-\x29\x2b-\x7e]{4,63}\*$/,
    'a name, or four of its characters and more, and *',
  );

const words = z.string().trim().min(1).max(300);

/** Algorithms that are weak for one and the same reason. */
export const WeakAlgorithms = z.strictObject({
  names: z.array(AlgorithmName).min(1),
  why: words,
  source: words,
});

const Role = z.strictObject({
  weak: z.array(WeakAlgorithms).default([]),
  acceptable: z.array(AlgorithmName).default([]),
});

/**
 * Which algorithms of a protocol are weak and which are not, as data. What is named in neither list is not known: a
 * check that reads the policy cannot tell there. A whole name counts before the beginning of one, a longer one first.
 */
export const Policy = z.strictObject({
  policy: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters, digits, dot, dash and underscore'),
  title: words,
  edition: words,
  protocol: z.literal('ssh'),
  sources: z.array(words).default([]),
  roles: z.strictObject({
    version: Role.optional(),
    kex: Role.optional(),
    'host-key': Role.optional(),
    cipher: Role.optional(),
    mac: Role.optional(),
    compression: Role.optional(),
  } satisfies Record<PolicyRole, unknown>),
  /** Least bits of the prime of a group that a server chooses (RFC 4419). */
  leastGroup: z.strictObject({ bits: z.int().min(1), why: words, source: words }).optional(),
});
export type Policy = z.infer<typeof Policy>;

/** What a policy says of an algorithm; `unnamed`: nothing. */
export type PolicyWord =
  | { readonly is: 'weak'; readonly why: string; readonly source: string }
  | { readonly is: 'acceptable' | 'unnamed' };

/** Whether a name of a policy is meant for this algorithm, and how far it names it; undefined where it is not. */
const reach = (named: string, algorithm: string): number | undefined => {
  if (!named.endsWith('*')) return named === algorithm ? Number.POSITIVE_INFINITY : undefined;
  return algorithm.startsWith(named.slice(0, -1)) ? named.length : undefined;
};

/** What a policy says of an algorithm in a role. */
export const policySays = (policy: Policy, role: PolicyRole, algorithm: string): PolicyWord => {
  const lists = policy.roles[role];
  const words: { word: PolicyWord; far: number }[] = [];
  const add = (names: readonly string[], word: PolicyWord): void => {
    for (const name of names) {
      const far = reach(name, algorithm);
      if (far !== undefined) words.push({ word, far });
    }
  };
  for (const { names, why, source } of lists?.weak ?? []) add(names, { is: 'weak', why, source });
  add(lists?.acceptable ?? [], { is: 'acceptable' });
  return words.sort((a, b) => b.far - a.far)[0]?.word ?? { is: 'unnamed' };
};
