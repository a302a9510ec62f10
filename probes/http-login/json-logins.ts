import type { LoginProtocol, ProbeContext } from '../../src/observe/probe.ts';
import type { Asked } from './asked.ts';

export interface JsonLogins extends LoginProtocol {
  unsure(): string | undefined;
}

/** Logins of single-page interfaces, by recipes that are data; undefined where none fits what was met. */
export const jsonLogins = (_context: ProbeContext, _asked: readonly Asked[]): Promise<JsonLogins | undefined> =>
  Promise.resolve(undefined);
