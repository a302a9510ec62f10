import type { FactKind, FactOf } from '../model/fact.ts';
import type { NotApplicableWhen } from '../model/profile.ts';
import type { Component, Declaration, State, Target } from '../model/target.ts';
import type { SeenFact } from './check.ts';
import type { ComponentView } from './seen.ts';

/** One component that a claim is about: what the maker says of it, and what was seen of it, state by state. */
export interface Claimed {
  readonly target: Target;
  readonly component: Component;
  readonly views: readonly ComponentView[];
}

/**
 * A condition under which a criterion does not apply. `against` says what in the declaration or in the run shows that it
 * does not hold; undefined where nothing does.
 */
export interface Condition {
  against(claimed: Claimed): string | undefined;
  /**
   * Facts that could speak against it, and the states in which they would: their probes have to have completed there, and
   * the runs to have ended by themselves.
   */
  readonly looks?: {
    readonly needs: readonly FactKind[];
    readonly states?: readonly State[];
  };
  /**
   * It denies what the linked checks judge: a port at which one passes contradicts it, and what one leaves open is open.
   * Without it only their failures and gaps count, since what they are unsure of is another matter.
   */
  readonly deniesSubject?: boolean;
  /** For a criterion about the product: what holds of an app or a cloud service counts too, not of its devices alone. */
  readonly everywhere?: boolean;
}

const says = (part: readonly unknown[] | undefined): boolean => (part?.length ?? 0) > 0;

const factsOf = <K extends FactKind>(views: readonly ComponentView[], kind: K): readonly SeenFact<K>[] =>
  views.flatMap((view) => view.facts(kind));

/** Entries in their own form; what a sentence says, only a person reads. */
const entries = <T>(part: readonly (T | string)[] | undefined): readonly T[] =>
  (part ?? []).filter((entry): entry is T => typeof entry !== 'string');

const PASSWORD = /pass ?-?(word|phrase|code)|\bpin\b|user ?name|\bcredential|\b(basic|digest)\b/i;
/** A negation and what it is about: "no default password" speaks of none. */
const NEGATED = /\b(no|not|never|without)( [\w-]+){1,2}/gi;
const PRE_INSTALLED = /pre-?(installed|set|configured)|factory|label|sticker|print|default|maker|manufactur|unique/i;

const usesPasswords = ({ accounts, authentication = [], logins }: Declaration): string | undefined => {
  if (says(accounts)) return 'accounts with a secret are declared';
  const one = authentication.find(({ mechanism }) => PASSWORD.test(mechanism.replace(NEGATED, '')));
  if (one !== undefined) return `${one.service} is declared to take "${one.mechanism.slice(0, 80)}"`;
  return logins !== undefined && logins.lock !== 'none' ? 'a lock after wrong logins is declared' : undefined;
};

/** A login with a secret that the service took up, whatever became of it. */
const tookSecret = ({ fact }: SeenFact<'login'>): boolean =>
  fact.arm !== 'none' && !fact.answer.startsWith('passwords are not taken');

const loginText = ({ fact, endpoint }: SeenFact<'login'>): string =>
  `${fact.protocol} at ${endpoint.transport ?? 'tcp'}/${endpoint.port ?? '?'} takes logins with a secret`;

const hasUpdates = ({ component: { declares }, views }: Claimed): string | undefined => {
  if (declares.update !== undefined && declares.update.policy !== 'none') return 'updates are declared';
  const got = factsOf(views, 'update').find(({ fact }) => fact.outcome === 'accepted');
  return got === undefined ? undefined : `an update was fetched from ${got.fact.url.slice(0, 200)}`;
};

const OVER_NETWORK = /network|internet|wi-?fi|ethernet|cloud|server|https?:|\bover.the.air\b|\bOTA\b|download|fetch/i;

const updatesOverNetwork = (claimed: Claimed): string | undefined => {
  const { manifest, image, signature, policy, mechanism = '' } = claimed.component.declares.update ?? {};
  if ([manifest, image, signature].some((url) => url !== undefined)) return 'the declared updates have a URL';
  if (policy === 'automatic') return 'updates are declared to be automatic';
  if (OVER_NETWORK.test(mechanism.replace(NEGATED, '')))
    return `updates are declared to come by "${mechanism.slice(0, 80)}"`;
  return factsOf(claimed.views, 'update').length > 0 ? hasUpdates(claimed) : undefined;
};

/** The device's own client that asked for an update: it looks for them by itself. */
const askedByItself = (views: readonly ComponentView[]): boolean =>
  factsOf(views, 'update').some(({ fact }) => fact.role === 'client' && fact.outcome !== 'untried');

