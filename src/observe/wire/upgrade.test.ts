import * as tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { certificate } from '../../../fixtures/services/index.ts';
import { tcpServer } from '../../../test/kit/servers.ts';
import { readable, refusalOf, wireTo } from '../../../test/kit/wire.ts';

/** A server that greets, grants TLS with these bytes, and then says what it reads in capitals. */
const upgrading = (granted: string, secured = true) =>
  tcpServer((socket) => {
    socket.write('hello\n');
    socket.once('data', () => {
      socket.write(granted);
      if (!secured) {
        socket.end('no TLS at all');
        return;
      }
      const inside = new tls.TLSSocket(socket, { isServer: true, ...certificate() });
      inside.on('error', () => socket.destroy());
      inside.on('data', (bytes: Buffer) => inside.end(bytes.toString().toUpperCase()));
    });
  });

async function asking(granted: string, secured = true) {
  const server = await upgrading(granted, secured);
  const wire = wireTo(server.port, { wait: 3000 });
  const connection = await wire.dial();
  await connection.receive({ until: (seen) => seen.includes(10) });
  await connection.send('STARTTLS\n');
  await connection.receive({ until: (seen) => seen.includes(10), cap: 3 });
  const close = () => {
    wire.close();
    return server.close();
  };
  return { wire, connection, close };
}

describe('an upgrade to TLS', () => {
  it('goes on in plaintext, in the same transcript', async () => {
    const { wire, connection, close } = await asking('ok\n');
    await connection.upgrade();
    await connection.send('whisper');
    const { bytes, ended } = await connection.receive();
    expect([bytes.toString(), ended, connection.tls?.version]).toEqual(['WHISPER', 'closed', 'TLSv1.3']);
    expect(readable(wire.transcripts[0]!).entries).toEqual([
      'note connected',
      'received hello\n',
      'sent STARTTLS\n',
      'received ok\n',
      'note TLSv1.3 TLS_AES_256_GCM_SHA384',
      'sent whisper',
      'received WHISPER',
    ]);
    await close();
  });

  it('reads nothing as protected that came before it', async () => {
    const { connection, close } = await asking('ok\ninjected\n');
    expect(await refusalOf(connection.upgrade())).toMatchObject({ reason: 'protocol' });
    await close();
  });

  it('is over where no TLS comes', async () => {
    const { connection, close } = await asking('ok\n', false);
    expect((await refusalOf(connection.upgrade())).reason).toMatch(/protocol|reset/);
    expect((await refusalOf(connection.send('x'))).reason).toMatch(/protocol|reset/);
    await close();
  });
});
