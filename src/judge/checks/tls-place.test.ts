import { expect, test } from 'vitest';
import { UPGRADING } from '../../observe/protocols/starttls.ts';
import { TLS_PROTOCOLS, UPGRADES } from './tls-place.ts';

test('what goes on in TLS after a word is what probes ask for it', () => {
  expect(Object.keys(UPGRADES).sort()).toEqual([...UPGRADING].sort());
  expect(TLS_PROTOCOLS).toEqual(expect.arrayContaining(['tls', 'dtls', ...UPGRADING]));
});
