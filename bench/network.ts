import { existsSync } from 'node:fs';
import { type LabDevice, labDevices } from '../test/lab/devices.ts';
import { createLab, has, type Lab } from '../test/lab/net.ts';
import { listening } from '../test/lab/ready.ts';

/** One in so many is the tarpit. */
const TARPIT_EVERY = 8;
/** Milliseconds for a device's servers to come up, and between two looks. */
const READY = 60_000;
const _LOOK = 50;

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

/**
 * A network of `count` devices, all up. Where one does not come up, or the signal is aborted, all is taken down again
 * and the Error says which.
 */
export const network = async (count: number, signal: AbortSignal): Promise<{ lab: Lab; addresses: string[] }> => {
  const lab = createLab();
  try {
    const hosts = mix(count).map((device, index) => ({ device, host: lab.host(`${device.name}-${index + 1}`) }));
    for (const { device, host } of hosts) device.start(host);
    for (const { device, host } of hosts) await listening(host, device.ready, { within: READY, signal });
    return { lab, addresses: hosts.map(({ host }) => host.address) };
  } catch (error) {
    await lab.close();
    throw error;
  }
};
