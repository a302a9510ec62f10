import { expect, test } from 'vitest';
import {
  type AttemptDraft,
  attempt,
  type CheckRow,
  checkTest,
  type FactDraft,
  judged,
  recognised,
  run,
  scan,
} from '../../../test/kit/check.ts';
import type { Declaration } from '../../model/target.ts';
import check from './declaration-consistent.ts';
import { sameWords } from './declaration-consistent-parts.ts';

const identity = (what: string, value: string, via = 'http title'): AttemptDraft =>
  attempt('identity', 'camera/tcp/80/http', [{ kind: 'identity', what, value, via } as FactDraft]);
const web = [scan({ tcp: [80] }), recognised('tcp/80', 'http')];
const tls = [scan({ tcp: [443] }), recognised('tcp/443', 'tls', 'http+tls')];
const ssh = [scan({ tcp: [22] }), recognised('tcp/22', 'ssh')];
const login = (arm: string, accepted: boolean, more: Partial<FactDraft> = {}): FactDraft =>
  ({ kind: 'login', protocol: 'ssh', arm, accepted, ...more }) as FactDraft;
const logins = (...facts: FactDraft[]): AttemptDraft => attempt('ssh-login', 'camera/tcp/22/ssh', facts);
const access = (more: Partial<FactDraft>): AttemptDraft =>
  attempt('http-login', 'camera/tcp/80/http', [{ kind: 'access', ...more } as FactDraft]);

/** A row about one part: what is declared, what was seen, and what is said. */
const row = (
  name: string,
  declares: Declaration,
  attempts: CheckRow['attempts'],
  ...verdicts: CheckRow['verdicts']
): CheckRow => ({ name, declares, attempts, verdicts });
const mechanism = (text: string, origin = 'the box'): Declaration => ({
  authentication: [{ service: 'ssh', mechanism: text, origin }],
});
const web80 = (mechanism = 'user name and password'): Declaration => ({
  authentication: [{ service: 'https', mechanism, origin: 'the owner' }],
});
const channel = (protection: string, more: object = { port: 80 }): Declaration => ({
  channels: [{ data: 'settings', protection, ...more }],
});
const manifest = 'https://198.18.0.1/manifest';
const image = 'https://198.18.0.1/image';
const updates = (...facts: FactDraft[]): AttemptDraft[] => [...scan({}), attempt('update-channel', 'camera', facts)];
const offered = (role: 'manifest' | 'image', url: string, transport: 'none' | 'tls' = 'tls'): FactDraft => ({
  kind: 'update',
  role,
  url,
  transport,
});

