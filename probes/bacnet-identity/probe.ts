import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, type Datagram, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import {
  ANY_INSTANCE,
  BACNET_PROPERTIES,
  type BacnetAnswer,
  readProperty,
  readPropertyAnswer,
} from '../../src/observe/protocols/bacnet.ts';
import { oneLine } from '../../src/observe/protocols/text.ts';

const SAYS: readonly (readonly [number, FactOf<'identity'>['what']])[] = [
  [BACNET_PROPERTIES.vendorName, 'vendor'],
  [BACNET_PROPERTIES.modelName, 'model'],
  [BACNET_PROPERTIES.objectName, 'name'],
  [BACNET_PROPERTIES.firmwareRevision, 'firmware'],
  [BACNET_PROPERTIES.serialNumber, 'serial'],
  [BACNET_PROPERTIES.location, 'location'],
];
/** Error class security (ASHRAE 135, 18). */
const SECURITY = 4;
/** Datagrams at most that are looked at for one answer. */
const OTHERS = 16;

/** Reads properties of the device object, which are there to be read by anyone; no point of it is read or written. */
export default defineProbe({
  id: 'bacnet-identity',
  version: '1',
  title: 'BACnet: what a device says of itself, and that nobody is asked who they are',
  emits: ['identity', 'access'],
  impact: 'connect',
  appliesTo: ({ protocol, transport, port }) => protocol === 'bacnet' && transport === 'udp' && port !== undefined,
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<FactOf<'identity' | 'access'>> {
  const datagram = await context.datagram();
  const [start] = context.random(1) as unknown as [number];
  let asked = 0;
  const ask = (instance: number, property: number): Promise<BacnetAnswer> => {
    asked += 1;
    return read(context, datagram, (start + asked) & 0xff, instance, property);
  };
  try {
    const access = { kind: 'access', protocol: 'bacnet', authentication: 'none' } as const;
    const device = await ask(ANY_INSTANCE, BACNET_PROPERTIES.objectIdentifier);
    const known = device.kind === 'value' && typeof device.value === 'object' ? device.value.instance : ANY_INSTANCE;
    let open = device.kind === 'value';
    let refused = isSecurity(device);
    const found: FactOf<'identity'>[] = [];
    for (const [property, what] of SAYS) {
      const answer = await ask(known, property);
      open ||= answer.kind === 'value';
      refused ||= isSecurity(answer);
      const value = answer.kind === 'value' && typeof answer.value === 'string' ? oneLine(answer.value, 200) : '';
      if (value !== '') found.push({ kind: 'identity', what, value, via: 'bacnet', authenticated: false });
    }
    if (!open && refused) {
      yield {
        ...access,
        class: 'function',
        action: 'execute',
        resource: 'objects',
        authentication: 'required',
        how: 'recognised',
      };
      return;
    }
    if (!open)
      throw new CannotTell('protocol', 'no property of the device object was given, and not for want of authority');
    const sample = context.evidence(found.map(({ value }) => value).join('\n'), 'text/plain');
    yield { ...access, class: 'discovery', action: 'read', resource: 'device object', how: 'recognised', sample };
    yield* found;
    // Its other objects were not asked for: that they answer too, and take what is written, is a guess.
    yield { ...access, class: 'function', action: 'execute', resource: 'objects', how: 'guessed' };
  } finally {
    datagram.close();
  }
}

const isSecurity = (answer: BacnetAnswer): boolean => answer.kind === 'refused' && answer.errorClass === SECURITY;

/** One property, asked for twice at most. */
async function read(
  { limits }: ProbeContext,
  datagram: Datagram,
  invoke: number,
  instance: number,
  property: number,
): Promise<BacnetAnswer> {
  let others = 0;
  for (let sent = 0; sent < 2; sent += 1) {
    await datagram.send(readProperty(invoke, instance, property));
    while (others < OTHERS) {
      const message = await datagram.receive({ wait: limits.wait / 2 });
      if (!message) break;
      const answer = readPropertyAnswer(message.bytes, invoke, property);
      if (answer) return answer;
      others += 1;
    }
  }
  throw others > 0
    ? new CannotTell('protocol', 'the answer is none to ReadProperty')
    : new CannotTell('timeout', `no answer to ReadProperty of ${property}`);
}
