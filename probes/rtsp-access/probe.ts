import type { FactOf } from '../../src/model/fact.ts';
import {
  CannotTell,
  type Connection,
  defineProbe,
  type LoginAnswer,
  type LoginProtocol,
  loginArms,
  type ProbeContext,
} from '../../src/observe/probe.ts';
import { declaredPaths } from '../../src/observe/protocols/declared.ts';
import { type Challenge, challenges, hostHeader } from '../../src/observe/protocols/http.ts';
import {
  describeRequest,
  describesStream,
  digest,
  type RtspAnswer,
  readRtsp,
} from '../../src/observe/protocols/rtsp.ts';

/** Where cameras were found to have their streams, beside the root and the declared paths. */
const COMMON_PATHS = [
  '/live',
  '/stream1',
  '/live.sdp',
  '/h264',
  '/11',
  '/onvif1',
  '/live/ch00_0',
  '/Streaming/Channels/101',
  '/cam/realmonitor?channel=1&subtype=0',
];

type Access = FactOf<'access'>;

export default defineProbe({
  id: 'rtsp-access',
  version: '1',
  title: 'RTSP: streams described without a login, and who gets in',
  emits: ['login', 'throttle', 'access'],
  impact: 'login',
  appliesTo: ({ protocol, port }) => protocol === 'rtsp' && port !== undefined,
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<FactOf<'login' | 'throttle' | 'access'>> {
  const declared = declaredPaths(context.component, context.endpoint);
  let closed: { path: string; schemes: string[] } | undefined;
  let met = false;
  for (const path of new Set(['/', ...declared, ...COMMON_PATHS])) {
    const answer = await withRtsp(context, (ask) => ask(path));
    if ([423, 429, 503].includes(answer.status))
      throw new CannotTell('locked', `a DESCRIBE was answered with ${answer.status} before any login`);
    const how = declared.includes(path) ? 'declared' : 'recognised';
    met ||= describesStream(answer) || answer.status === 401 || answer.status === 403;
    if (describesStream(answer)) {
      context.evidence(answer.body, 'application/sdp');
      yield access(path, 'none', how);
    } else if (answer.status === 401 || answer.status === 403) {
      if (!closed || how === 'declared') yield access(path, 'required', how);
      if (answer.status === 401) closed ??= { path, schemes: challengesOf(answer).map(({ scheme }) => scheme) };
    }
  }
  if (!met)
    throw new CannotTell('unsupported', 'no stream was met at any path that was asked for; declare where they are');
  if (!closed) return;
  if (!closed.schemes.some((scheme) => scheme === 'basic' || scheme === 'digest'))
    throw new CannotTell(
      'unsupported',
      `the login is ${closed.schemes.join(', ').slice(0, 100) || 'of no named scheme'}`,
      ['login', 'throttle'],
    );
  yield* loginArms(context, rtspLogins(context, closed.path));
}

const access = (path: string, authentication: Access['authentication'], how: Access['how']): Access => ({
  kind: 'access',
  protocol: 'rtsp',
  class: 'function',
  action: 'read',
  resource: path,
  authentication,
  how,
});

const challengesOf = (answer: RtspAnswer): Challenge[] =>
  challenges({
    headers: (answer.headers.get('www-authenticate') ?? []).map((value) => ['WWW-Authenticate', value] as const),
  });

type Ask = (path: string, authorization?: string) => Promise<RtspAnswer>;

const urlOf = ({ endpoint }: ProbeContext, path: string): string => {
  const scheme = endpoint.security === 'tls' ? 'rtsps' : 'rtsp';
  // hostHeader leaves out the ports of HTTP only.
  return `${scheme}://${hostHeader(endpoint.host, endpoint.port!, 'none')}${path.replace(/[^\x21-\x7e]/g, '')}`;
};

/** A connection on which DESCRIBEs are asked one after the other: a digest's nonce holds on its own connection. */
async function withRtsp<T>(context: ProbeContext, use: (ask: Ask) => Promise<T>): Promise<T> {
  const connection = await context.dial();
  let sequence = 0;
  try {
    return await use(async (path, authorization) => {
      sequence += 1;
      await connection.send(describeRequest(urlOf(context, path), sequence, authorization));
      return answerOf(connection);
    });
  } finally {
    connection.destroy();
  }
}

async function answerOf(connection: Connection): Promise<RtspAnswer> {
  const { bytes, ended } = await connection.receive({ until: (seen) => readRtsp(seen) !== undefined, cap: 400 * 1024 });
  const answer = readRtsp(bytes);
  if (answer) return answer;
  if (answer === false || ended === 'cap') throw new CannotTell('protocol', 'the answer is no RTSP');
  throw new CannotTell(ended === 'timeout' ? 'timeout' : 'reset', `no whole RTSP answer (${ended})`);
}

/** Basic, or Digest in two requests on one connection; Digest where both are offered, as clients do. */
function rtspLogins(context: ProbeContext, path: string): LoginProtocol {
  const login = (user: string, secret: string): Promise<LoginAnswer> =>
    withRtsp(context, async (ask) => {
      const without = await ask(path);
      const asked = challengesOf(without);
      const strong = asked.find(({ scheme }) => scheme === 'digest');
      if (!strong && !asked.some(({ scheme }) => scheme === 'basic'))
        throw new CannotTell('protocol', 'a login is asked for only at times');
      const authorization = strong ? digestOf(strong.parameters, user, secret) : basicOf(user, secret);
      // Some end the connection with their 401: the nonce is then for the next one.
      const onNext = (error: unknown): Promise<RtspAnswer> => {
        if (!(error instanceof CannotTell) || error.reason !== 'reset') throw error;
        return withRtsp(context, (again) => again(path, authorization));
      };
      return judge(await ask(path, authorization).catch(onNext));
    });

  const basicOf = (user: string, secret: string): string => {
    const token = Buffer.from(`${user}:${secret}`).toString('base64');
    if (secret !== '') context.redact(secret, token);
    return `Basic ${token}`;
  };
  const digestOf = (parameters: Challenge['parameters'], user: string, secret: string): string => {
    const made = digest(
      {
        realm: parameters.realm ?? '',
        nonce: parameters.nonce ?? '',
        qop: /\bauth\b/.test(parameters.qop ?? ''),
        opaque: parameters.opaque,
        algorithm: parameters.algorithm,
      },
      { user, secret },
      { method: 'DESCRIBE', uri: urlOf(context, path), cnonce: context.random(8).toString('hex') },
    );
    if (!made) throw new CannotTell('unsupported', `Digest with ${String(parameters.algorithm).slice(0, 40)}`);
    if (secret !== '') context.redact(secret, made.response);
    return made.header;
  };
  const judge = (answer: RtspAnswer): LoginAnswer => {
    const { status } = answer;
    const said = String(status);
    if (status === 401) return { result: 'rejected', answer: said };
    if ([403, 423, 429, 503].includes(status)) return { result: 'throttled', response: 'refuse', answer: said };
    if (describesStream(answer)) return { result: 'accepted', answer: said, grants: 'full' };
    // Past the login, and no stream is there.
    if (status === 200 || status === 404 || status === 454)
      return { result: 'accepted', answer: said, grants: 'unknown' };
    throw new CannotTell('protocol', `a login was answered with ${said}`);
  };

  return {
    protocol: 'rtsp',
    none: () => Promise.resolve({ result: 'rejected', answer: '401' }),
    attempt: login,
    *access(authentication) {
      // Without a login it was refused, which has been said.
      if (authentication === 'any') yield access(path, 'any', 'recognised');
    },
  };
}
