/**
 * The first three bytes of MAC addresses that the IEEE has assigned to vendors named in the list of default credentials:
 * facts of its public registry (MA-L), some of each vendor. Where it is not here, a MAC says nothing.
 */
const PREFIXES: Readonly<Record<string, string>> = {
  ACTi: '000f7c',
  Amcrest: '00651e 9c8ecd a06032',
  APC: '00c0b7',
  Arecont: '001a07',
  ASUS: '000c6e 001a92 049226 08606e 14dae9 2c56dc 50465d',
  AVTECH: '000e53',
  Axis: '00408c accc8e b8a44f',
  Belkin: '001150 00173f 94103e ec1a59',
  Bosch: '000463 00075f',
  Brother: '008077 001ba9 30055c',
  Canon: '000085 001e8f',
  'D-Link': '00055d 000d88 001b11 1c7ee5 28107b 340804 84c9b2 b8a386 c8d3a3 ccb255 f07d68',
  Dahua: '3cef8c 9002a9 4c11bf e0508b a0bd1d 38af29 9c1463 14a78b bc325f',
  Dell: '00065b 001422',
  Digi: '00409d',
  Draytek: '001daa 00507f',
  Dreambox: '000934',
  Geovision: '0013e2',
  Grandstream: '000b82 c074ad',
  'Guangzhou Juan Optical': '083a2f 84d0db 9ca3a9 a486db',
  Hikvision: '4419b6 c056e3 2857be bcad28 4cbd8f 54c415 a41437 c42f90 1868cb 64db8b b4a382',
  HiSilicon: '848a59',
  Huawei: '00e0fc 001882 00259e 286ed4 4846fb',
  IQinVision: '00501a',
  Kyocera: '0017c8 00c0ee',
  Lantronix: '0080a3 00204a',
  Linksys: '000625 000c41 001217 0014bf 001839 001a70',
  MikroTik: '000c42 4c5e0c 64d154 6c3b6b b869f4 cc2de0 d4ca6d e48d8c 488f5a 744d28',
  MOBOTIX: '0003c5',
  Moxa: '0090e8',
  NETGEAR: '00095b 000fb5 00146c 204e7f 28c68e 2cb05d 841b5e a021b7 c03f0e e091f5',
  Panasonic: '0080f0 008045',
  Pelco: '00047d',
  'Phoenix Contact': '00a045',
  QNAP: '00089b 245ebe',
  Raritan: '000d5d',
  'Raspberry Pi': 'b827eb dca632 e45f01 d83add 28cdc1',
  Realtek: '00e04c',
  Reolink: 'ec71db',
  Ricoh: '000074 002673',
  Samsung: '000918 00166c',
  'Schneider Electric': '000054 0080f4',
  Siemens: '000e8c 001b1b 286336',
  SMC: '0004e2 000bc5 0013f7 00222d 0026f3 78cd8e',
  Sony: '00014a 080046',
  Supermicro: '002590 0cc47a ac1f6b 003048',
  Synology: '001132',
  Teltonika: '001e42 209727',
  Toshiba: '000039',
  'TP-Link': '14cc20 50c7bf a42bb0 c04a00 ec086b f4f26d 30b5c2 98ded0',
  TRENDnet: '0014d1',
  Ubiquiti: '002722 0418d6 24a43c 44d9e7 687251 788a20 802aa8 dc9fdb f09fc2 fcecda b4fbe4 7483c2',
  Uniview: '48ea63 6cf17e 88263f c47905',
  Vivotek: '0002d1',
  WAGO: '0030de',
  'Western Digital': '0090a9 0014ee',
  Xerox: '0000aa 9c934e',
  ZTE: '0015eb 0019c6 344b50',
  Zyxel: '001349 0019cb 28285d 4c9eff 5cf4ab b0b2dc ec43f6',
};

/** Private enterprise numbers (IANA registry) of the same vendors: SNMP engine ids begin with one (RFC 3411, section 5). */
const ENTERPRISES: Readonly<Record<number, string>> = {
  9: 'Cisco',
  171: 'D-Link',
  244: 'Lantronix',
  253: 'Xerox',
  318: 'APC',
  332: 'Digi',
  367: 'Ricoh',
  368: 'Axis',
  674: 'Dell',
  890: 'Zyxel',
  1347: 'Kyocera',
  1602: 'Canon',
  2011: 'Huawei',
  2435: 'Brother',
  3902: 'ZTE',
  3955: 'Linksys',
  4346: 'Phoenix Contact',
  4526: 'NETGEAR',
  6574: 'Synology',
  7367: 'Draytek',
  8691: 'Moxa',
  10876: 'Supermicro',
  11863: 'TP-Link',
  13576: 'WAGO',
  13742: 'Raritan',
  14988: 'MikroTik',
  24681: 'QNAP',
  39165: 'Hikvision',
  41112: 'Ubiquiti',
};

const byPrefix = new Map(
  Object.entries(PREFIXES).flatMap(([vendor, prefixes]) =>
    prefixes.split(' ').map((prefix): [string, string] => [prefix, vendor]),
  ),
);

/** The vendor that a MAC's prefix was assigned to, however it is written; undefined where it is not in the table. */
export const vendorOfMac = (mac: string): string | undefined => {
  const digits = mac
    .slice(0, 32)
    .toLowerCase()
    .replace(/[^0-9a-f]/g, '');
  return digits.length === 12 ? byPrefix.get(digits.slice(0, 6)) : undefined;
};

/** The vendor of an IANA enterprise number; undefined where it is not in the table. */
export const vendorOfEnterprise = (number: number): string | undefined => ENTERPRISES[number];
