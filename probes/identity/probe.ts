import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { subjectParts } from '../../src/observe/protocols/certificate.ts';
import {
  challenges,
  type HttpResponse,
  headerValues,
  hostHeader,
  httpRequest,
} from '../../src/observe/protocols/http.ts';
import { snmpEngineOf, udpStimuli } from '../../src/observe/protocols/recognise-udp.ts';
import { fromRtsp } from '../../src/observe/protocols/rtsp-identity.ts';
import { readIdentification } from '../../src/observe/protocols/ssh.ts';
import { oneLine } from '../../src/observe/protocols/text.ts';
import { fromMdns, fromWsDiscovery } from './datagrams.ts';

type Identity = Pick<FactOf<'identity'>, 'what' | 'value' | 'via'>;

/** What was read before a reader throws stands. */
const READERS: Readonly<Record<string, (context: ProbeContext) => Promise<Identity[]> | AsyncIterable<Identity>>> = {
  http: fromHttp,
  ssh: fromSsh,
  tls: fromCertificate,
  snmp: fromSnmpEngine,
  rtsp: fromRtsp,
  mdns: fromMdns,
  wsd: fromWsDiscovery,
};
/** Characters of a value that names something; more is prose. */
const LENGTH = 200;
const PAGE = 65_536;

/** What tells anyone which device this is, before any login: pages, banners, certificates, the SNMP engine's id, what it announces. */
export default defineProbe({
  id: 'identity',
  version: '1',
  title: 'What a device says of itself to anyone',
  emits: ['identity'],
  impact: 'connect',
  appliesTo: ({ protocol }) => protocol !== undefined && Object.hasOwn(READERS, protocol),
  async *observe(context) {
    const found = (await READERS[context.endpoint.protocol ?? '']?.(context)) ?? [];
    for await (const { what, value, via } of found) {
      const text = oneLine(value, LENGTH);
      if (text) yield { kind: 'identity', what, value: text, via, authenticated: false };
    }
  },
});

async function fromHttp(context: ProbeContext): Promise<Identity[]> {
  const first = await page(context, '/');
  const next = ownRedirect(context, first);
  const pages = next === undefined ? [first] : [first, await page(context, next)];
  const found = pages.flatMap((answer): Identity[] => [
    ...headerValues(answer, 'server').map((value): Identity => ({ what: 'name', value, via: 'http server' })),
    ...challenges(answer).map(
      ({ parameters }): Identity => ({ what: 'name', value: parameters.realm ?? '', via: 'http realm' }),
    ),
    { what: 'name', value: titleOf(answer), via: 'http title' },
  ]);
  return found.filter((one, i) => found.findIndex((o) => o.value === one.value && o.via === one.via) === i);
}

async function page(context: ProbeContext, path: string): Promise<HttpResponse> {
  const { host, port = 80, security } = context.endpoint;
  const answer = await httpRequest(await context.dial(), {
    path,
    host: hostHeader(host, port, security === 'tls' ? 'tls' : 'none'),
    wait: context.limits.wait,
    cap: PAGE,
  });
  if (answer.status === 429 || answer.status === 503) throw new CannotTell('locked', `answered ${answer.status}`);
  return answer;
}

/** Where the front page of this very port is, if `/` only leads to it. */
function ownRedirect({ endpoint }: ProbeContext, answer: HttpResponse): string | undefined {
  const location = headerValues(answer, 'location')[0];
  if (answer.status < 300 || answer.status > 399 || !location) return undefined;
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  const base = `${endpoint.security === 'tls' ? 'https' : 'http'}://${host}:${endpoint.port}`;
  if (!URL.canParse(location, base)) return undefined;
  const url = new URL(location, base);
  return url.origin === new URL(base).origin && url.pathname !== '/' ? `${url.pathname}${url.search}` : undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

function titleOf(answer: HttpResponse): string {
  const title = /<title[^>]{0,200}>([^<]{1,2000})/i.exec(answer.body.toString('utf8'))?.[1] ?? '';
  return title.replace(/&(?:#(\d{1,6})|([a-z]{2,6}));/gi, (all, code: string | undefined, name: string | undefined) =>
    code ? String.fromCodePoint(Number(code)) : (ENTITIES[name!.toLowerCase()] ?? all),
  );
}

async function fromSsh(context: ProbeContext): Promise<Identity[]> {
  const connection = await context.dial();
  const { bytes, ended } = await connection.receive({ until: (b) => readIdentification(b) !== undefined, cap: 16_384 });
  connection.destroy();
  const id = readIdentification(bytes);
  if (!id)
    throw new CannotTell(
      ended === 'timeout' || ended === 'reset' ? ended : 'protocol',
      'no SSH identification was sent',
    );
  return [{ what: 'name', value: id.software, via: 'ssh banner' }];
}

async function fromCertificate(context: ProbeContext): Promise<Identity[]> {
  const connection = await context.dial({ security: 'tls' });
  const leaf = connection.tls?.certificates[0];
  connection.destroy();
  if (!leaf) throw new CannotTell('protocol', 'the server presented no certificate');
  const { commonName = '', organisation = '', serialNumber = '' } = subjectParts(leaf);
  return [
    { what: isMac(commonName) ? 'mac' : 'name', value: commonName, via: 'certificate' },
    { what: 'vendor', value: organisation, via: 'certificate' },
    { what: 'serial', value: serialNumber, via: 'certificate' },
  ];
}

const isMac = (text: string) => /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(text);

/** The engine's id (RFC 3411, 5): who made it, and where it is built so, the MAC address. No community is needed. */
async function fromSnmpEngine(context: ProbeContext): Promise<Identity[]> {
  const datagram = await context.datagram();
  const discovery = udpStimuli(context.random(8)).find((s) => s.protocol === 'snmp')!;
  await datagram.send(discovery.bytes);
  const answer = await datagram.receive();
  datagram.close();
  if (!answer) throw new CannotTell('timeout', 'no answer to SNMPv3 engine discovery');
  const engine = snmpEngineOf(answer.bytes);
  if (!engine) throw new CannotTell('protocol', 'the answer to SNMPv3 engine discovery names no engine');
  return [
    { what: 'vendor', value: `enterprise ${engine.enterprise}`, via: 'snmp engine id' },
    ...(engine.mac ? [{ what: 'mac', value: engine.mac, via: 'snmp engine id' } as const] : []),
  ];
}
