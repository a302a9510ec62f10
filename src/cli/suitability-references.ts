import * as path from 'node:path';
import { z } from 'zod';
import { type RunningDevice, start } from '../../fixtures/device.ts';
import { devices } from '../../fixtures/sandbox.ts';
import { checks } from '../judge/checks/index.ts';
import type { KnownReference } from '../judge/suitability.ts';
import { REFERENCE_KINDS, ReferenceKind } from '../model/suitability.ts';
import type { Component, Item, Target } from '../model/target.ts';
import type { Discovery } from '../observe/discover/discovery.ts';
import type { Account } from '../observe/probe.ts';
import { StoreError } from '../observe/run-store.ts';
import { sandboxDiscovery } from './demo.ts';
import { splitPorts, Usage } from './limits.ts';
import { loadProduct } from './load-product.ts';
import { type Loaded, loadYaml } from './load-yaml.ts';
import { readTargets } from './targets.ts';

/**
 * A reference file: a device of the laboratory's whose answers are known, by its product file or its address, and what
 * each check is known to say of it. It stands on the segment of the items, so that the cable to them is proven too.
 */
export const ReferenceFile = z
  .strictObject({
    schema: z.literal(1).default(1),
    name: z.string().min(1).max(200).optional(),
    reference: ReferenceKind,
    /** A product file, relative to this one. */
    device: z.string().min(1).optional(),
    address: z.string().min(1).optional(),
    /** Ports to ask, as `--ports`; all of TCP and the UDP list where absent. */
    ports: z.string().min(1).optional(),
    expect: z.record(z.string(), z.enum(['fail', 'pass'])),
  })
  .refine(({ device, address }) => (device === undefined) !== (address === undefined), {
    message: 'it names a device (a product file) or an address, and not both',
  });
export type ReferenceFile = z.output<typeof ReferenceFile>;

/** A reference that stands ready to be looked at. */
export interface OpenedReference {
  readonly known: KnownReference;
  readonly target: Target;
  readonly item: Item;
  readonly accounts: ReadonlyMap<string, readonly Account[]>;
  /** The laboratory's port discovery, narrowed to the ports that a simulated device has. */
  readonly discovery: (inner: Discovery) => Discovery;
  readonly ports?: { readonly tcp: string; readonly udp: string };
  close(): Promise<void>;
}

/** A reference to look at: opened for each pass, and closed after it. */
export interface Reference {
  readonly name: string;
  readonly kind: ReferenceKind;
  readonly how: KnownReference['how'];
  open(): Promise<OpenedReference>;
}

type Expect = KnownReference['expect'];

const requireExpected = (loaded: Loaded<ReferenceFile>): Expect => {
  const { reference, expect } = loaded.value;
  const entries = Object.entries(expect);
  for (const [check, verdict] of entries) {
    const at = ['expect', check];
    if (!checks.some(({ id }) => id === check))
      throw loaded.bad(at, `expect.${check}: no check has this id (see: probity checks)`);
    if (reference === 'known-good' && verdict === 'fail')
      throw loaded.bad(at, `expect.${check} is "fail", and a known-good reference fails nothing: expected "pass"`);
  }
  const needed = reference === 'known-bad' ? 'fail' : 'pass';
  if (!entries.some(([, verdict]) => verdict === needed))
    throw loaded.bad(['expect'], `expect names no check with "${needed}", and a ${reference} reference needs one`);
  return new Map(entries);
};

const portsOf = (loaded: Loaded<ReferenceFile>): { tcp: string; udp: string } | undefined => {
  const { ports } = loaded.value;
  if (ports === undefined) return undefined;
  try {
    return splitPorts(ports);
  } catch (error) {
    if (!(error instanceof Usage)) throw error;
    throw loaded.bad(['ports'], error.message.replace(/^--ports /, 'ports: '));
  }
};

