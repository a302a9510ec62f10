import * as fs from 'node:fs';
import { join } from 'node:path';
import { devices, startSandbox } from '../../fixtures/sandbox.ts';
import { probes } from '../../probes/index.ts';
import { StoreError } from '../observe/run-store.ts';
import { sandboxDiscovery } from './demo.ts';
import { discoveryHere } from './discovery-here.ts';
import { scan } from './scan.ts';
import { closingText } from './summary.ts';
import { interruptible, progressFor } from './verbs.ts';

const print = (text: string): void => {
  process.stdout.write(text);
};

/** `probity sandbox`: the simulated devices, until Ctrl-C. */
export const sandboxVerb = async (json: boolean): Promise<number> => {
  const signal = interruptible();
  const sandbox = await startSandbox();
  for (const device of sandbox.devices) {
    if (json) print(`${JSON.stringify({ id: device.id, host: device.host, ports: device.ports })}\n`);
    else
      print(
        `${device.id.padEnd(16)} ${device.host}  ${device.ports.map(({ transport, port, protocol }) => `${transport}/${port} ${protocol}`).join(', ')}\n`,
      );
  }
  if (!json) print('Ctrl-C ends them.\n');
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await sandbox.close();
  return 0;
};

/** `probity demo`: starts the sandbox, scans and judges it, and writes the results. 0 when it could show everything. */
export const demoVerb = async (options: { out: string }, json: boolean): Promise<number> => {
  const signal = interruptible();
  const inner = await discoveryHere();
  const progress = progressFor(json);
  progress.line(
    `Simulated devices on loopback. Port discovery: ${inner.description}. Only the simulated devices' own ports are asked.`,
  );
  const sandbox = await startSandbox();
  try {
    const ports = new Map(sandbox.devices.map((device) => [device.host, device.ports] as const));
    const scanned = await scan(
      devices.map((device) => device.product),
      { out: options.out, format: 'json,html', gate: 'fail' },
      { probes, progress, print, signal, now: Date.now, discovery: sandboxDiscovery(inner, ports), logLevel: 'error' },
    );
    if (scanned.exitCode === 130 || scanned.exitCode === 3) return scanned.exitCode;
    if (scanned.written.length !== devices.length)
      throw new StoreError(`only ${scanned.written.length} of ${devices.length} simulated devices could be shown`);
    const index = join(options.out, 'index.html');
    if (!json) {
      print(closingText(options.out, scanned.written, process.stdout.isTTY));
      print(
        `\nPort discovery: ${inner.description}; only the simulated devices' own ports were asked.\n${fs.realpathSync(index)}\n`,
      );
    }
    return 0;
  } finally {
    await sandbox.close();
  }
};
