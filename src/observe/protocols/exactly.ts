import { CannotTell, type Connection } from '../probe.ts';

/**
 * Reads so many bytes and no more; what comes beyond waits for the next read. Throws CannotTell: `timeout`, `reset`
 * (closed too), or `protocol` where the connection may bring no more.
 */
export async function exactly(connection: Pick<Connection, 'receive'>, length: number, what: string): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0);
  const { bytes, ended } = await connection.receive({ cap: length });
  if (bytes.length === length) return bytes;
  if (ended === 'timeout') throw new CannotTell('timeout', `no whole ${what} in time`);
  throw new CannotTell(ended === 'cap' ? 'protocol' : 'reset', `${ended} before a whole ${what}`);
}
