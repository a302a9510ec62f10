import { expect, it } from 'vitest';
import { type Account, CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import type { HttpResponse } from '../../src/observe/protocols/http.ts';
import { httpRoles } from './roles.ts';

const context = { random: (bytes: number) => Buffer.alloc(bytes, 7) } as unknown as ProbeContext;
const admin: Account = { user: 'boss', secret: 'a', role: 'admin' };
const ordinary: Account = { user: 'guest', secret: 'b', role: 'ordinary' };
const answer = (status: number, body = ''): HttpResponse => ({
  version: '1.1',
  status,
  reason: '',
  headers: [['Content-Type', 'text/html']],
  body: Buffer.from(body),
  ended: 'closed',
  milliseconds: 1,
});
const form = (value: string) => `<html><form method=post><input name=ntp value="${value}"></form></html>`;

/** What the two are told: the admin first, as the engine asks. */
async function told(site: (user: string, path: string) => HttpResponse | undefined): Promise<string[]> {
  const roles = httpRoles(context, async ({ user }) =>
    site(user, '/') === undefined
      ? undefined
      : { get: async (path) => ({ at: path, response: site(user, path) ?? answer(404) }) },
  );
  const said: string[] = [];
  for (const account of [admin, ordinary])
    said.push(
      await roles.reach(account, '/accounts').then(
        ({ granted, class: what }) => `${granted}${what ? ` ${what}` : ''}`,
        (error: unknown) => (error instanceof CannotTell ? error.reason : String(error)),
      ),
    );
  return said;
}

const own =
  (mine: HttpResponse, theirs: HttpResponse | undefined) =>
  (user: string, path: string): HttpResponse | undefined => {
    const each = user === 'boss' ? mine : theirs;
    return path === '/accounts' || each === undefined ? each : answer(404);
  };
const page = answer(200, form('pool'));

it.each<[string, (user: string, path: string) => HttpResponse | undefined, string[]]>([
  ['forbidden to one', own(page, answer(403)), ['true setting', 'false']],
  ['hidden from one', own(page, answer(404)), ['true setting', 'false']],
  [
    'one is sent to the login',
    own(page, answer(200, '<form method=post><input name=u><input type=password></form>')),
    ['true setting', 'false'],
  ],
  ['one is refused in words', own(page, answer(200, '<html><p>Access denied</p></html>')), ['true setting', 'false']],
  ['one cannot log in', own(page, undefined), ['true setting', 'false']],
  ['both are shown it', own(page, answer(200, form('other'))), ['true setting', 'true setting']],
  [
    'one is shown something else in words of its own',
    own(page, answer(200, '<html><p>Nur für den Chef</p></html>')),
    ['true setting', 'protocol'],
  ],
  ['one is asked to wait', own(page, answer(429)), ['true setting', 'locked']],
  ['a server that fails', own(page, answer(500)), ['true setting', 'protocol']],
  ['one page for every path', () => page, ['unsupported', 'unsupported']],
])('roles over HTTP: %s', async (_name, site, expected) => {
  expect(await told(site)).toEqual(expected);
});
