import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mirror, silent, type UpnpOptions, upnp } from '../../fixtures/services/index.ts';
import type { Fact, FactOf } from '../../src/model/fact.ts';
import { readSoap } from '../../src/observe/protocols/soap.ts';
import { readXml } from '../../src/observe/protocols/soap-xml.ts';
import { readSsdp } from '../../src/observe/protocols/ssdp.ts';
import { readActions, readDescription } from '../../src/observe/protocols/upnp.ts';
import { probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

type Access = FactOf<'access'>;

const start = (options: UpnpOptions) => (host: string) => upnp(options).start(host, 0);
const common = { protocol: 'ssdp', transport: 'udp' as const, limits: { wait: 100 }, ignore: ['sample'] };
const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell' } as const;

const identity = (what: FactOf<'identity'>['what'], value: string, via = 'upnp'): Fact => ({
  kind: 'identity',
  what,
  value,
  via,
  authenticated: false,
});
const server = identity('name', 'Linux/3.4 UPnP/1.0 fixture/1.0', 'ssdp server');
const access = (
  what: Access['class'],
  action: Access['action'],
  resource: string,
  authentication: Access['authentication'],
  how: Access['how'] = 'recognised',
): Fact => ({ kind: 'access', protocol: 'upnp', class: what, action, resource, authentication, how });
const described = access('discovery', 'read', '/rootDesc.xml', 'none');
const said = [server, described];

const WAN = 'urn:schemas-upnp-org:service:WANIPConnection:1';
const gateway = (GetExternalIPAddress: Answer): UpnpOptions => ({
  services: [{ type: WAN, actions: { GetExternalIPAddress, AddPortMapping: {}, DeletePortMapping: {} } }],
});
type Answer = NonNullable<UpnpOptions['services']>[number]['actions'][string];
const mapping = access('relay', 'execute', 'WANIPConnection:1 AddPortMapping', 'none', 'guessed');
const address = (authentication: Access['authentication']) =>
  access('setting', 'read', 'WANIPConnection:1 GetExternalIPAddress', authentication);
const never = ({ transcripts }: Parameters<NonNullable<Row['also']>>[0]): void => {
  const sent = transcripts.flatMap(({ entries }) => entries.filter(({ dir }) => dir === 'sent'));
  const asked = sent.map(({ bytes }) => bytes.toString('latin1')).join('');
  expect(asked).toContain('M-SEARCH');
  expect(asked).not.toMatch(/#(Add|Delete|Set|Play)/);
};

const didl = (entries: string): string =>
  `<DIDL-Lite xmlns:dc="http://purl.org/dc/elements/1.1/">${entries}</DIDL-Lite>`;
const library = (browse: (asked: string) => Answer): UpnpOptions => ({
  services: [{ type: 'urn:schemas-upnp-org:service:ContentDirectory:1', actions: { Browse: browse as never } }],
});
const root = didl('<container id="64" parentID="0"><dc:title>Folders</dc:title></container>');
const films = didl('<item id="64$1"><dc:title>Tom &amp; Anna at the lake</dc:title></item>');
const browse = (asked: string): Answer => ({ Result: asked.includes('<ObjectID>0<') ? root : films });

probeTest(probe, [
  {
    name: 'a gateway that tells its address to anyone: port mappings are listed and never called',
    ...weak,
    start: start({ ...gateway({ NewExternalIPAddress: '192.0.2.9' }), fromNewPort: true }),
    sees: [...said, address('none'), mapping],
    also: never,
  },
  {
    name: 'a gateway that is offline answers for its list of mappings',
    ...weak,
    start: start({
      services: [
        {
          type: WAN,
          actions: {
            GetExternalIPAddress: 501,
            GetGenericPortMappingEntry: { NewInternalPort: '80' },
            AddAnyPortMapping: {},
          },
        },
      ],
    }),
    sees: [
      ...said,
      access('setting', 'read', 'WANIPConnection:1 GetGenericPortMappingEntry', 'none'),
      access('relay', 'execute', 'WANIPConnection:1 AddAnyPortMapping', 'none', 'guessed'),
    ],
  },
  {
    name: 'a gateway that answers no read lists the mapping still',
    ...weak,
    start: start(gateway(501)),
    sees: [...said, mapping],
  },
  {
    name: 'what it says of itself',
    ...sound,
    start: start({
      friendlyName: 'Bench & hall',
      manufacturer: 'Acme',
      modelName: 'CAM',
      modelNumber: '7',
      serialNumber: '0042',
      udn: 'uuid:11-22',
    }),
    sees: [
      ...said,
      identity('vendor', 'Acme'),
      identity('model', 'CAM 7'),
      identity('name', 'Bench & hall'),
      identity('serial', '0042'),
      identity('uuid', '11-22'),
    ],
  },
  {
    name: 'a lamp that tells its state to anyone',
    ...weak,
    start: start({
      services: [
        {
          type: 'urn:schemas-upnp-org:service:SwitchPower:1',
          actions: { GetStatus: { ResultStatus: '1' }, SetTarget: {} },
        },
      ],
    }),
    sees: [...said, access('function', 'execute', 'SwitchPower:1 SetTarget', 'none', 'guessed')],
    also: never,
  },
  {
    name: 'a library that lists its films',
    ...weak,
    start: start(library(browse)),
    sees: [...said, access('customer-data', 'list', 'ContentDirectory:1 Browse', 'none', 'guessed')],
  },
  {
    name: 'a library whose films bear the planted name',
    ...weak,
    markers: [{ name: 'film', value: 'Tom & Anna at' }],
    start: start(library(browse)),
    sees: [
      ...said,
      { ...access('customer-data', 'list', 'ContentDirectory:1 Browse', 'none', 'marker'), marker: 'film' } as Fact,
    ],
  },
  {
    name: 'a library that holds nothing',
    ...weak,
    start: start(library(() => ({ Result: didl('') }))),
    sees: [...said, access('function', 'list', 'ContentDirectory:1 Browse', 'none', 'guessed')],
  },
  {
    name: 'a library that wants a login',
    ...sound,
    start: start(library(() => ({ status: 401 }))),
    sees: [...said, access('function', 'list', 'ContentDirectory:1 Browse', 'required')],
  },
  {
    name: 'a gateway that wants a login for its address: nobody tried the mapping',
    ...open,
    start: start(gateway(606)),
    sees: [...said, address('required')],
    outcome: 'unsupported',
    open: ['access'],
  },
  {
    name: 'a control that echoes',
    ...open,
    start: start(gateway(((asked: string) => ({ raw: asked })) as never)),
    sees: said,
    outcome: 'protocol',
  },
  {
    name: 'a control that says yes to everything',
    ...open,
    start: start(gateway({ raw: '<html>Welcome</html>' })),
    sees: said,
    outcome: 'protocol',
  },
  {
    name: 'a list of actions that is none',
    ...open,
    start: start({
      services: [{ type: WAN, scpd: '<a/>', actions: { GetExternalIPAddress: { NewExternalIPAddress: '192.0.2.9' } } }],
    }),
    sees: [...said, address('none')],
    outcome: 'protocol',
  },
  {
    name: 'a description at another host is named, and not fetched',
    ...open,
    start: start({ location: 'http://127.0.0.2:8080/rootDesc.xml' }),
    sees: [server],
    outcome: 'scope',
    also: ({ transcripts }) => expect(transcripts.every(({ transport }) => transport === 'udp')).toBe(true),
  },
  {
    name: 'a description behind credentials of its own making',
    ...open,
    start: start({ location: (port) => `http://admin:admin@127.0.0.1:${port}/rootDesc.xml` }),
    sees: [server],
    outcome: 'scope',
  },
  {
    name: 'a control at another host',
    ...open,
    start: start({ services: [{ type: WAN, control: 'http://127.0.0.2/control', actions: {} }] }),
    sees: said,
    outcome: 'scope',
    open: ['access'],
  },
  {
    name: 'an entity bomb',
    ...open,
    start: start({
      description: `<!DOCTYPE r [<!ENTITY a "${'x'.repeat(1000)}"><!ENTITY b "&a;&a;&a;&a;">]><root><device><friendlyName>&b;</friendlyName></device></root>`,
    }),
    sees: [server],
    outcome: 'protocol',
  },
  {
    name: 'a description without end',
    ...open,
    start: start({ description: 'endless' }),
    sees: [server],
    outcome: 'protocol',
  },
  {
    name: 'a page in its place',
    ...open,
    start: start({ description: '<html></html>' }),
    sees: [server],
    outcome: 'protocol',
  },
  {
    name: 'too many requests',
    ...open,
    start: start({ description: { status: 503 } }),
    sees: [server],
    outcome: 'locked',
  },
  {
    name: 'nothing listens there',
    ...open,
    start: start({ location: 'http://127.0.0.1:9/rootDesc.xml' }),
    sees: [server],
    outcome: 'refused',
  },
  {
    name: 'no location',
    ...open,
    udp: (_m, answer) => answer('HTTP/1.1 200 OK\r\nST: x\r\n\r\n'),
    sees: [],
    outcome: 'protocol',
  },
  { name: 'an echo', ...open, start: (host) => mirror(upnp()).start(host, 0), sees: [], outcome: 'protocol' },
  { name: 'silence', ...open, start: (host) => silent(upnp()).start(host, 0), sees: [], outcome: 'timeout' },
]);

describe('a hostile device', () => {
  it('is read without a throw, whatever it sends', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ maxLength: 300 }), (bytes, text) => {
        for (const given of [
          Buffer.from(bytes),
          Buffer.from(`<root><device><service>${text}`),
          Buffer.from(`<a ${text}`),
        ]) {
          readSsdp(given);
          readXml(given);
          readSoap(given, 'X');
          readDescription(given);
          readActions(given);
        }
      }),
    ));

  it('nests and repeats no further than is read', () => {
    expect(readXml('<a>'.repeat(100))).toBeUndefined();
    expect(readXml(`<a>${'<b/>'.repeat(6000)}</a>`)).toBeUndefined();
    expect(readXml(`<a>${' '.repeat(600_000)}</a>`)).toBeUndefined();
    expect(readXml('<a b=c>x & y<c>z')).toMatchObject({ name: 'a', children: [{ name: 'c' }] });
  });
});
