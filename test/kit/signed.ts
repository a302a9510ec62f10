import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Held } from '../../src/cli/load-attestations.ts';
import { loadSigners } from '../../src/cli/signers.ts';
import type { Check } from '../../src/judge/check.ts';
import { judge } from '../../src/judge/judge.ts';
import type { Assessment } from '../../src/model/assessment.ts';
import type { Attestation } from '../../src/model/person.ts';
import { Criterion, type Profile } from '../../src/model/profile.ts';
import type { Item } from '../../src/model/target.ts';
import { weak } from './case.ts';
import { freshFolder } from './command.ts';
import { armed, attempt, HOST, run, SCANS, SEAL, target } from './sketch.ts';

/** Attestations as a lab keeps them: a form, its signature beside it, keys in a list, and what is judged. */

/** The SHA-256 of photo.jpg. */
export const PHOTO: string = createHash('sha256').update('a photograph').digest('hex');

const NOW = Date.parse('2026-11-23T00:00:00.000Z');
export const [lab, maker, stranger] = [0, 1, 2].map(() => generateKeyPairSync('ed25519'));
export const dir = freshFolder();
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
fs.writeFileSync(join(dir, 'lab.pem'), pem(lab!.publicKey));
fs.writeFileSync(join(dir, 'maker.pem'), pem(maker!.publicKey));
fs.writeFileSync(
  join(dir, 'signers.yaml'),
  'signers:\n  - { name: The lab, as: lab, key: lab.pem, until: "2026-11-22T23:00:00Z" }\n  - { name: The maker, as: maker, key: maker.pem }\n',
);
fs.writeFileSync(join(dir, 'photo.jpg'), 'a photograph');
fs.symlinkSync('/etc/hostname', join(dir, 'elsewhere.jpg'));
fs.symlinkSync('photo.jpg', join(dir, 'within.jpg'));
fs.writeFileSync(join(dir, 'empty.jpg'), '');
fs.mkdirSync(join(dir, 'folder'));
export const signers = loadSigners(join(dir, 'signers.yaml'));

const profileOf = (id: string): Profile => ({
  profile: id,
  title: 'P',
  edition: '1',
  decisionRule: 'verdict-fold/1',
  criteria: [
    {
      id: 'A',
      checks: [{ check: 'c', as: 'required' as const }],
      coverage: { tcp: 'all' as const },
      person: ['item', 'more'],
    },
    { id: 'B', quantifier: 'product' as const, person: ['label'] },
    { id: 'D', quantifier: 'developer' as const, kind: 'non-technical' as const, person: ['document'] },
  ].map((one) => Criterion.parse({ title: one.id, ...one })),
});

export interface Scene {
  check?: Check;
  components?: readonly string[];
  item?: Item;
  profiles?: readonly string[];
}

/** What is judged, and how it is judged with attestations. */
export const scene = ({ check = weak, components = ['camera'], item, profiles = ['p'] }: Scene = {}) => {
  const one = run({
    target: target({
      components: components.map((id, index) => ({ id, addresses: index === 0 ? [HOST] : [] })),
      product: { name: 'C', complete: true },
    }),
    probes: [...SCANS, armed('look', ['identity'])],
    attempts: [attempt({ probe: 'look' })],
    ...(item === undefined ? {} : { item }),
  });
  const judged = (id: string, attestations?: readonly Attestation[]): Assessment =>
    judge({
      runs: [{ run: one, seal: SEAL }],
      profile: profileOf(id),
      checks: [check],
      catalogue: [],
      judgedAt: new Date(NOW).toISOString(),
      ...(attestations === undefined ? {} : { attestations }),
    });
  const held: Held = {
    signers,
    profiles: profiles.map((id) => ({ profile: profileOf(id), digest: SEAL })),
    assessments: profiles.map((id) => judged(id)),
    runs: [{ dir, run: one, seal: SEAL }],
    now: NOW,
  };
  return { held, judged };
};

export const entry = (over: object = {}): object => ({
  criterion: 'A',
  component: 'camera',
  settles: ['item'],
  decision: 'pass',
  who: 'A. Tester',
  role: 'test engineer',
  when: '2026-11-22T12:00:00Z',
  statement: 'Looked at it.',
  evidence: [{ file: 'photo.jpg', sha256: PHOTO }],
  ...over,
});
export const ITEM = { model: 'C1', serial: '1', firmware: '1.0' };
export const form = (entries: readonly object[], over: object = {}): string =>
  stringify({ schema: 1, item: ITEM, runs: [SEAL], attestations: entries, ...over });

let count = 0;
/** A form beside its signature; `key` undefined: unsigned. */
export const signed = (text: string, key: KeyObject | undefined = lab!.privateKey, after = text): string => {
  const file = join(dir, `attestations-${++count}.yaml`);
  fs.writeFileSync(file, after);
  if (key !== undefined) fs.writeFileSync(`${file}.sig`, sign(null, Buffer.from(text), key).toString('base64'));
  return file;
};
