import { createServer, type Server } from 'node:net';
import { devices, startSandbox } from '../fixtures/sandbox.ts';
import { probes } from '../probes/index.ts';
import type { SealedRun } from '../src/cli/assess.ts';
import { sandboxDiscovery } from '../src/cli/demo.ts';
import { plainProgress } from '../src/cli/progress.ts';
import { scan } from '../src/cli/scan.ts';
import type { Assessment } from '../src/model/assessment.ts';
import { connectScan } from '../src/observe/discover/connect-scan.ts';
import { systemNetwork } from '../src/observe/network.ts';

/** Whoever listens here has the sandbox's addresses to itself; the system lets go of it when a process dies. */
const TURN = { host: '127.0.0.2', port: 20_202 };

const listening = (): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(TURN, () => resolve(server));
  });

/** Waits until no other test of this machine uses the sandbox's addresses. Resolves to what gives the turn back. */
export const sandboxTurn = async (): Promise<() => Promise<void>> => {
  for (;;) {
    const server = await listening();
    if (server !== undefined) return () => new Promise((resolve) => server.close(() => resolve()));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

export interface SandboxScan {
  readonly out: string;
  readonly of: ReadonlyMap<
    string,
    { readonly assessment: Assessment; readonly sealed: SealedRun; readonly dir: string }
  >;
  readonly exitCode: number;
}

/**
 * Starts the sandbox, scans these of its devices with the built-in discovery, which needs neither nmap nor root, and
 * judges them by the shipped profile. `ids`: all where absent.
 */
export const scanSandbox = async (out: string, ids?: readonly string[]): Promise<SandboxScan> => {
  const giveBack = await sandboxTurn();
  const sandbox = await startSandbox();
  try {
    const ports = new Map(sandbox.devices.map((device) => [device.host, device.ports] as const));
    const { written, exitCode } = await scan(
      devices.filter(({ id }) => ids === undefined || ids.includes(id)).map(({ product }) => product),
      { out, format: 'json,html', gate: 'fail' },
      {
        probes,
        progress: plainProgress(() => undefined),
        print: () => undefined,
        signal: new AbortController().signal,
        now: Date.now,
        discovery: sandboxDiscovery(connectScan({ network: systemNetwork }), ports),
        logLevel: 'error',
      },
    );
    return { out, of: new Map(written.map((one) => [one.assessment.target, one])), exitCode };
  } finally {
    await sandbox.close();
    await giveBack();
  }
};
