import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { probes } from '../probes/index.ts';
import { packageRoot, shippedProfiles } from '../src/cli/load-profile.ts';
import { readProfiles } from '../src/cli/profiles.ts';
import { catalogue, checks } from '../src/judge/checks/index.ts';
import { FACT_KINDS } from '../src/model/fact.ts';
import { coverageDocs } from './docs.ts';

const ENGINE = ['port', 'liveness'];

describe('docs/coverage.md', () => {
  const text = coverageDocs();

  it('is what the code and the profile say; else: node --import tsx scripts/docs.ts', () => {
    expect(readFileSync(join(packageRoot(), 'docs', 'coverage.md'), 'utf8')).toBe(text);
  });

  it('names every probe and every check', () => {
    for (const { id } of [...probes, ...catalogue]) expect(text).toContain(`\`${id}\``);
  });
});

describe('what is shipped', () => {
  it('has a probe for each kind of fact that a check needs', () => {
    const given = new Set([...ENGINE, ...probes.flatMap(({ emits }) => emits)]);
    expect(
      checks.flatMap(({ id, needs }) => needs.filter((kind) => !given.has(kind)).map((kind) => `${id}: ${kind}`)),
    ).toEqual([]);
    expect([...given].filter((kind) => !(FACT_KINDS as readonly string[]).includes(kind))).toEqual([]);
  });

  it.each(shippedProfiles())("%s: each person's item has words, and no words are left over", (id) => {
    const [{ profile }] = readProfiles([id]) as [ReturnType<typeof readProfiles>[number]];
    expect(Object.keys(profile.persons ?? {}).sort()).toEqual(
      [...new Set(profile.criteria.flatMap(({ person }) => person))].sort(),
    );
  });
});