checkTest(check, [
  { name: 'nothing is declared', attempts: scan({}), verdicts: [['camera', 'not-applicable']] },
  { name: 'nothing is declared and nobody looked', verdicts: [['camera', 'not-applicable']], result: 'inconclusive' },
  {
    name: 'only what no probe sees is declared',
    declares: { roles: [{ name: 'admin', may: ['change'] }], data: ['recordings, on the card'] },
    attempts: scan({}),
    verdicts: [['camera/declaration', 'inconclusive']],
  },

  // item
  ...(
    [
      ['1.2.3', 'V1.2.3 build 220530', 'pass'],
      ['v2.0', '2.0', 'pass'],
      ['1.2.3', '1.2.4', 'fail', 'conclusive'],
      ['1.2', '1.2.3', 'fail', 'conclusive'],
      ['1.2.3', 'release 7', 'fail', 'indicative'],
    ] as const
  ).map(
    ([stated, told, verdict, strength]): CheckRow => ({
      name: `the firmware is stated as ${stated} and told as ${told}`,
      item: { firmware: stated },
      attempts: [...web, identity('firmware', told)],
      verdicts: [
        strength === undefined ? ['camera/item:firmware', verdict] : ['camera/item:firmware', verdict, strength],
      ],
    }),
  ),
  {
    name: 'another model is told: names have many spellings',
    item: { model: 'SG-1', serial: 'A1' },
    attempts: [...web, identity('model', 'SG-10')],
    verdicts: [
      ['camera/item:model', 'fail', 'indicative'],
      ['camera/item', 'inconclusive'],
    ],
  },
  {
    name: 'one of two places tells it as stated',
    item: { firmware: '1.2.3' },
    attempts: [...web, identity('firmware', '9.9'), identity('firmware', '1.2.3', 'snmp')].map((one, index) =>
      index === 2 ? { ...(one as AttemptDraft), at: 'camera/udp/161/snmp' } : one,
    ),
    verdicts: [['camera/item:firmware', 'pass']],
  },
  {
    name: 'nothing is told of what is stated',
    item: { model: 'C', serial: 'A1', firmware: '1.0' },
    attempts: [...web, identity('name', 'mini_httpd')],
    verdicts: [['camera/item', 'inconclusive']],
    more: {
      'camera/item': { because: 'Nothing that was observed speaks to the stated model, serial and firmware.' },
    },
  },
  row('identifiers without values are for a person', { identifiers: ['on the label'] }, scan({}), [
    'camera/declaration',
    'inconclusive',
  ]),
  row(
    'identifiers with values',
    {
      identifiers: [
        { kind: 'mac', value: '00:11:22:33:44:AA', where: 'label' },
        { kind: 'serial', value: 'A1', where: 'label' },
        { kind: 'hardware', value: 'rev A', where: 'label' },
      ],
    },
    [
      ...web,
      attempt('identity', 'camera/tcp/80/http', [
        { kind: 'identity', what: 'mac', value: '00-11-22-33-44-aa' },
        { kind: 'identity', what: 'serial', value: 'B2' },
      ]),
    ],
    ['camera/identifiers:mac', 'pass'],
    ['camera/identifiers:serial', 'fail', 'indicative'],
  ),

  // interfaces
  row('an IP interface is declared, and a port open', { interfaces: [{ kind: 'ip' }] }, web, [
    'camera/interfaces',
    'pass',
  ]),
  row('no IP interface is declared, and a port open', { interfaces: [{ kind: 'bluetooth' }] }, web, [
    'camera/interfaces',
    'fail',
    'conclusive',
  ]),
  row('no interface at all is declared, and a port open', { interfaces: [] }, web, [
    'camera/interfaces',
    'fail',
    'conclusive',
  ]),
  row('interfaces are declared, and nothing is open', { interfaces: [{ kind: 'ip' }] }, scan({}), [
    'camera/interfaces',
    'inconclusive',
  ]),

  // services
  row(
    'what is declared speaks, and something else',
    {
      services: [
        { port: 80, transport: 'tcp', protocol: 'http', reason: 'page' },
        { port: 22, transport: 'tcp', protocol: 'mqtt', reason: 'messages' },
      ],
    },
    [scan({ tcp: [22, 80] }), recognised('tcp/80', 'http'), recognised('tcp/22', 'ssh')],
    ['camera/tcp/22/services', 'fail', 'conclusive'],
    ['camera/services', 'pass'],
  ),
  row(
    'a declared service is not there',
    { services: [{ port: 80, transport: 'tcp', protocol: 'http', reason: 'x' }] },
    scan({}),
    ['camera/services', 'inconclusive'],
  ),
  {
    ...row(
      'nobody recognised what speaks there',
      { services: [{ port: 80, transport: 'tcp', protocol: 'http', reason: 'x' }] },
      [scan({ tcp: [80] }), recognised('tcp/80', 'unknown')],
      ['camera/services', 'inconclusive'],
    ),
  },

  // authentication
  row(
    'a password is declared, and who has none is refused',
    mechanism('password'),
    [...ssh, logins(login('none', false), login('random', false))],
    ['camera/tcp/22/authentication', 'pass'],
  ),
  ...(['none', 'random', 'known-user-random'] as const).map((arm) =>
    row(
      `a password is declared, and ${arm} logs in`,
      mechanism('password'),
      [...ssh, logins(login(arm, true))],
      ['camera/tcp/22/authentication', 'fail', 'conclusive'],
    ),
  ),
  {
    ...row(
      'so it is before it was set up',
      mechanism('password'),
      [...ssh, logins(login('none', true))],
      ['camera/tcp/22/authentication', 'fail', 'indicative'],
    ),
    state: 'onboarding',
  },
  row(
    'a setting is reached without the declared password',
    web80(),
    [...web, access({ class: 'setting', resource: '/config' })],
    ['camera/tcp/80/authentication', 'fail', 'conclusive'],
  ),
  row(
    'a front page is no way past the password, nor is what was guessed',
    web80(),
    [
      ...web,
      attempt('http-login', 'camera/tcp/80/http', [
        { kind: 'access', class: 'discovery' },
        { kind: 'access', class: 'setting', how: 'guessed', resource: '/a' },
        { kind: 'access', class: 'setting', authentication: 'required', resource: '/b' },
      ]),
    ],
    ['camera/tcp/80/authentication', 'pass'],
  ),
  row(
    'certificates are declared, and a password logs in',
    mechanism('client certificate'),
    [...ssh, logins(login('random', false), login('repeat', true, { proven: true, secret: 'a' }))],
    ['camera/tcp/22/authentication', 'fail', 'conclusive'],
  ),
  row(
    'certificates or passwords are declared, and a password logs in',
    mechanism('certificate or password'),
    [...ssh, logins(login('random', false), login('declared', true))],
    ['camera/tcp/22/authentication', 'pass'],
  ),
  row(
    'an accepted candidate without its controls is no proof',
    mechanism('client certificate'),
    [...ssh, logins(login('random', false), login('candidate', true, { secret: 'a' }))],
    ['camera/tcp/22/authentication', 'pass'],
  ),
  row(
    'set by the owner, it is said, and a default of a list logs in',
    mechanism('password', 'set by the owner at first use'),
    [...ssh, logins(login('random', false), login('repeat', true, { proven: true, secret: 'a' }))],
    ['camera/tcp/22/authentication', 'fail', 'indicative'],
  ),
  row(
    'a common default is declared, and logs in',
    mechanism('password', 'default, the same for all'),
    [...ssh, logins(login('random', false), login('repeat', true, { proven: true, secret: 'a' }))],
    ['camera/tcp/22/authentication', 'pass'],
  ),
  row(
    'no login is declared, and there is none',
    mechanism('none'),
    [...ssh, logins(login('none', true))],
    ['camera/tcp/22/authentication', 'pass'],
  ),
  row(
    'no login is declared, and it refuses',
    mechanism('none'),
    [...ssh, logins(login('none', false))],
    ['camera/tcp/22/authentication', 'fail', 'indicative'],
  ),
  row(
    'nobody tried to log in',
    mechanism('password'),
    [...ssh, logins()],
    ['camera/authentication:ssh', 'inconclusive'],
  ),
  row(
    'a service at another port than the declared one',
    { authentication: [{ service: 'ssh', port: 2222, mechanism: 'password', origin: 'x' }] },
    [...ssh, logins(login('none', true))],
    ['camera/authentication:ssh', 'inconclusive'],
  ),

  // accounts
  row(
    'one declared account works, one is refused, one nobody tried',
    { accounts: ['a', 'b', 'c'].map((user) => ({ user, secret: { env: 'X' } })) },
    [
      ...ssh,
      logins(
        login('declared', true, { secret: 'declared:a' } as FactDraft),
        login('declared', false, { secret: 'declared:b' } as FactDraft),
      ),
    ],
    ['camera/tcp/22/accounts:a', 'pass'],
    ['camera/tcp/22/accounts:b', 'fail', 'indicative'],
    ['camera/accounts:c', 'inconclusive'],
  ),

  // logins
  ...(
    [
      ['none', { response: 'lock', after: 3 }, 'fail', 'conclusive'],
      ['none', { response: 'none', after: 10, account: 'a' }, 'pass'],
      [{ after: 3 }, { response: 'lock', after: 3 }, 'pass'],
      [{ after: 3 }, { response: 'none', after: 10, account: 'a' }, 'fail', 'indicative'],
    ] as const
  ).map(([lock, throttle, verdict, strength]) =>
    row(
      `lock ${JSON.stringify(lock)}, and ${JSON.stringify(throttle)}`,
      { logins: { lock } },
      [...ssh, logins({ kind: 'throttle', ...throttle } as FactDraft)],
      strength === undefined ? ['camera/tcp/22/logins', verdict] : ['camera/tcp/22/logins', verdict, strength],
    ),
  ),
  row(
    'fewer wrong logins than the declared lock',
    { logins: { lock: { after: 5 } } },
    [...ssh, logins({ kind: 'throttle', response: 'none', after: 3, account: 'a' })],
    ['camera/logins', 'inconclusive'],
  ),

  // channels
  row('TLS is declared, and spoken', channel('tls', { port: 443 }), tls, ['camera/tcp/443/channels', 'pass']),
  row(
    'TLS is declared, and the port speaks in clear',
    channel('tls'),
    [...web, attempt('http-redirect', 'camera/tcp/80/http', [{ kind: 'channel', encryption: 'none' }])],
    ['camera/tcp/80/channels', 'fail', 'conclusive'],
  ),
  row(
    'a port that only sends on to TLS says nothing',
    channel('tls'),
    [
      ...web,
      attempt('http-redirect', 'camera/tcp/80/http', [{ kind: 'channel', encryption: 'none', upgrade: 'redirect' }]),
    ],
    ['camera/channels', 'inconclusive'],
  ),
  row('TLS is declared, and SSH is spoken', channel('tls', { port: 22 }), ssh, [
    'camera/tcp/22/channels',
    'fail',
    'conclusive',
  ]),
  row('SSH by its protocol', channel('ssh', { service: 'ssh' }), ssh, ['camera/tcp/22/channels', 'pass']),
  row('the same in words of an HTTPS service', channel('TLS', { service: 'https' }), tls, [
    'camera/tcp/443/channels',
    'pass',
  ]),
  row('clear is declared, and TLS is spoken', channel('none', { port: 443 }), tls, [
    'camera/tcp/443/channels',
    'fail',
    'indicative',
  ]),
  row(
    'clear is declared, and is',
    channel('wpa'),
    [...web, attempt('http-redirect', 'camera/tcp/80/http', [{ kind: 'channel', encryption: 'none' }])],
    ['camera/tcp/80/channels', 'pass'],
  ),
  row(
    'channels that nobody saw',
    {
      channels: [
        'to the cloud, by MQTT',
        { from: 'camera', to: 'cloud', data: ['video', 'status'], protection: 'tls' },
        { port: 443, data: 'settings', protection: 'tls' },
      ],
    },
    tls,
    ['camera/tcp/443/channels', 'pass'],
    ['camera/channels', 'inconclusive'],
  ),
  row('a protection that no check knows', channel('IPsec', { port: 443 }), tls, ['camera/channels', 'inconclusive']),

  // update
  row('updates are where they are declared to be', { update: { manifest, image } }, updates(offered('image', image)), [
    'camera/update:image',
    'pass',
  ]),
  row('the declared image came in clear', { update: { image } }, updates(offered('image', image, 'none')), [
    'camera/update:image',
    'fail',
    'conclusive',
  ]),
  row('an update from elsewhere', { update: { manifest } }, updates(offered('manifest', `${manifest}2`)), [
    'camera/update',
    'inconclusive',
  ]),
  ...(
    [
      ['by-given-key', 'pass'],
      ['invalid', 'fail', 'conclusive'],
      ['none', 'fail', 'indicative'],
      ['checksum', 'fail', 'indicative'],
    ] as const
  ).map(([signed, verdict, strength]) =>
    row(
      `a key is declared, and the image is signed: ${signed}`,
      { update: { key: 'PEM' } },
      updates({ kind: 'artifact', role: 'image', signed }),
      strength === undefined ? ['camera/update:key', verdict] : ['camera/update:key', verdict, strength],
    ),
  ),
  row(
    'a signed manifest covers the image',
    { update: { key: 'PEM' } },
    updates({ kind: 'artifact', signed: 'none' }, { kind: 'artifact', role: 'manifest', signed: 'by-given-key' }),
    ['camera/update:key', 'pass'],
  ),
  row('an encrypted image', { update: { key: 'PEM' } }, updates({ kind: 'artifact', signed: 'encrypted' }), [
    'camera/update',
    'inconclusive',
  ]),
  row('no updates are declared, and one is offered', { update: { policy: 'none' } }, updates(offered('image', image)), [
    'camera/update',
    'fail',
    'conclusive',
  ]),
  row('no updates are declared, and none is offered', { update: { mechanism: 'none' } }, updates(), [
    'camera/update',
    'inconclusive',
  ]),
]);

test.each([
  ['1.2.3', '1.2.30', false],
  ['1.2.3', '11.2.3', false],
  ['1.2.3', '1.2.3-rc1', false],
  ['1.2.3', 'fw 1.2.3 (2026)', true],
  ['SG-1', 'Sound Gateway SG-1', true],
  ['', '1', false],
  [' ', ' ', false],
])('%s and %s: %s', (one, other, same) => {
  expect(sameWords(one, other)).toBe(same);
  expect(sameWords(other, one)).toBe(same);
});

test('what is stated of the item is held against the device of a product, not against the hub beside it', () => {
  const one = run({ item: { firmware: '1.2.3' }, attempts: [...web, identity('firmware', '9.9')] });
  const [own] = one.target.components;
  const with_ = (kind: 'device' | 'hub'): string[] => {
    const sensor = { ...own!, id: 'sensor', addresses: ['198.18.0.77'] };
    const target = { ...one.target, components: [{ ...own!, kind }, sensor] };
    return judged(check, [{ ...one, target }]).map(({ id, verdict }) => `${id} ${verdict}`);
  };
  expect(with_('device')).toContain('declaration-consistent@camera/item:firmware fail');
  expect(with_('hub').join()).not.toContain('item');
});
