import type { LoginProtocol, ProbeContext } from '../../src/observe/probe.ts';
import type { Asked } from './asked.ts';

/** Logins by an HTML form, found by its password field; undefined where the page has none that can be sent. */
export const formLogins = (_context: ProbeContext, _page: Asked): LoginProtocol | undefined => undefined;
