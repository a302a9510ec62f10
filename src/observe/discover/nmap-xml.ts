import { SaxesParser } from 'saxes';

export interface ListedPort {
  readonly transport: string;
  readonly port: number;
  readonly state: string;
  readonly reason: string;
}

/** Ports that nmap does not list one by one: how many in that state, and for which reasons, with their numbers since nmap 7.80 or so. */
export interface ExtraPorts {
  readonly state: string;
  readonly count: number;
  readonly reasons: readonly { readonly reason: string; readonly count: number; readonly ports: string | undefined }[];
}

/** What nmap's XML says, as it comes (nmap.dtd: nmaprun, host, status, address, ports, extraports, port, finished). */
export interface NmapEvents {
  port?(port: ListedPort): void;
  /** At the end of `<ports>`: all extraports of that host. */
  extra?(extra: readonly ExtraPorts[]): void;
  host?(host: { readonly addresses: readonly string[]; readonly state: string; readonly reason: string }): void;
  finished?(finished: { readonly exit: string; readonly error: string }): void;
}

/** nmap's own goes to 8. */
const DEPTH = 20;
const PORT = /^\d{1,5}$/;

/** A whole number of an attribute; undefined for anything else. */
const count = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;

/**
 * Reads nmap's XML in pieces. A piece that is not well-formed, or lacks what nmap always writes, sets `error`; from then
 * on nothing more is told. Never throws. Entities of a document type are not expanded (saxes knows the five of XML only).
 */
export class NmapXml {
  /** The first thing wrong, in a few words. */
  error: string | undefined;
  /** Whether `</nmaprun>` was read. */
  complete = false;

  readonly #parser: SaxesParser<{ position: false; xmlns: false }> = new SaxesParser({ position: false, xmlns: false });
  readonly #events: NmapEvents;
  readonly #path: string[] = [];
  #addresses: string[] = [];
  #status = { state: '', reason: '' };
  #port: { transport: string; port: number } | undefined;
  #extra: { state: string; count: number; reasons: ExtraPorts['reasons'][number][] }[] = [];

  constructor(events: NmapEvents) {
    this.#events = events;
    this.#parser.on('error', (error) => this.#fail(error.message.slice(0, 200)));
    this.#parser.on('opentag', (tag) => {
      if (this.error !== undefined) return;
      this.#path.push(tag.name);
      if (this.#path.length > DEPTH) {
        this.#fail(`elements nested more than ${DEPTH} deep`);
        return;
      }
      this.#open(this.#path.join('/'), tag.attributes);
    });
    this.#parser.on('closetag', (tag) => {
      if (this.error !== undefined) return;
      this.#close(this.#path.join('/'));
      this.#path.pop();
      if (tag.name === 'nmaprun') this.complete = true;
    });
  }

  write(text: string): void {
    if (this.error === undefined) this.#parser.write(text);
  }

  close(): void {
    if (this.error === undefined) this.#parser.close();
    if (this.error === undefined && !this.complete) this.#fail('the document ends before </nmaprun>');
  }

  #fail(error: string): void {
    this.error ??= error;
  }

  #open(path: string, attributes: Record<string, string>): void {
    switch (path) {
      case 'nmaprun/host':
        this.#addresses = [];
        this.#status = { state: '', reason: '' };
        return;
      case 'nmaprun/host/status':
        this.#status = { state: attributes.state ?? '', reason: attributes.reason ?? '' };
        return;
      case 'nmaprun/host/address':
        if (attributes.addrtype !== 'mac' && attributes.addr) this.#addresses.push(attributes.addr.slice(0, 64));
        return;
      case 'nmaprun/host/ports':
        this.#extra = [];
        return;
      case 'nmaprun/host/ports/extraports': {
        const ports = count(attributes.count);
        if (ports === undefined || !attributes.state) {
          this.#fail('extraports without a state or a count');
          return;
        }
        this.#extra.push({ state: attributes.state.slice(0, 40), count: ports, reasons: [] });
        return;
      }
      case 'nmaprun/host/ports/extraports/extrareasons': {
        const ports = count(attributes.count);
        if (ports === undefined || !attributes.reason) {
          this.#fail('extrareasons without a reason or a count');
          return;
        }
        const reason = attributes.reason.slice(0, 40);
        this.#extra.at(-1)!.reasons.push({ reason, count: ports, ports: attributes.ports });
        return;
      }
      case 'nmaprun/host/ports/port': {
        const port = PORT.test(attributes.portid ?? '') ? Number(attributes.portid) : 0;
        if (port < 1 || port > 65535) {
          this.#fail('a port without a number in 1-65535');
          return;
        }
        this.#port = { transport: attributes.protocol ?? '', port };
        return;
      }
      case 'nmaprun/host/ports/port/state':
        if (!attributes.state) {
          this.#fail(`port ${this.#port!.port} has no state`);
          return;
        }
        this.#events.port?.({
          ...this.#port!,
          state: attributes.state.slice(0, 40),
          reason: (attributes.reason ?? '').slice(0, 40),
        });
        return;
      case 'nmaprun/runstats/finished':
        this.#events.finished?.({ exit: attributes.exit ?? '', error: (attributes.errormsg ?? '').slice(0, 400) });
        return;
    }
  }

  #close(path: string): void {
    if (path === 'nmaprun/host/ports') this.#events.extra?.(this.#extra);
    if (path === 'nmaprun/host') this.#events.host?.({ addresses: this.#addresses, ...this.#status });
  }
}
