import { expect } from 'vitest';
import { attempt, checkTest, type FactDraft, recognised, scan } from '../../../test/kit/check.ts';
import check from './access-authenticated.ts';

const web = [scan({ tcp: [80] }), recognised('tcp/80', 'http')];
const access = (fields: Partial<Extract<FactDraft, { kind: 'access' }>>): FactDraft => ({ kind: 'access', ...fields });
const page = (...facts: FactDraft[]) => [...web, attempt('http-login', 'camera/tcp/80/http', facts)];
const classes = ['shell', 'secret', 'customer-data', 'setting', 'function', 'relay'] as const;

checkTest(check, [
  {
    name: 'a setting is refused without a login',
    attempts: page(access({ class: 'setting', resource: '/config', authentication: 'required' })),
    verdicts: [['camera/tcp/80/read-setting:/config', 'pass']],
  },
  ...(
    [
      ['required', 'pass'],
      ['any', 'fail', 'conclusive'],
    ] as const
  ).map(([authentication, ...verdict]) => ({
    name: `a client certificate: ${authentication}`,
    attempts: [
      scan({ tcp: [8883] }),
      recognised('tcp/8883', 'tls'),
      attempt('tls-server', 'camera/tcp/8883/tls', [
        access({ protocol: 'tls', class: 'function', action: 'execute', resource: 'TLS session', authentication }),
      ]),
    ],
    verdicts: [['camera/tcp/8883/execute-function:TLS session', ...verdict] as const],
    // Where any certificate is let in, what is inside has to be recognised.
    ...(authentication === 'any' ? { result: 'fail' as const } : {}),
  })),
  ...(['content', 'discovery', 'public', 'secret'] as const).map((kind) => {
    const what = kind === 'secret' ? 'secret' : 'customer-data';
    return {
      name: `what was planted stands in ${kind}`,
      attempts: page(access({ class: kind, resource: '/x', how: 'marker', marker: 'wifi-key' })),
      verdicts: [[`camera/tcp/80/read-${what}:/x`, 'fail', 'conclusive'] as const],
      more: {
        [`camera/tcp/80/read-${what}:/x`]: {
          facets: { class: what, action: 'read', state: 'operational' } as const,
          conditions: ['marker-or-recognised-secret'],
          because: expect.stringMatching(/and it holds what was planted as wifi-key\.$/),
        },
      },
    };
  }),
  {
    name: 'what an account of a role reaches says nothing of whoever has none',
    attempts: page(
      access({ class: 'setting', resource: '/config', authentication: 'required', as: 'admin', granted: true }),
      access({ class: 'setting', resource: '/config', authentication: 'required', as: 'ordinary', granted: false }),
    ),
    verdicts: [['camera/tcp/80', 'inconclusive']],
  },
  ...classes.map((kind) => ({
    name: `read without credentials: ${kind}`,
    attempts: page(access({ class: kind, resource: '/x', authentication: 'none' as const })),
    verdicts: [[`camera/tcp/80/read-${kind}:/x`, 'fail', 'conclusive'] as const],
    more: {
      [`camera/tcp/80/read-${kind}:/x`]: {
        facets: { class: kind, action: 'read' as const, state: 'operational' as const },
      },
    },
  })),
  {
    name: 'given for any credentials at all',
    attempts: page(access({ class: 'function', action: 'execute', resource: 'stream', authentication: 'any' })),
    verdicts: [['camera/tcp/80/execute-function:stream', 'fail', 'conclusive']],
    more: {
      'camera/tcp/80/execute-function:stream': {
        because: 'One can use a function (stream) over HTTP at tcp/80 with any credentials at all.',
      },
    },
  },
  {
    name: 'refused without credentials and given for any: no pass beside the fail',
    attempts: page(
      access({ class: 'content', resource: '/', authentication: 'required' }),
      access({ class: 'setting', resource: '/', authentication: 'any' }),
    ),
    verdicts: [['camera/tcp/80/read-setting:/', 'fail', 'conclusive']],
  },
  {
    name: 'a class that was guessed from words is indicative',
    attempts: page(access({ class: 'setting', resource: '/', how: 'guessed' })),
    verdicts: [['camera/tcp/80/read-setting:/', 'fail', 'indicative']],
  },
  {
    name: 'content of no known class is indicative',
    attempts: page(access({ class: 'content', resource: '/status' })),
    verdicts: [['camera/tcp/80/read-content:/status', 'fail', 'indicative']],
  },
  {
    name: 'a recognised secret and a marker meet their condition, a guessed secret does not',
    attempts: page(
      access({ class: 'secret', resource: '/passwd' }),
      access({ class: 'setting', resource: '/wifi', how: 'marker' }),
      access({ class: 'secret', resource: '/key', how: 'guessed' }),
    ),
    verdicts: [
      ['camera/tcp/80/read-secret:/passwd', 'fail', 'conclusive'],
      ['camera/tcp/80/read-setting:/wifi', 'fail', 'conclusive'],
      ['camera/tcp/80/read-secret:/key', 'fail', 'indicative'],
    ],
    more: {
      'camera/tcp/80/read-secret:/passwd': { conditions: ['marker-or-recognised-secret'] },
      'camera/tcp/80/read-setting:/wifi': { conditions: ['marker-or-recognised-secret'] },
      'camera/tcp/80/read-secret:/key': { conditions: [] },
    },
  },
  {
    name: 'the same resource refused once and reached once',
    attempts: page(
      access({ class: 'setting', resource: '/config', authentication: 'required' }),
      access({ class: 'setting', resource: '/config', authentication: 'none' }),
    ),
    verdicts: [['camera/tcp/80/read-setting:/config', 'fail', 'conclusive']],
  },
  {
    name: 'nothing but a landing page',
    attempts: page(access({ class: 'discovery', resource: '/' })),
    verdicts: [['camera/tcp/80', 'not-applicable']],
  },
  { name: 'the probe was done and saw nothing', attempts: page(), verdicts: [['camera/tcp/80', 'inconclusive']] },
  { name: 'nobody looked', attempts: web, verdicts: [['camera/tcp/80', 'inconclusive']] },
  {
    name: 'a shell that answers before any login',
    attempts: [scan({ tcp: [9527] }), recognised('tcp/9527', 'shell')],
    verdicts: [['camera/tcp/9527', 'fail', 'conclusive']],
    more: { 'camera/tcp/9527': { because: 'One can use a shell at tcp/9527 without credentials.' } },
  },
  ...(
    [
      ['shell', 'shell', 'a shell'],
      ['jdwp', 'debugger', 'a Java debugger'],
      ['telnet', 'shell', 'a shell over Telnet'],
      ['adb', 'shell', 'a shell over ADB'],
    ] as const
  ).map(([protocol, resource, says]) => ({
    name: `a shell that was reached over ${protocol}`,
    attempts: [
      scan({ tcp: [9527] }),
      recognised('tcp/9527', protocol),
      attempt('debug-access', 'camera/tcp/9527', [access({ protocol, class: 'shell', action: 'execute', resource })]),
    ],
    verdicts: [[`camera/tcp/9527/execute-shell:${resource}`, 'fail', 'conclusive'] as const],
    more: {
      [`camera/tcp/9527/execute-shell:${resource}`]: {
        because: `One can use ${says} at tcp/9527 without credentials.`,
      },
    },
  })),
  {
    name: 'the probe timed out',
    attempts: [...web, attempt('http-login', 'camera/tcp/80/http', [], { broke: 'timeout' })],
    verdicts: [],
  },
  {
    name: 'a lock leaves what was refused before it',
    attempts: [
      ...web,
      attempt(
        'http-login',
        'camera/tcp/80/http',
        [access({ class: 'setting', resource: '/', authentication: 'required' })],
        {
          broke: 'locked',
          open: ['login'],
        },
      ),
    ],
    verdicts: [['camera/tcp/80/read-setting:/', 'pass']],
  },
  { name: 'nothing is open', attempts: [scan({})], verdicts: [['camera', 'not-applicable']] },
  {
    name: 'mDNS alone has nothing behind it',
    attempts: [scan({ udp: [5353] }), recognised('udp/5353', 'mdns')],
    verdicts: [['camera', 'not-applicable']],
  },
  ...['quic', 'dtls'].map((protocol) => ({
    name: `${protocol} alone, into which nobody looked: what is inside it is a gap`,
    attempts: [scan({ udp: [5684] }), recognised('udp/5684', protocol)],
    verdicts: [['camera', 'not-applicable']] as [string, 'not-applicable'][],
    result: 'inconclusive' as const,
  })),
  {
    name: 'one port refuses and another was not recognised',
    attempts: [
      scan({ tcp: [80, 9000] }),
      recognised('tcp/80', 'http'),
      recognised('tcp/9000', 'unknown'),
      attempt('http-login', 'camera/tcp/80/http', [
        access({ class: 'setting', resource: '/', authentication: 'required' }),
      ]),
    ],
    verdicts: [['camera/tcp/80/read-setting:/', 'pass']],
    result: 'inconclusive',
  },
  {
    name: 'in factory-default state the finding says so',
    state: 'factory-default',
    attempts: page(access({ class: 'setting', resource: '/' })),
    verdicts: [['camera/tcp/80/read-setting:/', 'fail', 'conclusive']],
    more: {
      'camera/tcp/80/read-setting:/': { facets: { class: 'setting', action: 'read', state: 'factory-default' } },
    },
  },
]);
