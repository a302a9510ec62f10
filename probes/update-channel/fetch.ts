import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import { certificateFacts } from '../../src/observe/protocols/certificate.ts';
import { hostHeader, httpRequest } from '../../src/observe/protocols/http.ts';

/** Bytes of an artifact that are read; a longer one is judged by what was read, and says so. */
export const CAP = 64 * 1024 * 1024;
/** What a head takes beside it, and the records of TLS. */
const HEAD = 1024 * 1024;
/** How many waits a whole artifact may take. */
const PATIENCE = 12;

export interface Fetched {
  readonly url: string;
  readonly transport: 'none' | 'tls';
  /** Over TLS: whether the certificate held against the given trust and the URL's name; absent without trust. */
  readonly authenticated?: boolean;
  readonly status: number;
  readonly body: Buffer;
  /** All of it was read. */
  readonly whole: boolean;
}

/**
 * Fetches one declared URL. Its host is an address in scope, or one of the component's names and then its address;
 * any other is CannotTell `scope`. Redirects are not followed: they lead away from what was declared.
 */
export async function fetchDeclared(context: ProbeContext, url: string): Promise<Fetched> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new CannotTell('unsupported', `${url} is no http or https URL`);
  }
  const security = parsed.protocol === 'https:' ? 'tls' : 'none';
  const name = parsed.hostname.replace(/^\[|\]$/g, '');
  const port = Number(parsed.port) || (security === 'tls' ? 443 : 80);
  const host = addressOf(context, name, url);
  const isName = host !== name;
  const connection = await context.dial({
    host,
    port,
    security,
    servername: isName ? name : false,
    readBytes: CAP + HEAD,
  });
  const authenticated = security === 'tls' ? holds(context, connection, host, isName ? name : undefined) : undefined;
  const answer = await httpRequest(connection, {
    path: `${parsed.pathname}${parsed.search}`,
    host: hostHeader(name, port, security),
    wait: PATIENCE * context.limits.wait,
    cap: CAP,
  });
  const length = answer.headers.find(([header]) => header.toLowerCase() === 'content-length')?.[1];
  if (answer.ended === 'timeout' || answer.ended === 'reset') {
    throw new CannotTell(answer.ended, `${url} broke off after ${answer.body.length} bytes`);
  }
  return {
    url,
    transport: security,
    ...(authenticated !== undefined && { authenticated }),
    status: answer.status,
    body: answer.body,
    whole: answer.ended === 'closed' && (length === undefined || Number(length) === answer.body.length),
  };
}

function addressOf({ component, endpoint }: ProbeContext, name: string, url: string): string {
  if (/^[\d.]+$/.test(name) || name.includes(':')) return name;
  if (component.names.some((own) => own.toLowerCase() === name.toLowerCase())) return endpoint.host;
  throw new CannotTell('scope', `${url} is on a host that is neither an address nor a name of this component`);
}

function holds(
  context: ProbeContext,
  connection: Connection,
  host: string,
  name: string | undefined,
): boolean | undefined {
  if (context.trust.length === 0) return undefined;
  const { certificates } = certificateFacts({
    chain: connection.tls?.certificates ?? [],
    names: name === undefined ? [] : [name],
    host: name === undefined ? host : undefined,
    trust: context.trust,
    now: context.now(),
  });
  const leaf = certificates[0];
  return leaf?.trusted === true && leaf.inDate === true && leaf.nameMatches === true;
}
