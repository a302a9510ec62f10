import { describe, expect, test } from 'vitest';
import { loadCredentials } from '../cli/load-credentials.ts';
import type { Fact } from '../model/fact.ts';
import { Component } from '../model/target.ts';
import { planCandidates } from './candidates.ts';
import { evidenceOf } from './candidates-evidence.ts';
import { vendorOfEnterprise, vendorOfMac } from './vendor-prefixes.ts';

test.each([
  ['44:19:B6:00:00:01', 'Hikvision'],
  ['44-19-b6-00-00-01', 'Hikvision'],
  ['4419.b600.0001', 'Hikvision'],
  ['02:00:00:00:00:01', undefined],
  ['44:19:b6', undefined],
  ['', undefined],
  [':'.repeat(100_000), undefined],
])('%s', (mac, vendor) => expect(vendorOfMac(mac)).toBe(vendor));

describe('what a device shows itself to be', () => {
  const list = loadCredentials();
  const first = (...evidence: Parameters<typeof evidenceOf>): string | undefined =>
    planCandidates([{ key: 's', protocol: 'http' }], list, evidenceOf(...evidence), () => 2, 30).get('s')?.candidates[0]
      ?.id;
  const component = Component.parse({ id: 'x', addresses: ['198.18.0.1'] });
  const identity = (what: 'mac' | 'name' | 'vendor', value: string): Fact => ({
    kind: 'identity',
    what,
    value,
    via: 'a test',
    authenticated: false,
  });
  const certificate: Fact = {
    kind: 'certificate',
    position: 0,
    sha256: 'a'.repeat(64),
    subject: 'CN=router, O=Teltonika Networks',
    issuer: 'CN=x',
    names: [],
    notBefore: '2026-01-01T00:00:00Z',
    notAfter: '2027-01-01T00:00:00Z',
    signatureAlgorithm: 'x',
    selfSigned: true,
    isCa: false,
    inDate: true,
  };
  test.each<[string, Parameters<typeof evidenceOf>, string]>([
    ['nothing', [component, [], []], 'mirai-04'],
    ['the declared vendor', [{ ...component, vendor: 'WAGO GmbH' }, [], []], 'wago-1'],
    ['a declared MAC', [{ ...component, mac: '44:19:b6:00:00:01' }, [], []], 'hikvision-1'],
    ['a neighbour’s MAC', [component, [], ['00:30:de:00:00:01']], 'wago-1'],
    ['a MAC that it says', [component, [identity('mac', '000d5d000001')], []], 'raritan-1'],
    ['a realm', [component, [identity('name', 'NETGEAR R7000')], []], 'netgear-1'],
    ['an enterprise number', [component, [identity('vendor', 'enterprise 13576')], []], 'wago-1'],
    [
      'a banner',
      [component, [{ kind: 'service', protocol: 'http', security: 'none', product: 'Xerox Web' }], []],
      'xerox-1',
    ],
    ['a certificate', [component, [certificate], []], 'teltonika-1'],
  ])('%s', (_, evidence, expected) => expect(first(...evidence)).toBe(expected));

  test('is bounded, whatever it says', () => {
    const facts = Array.from({ length: 5_000 }, (_, index) => identity('name', `${index} ${'x '.repeat(2_000)}`));
    const evidence = evidenceOf(component, facts, []);
    expect(evidence.length).toBeLessThanOrEqual(300);
    expect(Math.max(...evidence.map(({ length }) => length))).toBeLessThanOrEqual(300);
  });

  test('every vendor of the table is one of the list’s', () => {
    const vendors = new Set(list.entries.map(({ vendor }) => vendor));
    const named = ['44:19:b6', '00:40:8c', '48:ea:63', 'b8:27:eb'].map((prefix) => vendorOfMac(`${prefix}:00:00:01`));
    expect([...named, vendorOfEnterprise(14988)].filter((vendor) => !vendors.has(vendor))).toEqual([]);
  });
});
