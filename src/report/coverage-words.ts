/** What of coverage is missing, by the names that a profile asks for it with (CRITERIA, coverage). */
const TITLES: Readonly<Record<string, string>> = {
  capture: 'Capture',
  credentials: 'Credentials',
  ipv6: 'IPv6',
  tcp: 'TCP ports',
  udp: 'UDP ports',
};

/** `PT1H` as `1 h`; another duration (ISO 8601) as it is. */
const duration = (text: string): string => {
  const [, amount, unit] = /^PT(\d+)([HM])$/.exec(text) ?? [];
  return amount === undefined ? text : `${amount} ${unit === 'H' ? 'h' : 'min'}`;
};

const captured = (text: string): string =>
  text
    .replace(/\bboots (\d+)/, (_, count) => (count === '1' ? 'a boot' : `${count} boots`))
    .replace(/\bidle (P[A-Z0-9]+)/, (_, time) => `${duration(time)} of idling`)
    .replace(/\bchannels all-declared/, 'every declared channel')
    .replace(/\bperiod declared-update-period/, 'a declared period between updates')
    .replace(/\bperiod (P[A-Z0-9]+)/, (_, time) => `a period of ${duration(time)}`);

/** `coverage:capture: no capture shows boots 1` in words. The name stays what attestations settle it by. */
export const coverageMissing = (detail: string): string => {
  const [, name, rest] = /^coverage:([a-z0-9-]+): (.*)$/s.exec(detail) ?? [];
  if (name === undefined || rest === undefined) return detail;
  return `${TITLES[name] ?? name}: ${name === 'capture' ? captured(rest) : rest}`;
};
