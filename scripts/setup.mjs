// Installs the packages and, with --build, compiles to dist/: both only where something changed since the last time.
// Plain Node, because it runs before anything is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Probity needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(2);
}

const digest = (files) => {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)));
  return hash.digest('hex');
};
const stamped = (stamp, value) => existsSync(stamp) && readFileSync(stamp, 'utf8') === value;

const packages = digest(['package.json', 'package-lock.json']);
const installed = join(root, 'node_modules', '.probity-installed');
if (!stamped(installed, packages)) {
  console.error('Installing packages (once) …');
  // Not `npm ci`: it refuses a lock file that lacks another platform's optional binary, which not every registry carries.
  const npm = spawnSync(
    'npm',
    ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    },
  );
  if (npm.status !== 0) process.exit(npm.status ?? 1);
  writeFileSync(installed, packages);
}

if (process.argv.includes('--build')) {
  const sources = [];
  const walk = (dir) => {
    for (const entry of readdirSync(join(root, dir), { withFileTypes: true })) {
      const path = `${dir}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (/\.tsx?$/.test(entry.name)) sources.push(path);
    }
  };
  for (const dir of ['src', 'probes', 'fixtures']) walk(dir);
  const built = join(root, 'dist', '.probity-built');
  const value = digest(['tsconfig.json', 'tsconfig.build.json', ...sources.sort()]);
  if (!stamped(built, value)) {
    console.error('Building …');
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    mkdirSync(join(root, 'dist'));
    try {
      execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
        cwd: root,
        stdio: ['ignore', 2, 2],
      });
    } catch {
      process.exit(1);
    }
    writeFileSync(built, value);
  }
}
