/** What an artifact is by its first bytes. Only what those bytes settle. */
const MAGIC: readonly (readonly [name: string, offset: number, bytes: string])[] = [
  ['uimage', 0, '27051956'],
  ['fit', 0, 'd00dfeed'],
  ['squashfs', 0, '68737173'],
  ['gzip', 0, '1f8b08'],
  ['zip', 0, '504b0304'],
  ['elf', 0, '7f454c46'],
  ['xz', 0, 'fd377a585a00'],
  ['cpio', 0, '303730373031'],
  ['cpio', 0, '303730373032'],
  ['mcuboot', 0, '3db8f396'],
  ['tar', 257, '7573746172'],
];

/** `json`, one of the formats above, or `unknown`. A flattened device tree counts as FIT only if it has images. */
export function formatOf(bytes: Buffer): string {
  const found = MAGIC.find(
    ([, offset, magic]) => bytes.subarray(offset, offset + magic.length / 2).toString('hex') === magic,
  );
  if (found?.[0] === 'fit') return bytes.includes('images\0') ? 'fit' : 'device-tree';
  if (found) return found[0];
  return parseJson(bytes) === undefined ? 'unknown' : 'json';
}

/** The object that the bytes are in JSON; undefined for anything else. */
export function parseJson(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  if (!/^\s*\{/.test(bytes.toString('utf8', 0, 64))) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A version among the manifest's own fields. */
export function versionOf(manifest: Readonly<Record<string, unknown>>): string | undefined {
  const value = manifest.version ?? manifest.firmwareVersion ?? manifest.latest;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** Whether the text of a manifest holds the artifact's SHA-256 or SHA-512, in hex or base64. */
export function holdsDigest(manifest: Buffer, digests: readonly Buffer[]): boolean {
  const text = manifest.toString('utf8');
  const lower = text.toLowerCase();
  return digests.some((digest) => lower.includes(digest.toString('hex')) || text.includes(digest.toString('base64')));
}
