import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import * as path from 'node:path';
import { z } from 'zod';
import {
  Allow,
  Component,
  type DeclaredAccount,
  type DeclaredService,
  Item,
  NotApplicableClaim,
  Product,
  type SecretRef,
  type Target,
} from '../model/target.ts';
import type { Account } from '../observe/probe.ts';
import { canonicalAddress, createScope } from '../observe/scope.ts';
import { TO_WRITE } from './draft-product.ts';
import { BadFile, type Loaded, loadYaml, readText } from './load-yaml.ts';
import { looseChecks } from './product-hints.ts';
import { readTrustmarks, requireTree } from './product-tree.ts';
import { declaredTrust } from './trust.ts';

/** A product file (`product.yaml`): what is tested, who allows it, and what the maker declares of each component. */
export const ProductFile = z.strictObject({
  schema: z.literal(1).default(1),
  product: Product.omit({ notApplicable: true }).optional(),
  item: Item.default({}),
  /** Absent: logins, allowed by whoever runs the command. */
  allow: Allow.optional(),
  /** CIDRs or addresses that may be spoken to besides the components' own. */
  scope: z.array(z.string().min(1)).default([]),
  notApplicable: z.array(NotApplicableClaim).default([]),
  components: z.array(Component).min(1),
});
export type ProductFile = z.output<typeof ProductFile>;

export interface LoadedProduct {
  readonly target: Target;
  readonly item: Item;
  /** Declared accounts by component id, their secrets read. */
  readonly accounts: ReadonlyMap<string, readonly Account[]>;
  /** PEM of every declared trust anchor, of all components. */
  readonly trust: readonly string[];
}

