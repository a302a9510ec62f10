import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NmapXml } from './nmap-xml.ts';

const DOCUMENT = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/share/nmap/nmap.xsl" type="text/xsl"?>
<!-- Nmap 7.93 scan initiated as: nmap -n -Pn -&#45;reason -->
<nmaprun scanner="nmap" version="7.93">
<host starttime="1"><status state="up" reason="user-set" reason_ttl="0"/>
<address addr="198.18.0.1" addrtype="ipv4"/>
<address addr="02:00:00:00:00:01" addrtype="mac" vendor="percent &amp; &quot;quote&quot;"/>
<hostnames></hostnames>
<ports><extraports state="closed" count="3">
<extrareasons reason="reset" count="2" proto="tcp" ports="1-2"/>
<extrareasons reason="conn-refused" count="1" proto="tcp"/>
</extraports>
<port protocol="tcp" portid="80"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="http"/></port>
<port protocol="tcp" portid="81"><state state="filtered" reason="no-response"/></port>
</ports>
</host>
<runstats><finished time="1" exit="success"/><hosts up="1" down="0" total="1"/></runstats>
</nmaprun>
`;

/** What is told, in order, when the text comes in these pieces. */
function tell(pieces: readonly string[]) {
  const told: unknown[] = [];
  const xml = new NmapXml({
    port: (port) => told.push(port),
    extra: (extra) => told.push(extra),
    host: (host) => told.push(host),
    finished: (finished) => told.push(finished),
  });
  for (const piece of pieces) xml.write(piece);
  xml.close();
  return { told, error: xml.error, complete: xml.complete };
}

const ALL = [
  { transport: 'tcp', port: 80, state: 'open', reason: 'syn-ack' },
  { transport: 'tcp', port: 81, state: 'filtered', reason: 'no-response' },
  [
    {
      state: 'closed',
      count: 3,
      reasons: [
        { reason: 'reset', count: 2, ports: '1-2' },
        { reason: 'conn-refused', count: 1, ports: undefined },
      ],
    },
  ],
  { addresses: ['198.18.0.1'], state: 'up', reason: 'user-set' },
  { exit: 'success', error: '' },
];

describe('NmapXml', () => {
  it('tells what nmap says', () => {
    expect(tell([DOCUMENT])).toEqual({ told: ALL, error: undefined, complete: true });
  });

  it('tells the same in whatever pieces it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(DOCUMENT.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), DOCUMENT.length];
        const pieces = at.slice(1).map((end, index) => DOCUMENT.slice(at[index], end));
        expect(tell(pieces)).toEqual({ told: ALL, error: undefined, complete: true });
      }),
      { numRuns: 50 },
    );
    expect(tell([...DOCUMENT]).told).toEqual(ALL);
  });

  it('cut anywhere, tells no more than the whole and says that it is not whole', () => {
    fc.assert(
      fc.property(fc.nat(DOCUMENT.trimEnd().length - 1), (end) => {
        const { told, error } = tell([DOCUMENT.slice(0, end)]);
        expect(error).toBeDefined();
        expect(told).toEqual(ALL.slice(0, told.length));
      }),
      { numRuns: 50 },
    );
  });

  it('never throws, whatever it is given', () => {
    const word = fc.constantFrom(
      ...DOCUMENT.split(/(?=[<>"])/),
      '<',
      '>',
      '"',
      '&',
      ']]>',
      '\u0000',
      '<!ENTITY a "b">',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 40 }), (pieces) => {
        const { error, complete } = tell(pieces);
        expect(error !== undefined || complete).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('takes nothing that stands in another place for what it is', () => {
    const { told } = tell([
      '<nmaprun><script><port protocol="tcp" portid="1"><state state="open"/></port></script></nmaprun>',
    ]);
    expect(told).toEqual([]);
  });
});