/** Reads a reference file, and the product file that it names. Throws BadFile with the line, and Usage for the target. */
export const readReference = (file: string, now: number): Reference => {
  const loaded = loadYaml(file, ReferenceFile);
  const { reference: kind, device, address } = loaded.value;
  const expect = requireExpected(loaded);
  const ports = portsOf(loaded);
  const argument = device === undefined ? address! : path.resolve(path.dirname(file), device);
  if (device !== undefined) loadProduct(argument);
  let aimed: ReturnType<typeof readTargets>;
  try {
    aimed = readTargets([argument], {
      scope: [],
      excluded: () => false,
      yes: false,
      by: 'the tester, in the reference file',
      now,
    });
  } catch (error) {
    if (!(error instanceof Usage)) throw error;
    throw loaded.bad([device === undefined ? 'address' : 'device'], error.message);
  }
  const [one, more] = aimed;
  if (more !== undefined || one === undefined)
    throw loaded.bad(['address'], `address "${argument}" is a range, expected one address`);
  const { target, item, accounts } = one;
  const name = loaded.value.name ?? target.product?.name ?? target.id;
  const addresses = target.components.flatMap((component) => component.addresses);
  const known: KnownReference = { name, kind, how: 'declared', addresses, expect };
  return {
    name,
    kind,
    how: 'declared',
    open: async () => ({
      known,
      target,
      item,
      accounts,
      discovery: (inner) => inner,
      ...(ports === undefined ? {} : { ports }),
      close: async () => undefined,
    }),
  };
};

/** The simulated references: which of their services are used, so that a pass takes seconds, and what is known of them. */
const SIMULATED: Readonly<
  Record<ReferenceKind, { readonly id: string; readonly tcp: readonly number[]; readonly expect: Expect }>
> = {
  'known-bad': {
    id: 'weak-camera',
    tcp: [5555, 8080, 8443, 8554],
    expect: new Map([
      ['default-credentials-rejected', 'fail'],
      ['access-authenticated', 'fail'],
      ['debug-interfaces-closed', 'fail'],
      ['transport-encrypted', 'fail'],
      ['tls-versions-current', 'fail'],
      ['keys-strong', 'fail'],
    ]),
  },
  'known-good': {
    id: 'sound-gateway',
    tcp: [2222, 8883],
    expect: new Map([
      ['default-credentials-rejected', 'pass'],
      ['access-authenticated', 'pass'],
      ['debug-interfaces-closed', 'pass'],
      ['transport-encrypted', 'pass'],
      ['tls-versions-current', 'pass'],
      ['tls-certificate-valid', 'pass'],
      ['keys-strong', 'pass'],
      ['ssh-algorithms-strong', 'pass'],
    ]),
  },
};

/** What is declared of it, at the ports that the system gave. Updates are not looked at. */
const declaredAt = (component: Component, running: RunningDevice): Component => {
  const { update: _, services, ...declares } = component.declares;
  const bound = (services ?? []).flatMap((service) => {
    const port = running.ports.find((one) => one.transport === service.transport && one.declared === service.port);
    return port === undefined ? [] : [{ ...service, port: port.port }];
  });
  return { ...component, addresses: [running.host], declares: { ...declares, services: bound } };
};

/** The simulated reference of a kind: started on loopback at free ports for each pass. */
export const simulatedReference = (kind: ReferenceKind): Reference => {
  const { id, tcp, expect } = SIMULATED[kind];
  const { device, host, product } = devices.find((one) => one.id === id)!;
  const services = Object.fromEntries(tcp.map((port) => [port, device.tcp[port]!]));
  const name = `simulated ${id}`;
  return {
    name,
    kind,
    how: 'simulated',
    open: async () => {
      let running: RunningDevice;
      try {
        running = await start({ id, tcp: services, udp: {} }, host, { ephemeral: true });
      } catch (error) {
        throw new StoreError(`Cannot start the simulated reference: ${(error as Error).message}`);
      }
      const { target, item, accounts } = loadProduct(product);
      const components = target.components.map((component) => declaredAt(component, running));
      return {
        known: { name, kind, how: 'simulated', addresses: [host], expect },
        target: { ...target, components, scope: [host] },
        item,
        accounts,
        discovery: (inner) => sandboxDiscovery(inner, new Map([[host, running.ports]])),
        close: () => running.close(),
      };
    },
  };
};

/**
 * The references of a pass: those of the files, and the simulated one of each kind that no file declares. Throws BadFile
 * and Usage.
 */
export const readReferences = (files: readonly string[], now: number = Date.now()): Reference[] => {
  const declared = files.map((file) => readReference(file, now));
  const names = new Set<string>();
  declared.forEach(({ name }, index) => {
    if (names.has(name)) throw new Usage(`--reference ${files[index]}: another reference is named "${name}" too`);
    names.add(name);
  });
  const missing = REFERENCE_KINDS.filter((kind) => !declared.some((one) => one.kind === kind));
  return [...declared, ...missing.map(simulatedReference)];
};
