/** A private key, a password hash, or an account line of passwd(5) or shadow(5). */
const KEY_MATERIAL = /-----BEGIN [A-Z ]*PRIVATE KEY-----|^[a-z_][a-z0-9_-]*:(\$[0-9a-z]+\$[^:\s]+|[^:\s]*:0:0):/m;
/** Names that say that what stands behind them is a secret, whatever stands in front: `admin_password`, `wifi.psk1`. */
const SECRET_NAME =
  /(^|[_.-])(psk|passphrase|wpa_?key|wifi_?key|pass(word|wd)|pwd|api_?key|secret|private_?key)([_.-]?[0-9]+)?$/i;
/** `name=word`, `"name": "word"`. All parts are bounded: pages are hostile. */
const ASSIGNMENT =
  /(?<![a-z0-9_.-])([a-z0-9_.-]{1,64})["']?\s{0,4}[:=]\s{0,4}(?:"([^"\n]{3,128})"|'([^'\n]{3,128})'|([^\s"'<>(){}[\];,&]{3,128}))/gi;
const ELEMENT = /<([a-z0-9_.-]{1,64})>([^<\n]{3,128})<\//gi;
/** Words that stand where a secret would, and are none. */
const PLACEHOLDER =
  /^([*•.x#-]+|true|false|null|none|undefined|yes|no|on|off|enabled?|disabled?|required|optional|hidden|masked|redacted|string|text|password|required.*|your.*|<.*|\$.*|%.*|\[.*)$/i;

/** `adminPassword` is read as `admin_Password`. */
const namesSecret = (name: string): boolean => SECRET_NAME.test(name.replace(/([a-z0-9])([A-Z])/g, '$1_$2'));

/** Whether a text that is no page of HTML gives away a secret. */
export function holdsSecret(text: string): boolean {
  if (KEY_MATERIAL.test(text)) return true;
  const values = [
    ...[...text.matchAll(ASSIGNMENT)].map((match) => [match[1]!, match[2] ?? match[3] ?? match[4]!] as const),
    ...[...text.matchAll(ELEMENT)].map((match) => [match[1]!, match[2]!] as const),
  ];
  return values.some(([name, value]) => namesSecret(name) && !PLACEHOLDER.test(value.trim()));
}

/** Whether a field of that name holds a secret in clear. */
export const isSecretField = (name: string, value: string): boolean =>
  namesSecret(name) && value.length > 2 && !PLACEHOLDER.test(value);

/** JSON or lines of a configuration: names with values that only settings have. */
const SETTING =
  /(^|[\s{,"'_.])(ssid|gateway|dns[12]?|ntp(_server)?|netmask|dhcp|hostname|mqtt(_host|_user)?|ip_?addr(ess)?)["']?\s*[:=]\s*["']?[^\s"'<,}]{2,}/i;

/** Whether a text that is no page of HTML looks like settings, by their usual names: a guess. */
export const holdsSettings = (text: string): boolean => SETTING.test(text);
