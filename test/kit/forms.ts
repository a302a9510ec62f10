import type { TcpService } from '../../fixtures/service.ts';
import { type FormSiteOptions, formSite, loginPage, moved } from '../../fixtures/services/http-form.ts';
import { type Asked, follow } from '../../probes/http-login/asked.ts';
import { pageLogins } from '../../probes/http-login/form-facts.ts';
import type { Fact } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, loginArms } from '../../src/observe/probe.ts';

/** The logins alone: what is open without one is told by the whole probe's test. */
export const probe = defineProbe({
  id: 'http-form',
  version: '1',
  title: 'HTTP: logins by a form',
  emits: ['login', 'throttle', 'access'],
  impact: 'login',
  appliesTo: () => true,
  async *observe(context) {
    const asked: Asked[] = [{ path: '/', declared: false, ...(await follow(context, '/')) }];
    const logins = await pageLogins(context, asked);
    if (!logins) return;
    const { accepted, authentication } = yield* loginArms(context, logins.protocol);
    if (logins.roles) yield* logins.roles();
    const why = logins.protocol.unsure();
    if (why !== undefined && !accepted && authentication === 'required')
      throw new CannotTell('unsupported', why, ['login']);
  },
});

export const start = (service: TcpService) => (host: string) => service.start(host, 0);
export const site = (options: Partial<FormSiteOptions> = {}) => formSite({ accounts, ...options });
const accounts = { admin: 'meinsm99' };
export const candidates = [
  { id: 'x:1', user: 'admin', secret: 'hunter2&+ü' },
  { id: 'x:2', user: 'admin', secret: 'meinsm99' },
  { id: 'x:3', user: 'root', secret: 'vizxv77' },
];
const common = {
  protocol: 'http',
  candidates,
  limits: { wait: 400 },
  ignore: ['sample', 'milliseconds'],
  never: /hunter2|meinsm99|vizxv77/,
};
export const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
export const sound = { ...common, device: 'sound', outcome: 'completed' } as const;
export const open = { ...common, device: 'cannot-tell' } as const;

export const login = (
  arm: string,
  account: string,
  secret: string | undefined,
  accepted: boolean,
  answer: string,
  more = {},
) =>
  ({ kind: 'login', protocol: 'http', account, ...(secret ? { secret } : {}), arm, accepted, answer, ...more }) as Fact;
export const again = '200 at the login';
export const none = login('none', '', undefined, false, 'a login form');
export const random = (answer = again) => login('random', 'random', 'random', false, answer);
export const no = (account: string, id: string, answer = again) => login('candidate', account, id, false, answer);
export const unthrottled: Fact = { kind: 'throttle', protocol: 'http', account: 'admin', after: 2, response: 'none' };
export const past = '302, 200, past the login';
const hit = (
  refused = again,
  answer = past,
  grants: object = { grants: 'full' },
  further = '200, and further pages',
): Fact[] => [
  login('candidate', 'admin', 'x:2', true, answer, { grants: 'unknown' }),
  login('known-user-random', 'admin', 'random', false, refused),
  random(refused),
  login('repeat', 'admin', 'x:2', true, further, { ...grants, proven: true }),
];
export const found = (refused = again, answer = past, grants?: object, further?: string) => [
  none,
  random(refused),
  no('admin', 'x:1', refused),
  ...hit(refused, answer, grants, further),
];
export const rejected = (refused = again) => [
  none,
  random(refused),
  no('admin', 'x:1', refused),
  no('admin', 'x:2', refused),
  no('root', 'x:3', refused),
  unthrottled,
];
export const other = { accounts: { admin: 'Another-1' } };

export const any = (arm: string, account: string) => login(arm, account, 'random', true, past, { grants: 'unknown' });
export const anyAccess = (path: string, what: string, how: string): Fact =>
  ({
    kind: 'access',
    protocol: 'http',
    class: what,
    action: 'read',
    resource: path,
    authentication: 'any',
    how,
  }) as Fact;
export const throttle = (account: string, response: string, after: number): Fact =>
  ({ kind: 'throttle', protocol: 'http', account, response, after }) as Fact;
export const unsure = { ...open, outcome: 'unsupported' as const, open: ['login'] };
export const unsent = { ...open, sees: [] as Fact[], outcome: 'unsupported' as const, open: ['login', 'throttle'] };
export const flash = (message: string) => moved('/login', { 'Set-Cookie': `flash=${message}; Path=/` });
export const failing = (text: string) => ({ body: loginPage(`<p class="error">${text}</p>`) });
