import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { attachVerb } from '../src/cli/attach.ts';
import { judgeVerb } from '../src/cli/judge-verb.ts';
import { lockResults } from '../src/cli/results.ts';
import { reporters } from '../src/report/index.ts';
import { keptFolder } from './kept-runs.ts';
import { command, filesUnder, freshFolder } from './kit/command.ts';
import { keptResults as kept } from './kit/kept-results.ts';

vi.setConfig({ testTimeout: 60_000 });

const OPTIONS = { format: 'json', gate: 'checks' };
const silent = (): void => undefined;

describe('where a judgement is written', () => {
  test('through a symbolic link: beside the run itself, and in the index of its results', async () => {
    const { out, dir, run } = kept('silent-sensor');
    const elsewhere = freshFolder();
    fs.symlinkSync(run, join(elsewhere, 'link'));
    await judgeVerb([join(elsewhere, 'link')], OPTIONS, true, silent);
    await attachVerb(
      join(elsewhere, 'link'),
      { criterion: 'DP-1', file: join(run, 'run.json'), by: 'A. Tester' },
      true,
      silent,
    );
    expect(fs.readdirSync(elsewhere)).toEqual(['link']);
    expect(fs.readdirSync(dir)).toEqual(['assessments', 'attachments', 'run']);
    expect(fs.existsSync(join(out, 'index.html'))).toBe(true);
  });

  test('a run given twice, once through a link, is refused', async () => {
    const { out, run } = kept('silent-sensor');
    fs.symlinkSync(run, join(out, 'link'));
    await expect(judgeVerb([run, join(out, 'link')], OPTIONS, true, silent)).rejects.toThrow(/one run is given twice/);
  });

  test('a profile given twice is judged by once', async () => {
    const { dir, run } = kept('silent-sensor');
    const profile = ['ul-mcv-1376', 'ul-mcv-1376'];
    await judgeVerb([run], { ...OPTIONS, profile }, true, silent);
    expect(fs.readdirSync(join(dir, 'assessments'))).toEqual(['ul-mcv-1376']);
  });

  test('a report that cannot be rendered leaves no half of a folder', async () => {
    const { out, run } = kept('silent-sensor');
    const before = filesUnder(out);
    const broken = vi.spyOn(reporters.get('html')![0]!, 'render').mockImplementation(() => {
      throw new Error('no more');
    });
    await expect(judgeVerb([run], { ...OPTIONS, format: 'json,html' }, true, silent)).rejects.toThrow('no more');
    broken.mockRestore();
    expect(filesUnder(out)).toEqual(before);
  });

  test('a file where the folder of assessments should be is named as it is', async () => {
    const { dir, run } = kept('silent-sensor');
    fs.writeFileSync(join(dir, 'assessments'), 'x');
    await expect(judgeVerb([run], OPTIONS, true, silent)).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringMatching(/^Cannot write the assessment folder ".*nist-consumer-iot-2022": /),
    });
  });

  test('a run that lies alone is locked while something is written beside it', async () => {
    const alone = join(freshFolder(), 'alone');
    fs.cpSync(join(keptFolder('silent-sensor'), 'run'), join(alone, 'run'), { recursive: true });
    const lock = lockResults(alone);
    const file = { criterion: 'DP-1', file: join(alone, 'run', 'run.json'), by: 'A. Tester' };
    await expect(attachVerb(alone, file, true, silent)).rejects.toThrow(/is in use by another run/);
    await expect(judgeVerb([alone], OPTIONS, true, silent)).rejects.toThrow(/is in use by another run/);
    lock.release();
    await attachVerb(alone, file, true, silent);
    await judgeVerb([alone], OPTIONS, true, silent);
    expect(fs.readdirSync(alone)).toEqual(['assessments', 'attachments', 'run']);
    const report = ['report', join(alone, 'assessments', 'nist-consumer-iot-2022'), '--format', 'md'];
    expect(await command(report)).toMatchObject({ code: 0, stderr: '' });
  });
});
