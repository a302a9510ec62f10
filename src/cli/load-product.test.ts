import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { keyFile } from '../../fixtures/services/keys.ts';
import { testPem } from '../../test/kit/authority.ts';
import { attempt, run, scan } from '../../test/kit/run.ts';
import { catalogue, checks } from '../judge/checks/index.ts';
import { judge } from '../judge/judge.ts';
import { Profile } from '../model/profile.ts';
import { loadProduct, ProductFile, targetOf } from './load-product.ts';
import { BadFile } from './load-yaml.ts';

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'probity-product-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string | Buffer): string => {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
  return file;
};

const CA = keyFile('ca.test-cert.pem');
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n';

const WHOLE = `schema: 1
product: { name: Doorstep Camera Ⅱ, complete: true }
item: { model: EV-210, serial: '0021', firmware: 2.4.1 }
allow: { impact: login, by: R. Okafor, until: 2026-12-31T23:59:59Z }
scope: [198.18.4.0/28]
notApplicable:
  - { criterion: DP-1, component: camera, why: stores nothing }
components:
  - id: camera
    addresses: [198.18.4.21, '2001:DB8:0::15']
    names: [camera.test]
    declares:
      services:
        - { port: 443, protocol: http, reason: viewing, adminOnly: [/admin, /api/users] }
        - { port: 8000-8010, transport: udp, reason: video }
        - { port: dynamic, transport: udp, protocol: mdns, reason: discovery }
        - { port: 80, reason: set-up, states: [onboarding] }
        - { port: 80, reason: redirect, states: [operational] }
      accounts:
        - { user: admin, secret: { env: CAMERA_ADMIN }, role: admin, on: [http] }
        - { user: viewer, secret: { file: secrets/viewer } }
        - { user: lab, secret: { env: CAMERA_ADMIN }, role: ordinary, test: true }
        - { user: gateway, secret: { file: keys/gateway.key }, certificateFile: keys/gateway.pem, on: [tls] }
      update: { mechanism: image, keyFile: keys/update.pem }
      trustFile: keys/ca.pem
  - { id: cloud, kind: cloud, names: [cloud.camera.test] }
`;

