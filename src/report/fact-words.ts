import type { Fact, FactOf } from '../model/fact.ts';
import { grouped } from './text.ts';

const PORT_STATES: Record<FactOf<'port'>['state'], string> = {
  open: 'open',
  closed: 'closed',
  filtered: 'filtered',
  'open-or-filtered': 'silent (open or filtered)',
};

const login = (fact: FactOf<'login'>): string => {
  const how = {
    none: 'without credentials',
    random: 'a random user with a random password',
    candidate: `account “${fact.account}” with list entry ${fact.secret ?? 'unnamed'}`,
    'known-user-random': `account “${fact.account}” with a random password`,
    repeat: `account “${fact.account}” with list entry ${fact.secret ?? 'unnamed'} again`,
    declared: `the declared account “${fact.account}”`,
  }[fact.arm];
  const grants = `${fact.grants ? `, grants ${fact.grants}` : ''}${fact.changeAsked ? ', asks for a new password' : ''}`;
  return `${fact.protocol} login, ${how}: ${fact.accepted ? 'accepted' : 'rejected'}${grants} (${fact.answer})`;
};

/** How the device answered failed logins. */
const throttle = (fact: FactOf<'throttle'>): string => {
  const whose =
    fact.account === undefined ? '' : ` of ${fact.account === '' ? 'no user name' : `account “${fact.account}”`}`;
  const late = fact.milliseconds === undefined ? '' : `${grouped(Math.round(fact.milliseconds))} ms`;
  const did = {
    delay: `a delay${late && ` of ${late}`}`,
    lock: `a lock${late && ` of ${late}`}`,
    refuse: `a refusal${late && ` of ${late}`}`,
    none: `no reaction${late && `, each answered after ${late}`}`,
  }[fact.response];
  return `${fact.protocol}: after ${fact.after} failed logins${whose} ${did}`;
};

const access = (fact: FactOf<'access'>): string => {
  const what = `${fact.protocol} ${fact.action} of ${fact.resource} (${fact.class}, ${fact.how})`;
  const marker = fact.marker === undefined ? '' : `, holds the planted marker “${fact.marker}”`;
  if (fact.as === undefined) return `${what}: ${AUTHENTICATION[fact.authentication]}${marker}`;
  const outcome = fact.granted === undefined ? 'tried' : fact.granted ? 'reached' : 'refused';
  return `${what}: ${outcome} with the declared ${fact.as} account${marker}`;
};

const AUTHENTICATION: Record<FactOf<'access'>['authentication'], string> = {
  none: 'reached without credentials',
  any: 'reached with any credentials at all',
  required: 'refused without credentials',
};

const SIGNED: Record<FactOf<'artifact'>['signed'], string> = {
  none: 'not signed',
  checksum: 'not signed, a checksum only',
  'self-consistent': 'signed by a key that came with it',
  'by-given-key': 'signed by the given key',
  invalid: 'signed, and the signature is invalid',
  encrypted: 'encrypted: whether it is signed could not be told',
  unverified: 'signed: whether the signature holds could not be told',
};

const OUTCOMES: Record<FactOf<'update'>['outcome'], string> = {
  accepted: 'accepted',
  rejected: 'rejected',
  untried: 'not tried, which says nothing',
};

const certificate = (fact: FactOf<'certificate'>): string => {
  const traits = [
    fact.selfSigned && 'self-signed',
    fact.isCa && 'a CA certificate',
    fact.inDate === false && 'out of date',
    fact.inDate === undefined && 'in date or not cannot be told by the clock of the tester',
    ...(fact.faults ?? []),
    fact.nameMatches === false && 'does not name the host',
    fact.signatureHolds === false && 'not signed by whom it names',
    fact.trusted === true && 'trusted',
    fact.trusted === false && 'not trusted',
    // What was not asked is neither held nor refuted.
    fact.position === 0 && fact.trusted === undefined && 'held against no trust anchor, for none was given',
    fact.position === 0 && fact.nameMatches === undefined && 'held to no name, for none is known',
    fact.chain && `chain ${fact.chain}`,
  ].filter((trait) => typeof trait === 'string');
  const validity = `valid ${fact.notBefore.slice(0, 10)} to ${fact.notAfter.slice(0, 10)}`;
  return `certificate ${fact.position}: ${fact.subject}, issued by ${fact.issuer}, ${validity}, ${fact.signatureAlgorithm}${traits.map((trait) => `, ${trait}`).join('')}`;
};

