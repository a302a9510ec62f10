import { attempt, checkTest, recognised, scan } from '../../../test/kit/check.ts';
import check from './debug-interfaces-closed.ts';

const shell = { kind: 'access', class: 'shell', action: 'execute', resource: 'shell' } as const;

checkTest(check, [
  { name: 'nothing is open', attempts: [scan({})], verdicts: [['camera', 'pass']] },
  {
    name: 'a web page only',
    attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'http')],
    verdicts: [['camera', 'pass']],
  },
  {
    name: 'Telnet with a login',
    attempts: [
      scan({ tcp: [23] }),
      recognised('tcp/23', 'telnet'),
      attempt('telnet-login', 'camera/tcp/23/telnet', [{ ...shell, protocol: 'telnet', authentication: 'required' }]),
    ],
    verdicts: [['camera', 'pass']],
  },
  {
    name: 'Telnet without a login',
    attempts: [
      scan({ tcp: [2323] }),
      recognised('tcp/2323', 'telnet'),
      attempt('telnet-login', 'camera/tcp/2323/telnet', [{ ...shell, protocol: 'telnet', authentication: 'none' }]),
    ],
    verdicts: [['camera/tcp/2323', 'fail', 'conclusive']],
    more: { 'camera/tcp/2323': { because: 'Telnet at tcp/2323 gives a shell without a login.' } },
  },
  {
    name: 'SSH that takes any login',
    attempts: [
      scan({ tcp: [22] }),
      recognised('tcp/22', 'ssh'),
      attempt('ssh-login', 'camera/tcp/22/ssh', [{ ...shell, protocol: 'ssh', authentication: 'any' }]),
    ],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
  },
  {
    name: 'Telnet whose login timed out',
    attempts: [
      scan({ tcp: [23] }),
      recognised('tcp/23', 'telnet'),
      attempt('telnet-login', 'camera/tcp/23/telnet', [], { broke: 'timeout' }),
    ],
    verdicts: [],
  },
  {
    name: 'a lock leaves only the login open',
    attempts: [
      scan({ tcp: [23] }),
      recognised('tcp/23', 'telnet'),
      attempt('telnet-login', 'camera/tcp/23/telnet', [{ ...shell, protocol: 'telnet', authentication: 'required' }], {
        broke: 'locked',
        open: ['login'],
      }),
    ],
    verdicts: [['camera', 'pass']],
  },
  {
    name: 'Telnet that nobody tried',
    attempts: [scan({ tcp: [23] }), recognised('tcp/23', 'telnet')],
    verdicts: [['camera/tcp/23', 'inconclusive']],
  },
  ...['shell', 'gdb', 'jdwp', 'node-inspector', 'rsh', 'rexec', 'echo', 'chargen', 'discard'].map((protocol) => ({
    name: `open to anyone: ${protocol}`,
    attempts: [scan({ tcp: [5000] }), recognised('tcp/5000', protocol)],
    verdicts: [['camera/tcp/5000', 'fail', 'conclusive'] as const],
  })),
  {
    name: 'a debug interface fails also where it is declared',
    declares: { services: [{ port: 5000, transport: 'tcp', protocol: 'gdb', reason: 'service' }] },
    attempts: [scan({ tcp: [5000] }), recognised('tcp/5000', 'gdb')],
    verdicts: [['camera/tcp/5000', 'fail', 'conclusive']],
  },
  {
    name: 'ADB of which nobody knows whether it wants a key',
    attempts: [scan({ tcp: [5555] }), recognised('tcp/5555', 'adb')],
    verdicts: [['camera/tcp/5555', 'inconclusive']],
  },
  {
    name: 'ADB without a key, as the recogniser saw it',
    attempts: [
      scan({ tcp: [5555] }),
      attempt('service', 'camera/tcp/5555', [
        { kind: 'service', protocol: 'adb' },
        { ...shell, protocol: 'adb', authentication: 'none' },
      ]),
    ],
    verdicts: [['camera/tcp/5555', 'fail', 'conclusive']],
  },
  {
    name: 'an open port that was not recognised',
    attempts: [scan({ tcp: [5000] }), recognised('tcp/5000', 'unknown')],
    verdicts: [],
  },
  {
    name: 'ports left out',
    attempts: [attempt('tcp-ports', 'camera', [{ kind: 'port', port: 1, to: 1000 }]), scan({})[1]!],
    verdicts: [],
  },
]);
