import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import identity from '../../probes/identity/probe.ts';
import service from '../../probes/service/probe.ts';
import tftpAccess from '../../probes/tftp-access/probe.ts';
import upnpAccess from '../../probes/upnp-access/probe.ts';
import type { Fact } from '../../src/model/fact.ts';
import type { Probe } from '../../src/observe/probe.ts';
import { dnsQuestion } from '../../src/observe/protocols/mdns.ts';
import { ssdpSearch } from '../../src/observe/protocols/udp-payloads.ts';
import { type Observed, type ObserveOptions, observeWith } from '../kit/probe.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { answering } from './ready.ts';

/** What servers without logins give to anyone: the ones that Debian has, in namespaces of their own. */

/** One grey point. */
const PICTURE = Buffer.from(
  `/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP${'/'.repeat(86)}wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=`,
  'base64',
);

const why = missing();
let lab: Lab;
beforeAll(() => {
  if (why === undefined) lab = createLab();
});
afterAll(() => lab?.close());

const needs = (...programs: string[]) => {
  const absent = programs.filter((program) => !has(program));
  const reason = why ?? (absent.length > 0 ? `${absent.join(', ')} not installed` : undefined);
  return reason === undefined ? test : test.skip;
};

const look = (
  probe: Probe,
  host: Host,
  protocol: string,
  port: number,
  options: Partial<ObserveOptions> = {},
): Promise<Observed> =>
  observeWith(probe, { host: host.address, port, transport: 'udp', protocol, limits: { wait: 4000 }, ...options });

/** minidlna binds to the group's address alone: what is asked of its own address is sent on to the group, and answered from there. */
const RELAY = `import select, socket, sys
own = sys.argv[1]
door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
door.bind((own, 1900))
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.bind((own, 0))
out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
asker = None
while True:
    for ready in select.select([door, out], [], [])[0]:
        data, sender = ready.recvfrom(4096)
        if ready is door:
            asker = sender
            out.sendto(data, ('239.255.255.250', 1900))
        elif asker:
            door.sendto(data, asker)
`;

const withoutSamples = (facts: readonly Fact[]): object[] =>
  facts.map(({ ...fact }) => ({ ...fact, sample: undefined }));
const recognised = async (host: Host, port: number): Promise<string> => {
  const { facts } = await observeWith(service, { host: host.address, port, transport: 'udp', limits: { wait: 1500 } });
  return facts.flatMap((fact) => (fact.kind === 'service' ? fact.protocol : []))[0] ?? 'none';
};

/** A namespace that multicast has a way out of. */
const announcer = (name: string): Host => {
  const host = lab.host(name);
  host.run('ip', 'route', 'add', '224.0.0.0/4', 'dev', 'eth0');
  return host;
};

describe('tftpd-hpa', () => {
  needs('in.tftpd')(
    'gives its configuration to whoever names it, and what was planted is found',
    async () => {
      const host = lab.host('tftpd');
      fs.chmodSync(join(host.dir, '..'), 0o755);
      fs.chmodSync(host.dir, 0o755);
      host.file('tftp/config.txt', `hostname = box\nwifi_key=opensesame\n${'#'.repeat(70_000)}\n`);
      host.file('tftp/backup.cfg', `${'x'.repeat(512)}YW5uYUBsYWIuaW52YWxpZA==`);
      fs.chmodSync(host.file('tftp/phones.db', 'not for everybody'), 0o600);
      for (const file of ['config.txt', 'backup.cfg']) fs.chmodSync(join(host.dir, 'tftp', file), 0o644);
      host.start(['in.tftpd', '-L', '-u', 'nobody', '-s', join(host.dir, 'tftp')]);
      await answering(host, 69, Buffer.from('\0\x01none\0octet\0', 'latin1'));
      expect(await recognised(host, 69)).toBe('tftp');
      const { facts, attempt } = await look(tftpAccess, host, 'tftp', 69, {
        markers: [{ name: 'mail', value: 'anna@lab.invalid' }],
        declares: {
          services: [{ port: 69, transport: 'udp', reason: 'telephones', protects: ['phones.db'] }],
        },
      });
      const common = { kind: 'access', protocol: 'tftp', action: 'read', authentication: 'none' };
      expect(attempt.outcome).toEqual({ status: 'completed' });
      expect(withoutSamples(facts)).toEqual([
        { ...common, class: 'content', resource: 'phones.db', authentication: 'required', how: 'declared' },
        { ...common, class: 'secret', resource: 'config.txt', how: 'recognised' },
        { ...common, class: 'customer-data', resource: 'backup.cfg', how: 'marker', marker: 'mail' },
      ]);
    },
    15_000,
  );
});

