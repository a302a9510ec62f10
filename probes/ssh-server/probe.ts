import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe } from '../../src/observe/probe.ts';
import { type KexInit, terrapinOpen } from '../../src/observe/protocols/ssh.ts';
import { askGroups } from './groups.ts';
import { askKeys, hostKeys } from './keys.ts';
import { SshServer, type Unsettled } from './server.ts';
import { version1 } from './version1.ts';

/**
 * What an SSH server offers, by bytes of our own: a library would show only what it negotiated. A dozen connections at
 * most where each is answered, four at once, each of which ends at the server's host key: no login is begun.
 */
export default defineProbe({
  id: 'ssh-server',
  version: '1',
  title: 'SSH: what the server offers, its host keys and its groups',
  emits: ['offer', 'key', 'certificate', 'weakness'],
  impact: 'connect',
  appliesTo: ({ protocol, port }) => protocol === 'ssh' && port !== undefined,
  async *observe(context) {
    const server = new SshServer(context);
    const connection = await server.open();
    const { identification, offer } = connection.greeting;
    const { protocol } = identification;
    yield { kind: 'offer', protocol: 'ssh', role: 'version', name: `SSH-${protocol}` };
    const unsettled: Unsettled[] = [];
    if (!offer) connection.close();
    else {
      const named = new Set<string>();
      yield* unnamed(offer, named);
      // All at once, the key that this connection is for first: nothing waits for it to be closed. What came of it is told
      // in the same order in each run.
      const keys = askKeys(server, connection);
      const groups = askGroups(server, offer);
      groups.catch(() => {});
      unsettled.push(...(yield* hostKeys(context, keys)));
      const { facts, unsettled: open } = await groups;
      yield* facts;
      unsettled.push(...open);
      if (server.connections < 2) await server.look();
      for (const other of server.offers) yield* unnamed(other, named);
      const present = server.offers.some(terrapinOpen);
      if (present || server.stable) yield { kind: 'weakness', protocol: 'ssh', name: 'terrapin', present };
      if (!server.stable)
        unsettled.unshift({
          reason: 'protocol',
          what: 'unstable: what it offers changed from one connection to the next',
          open: present ? ['offer'] : ['offer', 'weakness'],
        });
    }
    if (protocol.startsWith('1.')) unsettled.push(...(yield* version1(context, server, protocol)));
    const [first] = unsettled;
    if (first)
      throw new CannotTell(first.reason, unsettled.map(({ what }) => what).join('; '), [
        ...new Set(unsettled.flatMap(({ open }) => open)),
      ]);
  },
});

/** The lists of a KEXINIT as offers, each name once: what differs by direction is offered all the same. */
function* unnamed(offer: KexInit, named: Set<string>): Generator<FactOf<'offer'>> {
  const roles: [FactOf<'offer'>['role'], readonly string[]][] = [
    ['kex', offer.kex],
    ['host-key', offer.hostKey],
    ['cipher', [...offer.cipherToServer, ...offer.cipherToClient]],
    ['mac', [...offer.macToServer, ...offer.macToClient]],
    ['compression', [...offer.compressionToServer, ...offer.compressionToClient]],
  ];
  for (const [role, names] of roles)
    for (const name of names) {
      if (named.has(`${role} ${name}`)) continue;
      named.add(`${role} ${name}`);
      yield { kind: 'offer', protocol: 'ssh', role, name };
    }
}
