import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, type Datagram, type ProbeContext } from '../../src/observe/probe.ts';
import {
  DNS_TYPE,
  type DnsRecord,
  dnsQuestion,
  identityOf,
  readDnsAnswer,
  sameName,
} from '../../src/observe/protocols/mdns.ts';
import { readProbeMatches, scopeIdentity } from '../../src/observe/protocols/onvif.ts';
import { wsDiscoveryProbe } from '../../src/observe/protocols/udp-payloads.ts';

type Identity = Pick<FactOf<'identity'>, 'what' | 'value' | 'via'>;

const TYPES = 12;
const INSTANCES = 16;
/** Datagrams at most that are looked at for one answer. */
const OTHERS = 8;

/**
 * The services that a device announces by DNS-SD, asked of it alone (RFC 6763, 9; RFC 6762, 6.7), and what their TXT
 * records say. Throws at its end where a part was not answered.
 */
export async function* fromMdns(context: ProbeContext): AsyncGenerator<Identity> {
  const datagram = await context.datagram();
  let missed: CannotTell | undefined;
  /** What comes after the first answer may fail without taking back what was seen. */
  const perhaps = async (name: readonly string[], type: number): Promise<DnsRecord[]> => {
    try {
      return await ask(context, datagram, name, type);
    } catch (error) {
      if (!(error instanceof CannotTell) || error.reason !== 'timeout') throw error;
      missed ??= error;
      return [];
    }
  };
  const said = new Set<string>();
  const fresh = (found: readonly Omit<Identity, 'via'>[]): Identity[] =>
    found
      .map((one): Identity => ({ ...one, via: 'mdns' }))
      .filter(({ what, value }) => {
        const key = `${what} ${value}`;
        return !said.has(key) && said.add(key);
      });
  try {
    const services = await ask(context, datagram, ['_services', '_dns-sd', '_udp', 'local'], DNS_TYPE.ptr);
    const types = unique(targetsOf(services));
    let instances = 0;
    for (const type of types.slice(0, TYPES)) {
      if (missed) break;
      const listed = await perhaps(type, DNS_TYPE.ptr);
      for (const instance of unique(targetsOf(listed.filter(({ name }) => sameName(name, type))))) {
        instances += 1;
        if (instances > INSTANCES || missed) break;
        const beside = listed.filter((record) => isTxt(record, instance));
        const texts = beside.length > 0 ? beside : await perhaps(instance, DNS_TYPE.txt);
        yield* fresh([{ what: 'name', value: instance[0] ?? '' }]);
        yield* fresh(
          texts.filter((record) => isTxt(record, instance)).flatMap((record) => identityOf(record.texts ?? [])),
        );
      }
    }
  } finally {
    datagram.close();
  }
  if (missed) throw missed;
}

const targetsOf = (records: readonly DnsRecord[]): (readonly string[])[] =>
  records.flatMap(({ target }) => (target === undefined || target.length === 0 ? [] : [target]));

const unique = (names: readonly (readonly string[])[]): (readonly string[])[] =>
  names.filter((name, i) => names.findIndex((other) => sameName(other, name)) === i);

const isTxt = (record: DnsRecord, name: readonly string[]): boolean =>
  record.type === DNS_TYPE.txt && sameName(record.name, name);

/** One question, asked for twice at most. Throws CannotTell `timeout` and `protocol`. */
async function ask(
  context: ProbeContext,
  datagram: Datagram,
  name: readonly string[],
  type: number,
): Promise<DnsRecord[]> {
  const id = context.random(2);
  let others = 0;
  for (let sent = 0; sent < 2; sent += 1) {
    await datagram.send(dnsQuestion(id, name, type));
    while (others < OTHERS) {
      const message = await datagram.receive({ wait: context.limits.wait / 2 });
      if (!message) break;
      const records = readDnsAnswer(message.bytes, id);
      if (records?.some((record) => record.type === type && sameName(record.name, name))) return records;
      others += 1;
    }
  }
  throw others > 0
    ? new CannotTell('protocol', 'the answer is none to what was asked by DNS')
    : new CannotTell('timeout', `no answer for ${name.slice(-3).join('.')}`);
}

/** What a device says to a WS-Discovery Probe: its id, and in ONVIF's scopes its name, hardware and place. */
export async function fromWsDiscovery(context: ProbeContext): Promise<Identity[]> {
  const datagram = await context.datagram();
  try {
    await datagram.send(wsDiscoveryProbe(context.random));
    const message = await datagram.receive();
    if (!message) throw new CannotTell('timeout', 'no answer to WS-Discovery');
    const matches = readProbeMatches(message.bytes);
    if (!matches) throw new CannotTell('protocol', 'the answer is none to WS-Discovery');
    return matches.flatMap(({ address, scopes }): Identity[] => [
      { what: 'uuid', value: address.replace(/^urn:uuid:/i, ''), via: 'ws-discovery' },
      ...scopeIdentity(scopes).map((one): Identity => ({ ...one, via: 'ws-discovery' })),
    ]);
  } finally {
    datagram.close();
  }
}
