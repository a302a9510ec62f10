import type { Probe } from '../src/observe/probe.ts';
import httpRedirect from './http-redirect/probe.ts';
import identity from './identity/probe.ts';
import service from './service/probe.ts';
import tlsServer from './tls-server/probe.ts';
import updateChannel from './update-channel/probe.ts';

/** All probes, in the order in which they are aimed. Their libraries are loaded when they first observe. */
export const probes: readonly Probe[] = [service, tlsServer, httpRedirect, identity, updateChannel];
