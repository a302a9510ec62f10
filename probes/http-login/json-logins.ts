import type { LoginProtocol, ProbeContext } from '../../src/observe/probe.ts';
import type { Asked } from './asked.ts';

/** Logins of single-page interfaces, by recipes that are data; undefined where none fits what was met. */
export const jsonLogins = (_context: ProbeContext, _asked: readonly Asked[]): Promise<LoginProtocol | undefined> =>
  Promise.resolve(undefined);
