import * as fs from 'node:fs';
import ipaddr from 'ipaddr.js';
import { IMPACTS, type Impact, type Item, type Target } from '../model/target.ts';
import { isPublic, parseTargets } from '../observe/discover/hosts.ts';
import type { Account } from '../observe/probe.ts';
import { createScope, type Scope } from '../observe/scope.ts';
import { Usage } from './limits.ts';
import { loadProduct, targetOf } from './load-product.ts';

/** One thing to scan, as the command line or a product file gives it. */
export interface Aimed {
  readonly target: Target;
  readonly item: Item;
  readonly accounts: ReadonlyMap<string, readonly Account[]>;
  /** The product file, where there is one. */
  readonly product?: string;
  /** From a range or CIDR: only scanned where it answers. */
  readonly fromRange: boolean;
}

export interface TargetOptions {
  readonly impact?: string;
  readonly scope: readonly string[];
  /** Addresses that are never to be spoken to. */
  readonly excluded: (address: string) => boolean;
  readonly yes: boolean;
  /** Who allows it, for the record of a bare address. */
  readonly by: string;
  /** Milliseconds since the epoch, to hold `allow.until` to. */
  readonly now: number;
}

export const impactFrom = (text: string | undefined): Impact | undefined => {
  if (text === undefined) return undefined;
  const impact = IMPACTS.find((name) => name === text);
  if (impact === undefined) throw new Usage(`--impact ${text}: expected one of ${IMPACTS.join(', ')}`);
  return impact;
};

const isFile = (argument: string): boolean => /\.(ya?ml|json)$/i.test(argument) || fs.existsSync(argument);

const withImpact = (target: Target, impact: Impact | undefined): Target =>
  impact === undefined ? target : { ...target, allow: { ...target.allow, impact } };

/** Publicly routable addresses are somebody's: refused unless the product file's `allow` says who permitted it. */
const refusePublic = (target: Target): void => {
  if (target.allow.public) return;
  for (const address of target.components.flatMap((component) => component.addresses)) {
    if (isPublic(address))
      throw new Usage(
        `${address} is publicly routable: refused, unless a product file names it with \`allow: { public: true, by: … }\``,
      );
  }
  for (const entry of target.scope) {
    if (holdsPublic(entry))
      throw new Usage(
        `${target.id}: the scope ${entry} holds publicly routable addresses: refused, unless \`allow: { public: true, by: … }\` says who permits it`,
      );
  }
};

/** Every network that is not public is whole from its first to its last address, and none is as wide as these. */
const holdsPublic = (entry: string): boolean => {
  const [first, last] = ends(entry);
  const bits = entry.includes('/') ? Number(entry.split('/')[1]) : 128;
  return bits < (entry.includes(':') ? 7 : 8) || isPublic(first) || isPublic(last);
};

/** Addresses of one argument at most, `--yes` or not: each is a device of its own with a run of its own. */
const MOST = 2 ** 20;

const parsed = (argument: string, yes: boolean): ReturnType<typeof parseTargets> => {
  const bits = /^[\d.]+\/(\d{1,2})$/.exec(argument)?.[1];
  if (yes && bits !== undefined && 2 ** (32 - Number(bits)) > MOST)
    throw new Usage(`Cannot read target "${argument}": expected at most ${MOST} addresses, as in a /12`);
  try {
    return parseTargets(argument, { yes });
  } catch (error) {
    throw new Usage(`${(error as Error).message}, or a product file that is there`);
  }
};

/** Reads every target argument. Throws Usage or BadFile before anything is sent. */
export const readTargets = (argumentsGiven: readonly string[], options: TargetOptions): Aimed[] => {
  if (argumentsGiven.length === 0)
    throw new Usage('nothing to scan: expected an address, a range such as 198.18.0.1-20, a CIDR, or a product.yaml');
  const impact = impactFrom(options.impact);
  const aimed = argumentsGiven.flatMap((argument): Aimed[] => {
    if (isFile(argument)) {
      const loaded = loadProduct(argument);
      return [
        {
          target: withScope(withImpact(loaded.target, impact), options.scope),
          item: loaded.item,
          accounts: loaded.accounts,
          product: argument,
          fromRange: false,
        },
      ];
    }
    const { addresses, range } = parsed(argument, options.yes);
    return addresses
      .filter((address) => !options.excluded(address))
      .map((address) => ({
        target: withScope(withImpact(targetOf(address, options.by), impact), options.scope),
        item: {},
        accounts: new Map(),
        fromRange: range,
      }));
  });
  if (aimed.length === 0) throw new Usage('nothing to scan: --exclude leaves out every target');
  for (const { target } of aimed) {
    refusePublic(target);
    refuseExpired(target, options.now);
  }
  // Two samples of one product have one name, and an address of their own each.
  const seen = new Set<string>();
  return aimed.filter(({ target }) => {
    const key = JSON.stringify([target.id, target.components.map((component) => component.addresses)]);
    return !seen.has(key) && seen.add(key);
  });
};

/** `--scope` narrows, and never widens: a target with an address outside of it is refused. */
const withScope = (target: Target, scope: readonly string[]): Target => {
  if (scope.length === 0) return target;
  let narrowed: ReturnType<typeof createScope>;
  try {
    narrowed = createScope(scope);
  } catch (error) {
    throw new Usage(`--scope: ${(error as Error).message}`);
  }
  for (const address of target.components.flatMap((component) => component.addresses)) {
    if (!narrowed.contains(address))
      throw new Usage(`${target.id}: ${address} is outside of --scope ${scope.join(', ')}`);
  }
  // A wider entry of the product file shrinks to what it shares with --scope.
  const wide = createScope(target.scope);
  return { ...target, scope: [...target.scope.filter(within(narrowed)), ...scope.filter(within(wide))] };
};

const within = (scope: Scope) => (entry: string) => {
  const [first, last] = ends(entry);
  return scope.contains(first) && scope.contains(last);
};

/** First and last address of a CIDR or address; both are inside a CIDR exactly where the whole of it is. */
const ends = (entry: string): [string, string] => {
  const family = entry.includes(':') ? ipaddr.IPv6 : ipaddr.IPv4;
  const cidr = entry.includes('/') ? entry : `${entry}/${family === ipaddr.IPv6 ? 128 : 32}`;
  return [family.networkAddressFromCIDR(cidr).toString(), family.broadcastAddressFromCIDR(cidr).toString()];
};

/** An allowance that has run out allows nothing. */
const refuseExpired = ({ id, allow }: Target, now: number): void => {
  if (allow.until !== undefined && Date.parse(allow.until) < now)
    throw new Usage(`${id}: what ${allow.by} allowed ended at ${allow.until}`);
};
