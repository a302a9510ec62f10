import { expect, test } from 'vitest';
import type { TcpService } from '../../fixtures/service.ts';
import { type Answer, type Asking, moved } from '../../fixtures/services/http-form.ts';
import { jsonSite } from '../../fixtures/services/http-json.ts';
import { http, https, tls } from '../../fixtures/services/index.ts';
import { candidates, site } from '../../test/kit/forms.ts';
import { everythingSaid, type ObserveOptions, observeWith } from '../../test/kit/probe.ts';
import { httpLogin } from './probe.ts';

/** Of the paths that are tried everywhere one alone: what is asked here is what an accepted login shows. */
const probe = httpLogin({ known: [{ path: '/cgi-bin', kind: 'tool', why: 'x' }], settings: [] });

/** What is told of protection, as `cookie-not-secure sid yes`, and that no attempt leaves that kind open. */
async function told(service: TcpService, options: ObserveOptions = {}): Promise<readonly string[]> {
  const server = await service.start('127.0.0.1', 0);
  try {
    const observed = await observeWith(probe, {
      port: server.port,
      protocol: 'http',
      security: 'tls',
      candidates: candidates.slice(1, 2),
      limits: { wait: 1000 },
      ...options,
    });
    const { outcome } = observed.attempt;
    if (outcome.status === 'inconclusive') expect(outcome.open).not.toContain('weakness');
    // Whoever reads the evidence could go on with the session of a default.
    expect(everythingSaid(observed)).not.toMatch(/sid=[0-9a-f]{32}/);
    return observed.facts.flatMap((fact) =>
      fact.kind === 'weakness'
        ? [[fact.name, fact.subject, fact.present ? 'yes' : 'no'].filter(Boolean).join(' ')]
        : [],
    );
  } finally {
    await server.close();
  }
}

const given = (cookies: (asking: Asking, user: string) => string | string[]) =>
  tls(
    site({
      answer: (decision, user, asking): Answer | undefined =>
        decision === 'accepted' ? moved('/', { 'Set-Cookie': cookies(asking, user) }) : undefined,
    }),
  );
const ABSENT = ['cookie-not-secure no', 'cookie-not-httponly no'];

test('a session that a default is given without Secure', async () =>
  expect(await told(tls(site()))).toEqual(['cookie-not-secure sid yes', 'cookie-not-httponly sid no']));

test('a session that is well kept, beside a taste, of a declared account', async () =>
  expect(
    await told(
      given((asking, user) => [`${asking.begin(user)}; Secure`, 'lang=en']),
      { candidates: [], accounts: [{ user: 'admin', secret: 'meinsm99' }] },
    ),
  ).toEqual(['cookie-not-secure sid no', 'cookie-not-httponly sid no']));

test('a login that is refused shows nothing of the session', async () =>
  expect(await told(tls(site({ accounts: { admin: 'Another-1' } })))).toEqual([]));

test('in the clear, flags are not asked for', async () => expect(await told(site(), { security: 'none' })).toEqual([]));

test('a token in JSON, and no cookie at all', async () =>
  expect(await told(tls(jsonSite({ accounts: { admin: 'meinsm99' } })))).toEqual(ABSENT));

test('a cookie with a login by Basic, and none', async () => {
  const challenge = { scheme: 'basic', accounts: { admin: 'meinsm99' } } as const;
  const cookie = { 'Set-Cookie': 'JSESSIONID=abcdef; Secure' };
  expect(await told(https({ challenge }))).toEqual([]);
  expect(await told(https({ challenge, headers: cookie }))).toEqual([
    'cookie-not-secure JSESSIONID no',
    'cookie-not-httponly JSESSIONID yes',
  ]);
});

test('a login in the clear that no page leads to, where nothing else asks for one', async () => {
  const challenge = { scheme: 'basic', accounts: {} } as const;
  const digest = { scheme: 'digest', accounts: {} } as const;
  const pages = { '/': { body: '<html><p>Nothing here.</p></html>', login: false } };
  const clear: ObserveOptions = { security: 'none', candidates: [] };
  expect(await told(http({ challenge, pages }), clear)).toEqual(['login-in-clear /cgi-bin yes']);
  expect(await told(http({ challenge: digest, pages }), clear)).toEqual([]);
  expect(await told(http({ challenge }), clear)).toEqual([]);
});
