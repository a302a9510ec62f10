import * as fs from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { probes } from '../../probes/index.ts';
import { catalogue, checks } from '../judge/checks/index.ts';
import { Assessment } from '../model/assessment.ts';
import { Comparison } from '../model/comparison.ts';
import { Crosswalk } from '../model/crosswalk.ts';
import { Policy } from '../model/policy.ts';
import { Run } from '../model/run.ts';
import { Suitability } from '../model/suitability.ts';
import { LoginLedger } from '../observe/ledger.ts';
import { discoveryHere } from './discovery-here.ts';
import { explained, explainedText } from './explain.ts';
import { defaultLimits, Usage } from './limits.ts';
import { AttestationsFile } from './load-attestations.ts';
import { crosswalkRows, lintCrosswalk, loadCrosswalk } from './load-crosswalk.ts';
import { DispositionsFile } from './load-dispositions.ts';
import { LabFile } from './load-lab.ts';
import { ProductFile } from './load-product.ts';
import { ProfileFile, shippedProfiles } from './load-profile.ts';
import { profileCounts, readProfiles } from './profiles.ts';
import { lockResults } from './results.ts';
import { SignersFile } from './signers.ts';
import { ReferenceFile } from './suitability-references.ts';
import { version } from './version.ts';

const out = (text: string): void => {
  process.stdout.write(text);
};

const rows = (json: boolean, values: readonly object[], line: (index: number) => string): void => {
  if (json) out(`${JSON.stringify(values)}\n`);
  else for (let index = 0; index < values.length; index++) out(`${line(index)}\n`);
};

const probeRows = () =>
  probes.map(({ id, version: v, title, emits, impact }) => ({ id, version: v, impact, emits, title }));
const checkRows = () =>
  catalogue.map(({ id, title, theme }) => ({ id, theme, title, built: checks.some((check) => check.id === id) }));

const doctor = async () => {
  const discovery = await discoveryHere();
  const root = process.getuid?.() === 0;
  return [
    { what: 'probity', says: version() },
    { what: 'node', says: process.version },
    { what: 'port discovery', says: discovery.description },
    { what: 'user', says: root ? 'root' : 'not root: raw scans need nmap with cap_net_raw on its file' },
    { what: 'limits', says: JSON.stringify(defaultLimits()) },
    { what: 'profiles', says: shippedProfiles().join(', ') },
  ];
};

export const listVerb = async (
  name: 'doctor' | 'probes' | 'checks' | 'profiles' | 'crosswalks',
  json: boolean,
): Promise<number> => {
  if (name === 'probes') {
    const list = probeRows();
    rows(
      json,
      list,
      (i) => `${list[i]!.id.padEnd(18)} ${list[i]!.impact.padEnd(8)} ${list[i]!.title} (${list[i]!.emits.join(', ')})`,
    );
  } else if (name === 'checks') {
    const list = checkRows();
    rows(
      json,
      list,
      (i) =>
        `${list[i]!.id.padEnd(36)} ${list[i]!.theme.padEnd(10)} ${list[i]!.title}${list[i]!.built ? '' : ' (nobody has built it yet)'}`,
    );
  } else if (name === 'profiles') {
    const list = readProfiles(shippedProfiles()).map(({ profile }) => ({
      id: profile.profile,
      edition: profile.edition,
      title: profile.title,
      ...profileCounts(profile),
    }));
    rows(
      json,
      list,
      (i) =>
        `${list[i]!.id.padEnd(28)} ${list[i]!.title}, edition ${list[i]!.edition}: ${list[i]!.elements} elements, ${list[i]!.leaves} assessed (${list[i]!.technical} technical, ${list[i]!.manual} manual)`,
    );
  } else if (name === 'crosswalks') {
    const list = crosswalkRows().map((row) => ({ ...row, lint: lintCrosswalk(loadCrosswalk(row.id)) }));
    rows(json, list, (i) => {
      const { id, title, rows: count, fulfilled, lint } = list[i]!;
      const said = lint.map(({ row, says }) => `\n  ${row} contradicts itself as printed: ${says}`).join('');
      return `${id.padEnd(24)} ${title}: ${count} rows; fulfilled: ${fulfilled.yes} yes, ${fulfilled.no} no, ${fulfilled.notStated} not stated${said}`;
    });
  } else {
    const list = await doctor();
    rows(json, list, (i) => `${list[i]!.what.padEnd(16)} ${list[i]!.says}`);
  }
  return 0;
};

export const explainVerb = async (id: string, profiles: string[] | undefined, json: boolean): Promise<number> => {
  out(json ? `${JSON.stringify({ id, found: explained(id, profiles) })}\n` : explainedText(id, profiles));
  return 0;
};

/** Files that a user writes, and those that Probity does. */
const SCHEMAS = {
  product: ProductFile,
  profile: ProfileFile,
  crosswalk: Crosswalk,
  attestations: AttestationsFile,
  signers: SignersFile,
  dispositions: DispositionsFile,
  lab: LabFile,
  policy: Policy,
  reference: ReferenceFile,
  run: Run,
  assessment: Assessment,
  comparison: Comparison,
  suitability: Suitability,
} as const;

export const schemaVerb = async (name: string): Promise<number> => {
  const schema = Object.hasOwn(SCHEMAS, name) ? SCHEMAS[name as keyof typeof SCHEMAS] : undefined;
  if (schema === undefined) throw new Usage(`schema ${name}: expected one of ${Object.keys(SCHEMAS).join(', ')}`);
  out(`${JSON.stringify(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }), null, 2)}\n`);
  return 0;
};

export const loginsVerb = async (
  action: string | undefined,
  device: string | undefined,
  folder: string,
  json: boolean,
): Promise<number> => {
  const open = (): LoginLedger => new LoginLedger(join(folder, 'logins.json'), Date.now);
  if (action === 'reset') {
    if (device === undefined) throw new Usage('logins reset: which device? (probity logins lists them)');
    const lock = fs.existsSync(folder) ? lockResults(folder) : undefined;
    try {
      if (!open().reset(device))
        throw new Usage(`logins reset ${device}: the ledger has no such device (probity logins lists them)`);
    } finally {
      lock?.release();
    }
    out(`${device}: its failures are forgotten\n`);
    return 0;
  }
  if (action !== undefined) throw new Usage(`logins ${action}: expected nothing, or reset DEVICE`);
  const list = open().rows();
  rows(
    json,
    list,
    (i) =>
      `${list[i]!.device}  ${list[i]!.account || '(password only)'}  ${list[i]!.service}  ${list[i]!.failures} in a row, last ${list[i]!.last}`,
  );
  return 0;
};
