import { allText, elementsNamed, readXml, type XmlElement, xmlText } from './soap-xml.ts';

/** SOAP 1.1 (2000), which UPnP speaks, and 1.2 (2007), which ONVIF does. */
const NAMESPACES = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const;

export interface SoapAction {
  readonly version: keyof typeof NAMESPACES;
  readonly namespace: string;
  readonly name: string;
  readonly arguments?: Readonly<Record<string, string>>;
  /** XML of header blocks. */
  readonly header?: string;
}

export const soapRequest = ({ version, namespace, name, arguments: given = {}, header }: SoapAction): string => {
  const inside = Object.entries(given)
    .map(([argument, value]) => `<${argument}>${xmlText(value)}</${argument}>`)
    .join('');
  const style = version === '1.1' ? ' s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"' : '';
  return (
    `<?xml version="1.0" encoding="utf-8"?>\r\n<s:Envelope xmlns:s="${NAMESPACES[version]}"${style}>` +
    `${header === undefined ? '' : `<s:Header>${header}</s:Header>`}` +
    `<s:Body><u:${name} xmlns:u="${xmlText(namespace)}">${inside}</u:${name}></s:Body></s:Envelope>\r\n`
  );
};

/** What a body of XML says to a request: its answer's element, or a fault in its words. */
export type SoapAnswer =
  | { readonly kind: 'answer'; readonly element: XmlElement }
  | { readonly kind: 'fault'; readonly words: string; readonly upnpCode?: number };

/**
 * The answer to an action by its own element, `<name>Response`; a fault wherever it stands in the body. Undefined where
 * it is neither: a page, an echo of what was asked, another action's answer.
 */
export function readSoap(bytes: Buffer, name: string): SoapAnswer | undefined {
  const root = readXml(bytes);
  if (root?.name !== 'Envelope') return undefined;
  const body = root.children.find((child) => child.name === 'Body');
  const fault = body?.children.find((child) => child.name === 'Fault');
  if (fault) {
    const code = elementsNamed(fault, 'errorCode')[0]?.text.trim() ?? '';
    return {
      kind: 'fault',
      words: allText(fault).slice(0, 500),
      ...(/^\d{3}$/.test(code) && { upnpCode: Number(code) }),
    };
  }
  const element = body?.children.find((child) => child.name === `${name}Response`);
  return element && { kind: 'answer', element };
}

/** Whether a fault says that the caller lacks authority (ONVIF Core 5.12: ter:NotAuthorized; WS-Security: FailedAuthentication). */
export const saysNotAuthorized = (words: string): boolean =>
  /not\s?authori[sz]ed|unauthori[sz]ed|authori[sz]ation (required|failed)|failed ?authentication|authentication (required|failed|failure)|not ?authenticated|access ?denied|InvalidSecurity|OperationProhibited/i.test(
    words,
  );
