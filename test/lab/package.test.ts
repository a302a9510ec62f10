import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freshFolder, ROOT } from '../kit/command.ts';

describe('the package', () => {
  test('--help and --version load nothing heavy', () => {
    const register = `data:text/javascript,${encodeURIComponent(
      `import { register } from 'node:module';
       register('data:text/javascript,' + encodeURIComponent(
         'import * as fs from "node:fs"; export const load = async (url, context, next) => {' +
         ' fs.appendFileSync(process.env.LOADED, url + "\\\\n"); return next(url, context); };'));`,
    )}`;
    for (const [option, says] of [
      ['--help', 'scan [options] [target...]'],
      ['--version', JSON.parse(fs.readFileSync(join(ROOT, 'package.json'), 'utf8')).version],
    ]) {
      const loaded = join(freshFolder(), 'loaded');
      const args = ['--import', 'tsx', '--import', register, join(ROOT, 'src/cli.ts'), option!];
      const stdout = execFileSync(process.execPath, args, {
        cwd: ROOT,
        env: { ...process.env, LOADED: loaded },
        encoding: 'utf8',
      });
      expect(stdout).toContain(says);
      const files = fs.readFileSync(loaded, 'utf8');
      expect(files).toMatch(/\/node_modules\/commander\//);
      const packages = new Set([...files.matchAll(/\/node_modules\/([^/]+)\//g)].map(([, name]) => name));
      expect([...packages].filter((name) => name !== 'tsx')).toEqual(['commander']);
    }
  });

  test('what is packed: the build, profiles and the data of the simulated devices; no sources, no tests', () => {
    const text = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [packed] = JSON.parse(text) as { files: { path: string }[] }[];
    const files = packed!.files.map(({ path }) => path);
    const { bin, files: listed } = JSON.parse(fs.readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(listed).toContain(bin.probity.split('/')[0]);
    const under = (dir: string): string[] => fs.readdirSync(join(ROOT, dir)).map((name) => `${dir}/${name}`);
    expect(files).toEqual(
      expect.arrayContaining([
        'profiles/nist-consumer-iot-2022.yaml',
        'profiles/credentials/default.yaml',
        ...under('fixtures/devices').filter((name) => name.endsWith('.yaml')),
        ...under('fixtures/devices/secrets'),
        ...under('fixtures/keys'),
      ]),
    );
    expect(
      files.filter((name) => /(^|\/)[^/]*\.test\.|^(src|test|probes|docs|bench)\/|^fixtures\/.*\.ts$/.test(name)),
    ).toEqual([]);
    // There only where it was built; then all that the command line starts with.
    if (fs.existsSync(join(ROOT, 'dist', '.probity-built'))) expect(files).toContain('dist/src/cli.js');
  });
});
