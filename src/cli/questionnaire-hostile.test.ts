import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { scene } from '../../test/kit/signed.ts';
import { SEAL } from '../../test/kit/sketch.ts';
import { questionnaire } from './questionnaire.ts';

interface Form {
  item: Record<string, string | null>;
  attestations: { criterion: string; settles: string[]; decision: null }[];
}

test('whatever a device says, the form is YAML that asks for the same names, and says nothing by itself', () => {
  const { held } = scene();
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom(
      'a\n    decision: pass',
      'a" ]\n  - criterion: "A',
      '\u0085x',
      '\u2028- b',
      '\u202e',
      '\ud800',
      '# x',
      '%YAML 9',
      "'",
      '\\',
      '\u0000',
      '\ufeff',
      '...',
      '---',
    ),
  );
  const asksTheSame = ([name, why, model]: [string, string, string]): void => {
    const [{ run }] = held.runs as [(typeof held.runs)[number]];
    const text = questionnaire(
      held.profiles,
      [{ dir: '', seal: SEAL, run: { ...run, item: { model } } }],
      ({ profile }) =>
        profile.criteria.map((criterion) => ({
          criterion,
          ...(criterion.id === 'A' ? { component: 'camera' } : {}),
          items: [{ name, what: 'finding' as const, why }],
          toBeDone: [why],
        })),
    );
    const document = parseDocument(text, { uniqueKeys: true });
    expect(document.errors).toEqual([]);
    const form = document.toJS() as Form;
    expect(form.item).toEqual({ model });
    expect(form.attestations.map(({ criterion, settles, decision }) => [criterion, settles, decision])).toEqual(
      ['A', 'B', 'D'].map((id) => [id, [name], null]),
    );
  };
  return fc.assert(fc.property(fc.tuple(hostile, hostile, hostile), asksTheSame), { numRuns: 20 });
});
