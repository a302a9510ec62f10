import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** Before all tests: whatever they and their commands write to the folder for temporary files goes when they have ended. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'probity-'));
  // Servers that a lab starts under other users reach their files through it.
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  const compiled = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', basename(folder));
  return () => {
    for (const each of [folder, compiled]) rmSync(each, { recursive: true, force: true });
  };
}
