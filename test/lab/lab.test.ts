import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { probes } from '../../probes/index.ts';
import type { Scanned } from '../../src/cli/carry-out.ts';
import { scan } from '../../src/cli/scan.ts';
import { type LabDevice, labDevices } from './devices.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { listening } from './ready.ts';

const why = missing();
const absent = (device: LabDevice): string[] =>
  device.needs.filter((program) => !has(program) && !fs.existsSync(program));
const here = why === undefined ? labDevices.filter((device) => absent(device).length === 0) : [];

/** The product file of a device that declares something, else its bare address. */
const targetOf = (device: LabDevice, host: Host): string => {
  const declared = device.declares?.(host);
  if (declared === undefined) return host.address;
  for (const [name, value] of Object.entries(declared.environment ?? {})) process.env[name] = value;
  const names = device.name.startsWith('nginx') ? 'gateway.lab' : 'broker.lab';
  return host.file(
    'product.yaml',
    `product: { name: ${device.name}, complete: true }\nitem: { model: ${device.name}, serial: "1" }\ncomponents:\n  - id: ${device.name}\n    addresses: [${host.address}]\n    names: [${names}]\n    declares:\n      ${declared.component}\n`,
  );
};

const expected: Record<string, { services: string[]; told: string[]; never: string[] }> = parse(
  fs.readFileSync(join(import.meta.dirname, 'told.yaml'), 'utf8'),
);

type Told = { services: string[]; told: string[]; checks: string[] };

const toldOf = ({ sealed, assessment }: Scanned['written'][number]): Told => {
  const line = (finding: (typeof assessment.findings)[number]): string => {
    const { verdict, strength, check, about } = finding;
    const place = about.port === undefined ? '' : ` ${about.transport}/${about.port}`;
    // A certificate is named by its digest, and made anew for each lab.
    const subject = about.subject === undefined ? '' : `/${about.subject.replace(/^[0-9a-f]{16}$/, 'certificate')}`;
    return `${verdict}${verdict === 'fail' ? ` ${strength}` : ''} ${check}${place}${subject}`;
  };
  const services = sealed.run.attempts.flatMap(({ endpoint, observations }) =>
    observations.flatMap(({ fact }) =>
      fact.kind === 'service'
        ? [
            `${endpoint.transport}/${endpoint.port} ${fact.protocol}${fact.security === 'none' ? '' : ` in ${fact.security}`}`,
          ]
        : [],
    ),
  );
  return {
    services: services.sort(),
    told: assessment.findings
      .filter((finding) => !finding.gap)
      .map(line)
      .sort(),
    checks: assessment.checks.map(({ verdict, check }) => `${verdict} ${check}`),
  };
};

describe.skipIf(why !== undefined)(`real servers${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let lab: Lab;
  const out = fs.mkdtempSync(join(tmpdir(), 'probity-lab-results-'));
  const told = new Map<string, Told>();

  beforeAll(async () => {
    lab = createLab();
    const hosts = here.map((device) => ({ device, host: lab.host(device.name) }));
    for (const { device, host } of hosts) device.start(host);
    await Promise.all(hosts.map(({ device, host }) => listening(host, device.ready)));
    const scanned = await scan(
      hosts.map(({ device, host }) => targetOf(device, host)),
      { out, format: 'json,html', gate: 'checks' },
      {
        probes,
        progress: { event: () => undefined, line: () => undefined, close: () => undefined },
        print: () => undefined,
        signal: AbortSignal.timeout(220_000),
        now: Date.now,
        logLevel: 'error',
      },
    );
    for (const result of scanned.written) {
      const host = hosts.find((one) => result.sealed.run.target.components[0]!.addresses.includes(one.host.address))!;
      told.set(host.device.name, toldOf(result));
    }
    if (process.env.LAB_PRINT)
      for (const [name, { services, told: lines }] of told)
        process.stderr.write(`${name}\n${JSON.stringify({ services, told: lines }, null, 2)}\n`);
  }, 240_000);

  afterAll(async () => {
    await lab?.close();
    if (!process.env.LAB_KEEP) fs.rmSync(out, { recursive: true, force: true });
    else process.stderr.write(`${out}\n`);
  });

  for (const device of labDevices) {
    const gone = absent(device);
    describe.skipIf(gone.length > 0)(
      `${device.name}${gone.length > 0 ? ` (skipped: ${gone.join(', ')} not installed)` : ''}`,
      () => {
        test('its services, exactly', () => {
          expect(told.get(device.name)?.services).toEqual([...expected[device.name]!.services].sort());
        });
        test('what it is told, exactly', () => {
          expect(told.get(device.name)?.told).toEqual([...expected[device.name]!.told].sort());
        });
        test.each(expected[device.name]!.never.map((words) => [words]))('never: %s', (words) => {
          // The watch over a device's life is no statement about its security.
          const said = told.get(device.name)?.checks.filter((line) => !line.endsWith(' device-survives'));
          expect(said?.filter((line) => line.startsWith(words))).toEqual([]);
        });
      },
    );
  }
});
