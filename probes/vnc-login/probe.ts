import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, type LoginAnswer, loginArms, type ProbeContext } from '../../src/observe/probe.ts';
import { withDistinctLogins } from '../../src/observe/protocols/distinct-logins.ts';
import { oneLine } from '../../src/observe/protocols/text.ts';
import { tlsChannel } from '../../src/observe/protocols/tls-channel.ts';
import {
  NONE,
  securityName,
  TIGHT,
  TLS,
  TLS_NONE,
  VENCRYPT,
  VNC_AUTHENTICATION,
  vncKey,
  X509_NONE,
  X509_VNC,
} from '../../src/observe/protocols/vnc.ts';
import { isLocked, login, type Offer, offerOf, subtypesOf, type Way } from './session.ts';

/** Types that hold a list of types of their own, None perhaps among them; and None in a TLS that is not spoken. */
const HIDES = [TLS, TIGHT, TLS_NONE];

export default defineProbe({
  id: 'vnc-login',
  version: '2',
  title: 'VNC: a screen without a password, and which passwords get in',
  emits: ['login', 'throttle', 'access', 'channel'],
  impact: 'login',
  appliesTo: ({ protocol, port, transport }) => protocol === 'vnc' && port !== undefined && transport === 'tcp',
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<FactOf<'login' | 'throttle' | 'access' | 'channel'>> {
  const offer = await offerOf(context);
  let ways: Ways;
  try {
    if (offer.refused !== undefined) refuse(offer.refused);
    ways = await waysOf(context, offer);
    yield channelOf(offer, ways);
    if (ways.none === undefined && ways.password === undefined)
      throw new CannotTell('unsupported', `the server offers nothing but ${ways.named}`, [
        'login',
        'throttle',
        'access',
      ]);
  } catch (error) {
    offer.connection.destroy();
    throw error;
  }
  const distinct = withDistinctLogins(
    context,
    ({ user, secret }) => (user === '' ? vncKey(secret).toString('hex') : undefined),
    'VNC knows a password alone, and the list has none without a user',
  );
  yield* loginArms(distinct, { protocol: 'vnc', passwordOnly: true, ...logins(context, offer, ways) });
  if (ways.none === undefined && ways.hidden.length > 0)
    throw new CannotTell('unsupported', `what ${ways.hidden.join(', ')} takes inside was not looked at`, ['access']);
}

function refuse(reason: string): never {
  if (isLocked(reason)) throw new CannotTell('locked', 'connections are refused as if there had been too many');
  throw new CannotTell('unsupported', `connections are refused: ${oneLine(reason, 200)}`);
}

interface Ways {
  readonly none: Way | undefined;
  readonly password: Way | undefined;
  /** All that is offered, in words. */
  readonly named: string;
  /** What could let in without a password, and was not looked into. */
  readonly hidden: readonly string[];
  /** VeNCrypt was looked into over the offer's connection, which is used up. */
  readonly usedUp: boolean;
}

async function waysOf(context: ProbeContext, offer: Offer): Promise<Ways> {
  const { types } = offer;
  const looksInside = types.includes(VENCRYPT) && !types.includes(NONE);
  const subtypes = looksInside ? await subtypesOf(offer) : [];
  if (looksInside) offer.connection.destroy();
  const inside = (subtype: number): Way | undefined =>
    subtypes.includes(subtype) ? { type: VENCRYPT, subtype } : undefined;
  context.log.debug({ types, subtypes }, 'security types of VNC');
  return {
    none: types.includes(NONE) ? { type: NONE } : inside(X509_NONE),
    password: types.includes(VNC_AUTHENTICATION) ? { type: VNC_AUTHENTICATION } : inside(X509_VNC),
    named: [...types.filter((type) => type !== VENCRYPT || subtypes.length === 0), ...subtypes]
      .map(securityName)
      .join(', '),
    hidden: [...types, ...subtypes].filter((type) => HIDES.includes(type)).map(securityName),
    usedUp: looksInside,
  };
}

/** None and VNC authentication leave what follows as it is; the subtypes of VeNCrypt that are known go on in TLS. */
function channelOf({ connection, types }: Offer, ways: Ways): FactOf<'channel'> {
  const channel = { kind: 'channel', protocol: 'vnc' } as const;
  if (connection.tls) return { ...channel, ...tlsChannel(connection.tls) };
  if (types.includes(NONE) || types.includes(VNC_AUTHENTICATION)) {
    // VNC authentication answers a challenge. What other types send is not looked at.
    const isKnown = types.every((type) => type === NONE || type === VNC_AUTHENTICATION);
    return { ...channel, encryption: 'none', ...(isKnown ? { credentials: false } : {}) };
  }
  if (ways.none !== undefined || ways.password !== undefined)
    return { ...channel, encryption: 'none', upgrade: 'starttls' };
  throw new CannotTell('unsupported', `the server offers nothing but ${ways.named}`);
}

function logins(context: ProbeContext, first: Offer, { none, password, hidden, usedUp }: Ways) {
  let held: Offer | undefined = usedUp ? undefined : first;
  // Servers count connections, and shut out whoever makes too many: the first one serves the first login.
  const ask = async (way: Way, secret: string): Promise<LoginAnswer> => {
    const offer = held ?? (await offerOf(context));
    held = undefined;
    if (offer.refused === undefined) return login(context, offer, way, secret);
    offer.connection.destroy();
    return {
      result: 'throttled',
      response: isLocked(offer.refused) ? 'lock' : 'refuse',
      answer: 'the connection was refused in words',
    };
  };
  return {
    none: async (): Promise<LoginAnswer> =>
      none === undefined ? { result: 'rejected', answer: 'None is not offered' } : ask(none, ''),
    attempt: async (_user: string, secret: string): Promise<LoginAnswer> =>
      password === undefined
        ? Promise.reject(new CannotTell('unsupported', 'the server refused None, and offers no VNC authentication'))
        : ask(password, secret),
    *access(authentication: FactOf<'access'>['authentication']): Generator<FactOf<'access'>> {
      // Another way in, which nobody looked into, may lie open.
      if (authentication === 'required' && none === undefined && hidden.length > 0) return;
      yield {
        kind: 'access',
        protocol: 'vnc',
        class: 'function',
        action: 'execute',
        resource: 'screen',
        authentication,
        how: 'recognised',
      };
    },
  };
}
