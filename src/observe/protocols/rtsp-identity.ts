import type { FactOf } from '../../model/fact.ts';
import { CannotTell, type ProbeContext } from '../probe.ts';
import { challenges, hostHeader } from './http.ts';
import { describeRequest, readRtsp } from './rtsp.ts';

type Identity = Pick<FactOf<'identity'>, 'what' | 'value' | 'via'>;

/** What a server says of itself in its answer to a DESCRIBE of the root, whatever it is: its name, and its login's realm. */
export async function fromRtsp(context: ProbeContext): Promise<Identity[]> {
  const { host, port = 554, security } = context.endpoint;
  const connection = await context.dial();
  const url = `${security === 'tls' ? 'rtsps' : 'rtsp'}://${hostHeader(host, port, 'none')}/`;
  await connection.send(describeRequest(url, 1));
  const { bytes, ended } = await connection.receive({ until: (seen) => readRtsp(seen) !== undefined, cap: 400 * 1024 });
  connection.destroy();
  const answer = readRtsp(bytes);
  if (!answer)
    throw new CannotTell(ended === 'timeout' || ended === 'reset' ? ended : 'protocol', 'no RTSP answer was sent');
  const asked = challenges({
    headers: (answer.headers.get('www-authenticate') ?? []).map((value) => ['WWW-Authenticate', value] as const),
  });
  return [
    ...(answer.headers.get('server') ?? [])
      .slice(0, 1)
      .map((value) => ({ what: 'name' as const, value, via: 'rtsp server' })),
    ...asked
      .slice(0, 1)
      .map(({ parameters }) => ({ what: 'name' as const, value: parameters.realm ?? '', via: 'rtsp realm' })),
  ];
}
