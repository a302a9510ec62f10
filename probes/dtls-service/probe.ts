import { CannotTell, defineProbe } from '../../src/observe/probe.ts';
import { recogniseInside, withoutSecrets } from '../../src/observe/protocols/dtls-inside.ts';

const VERSION = 'DTLS 1.2';

/**
 * Says what speaks inside DTLS, where an association can be had without a secret. A server that takes pre-shared keys
 * alone shows nothing of it: see dtls-login.
 */
export default defineProbe({
  id: 'dtls-service',
  version: '1',
  title: 'Recognises what speaks inside DTLS',
  emits: ['service', 'channel'],
  impact: 'connect',
  appliesTo: ({ protocol, security, transport }) => protocol === 'dtls' && security === 'none' && transport === 'udp',
  async *observe(context) {
    const association = await withoutSecrets(context, ['service']);
    if (!association) return;
    try {
      const inside = await recogniseInside(context, association);
      const protocol = inside?.recognition?.protocol ?? 'unknown';
      if (!inside || protocol === 'unknown') {
        yield { kind: 'channel', protocol: 'dtls', encryption: 'dtls', version: VERSION };
        if (!inside) throw new CannotTell('timeout', 'inside DTLS nothing was said', ['service']);
      }
      yield {
        kind: 'service',
        protocol,
        security: 'dtls',
        banner: context.evidence(inside.bytes, 'application/octet-stream'),
      };
      if (protocol !== 'unknown') yield { kind: 'channel', protocol, encryption: 'dtls', version: VERSION };
    } finally {
      await association.end();
    }
  },
});
