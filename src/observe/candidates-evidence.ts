import type { Fact } from '../model/fact.ts';
import type { Component } from '../model/target.ts';
import { vendorOfEnterprise, vendorOfMac } from './vendor-prefixes.ts';

/** Characters of one saying that are looked at, and sayings in all: a device may say what it likes, and as much. */
const LONGEST = 300;
const MOST = 300;

const sayingsOf = (fact: Fact): readonly (string | undefined)[] => {
  switch (fact.kind) {
    case 'service':
      return [fact.product];
    case 'certificate':
      return [fact.subject, fact.issuer];
    case 'identity': {
      if (fact.what === 'mac') return [vendorOfMac(fact.value)];
      const enterprise = /\benterprise (?:number )?(\d{1,10})\b/i.exec(fact.value)?.[1];
      return [fact.value, enterprise === undefined ? undefined : vendorOfEnterprise(Number(enterprise))];
    }
    default:
      return [];
  }
};

/**
 * What a device shows itself to be, for matching the entries of its vendor: the declared vendor, the vendors of its MAC
 * addresses, and what it said in banners, titles, realms, names, descriptions and certificates. Bounded, each saying once.
 */
export const evidenceOf = (component: Component, facts: readonly Fact[], macs: readonly string[]): string[] => {
  const said = new Set<string>();
  const add = (text: string | undefined): void => {
    if (text !== undefined && text !== '' && said.size < MOST) said.add(text.slice(0, LONGEST));
  };
  add(component.vendor);
  for (const mac of [component.mac, ...macs]) if (mac !== undefined) add(vendorOfMac(mac));
  for (const fact of facts) for (const text of sayingsOf(fact)) add(text);
  return [...said];
};
