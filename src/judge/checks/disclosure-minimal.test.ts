import { attempt, checkTest, type FactDraft, recognised, scan } from '../../../test/kit/check.ts';
import check from './disclosure-minimal.ts';

type Identity = Extract<FactDraft, { kind: 'identity' }>;
const web = [scan({ tcp: [80] }), recognised('tcp/80', 'http')];
const says = (what: NonNullable<Identity['what']>, rest: Partial<Identity> = {}): FactDraft => ({
  kind: 'identity',
  what,
  value: 'X1',
  ...rest,
});
const identity = (...facts: FactDraft[]) => [...web, attempt('identity', 'camera/tcp/80/http', facts)];

checkTest(check, [
  {
    name: 'vendor, model and name only',
    attempts: identity(says('vendor'), says('model'), says('name'), says('uuid')),
    verdicts: [['camera', 'pass']],
  },
  { name: 'nothing at all was told', attempts: identity(), verdicts: [['camera', 'pass']] },
  ...(['serial', 'firmware', 'location', 'owner', 'mac'] as const).map((what) => ({
    name: `told to anyone: ${what}`,
    attempts: identity(says(what)),
    verdicts: [[`camera/tcp/80/${what}`, 'fail', 'conclusive'] as const],
  })),
  {
    name: 'the serial number after a login',
    attempts: identity(says('serial', { authenticated: true })),
    verdicts: [['camera', 'pass']],
  },
  {
    name: 'a MAC address seen on the link',
    attempts: [...web, attempt('identity', 'camera', [says('mac', { via: 'arp' })])],
    verdicts: [['camera', 'pass']],
  },
  {
    name: 'the same by two ways is one finding',
    attempts: identity(says('serial', { via: 'http' }), says('serial', { via: 'upnp' })),
    verdicts: [['camera/tcp/80/serial', 'fail', 'conclusive']],
    more: {
      'camera/tcp/80/serial': { because: 'The serial number "X1" is given to anyone at tcp/80, by http and upnp.' },
    },
  },
  {
    name: 'a page with settings for anyone, which nobody searched',
    attempts: [
      ...identity(says('name')),
      attempt('http-login', 'camera/tcp/80/http', [
        { kind: 'access', protocol: 'http', class: 'setting', action: 'read', resource: '/a', authentication: 'none' },
        { kind: 'access', protocol: 'http', class: 'secret', action: 'read', resource: '/b', authentication: 'any' },
      ]),
    ],
    verdicts: [['camera/tcp/80/open:http', 'inconclusive']],
  },
  {
    name: 'a landing page for anyone, settings behind a login',
    attempts: [
      ...identity(says('name')),
      attempt('http-login', 'camera/tcp/80/http', [
        { kind: 'access', protocol: 'http', class: 'discovery', action: 'read', resource: '/', authentication: 'none' },
        {
          kind: 'access',
          protocol: 'http',
          class: 'setting',
          action: 'read',
          resource: '/a',
          authentication: 'required',
        },
      ]),
    ],
    verdicts: [['camera', 'pass']],
  },
  {
    name: 'SSDP, of which nobody read what it tells',
    attempts: [...identity(says('name')), recognised('udp/1900', 'ssdp')],
    verdicts: [['camera/udp/1900/unread:ssdp', 'inconclusive']],
  },
  { name: 'nobody looked', attempts: web, verdicts: [] },
  {
    name: 'timed out',
    attempts: [...web, attempt('identity', 'camera/tcp/80/http', [], { broke: 'timeout' })],
    verdicts: [],
  },
  {
    name: 'one port told nothing, and of another nobody knows',
    attempts: [...identity(), attempt('identity', 'camera/tcp/8080/http', [], { broke: 'timeout' })],
    verdicts: [],
  },
]);
