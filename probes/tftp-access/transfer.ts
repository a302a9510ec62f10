import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { acknowledgement, enough, readRequest, readTftp, TFTP_BLOCK } from '../../src/observe/protocols/tftp.ts';

/** Bytes that are read of one file. */
const MOST = 64 * 1024;
/** Times that a packet is sent until it counts as lost for good. */
const TRIES = 3;
/** Packets at most of one transfer, with all that are repeated or none of ours. */
const PACKETS = 2 * (MOST / TFTP_BLOCK);

/** What came for one name. `whole`: the file's last block was read. */
export type Transfer =
  | { readonly kind: 'file'; readonly bytes: Buffer; readonly whole: boolean }
  | { readonly kind: 'refused'; readonly code: number; readonly words: string };

/**
 * Reads a file, 64 KiB at most, and ends the transfer with an error where there is more. The server answers from a port of
 * its own choice, and keeps it (RFC 1350, 4). What broke off after its first block came is a file all the same.
 * Throws CannotTell: `timeout` without an answer, `protocol` where none of TFTP came.
 */
export async function fetchFile(context: ProbeContext, name: string): Promise<Transfer> {
  const wait = Math.max(1, context.limits.wait / TRIES);
  const datagram = await context.datagram();
  const parts: Buffer[] = [];
  let server: number | undefined;
  let others = 0;
  let last: Buffer = readRequest(name);
  const file = (whole: boolean): Transfer => ({ kind: 'file', bytes: Buffer.concat(parts), whole });
  try {
    await datagram.send(last);
    for (let packets = 0, tries = 1; packets < PACKETS; packets += 1) {
      const message = await datagram.receive({ wait });
      if (!message) {
        if (tries >= TRIES) break;
        tries += 1;
        await datagram.send(last, server);
        continue;
      }
      const packet = readTftp(message.bytes);
      if (!packet || (server !== undefined && message.from.port !== server)) {
        others += 1;
        continue;
      }
      if (packet.kind === 'error') {
        if (parts.length > 0) return file(false);
        return { kind: 'refused', code: packet.code, words: packet.words };
      }
      // A block that came twice was answered, and the answer may be lost: the wait will tell.
      if (packet.block !== parts.length + 1) continue;
      server = message.from.port;
      parts.push(packet.bytes);
      tries = 1;
      if (packet.bytes.length < TFTP_BLOCK) {
        await datagram.send(acknowledgement(packet.block), server);
        return file(true);
      }
      if (parts.length * TFTP_BLOCK >= MOST) {
        await datagram.send(enough, server);
        return file(false);
      }
      last = acknowledgement(packet.block);
      await datagram.send(last, server);
    }
    if (parts.length > 0 && server !== undefined) {
      await datagram.send(enough, server);
      return file(false);
    }
  } catch (error) {
    // The port went away half-way: what was read was given.
    if (!(error instanceof CannotTell) || error.reason === 'aborted' || parts.length === 0) throw error;
    return file(false);
  } finally {
    datagram.close();
  }
  throw others > 0
    ? new CannotTell('protocol', 'the answer to a read request is none of TFTP')
    : new CannotTell('timeout', `no answer to ${TRIES} read requests`);
}
