import type { FactOf } from '../../model/fact.ts';
import type { Endpoint } from '../../model/target.ts';
import { defineCheck, type SeenFact } from '../check.ts';
import { grouped } from '../grouped.ts';
import { ids, leftOpen, portText, protocolText } from './place.ts';

const EXPECTED =
  'Serial number, exact firmware version, location, owner and network data are given only after a login.';

const WHAT: Partial<Record<FactOf<'identity'>['what'], string>> = {
  serial: 'The serial number',
  firmware: 'The exact firmware version',
  location: 'The location',
  owner: 'The owner',
  mac: 'The MAC address',
};
/** How an address is known on the link whatever a device does. */
const LINK = ['arp', 'nd', 'ndp'];

const tells = ({ fact }: SeenFact<'identity'>): boolean =>
  !fact.authenticated &&
  WHAT[fact.what] !== undefined &&
  !(fact.what === 'mac' && LINK.includes(fact.via.toLowerCase()));

/** Classes of which what is read may hold anything, and nobody has read it for this. */
const UNREAD: readonly FactOf<'access'>['class'][] = ['shell', 'secret', 'customer-data', 'setting', 'content'];

const whereOf = ({ transport, port }: Endpoint): string =>
  transport === undefined || port === undefined ? '' : ` at ${portText({ transport, port })}`;

/** Protocols that are there to say who a device is. */
const INTRODUCE = ['mdns', 'ssdp', 'wsd', 'modbus', 'bacnet'];

const unread = ({ fact }: SeenFact<'access'>): boolean =>
  fact.authentication !== 'required' && (UNREAD.includes(fact.class) || fact.action === 'subscribe');

export default defineCheck({
  id: 'disclosure-minimal',
  version: '1.0.0',
  title: 'Nobody is told what only the owner needs to know',
  theme: 'interfaces',
  needs: ['identity', 'service', 'access'],
  *judge({ seen }) {
    const told = seen.facts('identity').filter(tells);
    for (const group of grouped(told, ({ endpoint: { host, transport, port }, fact }) =>
      JSON.stringify([host, transport, port, fact.what]),
    ).values()) {
      const { fact, endpoint, run } = group[0]!;
      const { host, transport, port } = endpoint;
      yield {
        about: { host, transport, port, subject: fact.what },
        run,
        verdict: 'fail',
        strength: 'conclusive',
        because: `${WHAT[fact.what]} "${fact.value.slice(0, 80)}" is given to anyone${whereOf(endpoint)}, by ${[...new Set(group.map((each) => each.fact.via))].join(' and ')}.`,
        expected: EXPECTED,
        remedy: 'Give it only to whoever has logged in.',
        basis: ids(group),
      };
    }
    const open = seen.facts('access').filter(unread);
    for (const group of grouped(open, ({ endpoint: { host, transport, port }, fact }) =>
      JSON.stringify([host, transport, port, fact.protocol]),
    ).values()) {
      const { fact, endpoint, run } = group[0]!;
      const { host, transport, port } = endpoint;
      const what = [...new Set(group.map((each) => each.fact.resource))];
      yield {
        about: { host, transport, port, subject: `open:${fact.protocol}` },
        run,
        verdict: 'inconclusive',
        because: `${what[0]!.slice(0, 80)}${what.length > 1 ? ` and ${what.length - 1} more are` : ' is'} open to anyone over ${protocolText(fact.protocol)}${whereOf(endpoint)}, and nobody searched for what tells whose device this is.`,
        expected: EXPECTED,
        basis: ids(group),
      };
    }
    const silent = seen
      .services(...INTRODUCE)
      .filter(({ endpoint }) => seen.attempts({ emits: 'identity', endpoint }).length === 0);
    for (const { service, endpoint } of silent) {
      const { host, transport = 'udp', port = 0, protocol = '' } = endpoint;
      yield {
        about: { host, transport, port, protocol, subject: `unread:${protocol}` },
        run: service.run,
        verdict: 'inconclusive',
        because: `What ${protocolText(protocol)} at ${portText({ transport, port })} tells of the device was not read.`,
        expected: EXPECTED,
        basis: [service.id],
      };
    }
    const attempts = seen.attempts({ emits: 'identity' });
    if (
      told.length === 0 &&
      open.length === 0 &&
      silent.length === 0 &&
      attempts.length > 0 &&
      !attempts.some((attempt) => leftOpen(attempt, 'identity'))
    )
      yield {
        verdict: 'pass',
        because:
          'Nothing that was read without a login tells the serial number, the firmware version, the location, the owner or the MAC address.',
        expected: EXPECTED,
        basis: ids(attempts),
      };
  },
});