const collectsTelemetry = ({ data, peers }: Declaration): string | undefined => {
  const one = entries(data).find(({ telemetry }) => telemetry === true);
  if (one !== undefined) return `${one.class} is declared as telemetry`;
  const peer = entries(peers).find(({ purpose }) => /telemetry|analytics|crash report|usage data/i.test(purpose));
  return peer === undefined ? undefined : `a peer is declared for "${peer.purpose.slice(0, 80)}"`;
};

/** A key that is there before and after a reset is not one that the device makes for itself when it is set up. */
const survivesReset = (views: readonly ComponentView[]): boolean => {
  const [after, before] = [true, false].map(
    (reset) =>
      new Set(
        factsOf(
          views.filter(({ state }) => (state === 'reset') === reset),
          'key',
        ).map(({ fact }) => fact.sha256),
      ),
  ) as [Set<string>, Set<string>];
  return [...after].some((key) => before.has(key));
};

const HARD_CODED = /hard.?coded|fuse|burn|secure element|\bTPM\b|device certificate|provisioned/i;

const PHYSICAL_DEBUG = /debug|jtag|\bswd\b|uart|console|serial/i;

/** What the wrapping cryptography of TLS over TCP and of SSH asks of a device, the provisions for unconstrained ones do not exceed. */
const speaksInFull = ({ fact, endpoint }: SeenFact<'service'>): boolean =>
  endpoint.transport === 'tcp' && (fact.protocol === 'tls' || fact.protocol === 'ssh');

const claims = ({ target, component }: Claimed, condition: NotApplicableWhen): boolean =>
  target.product?.notApplicable.some(
    (one) => one.condition === condition && (one.component === undefined || one.component === component.id),
  ) === true;

const acceptedDefault = ({ fact, state }: { fact: FactOf<'login'>; state: string }): boolean =>
  fact.accepted &&
  (fact.arm === 'candidate' ||
    fact.arm === 'repeat' ||
    (fact.arm === 'declared' && (state === 'factory-default' || state === 'reset')));

const openPort = (views: readonly ComponentView[]): string | undefined => {
  const one = views.flatMap((view) => (['tcp', 'udp'] as const).flatMap((each) => view.ports(each)));
  const at = one.find(({ open }) => open.length > 0);
  return at === undefined ? undefined : `${at.transport}/${at.open[0]!.fact.port} is open`;
};

/** A component that asks for a login before somebody's data has them as much as one that gives them to anyone. */
const storedData = (views: readonly ComponentView[]): string | undefined => {
  const one = factsOf(views, 'access').find(({ fact }) => fact.class === 'customer-data' || fact.class === 'secret');
  return one === undefined ? undefined : `${one.fact.resource.slice(0, 80)} (${one.fact.class}) is there`;
};

const LOGINS = { needs: ['login', 'service', 'port'] } as const;
const UPDATES = { needs: ['update'] } as const;
const NOTHING = { needs: [] } as const;

