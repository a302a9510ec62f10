/** How one kind of single-page interface is logged in to. All of it is data, but for what its answers mean. */
export interface Recipe {
  readonly id: string;
  readonly path: string;
  /** The request of a login: `%USER%` and `%PASSWORD%` stand for what is typed, as whole JSON strings. */
  readonly body: unknown;
  /** What is sent to see whether such an interface is there, without a login in it. */
  readonly empty: unknown;
  /** What its answers mean, where they do not say so in the usual words. */
  readonly says?: (value: unknown) => 'accepted' | 'rejected' | undefined;
}

const NAMED = { username: '%USER%', password: '%PASSWORD%' };
const SHORT = { user: '%USER%', password: '%PASSWORD%' };
const NOBODY = '00000000000000000000000000000000';

/** ubus status codes: 0 is success, 6 permission denied (OpenWrt, libubus: UBUS_STATUS_*). */
const ubus = (value: unknown): 'accepted' | 'rejected' | undefined => {
  const result = isObject(value) && Array.isArray(value.result) ? (value.result as unknown[]) : undefined;
  if (result === undefined) return undefined;
  const [status, data] = result;
  if (status === 0 && isObject(data) && typeof data.ubus_rpc_session === 'string') return 'accepted';
  return typeof status === 'number' && status !== 0 ? 'rejected' : undefined;
};

/** In the order in which they are looked for; one that a script of the page names comes first. */
export const RECIPES: readonly Recipe[] = [
  ...[
    '/api/login',
    '/api/auth/login',
    '/api/v1/auth/login',
    '/api/v1/login',
    '/api/session',
    '/api/sessions',
    '/login',
  ].flatMap((path): Recipe[] => [
    { id: `${path} by username`, path, body: NAMED, empty: {} },
    { id: `${path} by user`, path, body: SHORT, empty: {} },
  ]),
  {
    id: 'ubus session login',
    path: '/ubus',
    body: { jsonrpc: '2.0', id: 1, method: 'call', params: [NOBODY, 'session', 'login', NAMED] },
    empty: { jsonrpc: '2.0', id: 1, method: 'list', params: [NOBODY, 'session'] },
    says: ubus,
  },
];

/** Interfaces that are known by their words, and want a hash of a challenge or a cipher: not sent. */
export const UNSENT: readonly { readonly words: RegExp; readonly name: string }[] = [
  { words: /RPC2_Login/, name: 'RPC2_Login, which wants the hash of a challenge' },
  { words: /ISAPI\/Security\/sessionLogin/i, name: 'ISAPI sessionLogin, which wants the hash of a challenge' },
];

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The request's text, with what is typed in it. */
export const requestOf = (body: unknown, user: string, secret: string): string =>
  JSON.stringify(body)
    .split(/("%USER%"|"%PASSWORD%")/)
    .map((part) =>
      part === '"%USER%"' ? JSON.stringify(user) : part === '"%PASSWORD%"' ? JSON.stringify(secret) : part,
    )
    .join('');
