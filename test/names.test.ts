import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { probes } from '../probes/index.ts';
import { loadCrosswalk, shippedCrosswalks } from '../src/cli/load-crosswalk.ts';
import { packageRoot, shippedProfiles } from '../src/cli/load-profile.ts';
import { profileCounts, readProfiles } from '../src/cli/profiles.ts';
import { catalogue, checks } from '../src/judge/checks/index.ts';
import { STRENGTHS, VERDICTS } from '../src/model/verdict.ts';
import { KEPT, keptAssessment, keptVerdicts } from './kept-runs.ts';

/** Every name that a data file uses is the name of something, and the counts are those of the standards. */

const yaml = (...parts: string[]): unknown => parse(readFileSync(join(packageRoot(), ...parts), 'utf8'));
const profiles = new Map(readProfiles(shippedProfiles()).map(({ profile }) => [profile.profile, profile]));
const criteria = (id: string): string[] => profiles.get(id)?.criteria.map((one) => one.id) ?? [];
const known = new Set(catalogue.map(({ id }) => id));
const VERDICT_WORDS: readonly string[] = [...VERDICTS, ...STRENGTHS];
/** The beginning of several checks' names, in what no check may say. */
const FAMILIES: readonly string[] = ['tls-'];
const engine = ['tcp-ports', 'udp-ports', 'liveness'];
const isProbe = (id: string): boolean => engine.includes(id) || probes.some((probe) => probe.id === id);

describe('names in data files', () => {
  it('checks that are built are in the catalogue, each once', () => {
    expect(checks.map(({ id }) => id).filter((id) => !known.has(id))).toEqual([]);
    expect(known.size).toBe(catalogue.length);
  });

  it.each([...profiles.values()].map((profile) => [profile.profile, profile] as const))(
    'profile %s',
    (_id, profile) => {
      const ids = new Set(profile.criteria.map(({ id }) => id));
      expect(ids.size).toBe(profile.criteria.length);
      const named = profile.criteria.flatMap(({ checks: links }) => links.map(({ check }) => check));
      expect(named.filter((check) => !known.has(check))).toEqual([]);
      const base = profile.extends === undefined ? ids : new Set(criteria(profile.extends.profile));
      const chosen = [...(profile.included ?? []), ...(profile.excluded ?? [])].map(({ id }) => id);
      expect(chosen.filter((id) => !base.has(id))).toEqual([]);
      const levels = (profile.label?.levels ?? []).flatMap((level) => level.criteria);
      expect(levels.filter((id) => !ids.has(id))).toEqual([]);
      // What a probe can see, and why not more, is said of each one that is assessed.
      expect(
        profile.criteria.filter(({ heading, reach }) => !heading && reach === undefined).map(({ id }) => id),
      ).toEqual([]);
    },
  );

  it.each(shippedCrosswalks())('crosswalk %s', (name) => {
    const { focal, references, rows } = loadCrosswalk(name);
    for (const row of rows) {
      expect(criteria(focal), row.row).toContain(row.focal);
      for (const { profile, element } of row.references) {
        expect(references, row.row).toContain(profile);
        expect(criteria(profile), row.row).toContain(element);
      }
    }
  });

  it('what is expected of devices names checks', () => {
    const folder = join('fixtures', 'devices');
    const files = readdirSync(join(packageRoot(), folder)).filter((file) => file.endsWith('.expected.yaml'));
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) {
      const { checks: expected } = yaml(folder, file) as { checks: Record<string, string> };
      expect(Object.keys(expected).sort(), file).toEqual(checks.map(({ id }) => id).sort());
    }
    const told = yaml('test', 'lab', 'told.yaml') as Record<string, { told: string[]; never: string[] }>;
    const words = Object.values(told).flatMap((device) => [...device.told, ...device.never]);
    // A verdict alone says it of every check.
    const named = words.flatMap((line) => line.split(' ').filter((word) => !VERDICT_WORDS.includes(word))[0] ?? []);
    expect(
      named.map((word) => word.split('/')[0]!).filter((check) => !known.has(check) && !FAMILIES.includes(check)),
    ).toEqual([]);
  });

  it.each(KEPT)('the kept run of %s', (name) => {
    const verdicts = JSON.parse(keptVerdicts(name)) as Record<string, { criteria: Record<string, string> }>;
    expect(Object.keys(verdicts).sort()).toEqual([...profiles.keys()].sort());
    for (const [profile, { criteria: said }] of Object.entries(verdicts))
      expect(Object.keys(said).sort(), profile).toEqual([...criteria(profile)].sort());
    const { findings } = JSON.parse(keptAssessment(name)) as { findings: { check: string; basis: string[] }[] };
    expect(findings.map(({ check }) => check).filter((check) => !known.has(check))).toEqual([]);
    const probed = findings.flatMap(({ basis }) => basis.map((id) => id.split('@')[0]!));
    expect(probed.filter((id) => !isProbe(id))).toEqual([]);
  });
});

describe('counts', () => {
  it.each([
    ['nist-consumer-iot-2022', { elements: 86, leaves: 63, technical: 15, manual: 48 }],
    ['nist-technical-catalog-2021', { elements: 7 + 38 + 210, leaves: 210, technical: 210, manual: 0 }],
  ] as const)('%s', (id, counts) => {
    expect(profileCounts(profiles.get(id)!)).toEqual(counts);
  });

  it('EN 303 645 has 68 provisions, the schemes the elements that the annexes name', () => {
    expect(profileCounts(profiles.get('etsi-en-303-645-2020')!).leaves).toBe(68);
    const schemes = ['cta-2088-a', 'ul-mcv-1376', 'bsa-framework'];
    expect(schemes.map((id) => profileCounts(profiles.get(id)!).leaves)).toEqual([16, 13, 26]);
  });

  it('the catalogue has 7 capabilities, 38 sub-capabilities, and controls', () => {
    const all = profiles.get('nist-technical-catalog-2021')!.criteria;
    const headings = all.filter(({ heading }) => heading);
    expect(headings.filter(({ parent }) => parent === undefined)).toHaveLength(7);
    expect(headings.filter(({ parent }) => parent !== undefined)).toHaveLength(38);
    expect(all.filter(({ controls }) => controls !== undefined)).toHaveLength(204);
  });

  it('the crosswalks have 161 rows', () => {
    const rows = shippedCrosswalks().map((name) => loadCrosswalk(name).rows);
    expect(rows.map((each) => each.length)).toEqual([81, 80]);
    const stated = (said: 'Y' | 'N' | undefined): number[] =>
      rows.map((each) => each.filter(({ fulfilled }) => fulfilled === said).length);
    expect([stated('Y'), stated('N'), stated(undefined)]).toEqual([
      [38, 20],
      [26, 4],
      [17, 56],
    ]);
  });
});
