import type { FactOf } from '../../src/model/fact.ts';
import type { DtlsVersion } from '../../src/observe/protocols/dtls.ts';
import { type DtlsServer, offer, type Stage } from './server.ts';
import type { Seen } from './suites.ts';
import { read } from './versions.ts';

/** Extensions that a server answers where it does what they ask for (IANA "TLS ExtensionType"). */
const ANSWERED: readonly (readonly [type: number, name: string])[] = [
  [23, 'extended-master-secret'],
  [22, 'encrypt-then-mac'],
  [0xff01, 'secure-renegotiation'],
  [35, 'session-tickets'],
];

/** What the hellos of all suites showed beside them, and whose order of suites counts. DTLS 1.3 encrypts the rest. */
export async function* features(server: DtlsServer, told: ReadonlyMap<DtlsVersion, Seen>): Stage {
  for (const [version, seen] of told) {
    if (version === 'DTLS 1.3') continue;
    for (const [type, name] of ANSWERED) if (seen.extensions.has(type)) yield feature(name, version);
    if (seen.wantsCertificate) yield feature('client-certificate-requested', version);
    const { suites } = seen;
    if (suites.length < 2 || !seen.inOneList) continue;
    const answer = read(version, await server.askTwice({ version, short: server.short, suites: suites.toReversed() }));
    // The client's new first, or what was chosen before.
    if (answer.result === 'accepted' && answer.hello.suite !== suites.at(-1))
      yield feature('server-preference', version);
    else if (answer.result !== 'accepted')
      return [
        {
          reason: answer.result === 'unclear' ? answer.reason : 'protocol',
          what: `whose order of suites counts in ${version} was not seen: ${answer.why}`,
          open: ['offer'],
        },
      ];
  }
  return [];
}

const feature = (name: string, version: DtlsVersion): FactOf<'offer'> => offer('feature', name, { version });