/** Each condition by its name in a profile. The last thirteen are those of EN 303 645 V2.1.1, table B.1, in our words. */
export const CONDITIONS: Readonly<Record<NotApplicableWhen, Condition>> = {
  stated: { deniesSubject: true, against: () => undefined },
  'one-component': {
    deniesSubject: true,
    against: ({ target }) =>
      target.components.length > 1 ? `there are ${target.components.length} components` : undefined,
  },
  'no-interface': {
    deniesSubject: true,
    looks: { needs: ['port'] },
    against: ({ component, views }) => (says(component.declares.services) ? 'services are declared' : openPort(views)),
  },
  'stores-no-data': {
    deniesSubject: true,
    looks: { needs: ['access', 'service', 'port'] },
    against: ({ component, views }) => (says(component.declares.data) ? 'data are declared' : storedData(views)),
  },
  'no-onboarding': {
    deniesSubject: true,
    against: ({ component, views }) =>
      says(component.declares.onboarding) || views.some((view) => view.state === 'onboarding')
        ? 'onboarding is declared or was observed'
        : undefined,
  },
  'immutable-software': { deniesSubject: true, against: hasUpdates },
  'no-passwords': {
    deniesSubject: true,
    looks: LOGINS,
    against({ component, views }) {
      const seen = factsOf(views, 'login').find(tookSecret);
      return usesPasswords(component.declares) ?? (seen === undefined ? undefined : loginText(seen));
    },
  },
  'no-pre-installed-passwords': {
    looks: { ...LOGINS, states: ['factory-default'] },
    against({ component, views }) {
      const declared = (component.declares.authentication ?? []).find(({ origin }) =>
        PRE_INSTALLED.test(origin.replace(NEGATED, '')),
      );
      if (declared !== undefined)
        return `the origin of the password of ${declared.service} is declared as "${declared.origin.slice(0, 80)}"`;
      const seen = factsOf(views, 'login').find(acceptedDefault);
      return seen === undefined
        ? undefined
        : `${seen.fact.protocol} accepted a password that nobody had chosen (${seen.fact.secret ?? seen.fact.account})`;
    },
  },
  'all-software-updatable': {
    looks: NOTHING,
    against: (claimed) =>
      claims(claimed, 'no-update-mechanism') || claims(claimed, 'immutable-software')
        ? 'it is claimed too that software is not updated'
        : claimed.component.declares.update === undefined || claimed.component.declares.update.policy === 'none'
          ? 'no way of updating is declared'
          : undefined,
  },
  'not-constrained': {
    looks: NOTHING,
    against: (claimed) => (claims(claimed, 'constrained') ? 'it is claimed too that it is constrained' : undefined),
  },
  // `fragile` says how gently a device is to be probed, and not that its means are limited by what it is for.
  constrained: {
    looks: { needs: ['service', 'port'] },
    against(claimed) {
      if (claims(claimed, 'not-constrained')) return 'it is claimed too that it is not constrained';
      const { kind } = claimed.component;
      if (kind === 'app' || kind === 'cloud') return `a component of kind ${kind} is not a constrained device`;
      const seen = factsOf(claimed.views, 'service').find(speaksInFull);
      return seen === undefined
        ? undefined
        : `it serves ${seen.fact.protocol.toUpperCase()} at tcp/${seen.endpoint.port}, as a device with the means for it does`;
    },
  },
  'no-telemetry': {
    everywhere: true,
    looks: NOTHING,
    against: ({ component }) => collectsTelemetry(component.declares),
  },
  'no-consent-based-personal-data': {
    everywhere: true,
    looks: NOTHING,
    against({ component }) {
      // Personal data of which the ground is not said may rest on consent.
      const one = entries(component.declares.data).find(
        ({ consent, personal }) => consent === true || (personal === true && consent === undefined),
      );
      if (one === undefined) return undefined;
      return one.consent === true
        ? `${one.class} is declared to be processed on consent`
        : `${one.class} is declared personal, and not that it is processed without consent`;
    },
  },
  'no-user-authentication': {
    looks: { needs: ['login', 'access', 'service', 'port'] },
    deniesSubject: true,
    against({ component: { declares }, views }) {
      if (says(declares.authentication)) return 'authentication is declared';
      if (says(declares.roles)) return 'roles are declared';
      const login = factsOf(views, 'login').find(tookSecret);
      if (login !== undefined) return loginText(login);
      // A client certificate may be a machine's; any other demand for credentials may be meant for a user.
      const access = factsOf(views, 'access').find(
        ({ fact }) => fact.authentication === 'required' && fact.protocol !== 'tls' && fact.protocol !== 'dtls',
      );
      return (
        usesPasswords(declares) ??
        (access === undefined ? undefined : `${access.fact.protocol} asks for credentials before something is reached`)
      );
    },
  },
  'no-automatic-updates-or-notices': {
    looks: UPDATES,
    against({ component: { declares }, views }) {
      const policy = declares.update?.policy;
      if (policy === 'automatic' || policy === 'notice') return `the declared policy of updates is "${policy}"`;
      return askedByItself(views) ? 'it asked for an update by itself' : undefined;
    },
  },
  'no-hard-coded-identity': {
    looks: { needs: ['key'] },
    against({ component: { declares }, views }) {
      const declared = (declares.authentication ?? []).find(({ mechanism, origin }) =>
        HARD_CODED.test(`${mechanism} ${origin}`.replace(NEGATED, '')),
      );
      if (declared !== undefined) return `${declared.service} is declared to use "${declared.origin.slice(0, 80)}"`;
      return survivesReset(views) ? 'a key was the same before and after a reset' : undefined;
    },
  },
  'no-updates-over-network': { looks: UPDATES, against: updatesOverNetwork },
  'no-update-mechanism': { looks: UPDATES, against: hasUpdates },
  'no-physical-debug-interface': {
    looks: NOTHING,
    against({ component }) {
      const one = (component.declares.interfaces ?? []).find(
        ({ kind, name = '', reason = '' }) =>
          kind === 'debug-header' ||
          kind === 'serial' ||
          (kind !== 'ip' && PHYSICAL_DEBUG.test(`${name} ${reason}`.replace(NEGATED, ''))),
      );
      return one === undefined
        ? undefined
        : `the interface ${one.name === undefined ? one.kind : `"${one.name}" (${one.kind})`} is declared`;
    },
  },
};

/** What a wider condition takes in: without any update mechanism, nothing is updated over a network. */
export const IMPLIES: Readonly<Partial<Record<NotApplicableWhen, readonly NotApplicableWhen[]>>> = {
  'no-passwords': ['no-pre-installed-passwords'],
  'no-update-mechanism': ['no-updates-over-network', 'no-automatic-updates-or-notices'],
};
