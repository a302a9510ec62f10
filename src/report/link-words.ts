import type { Criterion, Link } from '../model/profile.ts';
import { STATE_WORDS } from './words.ts';

/** What each condition of a profile says, under which a capped failure decides all the same. */
export const CONDITION_WORDS: Record<NonNullable<Link['conclusiveWhen']>, string> = {
  'same-identifier-on-two-samples': 'the same identifier is seen on two samples',
  'marker-or-recognised-secret': 'what was read is the marker that the laboratory planted, or a secret by its form',
  'against-declared-or-given-trust': 'it was held against a trust anchor that was declared or given',
  'login-in-clear': 'a login travels in the clear',
  'fetched-by-device-over-unauthenticated-channel':
    'the device itself fetched it over a channel that nothing vouches for',
  'fetched-by-device-and-unsigned': 'the device itself fetched it, and nothing signs it',
  'own-input': 'the tester’s own input brought it about',
};

const REFUSED_WORDS: Record<NonNullable<Link['refuse']>[number], string> = {
  'static-rsa': 'key exchange by static RSA',
  cbc: 'a suite in CBC mode',
};

const AS_WORDS: Record<Link['as'], string> = {
  required: 'has to pass',
  counter: 'fails the criterion where it fails, and passes nothing',
  supports: 'is shown beside it and decides nothing',
};

const either = (words: readonly string[]): string => words.join(' or ');

/** What of a check a link takes in, in words; empty for all of it. */
const selectedWords = (link: Link): string =>
  [
    link.class && `for ${either(link.class)}`,
    link.action && `for the actions ${either(link.action)}`,
    link.in && `in the state ${either(link.in.map((state) => STATE_WORDS[state]))}`,
    link.want && `for ${either(link.want)}`,
    link.rules && `for the rules ${either(link.rules)}`,
    link.over && 'over several samples',
    link.compare && 'for what was open before operation and still is',
    link.when && 'where a sink for events is declared',
  ]
    .filter((words) => typeof words === 'string')
    .join(', ');

/** Where a failure counts for less than the link says otherwise. */
const lesserWords = (link: Link): string[] => [
  ...(link.indicativeFor ? [`for ${either(link.indicativeFor)} it is only indicated`] : []),
  ...(link.indicativeIn
    ? [`in the state ${either(link.indicativeIn.map((state) => STATE_WORDS[state]))} it is only indicated`]
    : []),
  ...Object.entries(link.grants ?? {}).map(([grants, strength]) =>
    strength === 'conclusive'
      ? `a login that grants ${grants} decides`
      : `a login that grants ${grants === 'unknown' ? 'something unknown' : grants} only indicates`,
  ),
  ...(link.refuse ? [`${either(link.refuse.map((word) => REFUSED_WORDS[word]))} fails it too`] : []),
  ...(link.control === 'required' ? ['a pass needs a login with a working account beside it'] : []),
  ...(link.control === 'genuine-image-applied' ? ['a pass needs a genuine image to be applied before'] : []),
];

/** What a failure of the linked check is to the criterion: what decides it, and what only points at it. */
const failureWords = (link: Link): string => {
  if (link.as === 'supports') return '';
  if ((link.fail ?? 'conclusive') === 'conclusive')
    return 'a failure decides, where the check itself calls it conclusive';
  return link.conclusiveWhen === undefined
    ? 'a failure is only indicated, never conclusive'
    : `a failure is only indicated, unless ${CONDITION_WORDS[link.conclusiveWhen]}`;
};

/** How one check bears on a criterion, in one sentence without its name: the reading under which a failure is conclusive. */
export const linkWords = (link: Link): string => {
  const selected = selectedWords(link);
  const said = [`${AS_WORDS[link.as]}${selected ? `, ${selected}` : ''}`, failureWords(link), ...lesserWords(link)];
  return `${said.filter((words) => words !== '').join('; ')}.`;
};

/** The least that a criterion wants to have been covered, in words. */
export const coverageAsked = ({ coverage }: Criterion): string => {
  if (coverage === undefined) return '';
  const { tcp, udp, families, credentials, capture } = coverage;
  return [
    tcp && 'all TCP ports',
    udp && 'the whole list of UDP ports',
    families && `over ${either(families)}`,
    credentials && `every listed credential of the vendor, and ${credentials.common} common ones`,
    capture &&
      `a capture: ${Object.entries(capture)
        .map(([name, value]) => `${name} ${String(value)}`)
        .join(', ')}`,
  ]
    .filter((words) => typeof words === 'string')
    .join('; ');
};
