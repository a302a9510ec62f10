import { execFileSync, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why the lab cannot be built here; undefined where it can. */
export const missing = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  if (spawnSync('ip', ['-V']).error) return '`ip` (Debian: iproute2) is not installed';
  const name = `pb${process.pid}try`;
  const tried = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (tried.status !== 0) return `network namespaces cannot be made here (${tried.stderr.trim()})`;
  spawnSync('ip', ['netns', 'del', name]);
  return undefined;
};

/** Whether a program is on the machine. */
export const has = (program: string): boolean =>
  [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some((dir) => fs.existsSync(join(dir, program)));

const ip = (...words: string[]): void => {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
};

export interface Host {
  readonly name: string;
  readonly address: string;
  readonly mac: string;
  /** A folder of its own, for configuration and keys. */
  readonly dir: string;
  /** Starts a program inside; it ends with the lab. `own` binds files over others for this program alone. */
  start(command: readonly string[], options?: { own?: Readonly<Record<string, string>> }): void;
  /** Runs to its end inside. */
  run(...command: string[]): void;
  /** Writes a file into the folder and gives its path. */
  file(name: string, text: string): string;
  /** What all its programs wrote. */
  output(): string;
}

export interface Lab {
  host(name: string): Host;
  /** Ends every program, removes every namespace. Safe to call twice. */
  close(): Promise<void>;
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * A network of our own: a bridge `198.18.<net>.254/24` and a namespace a host, `198.18.<net>.1` and up, without any
 * route out. `net` is drawn from the process number, so that two labs on one machine stay apart.
 */
export const createLab = (): Lab => {
  const net = 1 + (process.pid % 250);
  const tag = `pb${process.pid}`;
  const base = fs.mkdtempSync(join(tmpdir(), 'probity-lab-'));
  const names: string[] = [];
  const children = new Set<ReturnType<typeof spawn>>();
  let closed = false;

  ip('link', 'add', `${tag}br`, 'type', 'bridge');
  ip('addr', 'add', `198.18.${net}.254/24`, 'dev', `${tag}br`);
  ip('link', 'set', `${tag}br`, 'up');

  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    const ended = [...children].map(
      (child) =>
        new Promise<void>((resolve) => (child.exitCode === null ? child.once('exit', () => resolve()) : resolve())),
    );
    for (const child of children) {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    await Promise.all(ended);
    for (const name of names) {
      // What a server forked out of its group dies with its namespace's process list.
      const pids = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter((pid) => /^\d+$/.test(pid));
      for (const pid of pids) spawnSync('kill', ['-9', pid]);
      spawnSync('ip', ['netns', 'del', name]);
    }
    spawnSync('ip', ['link', 'del', `${tag}br`]);
    fs.rmSync(base, { recursive: true, force: true });
  };
  const onExit = (): void => {
    for (const name of names) spawnSync('ip', ['netns', 'del', name]);
    spawnSync('ip', ['link', 'del', `${tag}br`]);
  };
  process.once('exit', onExit);

  return {
    close: async () => {
      await close();
      process.removeListener('exit', onExit);
    },
    host(name) {
      const index = names.length + 1;
      const space = `${tag}n${index}`;
      const address = `198.18.${net}.${index}`;
      const mac = `02:00:00:00:${net.toString(16).padStart(2, '0')}:${index.toString(16).padStart(2, '0')}`;
      const dir = join(base, name);
      fs.mkdirSync(dir, { recursive: true });
      ip('netns', 'add', space);
      names.push(space);
      ip('link', 'add', `${tag}v${index}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
      ip('link', 'set', `${tag}v${index}`, 'master', `${tag}br`);
      ip('link', 'set', `${tag}v${index}`, 'up');
      ip('-n', space, 'link', 'set', 'eth0', 'address', mac);
      ip('-n', space, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
      ip('-n', space, 'link', 'set', 'lo', 'up');
      ip('-n', space, 'link', 'set', 'eth0', 'up');
      const log = join(dir, 'output.log');
      const inside = (command: readonly string[], own: Readonly<Record<string, string>> = {}): string[] => {
        const binds = Object.entries(own);
        if (binds.length === 0) return ['netns', 'exec', space, ...command];
        const mounts = binds.map(([over, file]) => `mount --bind ${quoted(file)} ${quoted(over)}`).join(' && ');
        return [
          'netns',
          'exec',
          space,
          'unshare',
          '-m',
          'sh',
          '-c',
          `mount --make-rprivate / && ${mounts} && exec ${command.map(quoted).join(' ')}`,
        ];
      };
      return {
        name,
        address,
        mac,
        dir,
        file(file, text) {
          const path = join(dir, file);
          fs.mkdirSync(join(path, '..'), { recursive: true });
          fs.writeFileSync(path, text);
          return path;
        },
        start(command, { own } = {}) {
          const out = fs.openSync(log, 'a');
          const child = spawn('ip', inside(command, own), { detached: true, stdio: ['ignore', out, out], cwd: dir });
          fs.closeSync(out);
          children.add(child);
          child.once('exit', () => children.delete(child));
        },
        run(...command) {
          execFileSync('ip', inside(command), { stdio: ['ignore', 'ignore', 'pipe'], cwd: dir });
        },
        output: () => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : ''),
      };
    },
  };
};
