import { createHash } from 'node:crypto';
import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { hostHeader, httpRequest } from '../../src/observe/protocols/http.ts';
import { readSoap, saysNotAuthorized, soapRequest } from '../../src/observe/protocols/soap.ts';
import type { XmlElement } from '../../src/observe/protocols/soap-xml.ts';

const DEVICE = 'http://www.onvif.org/ver10/device/wsdl';
const BODY = 128 * 1024;

/** Where a device service is: the standard path of a port, or what discovery named. */
export interface Place {
  readonly port: number;
  readonly security: 'none' | 'tls';
  readonly path: string;
}

/** How an action was answered. `absent`: this device has no such action. */
export type Said =
  | { readonly result: 'open'; readonly element: XmlElement; readonly body: Buffer }
  | { readonly result: 'refused' }
  | { readonly result: 'absent' }
  /** No SOAP at all: a page, a status. */
  | { readonly result: 'other'; readonly status: number };

/** Calls an action that only reads; `header` carries a login. Throws CannotTell where no whole answer came, or "not now". */
export async function call(context: ProbeContext, place: Place, name: string, header?: string): Promise<Said> {
  const { host } = context.endpoint;
  const body = soapRequest({ version: '1.2', namespace: DEVICE, name, ...(header && { header }) });
  const connection = await context.dial({ port: place.port, security: place.security });
  const answer = await httpRequest(connection, {
    method: 'POST',
    path: place.path,
    host: hostHeader(host, place.port, place.security),
    headers: [['Content-Type', `application/soap+xml; charset=utf-8; action="${DEVICE}/${name}"`]],
    body,
    wait: context.limits.wait,
    cap: BODY,
  });
  const { status, ended } = answer;
  if (status === 423 || status === 429 || status === 503)
    throw new CannotTell('locked', `${name} was answered with ${status}`);
  if (ended !== 'closed') {
    const reason = ended === 'cap' ? 'protocol' : ended;
    throw new CannotTell(reason, `the answer to ${name} did not end (${ended} after ${answer.body.length} bytes)`);
  }
  const said = readSoap(answer.body, name);
  if (said?.kind === 'answer' && status === 200) return { result: 'open', element: said.element, body: answer.body };
  if (said?.kind === 'fault') {
    if (saysNotAuthorized(said.words)) return { result: 'refused' };
    if (
      /ActionNotSupported|not ?(implemented|supported)|OptionalActionNotImplemented|UnknownAction|Unknown method/i.test(
        said.words,
      )
    )
      return { result: 'absent' };
    if (status === 401 || status === 403) return { result: 'refused' };
    throw new CannotTell('protocol', `${name} was answered with a fault that says nothing of who may ask (${status})`);
  }
  if (status === 401 || status === 403) return { result: 'refused' };
  return { result: 'other', status };
}

/**
 * A WS-Security UsernameToken with a password digest (WSS UsernameToken Profile 1.1, 3.1), as ONVIF Core 5.9.1 has it;
 * `created` by the device's own clock, which refuses what is old.
 */
export function usernameToken(context: ProbeContext, user: string, secret: string, created: string): string {
  const nonce = context.random(16);
  const digest = createHash('sha1')
    .update(Buffer.concat([nonce, Buffer.from(created + secret)]))
    .digest('base64');
  context.redact(secret, digest);
  const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
  return (
    `<wsse:Security s:mustUnderstand="1" xmlns:wsse="${wsse}-wssecurity-secext-1.0.xsd" xmlns:wsu="${wsse}-wssecurity-utility-1.0.xsd">` +
    `<wsse:UsernameToken><wsse:Username>${user}</wsse:Username>` +
    `<wsse:Password Type="${wsse}-username-token-profile-1.0#PasswordDigest">${digest}</wsse:Password>` +
    `<wsse:Nonce EncodingType="${wsse}-soap-message-security-1.0#Base64Binary">${nonce.toString('base64')}</wsse:Nonce>` +
    `<wsu:Created>${created}</wsu:Created></wsse:UsernameToken></wsse:Security>`
  );
}
