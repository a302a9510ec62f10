/** What we use of node-nmap 4.0.0, which has no types of its own (docs/decisions/0002-node-nmap.md). */
declare module 'node-nmap' {
  import type { EventEmitter } from 'node:events';

  /** Its constructor builds `command` from `-oX -`, the arguments and the range, and then calls `initializeChildProcess`. */
  class NmapScan extends EventEmitter {
    constructor(range: string[], inputArguments: string[]);
    /** The argument list. */
    command: string[];
    initializeChildProcess(): void;
  }

  const nmap: {
    /** The command that is run, `nmap` unless set. */
    nmapLocation: string;
    NmapScan: typeof NmapScan;
  };
  export default nmap;
}
