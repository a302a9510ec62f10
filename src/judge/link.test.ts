import { describe, expect, test } from 'vitest';
import {
  assess,
  broke,
  fail,
  link,
  looked,
  missingOf,
  type Row,
  says,
  signed,
  silent,
  verdictOf,
} from '../../test/kit/case.ts';
import { HOST } from '../../test/kit/sketch.ts';

describe('what a link says', () => {
  test.each<[string, Row, string]>([
    ['control: a pass without it is not enough', { criterion: link({ control: 'required' }) }, 'inconclusive'],
    [
      'control: held',
      { checks: [says('c', { conditions: ['control-held'] })], criterion: link({ control: 'required' }) },
      'pass',
    ],
    [
      'control: not settled by a signature',
      { criterion: link({ control: 'required' }), attestations: [{ settles: ['c@camera'] }] },
      'inconclusive',
    ],
    [
      'control: the genuine image',
      { checks: [says('c', { conditions: ['control-held'] })], criterion: link({ control: 'genuine-image-applied' }) },
      'inconclusive',
    ],
    [
      'class: a failure of another class',
      {
        checks: [says('c', {}, { verdict: 'fail', facets: { class: 'relay' } })],
        criterion: link({ class: ['shell'] }),
      },
      'pass',
    ],
    [
      'class: a failure of this class',
      {
        checks: [says('c', {}, { verdict: 'fail', facets: { class: 'shell' } })],
        criterion: link({ class: ['shell'] }),
      },
      'fail',
    ],
    [
      'class: nothing of this class is nothing',
      { checks: [says('c', { facets: { class: 'relay' } })], criterion: link({ class: ['shell'] }) },
      'not-assessed',
    ],
    [
      'indicativeFor',
      {
        checks: [says('c', {}, { verdict: 'fail', facets: { class: 'content' } })],
        criterion: link({ class: ['shell'], indicativeFor: ['content'] }),
      },
      'inconclusive',
    ],
    [
      'indicativeIn: this state',
      { checks: [fail], criterion: link({ indicativeIn: ['operational'] }) },
      'inconclusive',
    ],
    ['indicativeIn: another state', { checks: [fail], criterion: link({ indicativeIn: ['factory-default'] }) }, 'fail'],
    ['in: a failure in another state', { checks: [fail], criterion: link({ in: ['reconnected'] }) }, 'not-assessed'],
    [
      'action: a failure of another action',
      {
        checks: [says('c', {}, { verdict: 'fail', facets: { action: 'read' } })],
        criterion: link({ action: ['write'] }),
      },
      'pass',
    ],
    [
      'conclusiveWhen: met',
      {
        checks: [says('c', { verdict: 'fail', conditions: ['login-in-clear'] })],
        criterion: link({ fail: 'indicative', conclusiveWhen: 'login-in-clear' }),
      },
      'fail',
    ],
    [
      'conclusiveWhen: not met',
      { checks: [fail], criterion: link({ fail: 'indicative', conclusiveWhen: 'login-in-clear' }) },
      'inconclusive',
    ],
    [
      'conclusiveWhen: met by what is itself indicative',
      {
        checks: [says('c', { verdict: 'fail', strength: 'indicative', conditions: ['login-in-clear'] })],
        criterion: link({ conclusiveWhen: 'login-in-clear' }),
      },
      'inconclusive',
    ],
    [
      'grants: full',
      {
        checks: [says('c', { verdict: 'fail', facets: { grants: 'full' } })],
        criterion: link({ grants: { full: 'conclusive', unknown: 'indicative' } }),
      },
      'fail',
    ],
    [
      'grants: unknown',
      {
        checks: [says('c', { verdict: 'fail', facets: { grants: 'unknown' } })],
        criterion: link({ grants: { full: 'conclusive', unknown: 'indicative' } }),
      },
      'inconclusive',
    ],
    [
      'grants: not said is unknown',
      { checks: [fail], criterion: link({ grants: { full: 'conclusive', unknown: 'indicative' } }) },
      'inconclusive',
    ],
    [
      'grants: change-only stays open',
      {
        checks: [says('c', {}, { verdict: 'fail', facets: { grants: 'change-only' } })],
        criterion: link({ grants: { full: 'conclusive', unknown: 'indicative' } }),
      },
      'inconclusive',
    ],
    [
      'rules: a failure of another rule',
      {
        checks: [says('c', {}, { verdict: 'fail', about: { host: HOST, subject: 'hsts' } })],
        criterion: link({ rules: ['cookie-secure'] }),
      },
      'pass',
    ],
    [
      'want: a failure of what is not wanted',
      {
        checks: [says('c', {}, { verdict: 'fail', about: { host: HOST, subject: 'firmware' } })],
        criterion: link({ want: ['unique'] }),
      },
      'pass',
    ],
    ...(
      [
        ['refused', ['static-rsa', 'cbc'], { refuse: ['cbc'] }, 'fail'],
        ['refused, and capped', ['cbc'], { refuse: ['static-rsa', 'cbc'], fail: 'indicative' }, 'inconclusive'],
        ['something else is refused', ['cbc'], { refuse: ['static-rsa'] }, 'pass'],
        ['not refused', ['static-rsa', 'cbc', 'hsts-missing'], {}, 'pass'],
        ['nothing of what is refused', [], { refuse: ['static-rsa', 'cbc'] }, 'pass'],
        ['a rule that is not asked for', ['hsts-missing'], { rules: ['cookie-secure', 'login-in-clear'] }, 'pass'],
        ['a rule that is asked for', ['hsts-missing'], { rules: ['hsts'] }, 'fail'],
      ] as const
    ).map(([name, conditions, over, expected]): [string, Row, string] => [
      `refuse: ${name}`,
      { checks: [says('c', { conditions: [...conditions] })], criterion: link(over) },
      expected,
    ]),
    [
      'refuse: through a counter',
      {
        checks: [says('c', { conditions: ['cbc'] })],
        criterion: { checks: [{ check: 'c', as: 'counter', refuse: ['cbc'] }], person: ['item'] },
        attestations: signed,
      },
      'fail',
    ],
    [
      'refuse: withdrawn or not, what is inconclusive stays so',
      {
        checks: [says('c', { verdict: 'inconclusive', conditions: ['cbc'] })],
        criterion: link({ refuse: ['cbc'] }),
      },
      'inconclusive',
    ],
    [
      'when: no sink declared, so it is not asked',
      {
        checks: [fail],
        criterion: { ...link({ when: 'events.sink-declared' }), person: ['item'] },
        attestations: signed,
      },
      'pass',
    ],
    [
      'when: a sink declared',
      {
        checks: [fail],
        criterion: link({ when: 'events.sink-declared' }),
        component: { declares: { events: [{ sink: 'syslog' }] } },
      },
      'fail',
    ],
  ])('%s', (_, row, expected) => expect(verdictOf(row)).toBe(expected));

  test('refuse: the criterion says what it refuses', () => {
    const cbc = says('c', { conditions: ['cbc', 'static-rsa'], because: 'It accepts both.' });
    const row = { checks: [cbc], criterion: link({ refuse: ['cbc', 'static-rsa'] }) };
    expect(assess(row).criteria[0]!.components[0]!.because).toBe(
      'It accepts both. This criterion refuses suites in CBC mode and key exchange by static RSA.',
    );
  });

  const still = says('c', { verdict: 'fail', about: { host: HOST, transport: 'tcp', port: 80 } });
  const compared = { ...link({ compare: 'onboarding-to-operational' }), person: ['item'] };
  test('compare: a set-up service that is open after onboarding as well', () => {
    const runs = [{ state: 'onboarding' as const }, { id: '20261123T101500Z' }];
    expect(verdictOf({ checks: [still], criterion: compared, runs, attestations: signed })).toBe('fail');
    expect(verdictOf({ checks: [still], criterion: compared, attestations: signed })).toBe('inconclusive');
  });

  test('compare: an attempt that broke off stays in it', () => {
    const row: Row = {
      checks: [silent],
      attempts: [looked, { ...broke, id: 'look@camera/2' }],
      criterion: compared,
      attestations: signed,
    };
    expect(missingOf(row)).toEqual(['finding: c@camera/gap:look: look could not tell (timeout): no answer in 5 s']);
  });
});
