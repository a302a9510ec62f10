import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe } from '../../src/observe/probe.ts';
import { adbConnect, isWholeAdbAnswer, readAdbAnswer } from '../../src/observe/protocols/adb.ts';

export default defineProbe({
  id: 'adb-access',
  version: '1',
  title: 'ADB: whether the debug bridge lets in whoever connects',
  emits: ['access'],
  impact: 'connect',
  appliesTo: ({ protocol, transport, port }) => protocol === 'adb' && transport === 'tcp' && port !== undefined,
  // A greeting and no stream: nothing is run, and no key is offered that a user would be asked about.
  async *observe(context) {
    const connection = await context.dial();
    try {
      await connection.send(adbConnect);
      const { bytes, ended } = await connection.receive({ until: isWholeAdbAnswer, cap: 8192 });
      const answer = readAdbAnswer(bytes);
      if (answer === false) throw new CannotTell('protocol', 'the answer to CNXN is none of CNXN, AUTH and STLS');
      if (!answer) {
        const reason = ended === 'timeout' ? 'timeout' : 'reset';
        throw new CannotTell(reason, `${bytes.length} bytes in answer to CNXN (${ended})`);
      }
      const { command, payload } = answer;
      const access = { kind: 'access', protocol: 'adb', class: 'shell', action: 'execute', resource: 'shell' } as const;
      const isOpen = command === 'CNXN';
      const fact: FactOf<'access'> = {
        ...access,
        authentication: isOpen ? 'none' : 'required',
        // What is no running device (`sideload`, `bootloader`) may let in and have no shell.
        how: !isOpen || payload.toString('latin1', 0, 8).startsWith('device:') ? 'recognised' : 'guessed',
      };
      yield isOpen ? { ...fact, sample: context.evidence(payload, 'text/plain') } : fact;
    } finally {
      connection.destroy();
    }
  },
});
