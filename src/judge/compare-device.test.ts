import { describe, expect, test } from 'vitest';
import { attempt, HOST, type RunDraft, recognised, run, scan, sha } from '../../test/kit/run.ts';
import type { DeviceChange } from '../model/comparison.ts';
import { compareDevice } from './compare-device.ts';

const told = (changes: readonly DeviceChange[]): string[] =>
  changes.map(
    ({ what, is, place, name, before, after, state }) =>
      `${what} ${is} ${[place, name, state].filter(Boolean).join(' ')}: ${before.join('|')} -> ${after.join('|')}`,
  );

const compared = (old: RunDraft, young: RunDraft): string[] =>
  told(compareDevice([run({ id: '20261120T101500Z', ...old })], [run({ id: '20261121T101500Z', ...young })]).changes);

const service = (version: string) =>
  attempt('service', 'camera/tcp/80', [
    { kind: 'service', protocol: 'http', security: 'none', product: 'nginx', version },
  ]);
const tls = (...names: string[]) =>
  attempt(
    'tls-server',
    'camera/tcp/443/tls',
    names.map((name) => ({ kind: 'offer', protocol: 'tls', role: 'version', name })),
  );
const certificate = (letter: string, notAfter: string) =>
  attempt('tls-server', 'camera/tcp/443/tls', [{ kind: 'certificate', sha256: sha(letter), notAfter }]);
const key = (letter: string) =>
  attempt('ssh-login', 'camera/tcp/22/ssh', [
    { kind: 'key', use: 'ssh-host', algorithm: 'ed25519', bits: 256, sha256: sha(letter) },
  ]);
const firmware = (value: string) =>
  attempt('identity', 'camera/tcp/80/http', [{ kind: 'identity', what: 'firmware', via: 'http', value }]);
const broken = (probe: string, at: string) => attempt(probe, at, [], { broke: 'timeout' });
const [http, https, ssh] = [scan({ tcp: [80] }), scan({ tcp: [443] }), scan({ tcp: [22] })];

