import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { judgeVerb } from '../../src/cli/judge-verb.ts';
import { command, filesUnder, freshFolder } from '../kit/command.ts';
import { keptResults as kept } from '../kit/kept-results.ts';

const OPTIONS = { format: 'json', gate: 'checks' };
const silent = (): void => undefined;

const canMount = ((): boolean => {
  try {
    execFileSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=64k none /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('a full disk', () => {
  // Where the room ends: at the first file, within the pages, within what comes after them.
  test.skipIf(!canMount).each([
    ['assessment.json', 60],
    ['report.html', 320],
    ['report.pdf', 1_000],
  ])(
    'is full at %s: 3, the file and ENOSPC; no half of a folder, the index as it was (needs to mount a tmpfs)',
    async (file, kilobytes) => {
      const { out, dir, run } = kept('silent-sensor');
      await judgeVerb([run], OPTIONS, true, silent);
      const before = filesUnder(out);
      const room = [...before.keys()].reduce((sum, name) => sum + 4 + fs.statSync(join(out, name)).size / 1_024, 0);
      const after = freshFolder();
      const size = Math.ceil(room) + kilobytes;
      const script = `mount -t tmpfs -o size=${size}k none /mnt && cp -a '${out}/.' /mnt/ && "$@"; code=$?; cp -a /mnt/. '${after}/'; exit $code`;
      const formats = 'json,html,sarif,pdf,oscal';
      const profile = 'etsi-en-303-645-2020';
      const full = await command(
        ['judge', join('/mnt', dir.slice(out.length)), '--profile', profile, '--format', formats],
        { under: ['unshare', '-m', 'sh', '-c', script, 'sh'] },
      );
      expect({ code: full.code, stderr: full.stderr }).toEqual({
        code: 3,
        stderr: expect.stringMatching(new RegExp(`^probity: Cannot write "[^"]+/${file}": ENOSPC\n$`)),
      });
      expect(filesUnder(after)).toEqual(before);
    },
  );

  test.skipIf(!fs.existsSync('/dev/full'))(
    'takes what is printed, or what --out names: 3, and it is said',
    async () => {
      const { dir, run } = kept('silent-sensor');
      await judgeVerb([run], OPTIONS, true, silent);
      const assessment = join(dir, 'assessments', 'nist-consumer-iot-2022');
      const report = ['report', assessment, '--format', 'md'];
      expect(await command(report, { under: ['sh', '-c', '"$@" > /dev/full', 'sh'] })).toMatchObject({
        code: 3,
        stderr: 'probity: Cannot write what is printed: ENOSPC\n',
      });
      expect(await command([...report, '--out', '/dev/full'])).toMatchObject({
        code: 3,
        stderr: 'probity: Cannot write "/dev/full": ENOSPC\n',
      });
      const below = join(assessment, 'assessment.json', 'x.md');
      expect(await command([...report, '--out', below])).toMatchObject({
        code: 3,
        stderr: `probity: Cannot write "${below}": ENOTDIR\n`,
      });
      expect(await command(report, { under: ['sh', '-c', '"$@" | head -c1 >&2', 'sh'] })).toMatchObject({
        stderr: '#',
      });
    },
  );
});
