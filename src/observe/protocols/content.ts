/** A private key, a password hash, or an account line of passwd(5), shadow(5), htpasswd or htdigest. */
const KEY_MATERIAL =
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----|^[a-z_][a-z0-9_.-]{0,63}:(\$[0-9a-z]{1,12}\$[^:\s]{1,200}|[^:\s]{0,200}:0:0:|\{SHA\}[^\s:]{1,200}|[^:\n]{1,100}:[0-9a-f]{32}$)/im;
/** Names that say that what stands behind them is a secret, whatever stands in front: `admin_password`, `wifi.psk1`. */
const SECRET_NAME =
  /(^|[_.-])(psk|pre_?shared_?key|passphrase|wpa_?(key|psk|passphrase)|wep_?key|sae_?password|(wifi|wlan|wireless|network|ssh|encryption|aes|master)_?key|pass(word|wd)|pwd|api_?key|secret(_?key)?|private_?key|pass(word|wd)?_?hash|(access|refresh|auth|api|bearer)_?token)([_.-]?[0-9]+)?$/i;
/** Names whose words may be given to everybody that comes: a guess. */
const GIVEN_OUT = /(api_?key|token)([_.-]?[0-9]+)?$/i;
/** `name=word`, `"name": "word"`. All parts are bounded: pages are hostile. */
const ASSIGNMENT =
  /(?<![a-z0-9_.-])([a-z0-9_.-]{1,64})["']?\s{0,4}[:=]\s{0,4}(?:"([^"\n]{3,128})"|'([^'\n]{3,128})'|([^\s"'<>(){}[\];,&]{3,128}))/gi;
const ELEMENT = /<([a-z0-9_.-]{1,64})>([^<\n]{3,128})<\//gi;
/** OpenWrt's form: `option key 'word'`. */
const OPTION = /^\s{0,8}option\s{1,4}([a-z0-9_]{1,64})\s{1,4}'([^'\n]{3,128})'/gim;
/** Words that stand where a secret would, and are none: marks, types, labels in the words of users. */
const PLACEHOLDER =
  /^([*•.x#-]+|true|false|null|none|undefined|yes|no|on|off|enabled?|disabled?|required|optional|hidden|masked|redacted|string|text|password|required.*|your.*|<.*|\$(?![0-9a-z]+\$).*|%.*|\[.*)$|\b(pass(word|wort|phrase)|kennwort|contraseña|mot de passe|clave|schlüssel|wachtwoord|lösenord)s?\b|\s\S+\s.*\s/i;

/** `adminPassword` is read as `admin_Password`. */
const readable = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2');
const namesSecret = (name: string): boolean => SECRET_NAME.test(readable(name));
const isWord = (value: string): boolean => !PLACEHOLDER.test(value.trim());

const MOST_NODES = 20_000;
const DEPTH = 20;

/** Names and words of JSON, a `key` beside an `ssid` being that of a Wi-Fi. Undefined where it is no JSON. */
function wordsOfJson(text: string): [string, string][] | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return undefined;
  }
  const found: [string, string][] = [];
  const stack: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let nodes = 0; stack.length > 0 && nodes < MOST_NODES; nodes += 1) {
    const { value, depth } = stack.pop()!;
    if (typeof value !== 'object' || value === null || depth > DEPTH) continue;
    const entries = Object.entries(value).slice(0, 2000);
    const isWifi = entries.some(([name]) => /^(e?ssid|network_?name)$/i.test(readable(name)));
    for (const [name, each] of entries) {
      if (typeof each === 'string' && each.length >= 3)
        found.push([isWifi && /^key$/i.test(name) ? 'wifi_key' : name, each.slice(0, 4096)]);
      else if (Array.isArray(each) || typeof each === 'object') stack.push({ value: each, depth: depth + 1 });
    }
  }
  return found;
}

/** What secret a text that is no page of HTML gives away: one for certain, or one that may be meant for everybody. */
export function secretIn(text: string): 'recognised' | 'guessed' | undefined {
  if (KEY_MATERIAL.test(text)) return 'recognised';
  const values = wordsOfJson(text) ?? [
    ...[...text.matchAll(ASSIGNMENT)].map((match) => [match[1]!, match[2] ?? match[3] ?? match[4]!] as const),
    ...[...text.matchAll(ELEMENT)].map((match) => [match[1]!, match[2]!] as const),
    ...[...text.matchAll(OPTION)].map((match) => [match[1] === 'key' ? 'wifi_key' : match[1]!, match[2]!] as const),
  ];
  const secrets = values.filter(([name, value]) => namesSecret(name) && isWord(value));
  if (secrets.length === 0) return undefined;
  return secrets.some(([name]) => !GIVEN_OUT.test(readable(name))) ? 'recognised' : 'guessed';
}

/** Whether a text that is no page of HTML gives away a secret. */
export const holdsSecret = (text: string): boolean => secretIn(text) === 'recognised';

/** Whether a field of that name holds a secret in clear. */
export const isSecretField = (name: string, value: string): boolean =>
  namesSecret(name) && !GIVEN_OUT.test(readable(name)) && value.length > 2 && isWord(value);

/** JSON or lines of a configuration: names with values that only settings have. */
const SETTING =
  /(^|[\s{,"'_.])(ssid|gateway|dns[12]?|ntp(_server)?|netmask|dhcp|hostname|mqtt(_host|_user)?|ip_?addr(ess)?)["']?\s*[:=]\s*["']?[^\s"'<,}]{2,}/i;

/** Whether a text that is no page of HTML looks like settings, by their usual names: a guess. */
export const holdsSettings = (text: string): boolean => SETTING.test(text);

/** What a file is, by each format's own magic number. */
export type FileKind = 'image' | 'archive' | 'database';
/** Where in the file, in hexadecimal. */
const MAGIC: readonly (readonly [FileKind, string, number?])[] = [
  ['image', 'ffd8ff'],
  ['image', '89504e470d0a1a0a'],
  ['image', '474946383961'],
  ['image', '474946383761'],
  ['image', '57454250', 8],
  ['archive', '1f8b08'],
  ['archive', '504b0304'],
  ['archive', '425a68'],
  ['archive', 'fd377a585a00'],
  ['archive', '377abcaf'],
  // What `openssl enc` makes.
  ['archive', '53616c7465645f5f'],
  ['archive', '7573746172', 257],
  ['database', '53514c69746520666f726d6174203300'],
];

/** What a file is by its first bytes; undefined where they are not known. */
export const fileKind = (bytes: Buffer): FileKind | undefined =>
  MAGIC.find(([, magic, at = 0]) => bytes.toString('hex', at, at + magic.length / 2) === magic)?.[0];

/** A line as syslog(3), dmesg and most programs write it: a time, then words. */
const LOG_LINE =
  /^(<\d{1,3}>)?(\[\s{0,8}\d{1,10}\.\d{1,9}\]|[A-Z][a-z]{2}\s{1,2}\d{1,2} \d\d:\d\d:\d\d|\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d)\S{0,40}\s+\S/;
const LOG_LINES = 3;

/** Whether a text is a log: most of its first lines begin with a time. */
export const isLog = (text: string): boolean => {
  const lines = text
    .slice(0, 8192)
    .split(/\r?\n/)
    .slice(0, 20)
    .filter((line) => line.trim() !== '');
  const timed = lines.filter((line) => LOG_LINE.test(line.slice(0, 200))).length;
  return timed >= LOG_LINES && timed * 2 > lines.length;
};
