import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { type LabDevice, labDevices } from '../test/lab/devices.ts';
import { createLab, type Host, has, type Lab } from '../test/lab/net.ts';

/** One in so many is the tarpit. */
const TARPIT_EVERY = 8;
/** Milliseconds for a device's servers to come up, and between two looks. */
const READY = 60_000;
const LOOK = 50;

const here = (device: LabDevice): boolean => device.needs.every((program) => has(program) || existsSync(program));

/** The lab's devices over and over, as far as their programs are installed; every eighth is the tarpit. */
export const mix = (count: number): LabDevice[] => {
  const tarpit = labDevices.find((device) => device.name === 'tarpit')!;
  const others = labDevices.filter((device) => device !== tarpit && here(device));
  let next = 0;
  return Array.from({ length: count }, (_, index) =>
    index % TARPIT_EVERY === TARPIT_EVERY - 1 ? tarpit : others[next++ % others.length]!,
  );
};

/** Whether somebody listens there now. */
export const takesConnection = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 500 });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });

const ready = async (device: LabDevice, host: Host, signal: AbortSignal): Promise<void> => {
  const until = Date.now() + READY;
  for (const port of device.ready) {
    while (!(await takesConnection(host.address, port))) {
      signal.throwIfAborted();
      if (Date.now() > until) throw new Error(`${host.name}: nothing at port ${port}\n${host.output()}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }
};

/**
 * A network of `count` devices, all up. Where one does not come up, or the signal is aborted, all is taken down again
 * and the Error says which.
 */
export const network = async (count: number, signal: AbortSignal): Promise<{ lab: Lab; addresses: string[] }> => {
  const lab = createLab();
  try {
    const hosts = mix(count).map((device, index) => ({ device, host: lab.host(`${device.name}-${index + 1}`) }));
    for (const { device, host } of hosts) device.start(host);
    for (const { device, host } of hosts) await ready(device, host, signal);
    return { lab, addresses: hosts.map(({ host }) => host.address) };
  } catch (error) {
    await lab.close();
    throw error;
  }
};