describe('what changed on the device', () => {
  test.each<[string, RunDraft, RunDraft, string[]]>([
    ['nothing', { attempts: [http, service('1.0')] }, { attempts: [http, service('1.0')] }, []],
    [
      'a port opened, and what speaks there',
      { attempts: [scan({ tcp: [80] })] },
      { attempts: [scan({ tcp: [23, 80] }), recognised('tcp/23', 'telnet')] },
      ['port came tcp/23: closed -> open: telnet'],
    ],
    [
      'a port closed: what spoke there is told with it',
      { attempts: [scan({ tcp: [23] }), recognised('tcp/23', 'telnet')] },
      { attempts: [scan({})] },
      ['port went tcp/23: open: telnet -> closed'],
    ],
    [
      'a port that nobody asked again',
      { attempts: [scan({ tcp: [23] })] },
      { attempts: [broken('tcp-ports', 'camera')] },
      ['port not-seen-again tcp/23: open -> not asked'],
    ],
    [
      'a port that is filtered now is not gone',
      { attempts: [scan({ tcp: [23] })] },
      { attempts: [attempt('tcp-ports', 'camera', [{ kind: 'port', to: 65535, state: 'filtered' }])] },
      ['port not-seen-again tcp/23: open -> filtered'],
    ],
    [
      'a UDP port that is silent now is not gone',
      { attempts: [scan({ udp: [161] })] },
      { attempts: [scan({ silent: [161] })] },
      ['port not-seen-again udp/161: open -> open-or-filtered'],
    ],
    [
      'a port that was not asked before',
      { attempts: [attempt('tcp-ports', 'camera', [{ kind: 'port', port: 80, state: 'open' }])] },
      { attempts: [scan({ tcp: [23, 80] })] },
      ['port not-seen-before tcp/23: not asked -> open'],
    ],
    [
      'another version',
      { attempts: [http, service('1.0')] },
      { attempts: [http, service('1.1')] },
      ['service changed tcp/80 http: nginx 1.0 -> nginx 1.1'],
    ],
    [
      'another protocol at the port',
      { attempts: [http, recognised('tcp/80', 'http')] },
      { attempts: [http, recognised('tcp/80', 'telnet')] },
      [
        'channel came tcp/80 telnet:  -> in the clear',
        'service went tcp/80 http: product not told -> ',
        'service came tcp/80 telnet:  -> product not told',
      ],
    ],
    [
      'a protocol that nobody could tell again',
      { attempts: [http, service('1.0')] },
      { attempts: [http, broken('service', 'camera/tcp/80')] },
      ['service not-seen-again tcp/80 http: nginx 1.0 -> '],
    ],
    [
      'a TLS version gone, and one come',
      { attempts: [https, tls('TLS 1.0', 'TLS 1.2')] },
      { attempts: [https, tls('TLS 1.2', 'TLS 1.3')] },
      ['offer changed tcp/443 tls version: TLS 1.0 -> TLS 1.3'],
    ],
    [
      'a TLS version that was not asked for again has not gone',
      { attempts: [https, tls('TLS 1.0', 'TLS 1.2')] },
      { attempts: [https, { ...tls('TLS 1.2'), broke: 'timeout' as const, open: ['offer' as const] }] },
      ['offer not-seen-again tcp/443 tls version: TLS 1.0 -> '],
    ],
    [
      'another certificate',
      { attempts: [https, certificate('c', '2027-01-01T00:00:00Z')] },
      { attempts: [https, certificate('d', '2028-01-01T00:00:00Z')] },
      [
        `certificate changed tcp/443: CN=camera, issued by CN=root, valid 2026-01-01 to 2027-01-01, SHA-256 ${sha('c')} -> CN=camera, issued by CN=root, valid 2026-01-01 to 2028-01-01, SHA-256 ${sha('d')}`,
      ],
    ],
    [
      'another host key',
      { attempts: [ssh, key('a')] },
      { attempts: [ssh, key('b')] },
      [`key changed tcp/22 ssh-host ed25519: 256 bits, SHA-256 ${sha('a')} -> 256 bits, SHA-256 ${sha('b')}`],
    ],
    [
      'other firmware, told and stated',
      { item: { firmware: '1.0' }, attempts: [http, firmware('1.0')] },
      { item: { firmware: '1.1' }, attempts: [http, firmware('1.1')] },
      ['item changed firmware, as stated: 1.0 -> 1.1', 'identity changed tcp/80 firmware via http: 1.0 -> 1.1'],
    ],
    ['of states that both do not have, nothing', { state: 'reset', attempts: [http] }, { attempts: [scan({})] }, []],
  ])('%s', (_, old, young, changes) => {
    expect(compared(old, young)).toEqual(changes);
  });

  test('a device at another address is compared where it is now', () => {
    const old = run({
      id: '20261120T101500Z',
      component: { id: 'a', addresses: ['198.18.0.5'] },
      attempts: [http, service('1.0')],
    });
    const moved = {
      ...old,
      attempts: old.attempts.map((one) => ({
        ...one,
        component: 'a',
        endpoint: { ...one.endpoint, host: '198.18.0.5' },
      })),
    };
    const young = run({ id: '20261121T101500Z', attempts: [http, service('1.1')] });
    const again = { components: new Map([['a', 'camera']]), addresses: new Map([['198.18.0.5', HOST]]) };
    expect(told(compareDevice([moved], [young], again).changes)).toEqual([
      'service changed tcp/80 http: nginx 1.0 -> nginx 1.1',
    ]);
  });

  test('of several runs of one state the newest that looked counts; of several states each by itself', () => {
    const [one, two] = [
      run({ id: '20261120T101500Z', attempts: [http, service('1.0')] }),
      run({ id: '20261120T111500Z', attempts: [scan({ tcp: [80] }), service('1.1')] }),
    ];
    const young = run({ id: '20261121T101500Z', attempts: [http, service('1.1')] });
    expect(compareDevice([one, two], [young]).changes).toEqual([]);
    expect(compareDevice([two, one], [young]).changes).toEqual([]);
    const reset = run({ id: '20261122T101500Z', state: 'reset', attempts: [scan({ tcp: [23, 80] }), service('1.1')] });
    expect(
      told(
        compareDevice([young, { ...reset, id: '20261119T101500Z', attempts: one.attempts }], [young, reset]).changes,
      ),
    ).toEqual(['port came tcp/23 reset: closed -> open', 'service changed tcp/80 http reset: nginx 1.0 -> nginx 1.1']);
  });

  test('a port is seen closed only where the newer runs saw that', () => {
    const seen = (...attempts: RunDraft['attempts'] & object) =>
      compareDevice([run({})], [run({ attempts })]).seenClosed('camera', HOST, 'udp/1161');
    expect(seen(scan({}))).toBe(false);
    expect(
      seen(attempt('udp-ports', 'camera', [{ kind: 'port', transport: 'udp', port: 1161, state: 'closed' }])),
    ).toBe(true);
    expect(
      seen(attempt('udp-ports', 'camera', [{ kind: 'port', transport: 'udp', port: 1161, state: 'open-or-filtered' }])),
    ).toBe(false);
  });
});