export interface LoadOptions {
  /** Where `secret: { env: NAME }` is looked up (default: the process's environment). */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

type Path = readonly PropertyKey[];

const requireAddresses = (loaded: Loaded<ProductFile>): Map<string, string> => {
  const canonical = new Map<string, string>();
  const owners = new Map<string, string>();
  loaded.value.components.forEach(({ id, addresses }, index) => {
    addresses.forEach((text, position) => {
      const at = ['components', index, 'addresses', position];
      const address = canonicalAddress(text);
      if (address === undefined) throw loaded.bad(at, `"${text}" is not an IP address${addressHint(text)}`);
      const owner = owners.get(address);
      if (owner !== undefined)
        throw loaded.bad(at, `address ${address} is given to both "${owner}" and "${id}", expected once`);
      owners.set(address, id);
      canonical.set(text, address);
    });
  });
  if (owners.size === 0) throw loaded.bad(['components'], 'no component has an address, expected at least one');
  return canonical;
};

const addressHint = (text: string): string => {
  if (text.includes('/')) return ': a network goes into `scope`';
  if (/^\[.*\]$/.test(text) || text.includes('%')) return ': write it without brackets and without a zone';
  if (/[a-z]/i.test(text) && !text.includes(':')) return ': a DNS name goes into `names`';
  return ', such as 198.18.0.5 or fd00::5';
};

const requireScope = (loaded: Loaded<ProductFile>): void => {
  loaded.value.scope.forEach((cidr, index) => {
    try {
      createScope([cidr]);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw loaded.bad(['scope', index], `"${cidr}" is not a network, expected such as 198.18.0.0/24 or fd00::/64`);
    }
  });
};

const rangeOf = ({ port }: DeclaredService): readonly [number, number] | undefined => {
  if (port === 'dynamic') return undefined;
  if (typeof port === 'number') return [port, port];
  const [from = 0, to = 0] = port.split('-').map(Number);
  return [from, to];
};

const sameState = (a: DeclaredService, b: DeclaredService): boolean =>
  a.states === undefined || b.states === undefined || a.states.some((state) => b.states?.includes(state));

/** Two declarations of one port would each say why it is open. */
const requirePorts = (loaded: Loaded<ProductFile>): void => {
  loaded.value.components.forEach(({ declares: { services = [] } }, index) => {
    services.forEach((service, position) => {
      const range = rangeOf(service);
      if (range === undefined) return;
      const other = services.slice(0, position).find((earlier) => {
        const before = rangeOf(earlier);
        if (before === undefined || earlier.transport !== service.transport || !sameState(earlier, service))
          return false;
        return range[0] <= before[1] && before[0] <= range[1];
      });
      if (other !== undefined)
        throw loaded.bad(
          ['components', index, 'declares', 'services', position, 'port'],
          `port ${service.transport}/${service.port} is declared already, as ${other.transport}/${other.port}`,
        );
    });
  });
};

/** A file named in the product file, relative to it. What is wrong with it is said of the line that names it. */
const readNamed = (loaded: Loaded<ProductFile>, at: Path, name: string): string => {
  try {
    return readText(path.resolve(path.dirname(loaded.file), name));
  } catch (error) {
    if (!(error instanceof BadFile)) throw error;
    throw loaded.bad(at, error.message.replace(/^Cannot/, 'cannot'));
  }
};

const readPem = (loaded: Loaded<ProductFile>, at: Path, name: string, what: RegExp): string => {
  const text = readNamed(loaded, at, name);
  if (!what.test(text)) throw loaded.bad(at, `"${name}" is not PEM, expected a block that begins with ${what.source}`);
  return text;
};

const KEY = /-----BEGIN (CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|EC PUBLIC KEY)-----/;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----/;

const readSecret = (loaded: Loaded<ProductFile>, at: Path, secret: SecretRef, env: LoadOptions['env'] = {}): string => {
  if ('env' in secret) {
    const value = env[secret.env];
    if (value === undefined || value === '')
      throw loaded.bad(
        [...at, 'env'],
        `the environment variable ${secret.env} is ${value === undefined ? 'not set' : 'empty'}, expected a secret`,
      );
    return value;
  }
  const value = readNamed(loaded, [...at, 'file'], secret.file).replace(/\r?\n$/, '');
  if (value === '') throw loaded.bad([...at, 'file'], `"${secret.file}" is empty, expected a secret`);
  return value;
};

const keyOf = (pem: string): KeyObject | undefined => {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
};

const certificateOf = (pem: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
};

/** A client certificate (PEM, its chain behind it) whose private key is the account's secret, and fits it. */
const readCertificate = (
  loaded: Loaded<ProductFile>,
  at: Path,
  { certificate, certificateFile }: DeclaredAccount,
  secret: string,
): string | undefined => {
  if (certificateFile === undefined && certificate === undefined) return undefined;
  const field = certificateFile === undefined ? 'certificate' : 'certificateFile';
  if (certificateFile !== undefined && certificate !== undefined)
    throw loaded.bad([...at, 'certificateFile'], 'certificate is given beside it, expected one of the two');
  const pem =
    certificateFile === undefined ? certificate! : readPem(loaded, [...at, field], certificateFile, CERTIFICATE);
  const own = certificateOf(pem);
  if (own === undefined)
    throw loaded.bad(
      [...at, field],
      `${certificateFile ?? 'it'} is no certificate that can be read, expected PEM of X.509`,
    );
  const key = keyOf(secret);
  if (key === undefined)
    throw loaded.bad(
      [...at, 'secret'],
      'it is no private key, expected PEM (without a passphrase) beside a certificate',
    );
  if (!own.checkPrivateKey(key))
    throw loaded.bad([...at, 'secret'], `it is not the private key of the certificate in ${field}`);
  return pem;
};

const readAccounts = (loaded: Loaded<ProductFile>, env: LoadOptions['env']): Map<string, Account[]> => {
  const accounts = new Map<string, Account[]>();
  loaded.value.components.forEach(({ id, declares }, index) => {
    const own = (declares.accounts ?? []).map((declared, position): Account => {
      const at = ['components', index, 'declares', 'accounts', position];
      const { secret: named, certificate: _, certificateFile: __, ...account } = declared;
      const secret = readSecret(loaded, [...at, 'secret'], named, env);
      const certificate = readCertificate(loaded, at, declared, secret);
      return { ...account, secret, ...(certificate === undefined ? {} : { certificate }) };
    });
    if (own.length > 0) accounts.set(id, own);
  });
  return accounts;
};

/** The components with their addresses in canonical form, and with the keys and certificates that they name read. */
const readComponents = (loaded: Loaded<ProductFile>, canonical: ReadonlyMap<string, string>): Component[] =>
  loaded.value.components.map((component, index) => {
    const { declares } = component;
    const at = ['components', index, 'declares'];
    const read = { ...declares };
    if (declares.update?.keyFile !== undefined)
      read.update = {
        ...declares.update,
        key: readPem(loaded, [...at, 'update', 'keyFile'], declares.update.keyFile, KEY),
      };
    const trust = declaredTrust(loaded, at, declares);
    if (trust !== undefined) read.trust = trust;
    const addresses = component.addresses.map((address) => canonical.get(address) ?? address);
    const trustmarks = readTrustmarks(loaded, component, index);
    return { ...component, addresses, ...(trustmarks === undefined ? {} : { trustmarks }), declares: read };
  });

/** What a draft leaves to be written would be taken for what somebody declares. */
const requireWritten = (loaded: Loaded<ProductFile>): void => {
  const visit = (value: unknown, at: Path): void => {
    if (typeof value === 'string' && value.startsWith(TO_WRITE))
      throw loaded.bad(at, `${String(at.at(-1))} is still ${TO_WRITE}: say what it is, or take it out`);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) visit(inner, [...at, Array.isArray(value) ? Number(key) : key]);
  };
  visit(loaded.value, []);
};