const WORDS: { [K in Fact['kind']]: (fact: FactOf<K>) => string } = {
  port: (fact) =>
    `${fact.transport}/${fact.port}${fact.to === undefined ? '' : `-${fact.to}`} ${PORT_STATES[fact.state]} (${fact.reason}, by ${fact.by})`,
  service: (fact) =>
    `${fact.protocol === 'unknown' ? 'answers, but not in a protocol that was recognised' : `speaks ${fact.protocol}`}${
      fact.security === 'none' ? '' : ` over ${fact.security.toUpperCase()}`
    }${fact.product ? `: ${[fact.product, fact.version].filter(Boolean).join(' ')}` : ''}`,
  login,
  throttle,
  access,
  channel: (fact) =>
    `${fact.protocol} travels ${fact.encryption === 'none' ? 'in the clear' : `inside ${fact.version ?? fact.encryption.toUpperCase()}`}${
      fact.upgrade ? `, hands over by ${fact.upgrade}${fact.to ? ` to ${fact.to}` : ''}` : ''
    }${fact.credentials === undefined ? '' : fact.credentials ? ', takes passwords' : ', takes no passwords'}${
      fact.offered ? ', and TLS is offered after a word' : ''
    }`,
  offer: (fact) =>
    `${fact.protocol} offers ${fact.role} ${fact.name}${fact.bits === undefined ? '' : ` of ${fact.bits} bits`}${
      fact.version && fact.role !== 'version' ? ` in ${fact.version}` : ''
    }`,
  certificate,
  key: (fact) =>
    `${fact.use} key, ${fact.algorithm} ${fact.bits} bits${fact.curve ? ` on ${fact.curve}` : ''}, SHA-256 ${fact.sha256}`,
  weakness: (fact) =>
    `${fact.protocol}: ${fact.name} ${fact.present ? 'present' : 'absent'}${fact.subject === undefined ? '' : ` (${fact.subject})`}`,
  identity: (fact) =>
    `${fact.what} “${fact.value}” read via ${fact.via}${fact.authenticated ? ' after login' : ' without login'}`,
  flow: (fact) =>
    `${fact.direction === 'out' ? 'sends to' : 'receives from'} ${fact.peer} ${fact.transport}/${fact.port} ${fact.protocol}, ${
      fact.encryption === 'none'
        ? 'in the clear'
        : fact.encryption === 'unknown'
          ? 'encryption unknown'
          : fact.encryption.toUpperCase()
    }, ${grouped(fact.bytes)} bytes`,
  event: (fact) => `reported “${fact.about}” via ${fact.via} after ${fact.after}`,
  update: (fact) =>
    `update ${fact.role} ${fact.url} over ${fact.transport === 'none' ? 'a clear channel' : 'TLS'}, case ${fact.case}: ${OUTCOMES[fact.outcome]}${
      fact.alert ? ` (${fact.alert})` : ''
    }`,
  artifact: (fact) =>
    `${fact.role} ${fact.url} of format ${fact.format}${fact.version ? ` ${fact.version}` : ''}, ${SIGNED[fact.signed]}${
      fact.algorithm ? ` (${fact.algorithm})` : ''
    }`,
  liveness: (fact) =>
    `${fact.transport}/${fact.port} ${fact.state === 'answered' ? 'still answered' : 'no longer answered'}${fact.after ? ` after ${fact.after}` : ''}`,
};

/** A fact in one line. What it quotes of the device is not made safe here: print it through `visible`. */
export const factWords = <K extends Fact['kind']>(fact: FactOf<K>): string =>
  (WORDS[fact.kind as K] as (fact: FactOf<K>) => string)(fact);
