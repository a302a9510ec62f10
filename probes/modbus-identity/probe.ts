import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, type Connection, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import {
  identificationRequest,
  isWholeModbus,
  MODBUS_OBJECTS,
  type ModbusAnswer,
  readIdentificationAnswer,
} from '../../src/observe/protocols/modbus.ts';
import { oneLine } from '../../src/observe/protocols/text.ts';

/** The device itself, as TCP servers name it, and the first behind a gateway. */
const UNITS = [0, 255, 1];
/** Gateway path unavailable, gateway target failed to respond (Modbus Application Protocol 1.1b3, 7). */
const NOT_THERE = [0x0a, 0x0b];
/** Requests at most for what follows. */
const PARTS = 8;

const SAYS: readonly (readonly [number, FactOf<'identity'>['what']])[] = [
  [MODBUS_OBJECTS.vendor, 'vendor'],
  [MODBUS_OBJECTS.product, 'model'],
  [MODBUS_OBJECTS.revision, 'firmware'],
  [MODBUS_OBJECTS.productName, 'name'],
  [MODBUS_OBJECTS.model, 'model'],
  [MODBUS_OBJECTS.application, 'name'],
];

/** Reads the identification and nothing else: no register and no coil, whatever Modbus would give. */
export default defineProbe({
  id: 'modbus-identity',
  version: '1',
  title: 'Modbus: what a device says of itself, and that nobody is asked who they are',
  emits: ['identity', 'access'],
  impact: 'connect',
  appliesTo: ({ protocol, transport, port }) => protocol === 'modbus' && transport === 'tcp' && port !== undefined,
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<FactOf<'identity' | 'access'>> {
  const connection = await context.dial();
  try {
    const basic = await identification(context, connection);
    const access = { kind: 'access', protocol: 'modbus', authentication: 'none' } as const;
    if (basic.objects.size > 0) {
      const sample = context.evidence([...basic.objects.values()].join('\n'), 'text/plain');
      yield {
        ...access,
        class: 'discovery',
        action: 'read',
        resource: 'device identification',
        how: 'recognised',
        sample,
      };
    }
    for (const [object, what] of SAYS) {
      const value = oneLine(basic.objects.get(object) ?? '', 200);
      if (value !== '') yield { kind: 'identity', what, value, via: 'modbus', authenticated: false };
    }
    // It carried out a function for whoever connected. Registers were not asked for: that they answer too is a guess.
    yield { ...access, class: 'function', action: 'execute', resource: 'registers and coils', how: 'guessed' };
  } finally {
    connection.destroy();
  }
}

/** All that it says, from the first unit that answers. An exception is an answer: no identification is kept there. */
async function identification(
  context: ProbeContext,
  connection: Connection,
): Promise<{ objects: Map<number, string> }> {
  const objects = new Map<number, string>();
  for (const unit of UNITS) {
    const first = await ask(context, connection, unit, 2, 0);
    if (first.kind === 'exception' && NOT_THERE.includes(first.code) && unit !== UNITS.at(-1)) continue;
    let answer = first.kind === 'exception' ? await ask(context, connection, unit, 1, 0) : first;
    const category = first.kind === 'exception' ? 1 : 2;
    for (let part = 0; answer.kind === 'objects'; part += 1) {
      for (const [object, value] of answer.objects) objects.set(object, value);
      if (answer.next === undefined || answer.next === 0 || part >= PARTS) break;
      answer = await ask(context, connection, unit, category, answer.next);
    }
    break;
  }
  return { objects };
}

async function ask(
  context: ProbeContext,
  connection: Connection,
  unit: number,
  category: 1 | 2,
  from: number,
): Promise<ModbusAnswer> {
  const request = identificationRequest(context.random(2), unit, category, from);
  await connection.send(request);
  const { bytes, ended } = await connection.receive({ until: isWholeModbus, cap: 1024 });
  const answer = readIdentificationAnswer(request, bytes);
  if (answer) return answer;
  // Less than the head that comes back, or that head and not yet the rest.
  const silent =
    ended !== 'until' && ended !== 'cap' && bytes.subarray(0, 4).equals(request.subarray(0, Math.min(4, bytes.length)));
  throw silent
    ? new CannotTell(
        ended === 'timeout' ? 'timeout' : 'reset',
        `${bytes.length} bytes in answer to function 43 (${ended})`,
      )
    : new CannotTell('protocol', 'the answer is none to Read Device Identification');
}