/** A folder-safe name from words: `Doorstep Camera 2` gives `doorstep-camera-2`. */
const nameOf = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9._]+/g, '-')
    .replace(/^[-._]+|[-._]+$/g, '')
    .slice(0, 80);

/**
 * Loads a product file: secrets from the environment or from files, keys and trust anchors from the files it names, all
 * relative to it. Throws BadFile with the file, the line and what was expected, before anything is sent to a device.
 */
export const loadProduct = (file: string, { env = process.env }: LoadOptions = {}): LoadedProduct => {
  looseChecks(file, ProductFile);
  const loaded = loadYaml(file, ProductFile);
  const { product, item, allow, scope, notApplicable } = loaded.value;
  requireWritten(loaded);
  requireTree(loaded);
  const canonical = requireAddresses(loaded);
  requireScope(loaded);
  requirePorts(loaded);
  const components = readComponents(loaded, canonical);
  const id = nameOf(product?.name ?? '') || nameOf(path.basename(file).replace(/\.[^.]+$/, '')) || 'product';
  return {
    target: {
      id,
      ...(product === undefined ? {} : { product: { ...product, notApplicable } }),
      components,
      scope: [...new Set([...canonical.values(), ...scope])],
      allow: allow ?? { impact: 'login', by: 'the tester, on the command line' },
    },
    item,
    accounts: readAccounts(loaded, env),
    trust: components.flatMap(({ declares }) => declares.trust ?? []),
  };
};

/**
 * The target that a bare address makes: one device, named by its address (colons as dashes), nothing declared, nothing
 * but the address in scope. Throws RangeError for what is no IP address.
 */
export const targetOf = (address: string, by: string): Target => {
  const canonical = canonicalAddress(address);
  if (canonical === undefined) throw new RangeError(`"${address}" is not an IP address`);
  const id = canonical.replace(/^:/, '0:').replaceAll(':', '-');
  return {
    id,
    components: [{ id, kind: 'device', addresses: [canonical], names: [], declares: {} }],
    scope: [canonical],
    allow: { impact: 'login', by },
  };
};
