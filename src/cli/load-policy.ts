import { createHash } from 'node:crypto';
import * as path from 'node:path';
import type { GivenPolicy } from '../judge/check.ts';
import { POLICY_ROLES, Policy, type PolicyRole } from '../model/policy.ts';
import { Usage } from './limits.ts';
import { packageRoot } from './load-profile.ts';
import { type Loaded, parseYaml, readText } from './load-yaml.ts';
import { nearest } from './product-hints.ts';

/** The files of the policies that are shipped, one a protocol. */
export const shippedPolicies = (): string[] => [path.join(packageRoot(), 'profiles', 'policies', 'ssh-2026.yaml')];

interface Named {
  readonly role: PolicyRole;
  readonly name: string;
  readonly isWeak: boolean;
  readonly at: readonly PropertyKey[];
}

/** Every name of a policy, and where it stands. */
const namesOf = ({ roles }: Policy): Named[] =>
  POLICY_ROLES.flatMap((role) => [
    ...(roles[role]?.weak ?? []).flatMap(({ names }, group) =>
      names.map((name, index) => ({ role, name, isWeak: true, at: ['roles', role, 'weak', group, 'names', index] })),
    ),
    ...(roles[role]?.acceptable ?? []).map((name, index) => ({
      role,
      name,
      isWeak: false,
      at: ['roles', role, 'acceptable', index],
    })),
  ]);

const checkTwice = (loaded: Loaded<Policy>): void => {
  const seen = new Map<string, Named>();
  for (const one of namesOf(loaded.value)) {
    const before = seen.get(`${one.role} ${one.name}`);
    if (before !== undefined)
      throw loaded.bad(
        one.at,
        before.isWeak === one.isWeak
          ? `roles.${one.role} names "${one.name}" twice (line ${loaded.lineOf(before.at)})`
          : `roles.${one.role} says of "${one.name}" that it is weak and that it is acceptable (line ${loaded.lineOf(before.at)})`,
      );
    seen.set(`${one.role} ${one.name}`, one);
  }
};

const startOf = (name: string): string => name.replace(/\*$/, '');

/** Whether a name is one that is known, or names one: by its beginning, or by that of a known one. */
const isKnown = (name: string, known: readonly string[]): boolean =>
  known.some(
    (one) =>
      one === name ||
      (one.endsWith('*') && name.startsWith(startOf(one))) ||
      (name.endsWith('*') && one.startsWith(startOf(name))),
  );

const domainOf = (name: string): string | undefined => /@(.+)$/.exec(name)?.[1];

/**
 * Refuses a name that nobody uses. A name at a domain of its own (RFC 4251, 6) is its maker's to give: it is refused
 * only where the domain, or one that is written much like it, is known here, and the name is not; or where it is no domain.
 */
const checkKnown = (loaded: Loaded<Policy>, vocabulary: Policy): void => {
  const all = namesOf(vocabulary);
  const domains = [...new Set(all.flatMap(({ name }) => domainOf(name) ?? []))];
  for (const { role, name, at } of namesOf(loaded.value)) {
    const known = all.filter((one) => one.role === role).map((one) => one.name);
    if (isKnown(name, known)) continue;
    const domain = domainOf(name);
    if (domain?.includes('.') && nearest(domain, domains) === undefined) continue;
    const elsewhere = all.find((one) => one.name === name);
    const meant = nearest(name, known);
    throw loaded.bad(
      at,
      `roles.${role} names "${name}", which is no algorithm that is known${
        elsewhere !== undefined
          ? ` there; it is one of ${elsewhere.role}`
          : meant === undefined
            ? ''
            : `; did you mean "${meant}"?`
      }`,
    );
  }
};

/**
 * Loads a policy; `digest` is the SHA-256 of the file's bytes. Throws BadFile with file and line, also for a name that is
 * there twice or is said to be weak and acceptable, and for one that the shipped policy of its protocol does not know.
 */
export const loadPolicy = (file: string): GivenPolicy => {
  const text = readText(file);
  const loaded = parseYaml(text, file, Policy);
  checkTwice(loaded);
  const [shipped] = shippedPolicies() as [string];
  if (path.resolve(file) !== shipped) checkKnown(loaded, parseYaml(readText(shipped), shipped, Policy).value);
  return { policy: loaded.value, digest: createHash('sha256').update(text).digest('hex') };
};

/** The policies to judge by: those given, and the shipped one of each protocol that none of them is for. Throws Usage. */
export const readPolicies = (files: readonly string[] = []): GivenPolicy[] => {
  const given = files.map((file) => loadPolicy(file));
  for (const [index, { policy }] of given.entries())
    if (given.findIndex((one) => one.policy.protocol === policy.protocol) !== index)
      throw new Usage(`--policy ${files[index]}: another one for ${policy.protocol} was given before it`);
  const shipped = shippedPolicies().map((file) => loadPolicy(file));
  return [...shipped.filter((one) => given.every(({ policy }) => policy.protocol !== one.policy.protocol)), ...given];
};
