import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, loginArms, type ProbeContext, roleAccess } from '../../src/observe/probe.ts';
import { declaredAt, declaredPaths } from '../../src/observe/protocols/declared.ts';
import type { Challenge } from '../../src/observe/protocols/http.ts';
import { describesStream } from '../../src/observe/protocols/rtsp.ts';
import { withCredentials } from '../../src/observe/protocols/taken-in-clear.ts';
import { Client } from './client.ts';
import { access, challengesOf, isKnown, NOT_NOW, reachStream, rtspLogins } from './logins.ts';
import { COMMON_PATHS } from './paths.ts';

type Access = FactOf<'access'>;

const LOGINS = ['login', 'throttle', 'access'] as const;

export default defineProbe({
  id: 'rtsp-access',
  version: '3',
  title: 'RTSP: streams described without a login, and who gets in',
  emits: [...LOGINS, 'channel'],
  impact: 'login',
  appliesTo: ({ protocol, port }) => protocol === 'rtsp' && port !== undefined,
  observe(context) {
    const met: Met = {};
    return withCredentials(context, facts(context, met), () => met.basic, LOGINS);
  },
});

/** A path that asks for a login. */
interface Closed {
  readonly path: string;
  readonly asked: readonly Challenge[];
}

/** What was met: whether a login is asked for by Basic, which sends the password as it is, or by others alone. */
interface Met {
  basic?: boolean;
}

async function* facts(context: ProbeContext, met: Met): AsyncGenerator<FactOf<'login' | 'throttle' | 'access'>> {
  const closed = yield* streams(context);
  if (!closed) return;
  if (isKnown(closed.asked)) met.basic = closed.asked.some(({ scheme }) => scheme === 'basic');
  if (!isKnown(closed.asked))
    throw new CannotTell(
      'unsupported',
      `the login is ${
        closed.asked
          .map(({ scheme }) => scheme)
          .join(', ')
          .slice(0, 100) || 'of no named scheme'
      }, and none that can be given`,
      ['login', 'throttle'],
    );
  yield* loginArms(context, rtspLogins(context, closed.path));
  yield* roleAccess(context, { protocol: 'rtsp', action: 'read', reach: reachStream(context, closed.path) });
}

/** Asks for each path without a login. Gives one that asks for it. */
async function* streams(context: ProbeContext): AsyncGenerator<Access, Closed | undefined> {
  const { component, endpoint } = context;
  const protects = declaredPaths(component, endpoint);
  const kept = declaredAt(component, endpoint)
    .flatMap(({ adminOnly = [] }) => adminOnly)
    .filter((path) => path.startsWith('/'));
  const declared = [...protects, ...kept];
  const nowhere = `/${context.random(6).toString('hex')}`;
  const client = new Client(context);
  let closed: Closed | undefined;
  let met = false;
  // The admin's come last: logins are tried at a path that any account may reach, if there is one.
  let paths = [...new Set([nowhere, '/', ...protects, ...COMMON_PATHS, ...kept])];
  try {
    for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
      const answer = await client.describe(path);
      const { status } = answer;
      if (NOT_NOW.includes(status))
        throw new CannotTell('locked', `a DESCRIBE was answered with ${status} before any login`);
      const isStream = describesStream(answer);
      if (path === nowhere) {
        // One stream by every name is one finding.
        if (isStream) paths = paths.filter((other) => !COMMON_PATHS.includes(other));
        continue;
      }
      const how = declared.includes(path) ? 'declared' : 'recognised';
      met ||= isStream || status === 401 || status === 403;
      if (isStream) {
        yield { ...access(path, 'none', how), sample: context.evidence(answer.body, 'application/sdp') };
      } else if (status === 401 || status === 403) {
        if (!closed || how === 'declared') yield access(path, 'required', how);
        if (status === 401) closed ??= { path, asked: challengesOf(answer) };
      }
    }
  } finally {
    client.close();
  }
  if (!met)
    throw new CannotTell('unsupported', 'no stream was met at any path that was asked for; declare where they are');
  return closed;
}
