import { expect } from 'vitest';
import type { TcpService } from '../../fixtures/service.ts';
import { flood, http, type OnvifOptions, onvif, reset, stall } from '../../fixtures/services/index.ts';
import type { Fact, FactOf } from '../../src/model/fact.ts';
import { closedPort, probeTest, type Row, udpServer } from '../../test/kit/probe.ts';
import probe from './probe.ts';

type Access = FactOf<'access'>;

const served = (service: TcpService) => (host: string) => service.start(host, 0);
const start = (options: OnvifOptions) => served(onvif(options));
const common = { protocol: 'http', limits: { wait: 200 }, ignore: ['sample'] };
const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell' } as const;
const access = (
  resource: string,
  authentication: Access['authentication'],
  what: Access['class'] = 'setting',
  how: Access['how'] = 'recognised',
): Fact => ({ kind: 'access', protocol: 'onvif', class: what, action: 'read', resource, authentication, how });
const says = (what: FactOf<'identity'>['what'], value: string): Fact => ({
  kind: 'identity',
  what,
  value,
  via: 'onvif',
  authenticated: false,
});
const time = access('GetSystemDateAndTime', 'none', 'discovery');
const information = [says('vendor', 'Acme'), says('model', 'C7'), says('firmware', '1.0.3'), says('serial', '0042')];
const refused = [time, access('GetUsers', 'required'), access('GetDeviceInformation', 'required')];

probeTest(probe, [
  {
    name: 'tells anyone who its users are and what it is',
    ...weak,
    start: start({ open: ['GetUsers', 'GetDeviceInformation'] }),
    sees: [
      time,
      access('GetUsers', 'none'),
      access('GetDeviceInformation', 'none', 'setting', 'guessed'),
      ...information,
    ],
  },
  {
    name: 'tells anyone the passwords too',
    ...weak,
    start: start({ open: ['GetUsers'], passwords: true }),
    sees: [time, access('GetUsers', 'none', 'secret'), access('GetDeviceInformation', 'required')],
  },
  {
    name: 'a list of no users',
    ...weak,
    start: start({ open: ['GetUsers'], accounts: {} }),
    sees: [time, access('GetUsers', 'none', 'setting', 'guessed'), access('GetDeviceInformation', 'required')],
  },
  {
    name: 'takes any token',
    ...weak,
    start: start({ anyToken: true }),
    sees: [
      time,
      access('GetUsers', 'any'),
      access('GetDeviceInformation', 'any', 'setting', 'guessed'),
      ...information,
    ],
  },
  { name: 'refuses with a fault', ...sound, start: start({}), sees: refused },
  { name: 'refuses with a fault in a 200', ...sound, start: start({ refuses: 'inside' }), sees: refused },
  { name: 'refuses with 401', ...sound, start: start({ refuses: '401' }), sees: refused },
  { name: 'refuses with 400 and no word', ...sound, start: start({ refuses: 'empty' }), sees: refused },
  {
    name: 'the token is made by the clock of the device, and hidden',
    ...sound,
    start: start({}),
    sees: refused,
    also: ({ transcripts }) => {
      const sent = transcripts.flatMap(({ entries }) => entries.filter(({ dir }) => dir === 'sent'));
      const said = sent.map(({ bytes }) => bytes.toString('latin1')).join('');
      expect(said).toContain('2019-03-04T10:05:07Z');
      expect(said).not.toMatch(/PasswordDigest">[A-Za-z0-9+/]{27}=</);
      expect(said).not.toMatch(/<u:(Set|Create|Delete|System)/);
    },
  },
  {
    name: 'does not know one of them',
    ...sound,
    start: start({ absent: ['GetUsers'] }),
    sees: [time, access('GetDeviceInformation', 'required')],
  },
  { name: 'a web server that is no camera', ...sound, start: served(http()), sees: [] },
  {
    name: 'a page for everything',
    ...sound,
    tcp: (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\n<html>hi</html>')),
    sees: [],
  },
  { name: 'echoes', ...open, start: start({ raw: (asked) => asked }), sees: [time], outcome: 'protocol' },
  {
    name: 'a page in place of users',
    ...open,
    start: start({ raw: () => '<html>' }),
    sees: [time],
    outcome: 'protocol',
  },
  {
    name: 'another answer',
    ...open,
    start: start({ raw: () => '<e:Envelope><e:Body><GetHostnameResponse/></e:Body></e:Envelope>' }),
    sees: [time],
    outcome: 'protocol',
  },
  {
    name: 'no login may be sent',
    ...open,
    start: start({}),
    login: { allows: () => false, sent: () => {}, succeeded: () => {}, stop: () => {} },
    sees: [time],
    outcome: 'budget',
  },
  {
    name: 'too many requests',
    ...open,
    tcp: (socket) => socket.once('data', () => socket.end('HTTP/1.1 429 Slow\r\n\r\n')),
    sees: [],
    outcome: 'locked',
  },
  { name: 'a flood', ...open, start: served(flood(onvif())), sees: [], outcome: 'protocol' },
  { name: 'silence', ...open, start: served(stall(onvif())), sees: [], outcome: 'timeout' },
  { name: 'reset', ...open, start: served(reset(onvif())), sees: [], outcome: 'reset' },
  { name: 'closed', ...open, start: closedPort, sees: [], outcome: 'refused' },
  {
    name: 'a service of another path, which discovery names',
    ...weak,
    protocol: 'wsd',
    transport: 'udp',
    start: async (host) => {
      const camera = await onvif({ path: '/onvif/here', open: ['GetUsers'] }).start(host, 0);
      const found = await announcing(
        host,
        `http://127.0.0.2/onvif/x http://${host}:${camera.port}/onvif/here http://${host}:9/onvif/device_service`,
      );
      return { port: found.port, close: () => Promise.all([found.close(), camera.close()]) };
    },
    sees: [time, access('GetUsers', 'none'), access('GetDeviceInformation', 'required')],
  },
  {
    name: 'discovery that names nothing of its own',
    ...sound,
    protocol: 'wsd',
    transport: 'udp',
    start: (host) => announcing(host, 'http://127.0.0.2/onvif/x ftp://x no'),
    sees: [],
  },
  { name: 'discovery that is silent', ...open, protocol: 'wsd', udp: () => undefined, sees: [], outcome: 'timeout' },
] satisfies Row[]);

function announcing(host: string, urls: string) {
  return udpServer(
    (_m, say) =>
      say(
        `<e:Envelope><e:Body><ProbeMatches><ProbeMatch><XAddrs>${urls}</XAddrs></ProbeMatch></ProbeMatches></e:Body></e:Envelope>`,
      ),
    host,
  );
}