describe('minidlna', () => {
  needs('minidlnad', 'python3')(
    'describes itself, and lists the films of its owner',
    async () => {
      const host = announcer('minidlna');
      fs.mkdirSync(join(host.dir, 'media'), { recursive: true });
      fs.writeFileSync(join(host.dir, 'media', 'Anna at the lake.jpg'), PICTURE);
      const conf = host.file(
        'minidlna.conf',
        `network_interface=eth0\nport=8200\nmedia_dir=P,${host.dir}/media\nfriendly_name=Hall library\ndb_dir=${host.dir}/db\nlog_dir=${host.dir}\nserial=0042\ninotify=no\nnotify_interval=5\nminissdpdsocket=${host.dir}/none.sock\n`,
      );
      fs.mkdirSync(join(host.dir, 'db'), { recursive: true });
      host.start(['minidlnad', '-S', '-f', conf, '-P', join(host.dir, 'minidlna.pid')]);
      host.start(['python3', host.file('relay.py', RELAY), host.address]);
      await answering(host, 1900, ssdpSearch());
      expect(await recognised(host, 1900)).toBe('ssdp');
      const { facts, attempt } = await look(upnpAccess, host, 'ssdp', 1900, {
        markers: [{ name: 'picture', value: 'Anna at the lake' }],
      });
      expect(attempt.outcome, host.output()).toEqual({ status: 'completed' });
      const identities = facts.flatMap((fact) =>
        fact.kind === 'identity' && fact.via === 'upnp' ? [`${fact.what} ${fact.value}`] : [],
      );
      expect(identities).toEqual(expect.arrayContaining(['name Hall library', 'serial 0042']));
      expect(facts).toContainEqual(
        expect.objectContaining({
          kind: 'access',
          class: 'customer-data',
          how: 'marker',
          marker: 'picture',
          authentication: 'none',
        }),
      );
    },
    20_000,
  );
});

describe('avahi', () => {
  needs('avahi-daemon')(
    'tells whoever asks by unicast what the device is',
    async () => {
      const host = announcer('avahi');
      const conf = host.file(
        'avahi.conf',
        '[server]\nhost-name=lab-device\nuse-ipv4=yes\nuse-ipv6=no\nenable-dbus=no\nallow-interfaces=eth0\n[publish]\npublish-workstation=no\npublish-hinfo=no\n',
      );
      const services = host.file(
        'services/printer.service',
        '<?xml version="1.0"?><service-group><name>Hall. printer</name><service><type>_ipp._tcp</type><port>631</port><txt-record>ty=Acme Laser 9</txt-record><txt-record>usb_MFG=Acme</txt-record></service></service-group>',
      );
      const run = join(host.dir, 'run');
      fs.mkdirSync(run);
      host.start(['avahi-daemon', '-f', conf, '--no-drop-root', '--no-rlimits', '--no-chroot'], {
        own: { '/etc/avahi/services': join(services, '..'), '/run': run },
      });
      // The service is announced a second after the daemon is up.
      const question = dnsQuestion(Buffer.from([1, 1]), ['_ipp', '_tcp', 'local'], 12);
      await answering(host, 5353, question);
      expect(await recognised(host, 5353)).toBe('mdns');
      const { facts, attempt } = await look(identity, host, 'mdns', 5353);
      expect(attempt.outcome, host.output()).toEqual({ status: 'completed' });
      expect(
        facts.map((fact) => (fact.kind === 'identity' ? `${fact.what} ${fact.value} ${fact.via}` : fact.kind)),
      ).toEqual(['name Hall. printer mdns', 'model Acme Laser 9 mdns', 'vendor Acme mdns']);
    },
    20_000,
  );
});
