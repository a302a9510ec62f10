import { expect, test } from 'vitest';
import { coverageMissing } from './coverage-words.ts';

test.each([
  [
    'coverage:capture: no capture shows boots 1, idle PT1H, channels all-declared',
    'Capture: no capture shows a boot, 1 h of idling, every declared channel',
  ],
  ['coverage:capture: no capture shows boots 2, idle P1D', 'Capture: no capture shows 2 boots, P1D of idling'],
  [
    'coverage:capture: no capture shows period declared-update-period',
    'Capture: no capture shows a declared period between updates',
  ],
  ['coverage:capture: no capture shows period PT30M', 'Capture: no capture shows a period of 30 min'],
  [
    'coverage:credentials: 2 of 10 due credentials were not tried on ssh',
    'Credentials: 2 of 10 due credentials were not tried on ssh',
  ],
  ['coverage:other: x', 'other: x'],
  ['of no form', 'of no form'],
])('%s', (detail, words) => {
  expect(coverageMissing(detail)).toBe(words);
});
