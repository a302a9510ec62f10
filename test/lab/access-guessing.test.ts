import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probes } from '../../probes/index.ts';
import { scan } from '../../src/cli/scan.ts';
import type { Finding } from '../../src/model/assessment.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { accounts, dropbear } from './servers.ts';

const FAILLOCK = '/usr/lib/x86_64-linux-gnu/security/pam_faillock.so';
const programs = ['dropbear', 'dropbearkey', 'ssh-keygen', 'sshd'].filter((program) => !has(program));
const why =
  missing() ??
  (programs.length > 0 ? `${programs.join(', ')} not installed` : undefined) ??
  (fs.existsSync(FAILLOCK) ? undefined : 'pam_faillock not installed');

const PASSWORD = 'a word of its own';

/** OpenSSH over PAM, which locks an account after three failures for four seconds and says nothing of it. */
const sshdThatLocks = (host: Host, port: number): void => {
  const key = join(host.dir, 'sshd.key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  execFileSync('mkdir', ['-p', '/run/sshd', join(host.dir, 'faillock')]);
  const faillock = `dir=${join(host.dir, 'faillock')} deny=3 unlock_time=4 even_deny_root silent nodelay`;
  const pam = host.file(
    'pam-sshd',
    `auth requisite pam_faillock.so preauth ${faillock}\nauth [success=1 default=bad] pam_unix.so nodelay\nauth [default=die] pam_faillock.so authfail ${faillock}\nauth sufficient pam_faillock.so authsucc ${faillock}\nauth required pam_deny.so\naccount required pam_permit.so\nsession required pam_permit.so\n`,
  );
  const conf = host.file(
    'sshd.conf',
    `Port ${port}\nHostKey ${key}\nPermitRootLogin yes\nPasswordAuthentication yes\nKbdInteractiveAuthentication no\nUsePAM yes\nPidFile none\nStrictModes no\nMaxStartups 100\n`,
  );
  host.start(['/usr/sbin/sshd', '-D', '-e', '-f', conf], {
    own: { ...accounts(host, 'lab', PASSWORD), '/etc/pam.d/sshd': pam },
  });
};

const product = (host: Host): string => {
  host.file('secret', PASSWORD);
  return host.file(
    'product.yaml',
    `product: { name: ${host.name} }
components:
  - id: ${host.name}
    addresses: [${host.address}]
    declares:
      logins: { lock: { after: 3, for: 5s } }
      accounts: [{ user: lab, secret: { file: secret }, test: true }]
`,
  );
};

describe.skipIf(why !== undefined)(`guessing on real servers${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let lab: Lab;
  const out = fs.mkdtempSync(join(tmpdir(), 'probity-guessing-'));
  const said = new Map<string, Finding[]>();

  beforeAll(async () => {
    lab = createLab();
    const [open, locking] = ['never-locks', 'locks'].map((name) => lab.host(name)) as [Host, Host];
    dropbear(open, 22, 'lab', PASSWORD);
    sshdThatLocks(locking, 22);
    const list = join(out, 'few.yaml');
    fs.writeFileSync(
      list,
      `credentials: few\ntitle: A few\nentries:\n${['admin', 'user', 'guest'].map((user) => `  - { id: few-${user}, user: ${user}, password: ${user}, source: this test }`).join('\n')}\n`,
    );
    const { written } = await scan(
      [product(open), product(locking)],
      { out, format: 'json', gate: 'checks', ports: '22', credentials: list },
      {
        probes: probes.filter(({ id }) => ['service', 'ssh-login'].includes(id)),
        progress: { event: () => undefined, line: () => undefined, close: () => undefined },
        print: () => undefined,
        signal: AbortSignal.timeout(100_000),
        now: Date.now,
        logLevel: 'error',
      },
    );
    for (const { assessment } of written) said.set(assessment.target, [...assessment.findings]);
  }, 120_000);
  afterAll(async () => {
    await lab?.close();
    fs.rmSync(out, { recursive: true, force: true });
  });

  const of = (device: string, check: string): string[] =>
    (said.get(device) ?? [])
      .filter((finding) => finding.check === check && finding.gap !== true)
      .map(({ verdict, strength, because }) => `${verdict} ${strength}: ${because}`);

  test('one that answers every guess fails for certain: the right password was accepted right after them', () => {
    expect(of('never-locks', 'login-guessing-limited')).toEqual([
      'fail conclusive: SSH at tcp/22 answered 10 wrong logins in a row for the account "lab" at full speed, and took its own password right after them.',
    ]);
  });

  test('a lock that says nothing is seen, and waited for', () => {
    expect(of('locks', 'login-guessing-limited')).toEqual([
      'pass conclusive: SSH at tcp/22 locks further logins after 10 failures. The account "lab" worked again afterwards.',
    ]);
  });

  test('neither takes back that the defaults were rejected before', () => {
    for (const device of ['never-locks', 'locks'])
      expect(of(device, 'default-credentials-rejected')).toEqual([
        expect.stringMatching(/^pass conclusive: SSH at tcp\/22 rejected/),
      ]);
  });
});