describe('loadProduct', () => {
  test('reads a whole product file', () => {
    write('whole/secrets/viewer', 'look only\n');
    write('whole/keys/update.pem', KEY);
    write('whole/keys/ca.pem', CA);
    write('whole/keys/gateway.pem', testPem('root.test-cert'));
    write('whole/keys/gateway.key', testPem('root.test-key'));
    const loaded = loadProduct(write('whole/camera.yaml', WHOLE), { env: { CAMERA_ADMIN: 'tall gate' } });
    expect(loaded.target.id).toBe('doorstep-camera-ii');
    expect(loaded.target.scope).toEqual(['198.18.4.21', '2001:db8::15', '198.18.4.0/28']);
    expect(loaded.target.components[0]).toMatchObject({
      addresses: ['198.18.4.21', '2001:db8::15'],
      declares: { update: { key: KEY }, trust: CA },
    });
    expect(loaded.target.product).toEqual({
      name: 'Doorstep Camera Ⅱ',
      complete: true,
      notApplicable: [{ criterion: 'DP-1', component: 'camera', why: 'stores nothing' }],
    });
    expect(loaded.target.allow).toEqual({ impact: 'login', by: 'R. Okafor', until: '2026-12-31T23:59:59Z' });
    expect(loaded.item).toEqual({ model: 'EV-210', serial: '0021', firmware: '2.4.1' });
    expect([...loaded.accounts]).toEqual([
      [
        'camera',
        [
          { user: 'admin', secret: 'tall gate', role: 'admin', on: ['http'] },
          { user: 'viewer', secret: 'look only' },
          { user: 'lab', secret: 'tall gate', role: 'ordinary', test: true },
          {
            user: 'gateway',
            secret: testPem('root.test-key').trimEnd(),
            certificate: testPem('root.test-cert'),
            on: ['tls'],
          },
        ],
      ],
    ]);
    expect(loaded.trust).toEqual([CA]);
    expect(JSON.stringify(loaded.target)).not.toContain('tall gate');
    expect(JSON.stringify(loaded.target)).not.toContain('PRIVATE KEY');
    expect(loaded.target.components[0]?.declares.services?.[0]).toMatchObject({ adminOnly: ['/admin', '/api/users'] });
  });

  const component = (declares: string) => `components:\n  - id: camera\n    addresses: [198.18.4.21]\n${declares}`;
  const service = (fields: string) => component(`    declares:\n      services:\n        - { ${fields} }\n`);

  test.each<[string, string | Buffer, string]>([
    ['empty', '', 'it is empty'],
    ['binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]), 'it is not UTF-8 text'],
    ['a list', '- camera\n', 'line 1: the file is a list, expected object'],
    ['not YAML', 'components: [\n', 'line 2: '],
    ['no components', 'item: {}\n', 'line 1: components is missing (expected array)'],
    ['wrong type', 'components:\n  - id: camera\n    addresses: 198.18.4.21\n', 'line 3: components[0].addresses is'],
    ['port too high', service('port: 70000, reason: x'), 'line 6: port 70000 is not in 1-65535'],
    ['port zero', service('port: 0, reason: x'), 'line 6: port 0 is not in 1-65535'],
    ['range end too high', service('port: 8000-70000, reason: x'), 'line 6: port 70000 is not in 1-65535'],
    [
      'range reversed',
      service('port: 8010-8000, reason: x'),
      'line 6: port range 8010-8000 is reversed, expected 8000-8010',
    ],
    ['dynamic without protocol', service('port: dynamic, reason: x'), 'line 6: components[0].declares.services[0]'],
    ['no reason', service('port: 80'), 'line 6: components[0].declares.services[0].reason is missing'],
    [
      'unknown key',
      'components:\n  - id: camera\n    adresses:\n      - 198.18.4.21\n',
      'line 3: components[0] has an unknown key "adresses"; did you mean "addresses"?',
    ],
    [
      'unknown key at the top',
      'componets: []\n',
      'line 1: the file has an unknown key "componets"; did you mean "components"?',
    ],
    [
      'unknown key deep inside',
      service('port: 80, reason: x, protcol: http'),
      'line 6: components[0].declares.services[0] has an unknown key "protcol"; did you mean "protocol"?',
    ],
    [
      'unknown key like no other',
      'zzzzzz: 1\ncomponents: []\n',
      'line 1: the file has an unknown key "zzzzzz"; expected one of schema, product',
    ],
    [
      'bad address',
      'components:\n  - id: camera\n    addresses:\n      - 198.18.4.300\n',
      'line 4: "198.18.4.300" is not an IP address',
    ],
    ['short address', 'components: [{ id: a, addresses: ["127.1"] }]\n', 'line 1: "127.1" is not an IP address'],
    [
      'octal address',
      'components: [{ id: a, addresses: ["010.0.0.1"] }]\n',
      'line 1: "010.0.0.1" is not an IP address',
    ],
    ['name as address', 'components: [{ id: a, addresses: [camera.local] }]\n', 'a DNS name goes into `names`'],
    ['network as address', 'components: [{ id: a, addresses: [198.18.0.0/24] }]\n', 'a network goes into `scope`'],
    ['address with brackets', 'components: [{ id: a, addresses: ["[fd00::1]"] }]\n', 'without brackets'],
    ['address with a zone', 'components: [{ id: a, addresses: ["fe80::1%eth0"] }]\n', 'without a zone'],
    ['bad network', `scope:\n  - 198.18.0.0/33\n${component('')}`, 'line 2: "198.18.0.0/33" is not a network'],
    ['no address at all', 'components: [{ id: app, kind: app }]\n', 'no component has an address'],
    [
      'one address twice',
      'components:\n  - { id: a, addresses: [198.18.4.21] }\n  - { id: b, addresses: ["::ffff:198.18.4.21"] }\n',
      'line 3: address 198.18.4.21 is given to both "a" and "b"',
    ],
    [
      'one id twice',
      'components:\n  - { id: a, addresses: [198.18.4.21] }\n  - { id: a, addresses: [198.18.4.22] }\n',
      'line 3: two components have the id "a"',
    ],
    [
      'one port twice',
      component(
        '    declares:\n      services:\n        - { port: 80, reason: x }\n        - { port: 79-81, reason: y }\n',
      ),
      'line 7: port tcp/79-81 is declared already, as tcp/80',
    ],
    ['bad id', 'components: [{ id: "../x", addresses: [198.18.4.21] }]\n', 'lower-case letters'],
    [
      'unknown component',
      `notApplicable:\n  - { criterion: X, component: hub, why: y }\n${component('')}`,
      'line 2: "hub" is no component, expected one of camera',
    ],
    [
      'secret not set',
      component('    declares: { accounts: [{ user: a, secret: { env: NOT_SET } }] }\n'),
      'line 4: the environment variable NOT_SET is not set',
    ],
    [
      'secret empty',
      component('    declares: { accounts: [{ user: a, secret: { env: IS_EMPTY } }] }\n'),
      'line 4: the environment variable IS_EMPTY is empty',
    ],
    [
      'secret in the file itself',
      component('    declares: { accounts: [{ user: a, secret: word }] }\n'),
      'line 4: components[0].declares.accounts[0].secret',
    ],
    [
      'secret file missing',
      component('    declares: { accounts: [{ user: a, secret: { file: nowhere } }] }\n'),
      'line 4: cannot read',
    ],
    [
      'key file missing',
      component('    declares:\n      update:\n        keyFile: nowhere.pem\n'),
      'line 6: cannot read',
    ],
    [
      'trust file not PEM',
      component('    declares:\n      trustFile: notpem.yaml\n'),
      'notpem.yaml": there is no certificate and no public key in it',
    ],
    [
      'trust file with a broken certificate',
      component('    declares:\n      trustFile: hollow.pem\n'),
      'hollow.pem": line 1: block 1 (CERTIFICATE) is no certificate that can be read',
    ],
    [
      'trust that is none',
      component(`    declares:\n      trust: ${JSON.stringify(PEM)}\n`),
      'line 5: block 1 (CERTIFICATE) is no certificate',
    ],
    [
      'nothing for the admin',
      service("port: 80, reason: x, adminOnly: ['']"),
      'line 6: components[0].declares.services[0].adminOnly[0]',
    ],
    ...(
      [
        ['no certificate file', 'certificateFile: nowhere.pem', 'root.key', 'line 7: cannot read "'],
        ['not PEM', 'certificateFile: notpem.yaml', 'root.key', 'line 7: "notpem.yaml" is not PEM'],
        [
          'not X.509',
          'certificateFile: hollow.pem',
          'root.key',
          'line 7: hollow.pem is no certificate that can be read',
        ],
        ['not X.509, in the file', `certificate: ${JSON.stringify(PEM)}`, 'root.key', 'line 7: it is no certificate'],
        [
          'given twice',
          'certificateFile: root.pem\n          certificate: x',
          'root.key',
          'line 7: certificate is given beside it',
        ],
        ['no key', 'certificateFile: root.pem', 'notpem.yaml', 'line 6: it is no private key, expected PEM'],
        ['a key of another', 'certificateFile: root.pem', 'other.key', 'line 6: it is not the private key of'],
      ] as const
    ).map(([name, certificate, key, expected]): [string, string, string] => [
      `client certificate ${name}`,
      component(
        `    declares:\n      accounts:\n        - secret: { file: ${key} }\n          ${certificate}\n          user: x\n`,
      ),
      expected,
    ]),
    [
      'until without a zone',
      `allow: { impact: login, by: x, until: "2026-12-31T10:00:00" }\n${component('')}`,
      'line 1: allow.until',
    ],
    [
      'unknown impact',
      `allow: { impact: gentle, by: x }\n${component('')}`,
      'line 1: allow.impact is "gentle", expected "passive" or',
    ],
    ...(
      [
        ['itself', 'camera', 'line 3: "camera" is part of itself'],
        ['nobody', 'hubb', 'line 3: "hubb" is no component, did you mean "hub"?'],
        ['a stranger', 'zzzzzzzz', 'line 3: "zzzzzzzz" is no component, expected one of camera, hub, app'],
        ['a circle', 'app', 'line 3: "camera" is part of itself: camera -> app -> hub -> camera'],
      ] as const
    ).map(([of, id, expected]): [string, string, string] => [
      `part of ${of}`,
      `components:
  - id: camera
    partOf: ${id}
    addresses: [198.18.4.21]
  - { id: hub, partOf: camera }
  - { id: app, partOf: hub }
`,
      expected,
    ]),
    ...(
      [
        ['shown by nobody', 'shownBy: [{ criterion: AI-1, component: hub }]', '"hub" is no component'],
        ['provided by nobody', 'provides: [{ criterion: IAC-2a, for: camera, by: hub }]', '"hub" is no component'],
        ['provided for nobody', 'provides: [{ criterion: IAC-2a, for: hub, by: camera }]', '"hub" is no component'],
        [
          'provided for itself',
          'provides: [{ criterion: IAC-2a, for: camera, by: camera }]',
          '"camera" provides IAC-2a for itself',
        ],
        [
          'shown by two',
          'shownBy: [{ criterion: AI-1, component: camera }, { criterion: AI-1, component: camera }]',
          'a component is named twice to show AI-1',
        ],
        [
          'provided by two',
          'provides: [{ criterion: X, for: app, by: camera }, { criterion: X, for: app, by: cloud }]',
          'a component is named twice to provide X for "app"',
        ],
      ] as const
    ).map(([name, part, expected]): [string, string, string] => [
      name,
      `product:\n  name: x\n  ${part}\ncomponents:\n  - { id: camera, addresses: [198.18.4.21] }\n  - { id: app }\n  - { id: cloud }\n`,
      `line 3: ${expected}`,
    ]),
    [
      'no such condition',
      `notApplicable:\n  - { condition: no-pasword, why: y }\n${component('')}`,
      'line 2: "no-pasword" is no condition, did you mean "no-passwords"?',
    ],
    [
      'everything that may be stated',
      `notApplicable:\n  - { condition: stated, why: y }\n${component('')}`,
      'line 2: "stated" is no condition',
    ],
    [
      'a condition and a criterion',
      `notApplicable:\n  - { condition: no-passwords, criterion: X, why: y }\n${component('')}`,
      'line 2: notApplicable[0]',
    ],
    [
      'a claim of nothing',
      `notApplicable:\n  - { why: y }\n${component('')}`,
      'a claim names a criterion or a condition',
    ],
    ...(
      [
        ['missing', '{ scheme: S, certificate: C1, file: nowhere.pdf }', 'cannot read "nowhere.pdf": there is no such'],
        ['a folder', '{ scheme: S, certificate: C1, file: . }', '"." is not a file'],
        [
          'another',
          `{ scheme: S, certificate: C1, file: notpem.yaml, sha256: ${'a'.repeat(64)} }`,
          'it is another file',
        ],
        ['not named', `{ scheme: S, certificate: C1, sha256: ${'a'.repeat(64)} }`, 'a digest without its file'],
        ['valid until some day', '{ scheme: S, certificate: C1, until: 2027-13-01 }', 'trustmarks[0].until'],
        ['of no scheme', '{ certificate: C1 }', 'trustmarks[0].scheme is missing'],
      ] as const
    ).map(([name, mark, expected]): [string, string, string] => [
      `a trustmark's file is ${name}`,
      component(`    trustmarks:\n      - ${mark}\n`),
      expected,
    ]),
    ...(
      [
        [
          'channels',
          '{ port: 443, data: video, protecton: tls }',
          'unknown key "protecton"; did you mean "protection"?',
        ],
        ['channels', '{ port: 443, data: video }', 'declares.channels[0].protection is missing'],
        ['channels', '{ port: 70000, data: video, protection: tls }', 'declares.channels[0].port'],
        ['peers', '{ host: a, purpos: time }', 'unknown key "purpos"; did you mean "purpose"?'],
        ['peers', '{ purpose: time }', 'declares.peers[0]'],
        ['identifiers', '{ kind: serial, were: label }', 'unknown key "were"; did you mean "where"?'],
        ['roles', '{ name: admin, can: [all] }', 'unknown key "can"'],
        ['data', '{ class: logs, telemetery: true }', 'unknown key "telemetery"; did you mean "telemetry"?'],
        ['events', '{ where: here }', 'declares.events[0]'],
        ['authentication', '{ service: ssh, mechanism: key }', 'declares.authentication[0].origin is missing'],
        ['onboarding', '1', 'declares.onboarding[0] is 1'],
      ] as const
    ).map(([part, entry, expected], index): [string, string, string] => [
      `${part} ${index}`,
      component(`    declares:\n      ${part}:\n        - ${entry}\n`),
      `line 6: components[0].${expected}`.replace(
        'components[0].unknown',
        `components[0].declares.${part}[0] has an unknown`,
      ),
    ]),
    ['another version', `schema: 2\n${component('')}`, 'line 1: schema is 2, expected 1'],
  ])('says what is wrong: %s', (name, content, expected) => {
    write('bad/notpem.yaml', 'no: pem\n');
    write('bad/hollow.pem', PEM);
    write('bad/root.pem', testPem('root.test-cert'));
    write('bad/root.key', testPem('root.test-key'));
    write('bad/other.key', testPem('intermediate.test-key'));
    const file = write(`bad/${name.replaceAll(' ', '-')}.yaml`, content);
    const error = (() => {
      try {
        return loadProduct(file, { env: { IS_EMPTY: '' } });
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(BadFile);
    expect((error as BadFile).message).toContain(`Cannot read "${file}": `);
    expect((error as BadFile).message).toContain(expected);
  });

  test('a product of a camera, its app and its cloud, with what the maker says of them', () => {
    write('tree/ce.pdf', 'a certificate');
    const { target } = loadProduct(
      write(
        'tree/product.yaml',
        `product: { name: Camera, complete: true, shownBy: [{ criterion: AI-1, component: app }] }
notApplicable:
  - { condition: no-telemetry, why: nothing is sent, acceptedBy: B. Head }
components:
  - id: camera
    addresses: [198.18.4.21]
    trustmarks:
      - { scheme: CE, certificate: CE-1, until: 2027-01-31, file: ce.pdf }
      - { scheme: Other, certificate: O-1 }
    declares:
      channels:
        - to the cloud, by MQTT
        - { port: 443, data: [video, status], protection: tls, trust: CA of the maker }
      peers: [{ host: time.test, purpose: time, protocol: ntp, port: 123 }, { name: any DNS server, purpose: names }]
      identifiers: [{ kind: serial, value: A1, where: label }]
      authentication: [{ service: http, port: 443, mechanism: password, origin: set by the owner }]
      roles: [{ name: admin, may: [everything] }]
      data: [{ class: recordings, telemetry: false, personal: true }]
      onboarding: [{ how: app over Wi-Fi, open: 10 minutes, proof: button }]
      events: [{ event: failed login, sink: syslog }]
      configuration: [{ setting: Wi-Fi, through: app, reaches: [camera] }]
      messages: [{ name: status, definition: MQTT schema }]
      public: [{ what: /time, why: shown to everybody }]
      update: { policy: none }
  - { id: app, kind: app, partOf: camera }
  - { id: cloud, kind: cloud, partOf: app }
`,
      ),
    );
    expect(target.components.map(({ id, partOf, addresses }) => [id, partOf, addresses])).toEqual([
      ['camera', undefined, ['198.18.4.21']],
      ['app', 'camera', []],
      ['cloud', 'app', []],
    ]);
    expect(target.components[0]!.trustmarks).toEqual([
      {
        scheme: 'CE',
        certificate: 'CE-1',
        until: '2027-01-31',
        file: 'ce.pdf',
        sha256: createHash('sha256').update('a certificate').digest('hex'),
      },
      { scheme: 'Other', certificate: 'O-1' },
    ]);
    expect(target.product?.notApplicable[0]?.condition).toBe('no-telemetry');
    expect(Object.keys(target.components[0]!.declares)).toHaveLength(12);
  });

  test('components out of reach are not assessed, and a failure is one without a complete list too', () => {
    const file = (complete: boolean): string =>
      write(
        `judged/${complete}.yaml`,
        `product: { name: Camera, complete: ${complete} }
components:
  - { id: camera, addresses: [198.18.0.10] }
  - { id: app, kind: app, partOf: camera }
  - { id: cloud, kind: cloud }
`,
      );
    const profile = Profile.parse({
      profile: 'p',
      title: 'P',
      edition: '1',
      decisionRule: 'verdict-fold/1',
      criteria: [
        { id: 'A', title: 'A', checks: [{ check: 'transport-encrypted', as: 'required' }] },
        { id: 'B', title: 'B', checks: [{ check: 'device-survives', as: 'required' }] },
      ],
    });
    const judged = (complete: boolean, encryption: 'none' | 'tls') => {
      const { target } = loadProduct(file(complete));
      const whole = run({
        attempts: [
          scan({ tcp: [80] }),
          attempt('service', 'camera/tcp/80', [{ kind: 'service', protocol: 'http' }]),
          attempt('http-redirect', 'camera/tcp/80/http', [{ kind: 'channel', encryption }]),
          attempt('liveness', 'camera', [{ kind: 'liveness' }]),
        ],
      });
      const { criteria, verdict } = judge({
        runs: [{ run: { ...whole, target } }],
        profile,
        checks,
        catalogue,
        judgedAt: '2026-12-01T00:00:00.000Z',
      });
      return [
        verdict,
        ...criteria.map((one) => [one.verdict, ...one.components.map((component) => component.verdict)].join(' ')),
      ];
    };
    const open = 'inconclusive pass not-assessed not-assessed';
    expect(judged(false, 'none')).toEqual(['fail', 'fail fail not-assessed not-assessed', open]);
    expect(judged(true, 'none')).toEqual(['fail', 'fail fail not-assessed not-assessed', open]);
    expect(judged(true, 'tls')).toEqual(['inconclusive', open, open]);
  });

  test.each([
    ['a missing file', () => path.join(folder, 'nowhere.yaml'), 'there is no such file'],
    ['a directory', () => folder, 'it is a directory'],
  ])('says what is wrong: %s', (_, file, expected) => {
    expect(() => loadProduct(file())).toThrow(BadFile);
    expect(() => loadProduct(file())).toThrow(expected);
  });

  test('whatever the file holds, the error is a BadFile', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, 0, 70000, '80-1', 'dynamic', '198.18.0.1', 'camera', true, ''),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom(
            'components',
            'declares',
            'services',
            'port',
            'id',
            'addresses',
            'accounts',
            'secret',
            'env',
            'x',
          ),
          tie('any'),
          { maxKeys: 4 },
        ),
      ),
    })).any;
    fc.assert(
      fc.property(value, (any) => {
        const file = write('any/any.yaml', JSON.stringify(any));
        try {
          loadProduct(file, { env: {} });
        } catch (error) {
          if (!(error instanceof BadFile)) throw error;
        }
      }),
      { numRuns: 200 },
    );
  });

  test('the schema can be printed', () => {
    expect(z.toJSONSchema(ProductFile, { unrepresentable: 'any', io: 'input' })).toHaveProperty(
      'properties.components',
    );
  });
});

describe('targetOf', () => {
  test.each([
    ['198.18.4.21', '198.18.4.21', '198.18.4.21'],
    ['2001:DB8::15', '2001:db8::15', '2001-db8--15'],
    ['::1', '::1', '0--1'],
    ['::ffff:198.18.4.21', '198.18.4.21', '198.18.4.21'],
  ])('%s', (given, address, id) => {
    expect(targetOf(given, 'me')).toEqual({
      id,
      components: [{ id, kind: 'device', addresses: [address], names: [], declares: {} }],
      scope: [address],
      allow: { impact: 'login', by: 'me' },
    });
  });

  test.each(['127.1', 'camera.local', '198.18.4.0/24', '', '08.1.1.1', 'fe80::1%eth0'])('%s is no address', (given) => {
    expect(() => targetOf(given, 'me')).toThrow(RangeError);
  });
});
