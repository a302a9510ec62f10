import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { keptAssessment, keptFolder } from '../../test/kept-runs.ts';
import { Comparison } from '../model/comparison.ts';
import { seal } from '../observe/seal.ts';
import { readBaseline } from './baseline.ts';
import { compareVerb, writeComparison } from './compare.ts';

const above = fs.mkdtempSync(join(os.tmpdir(), 'probity-compare-'));
afterAll(() => fs.rmSync(above, { recursive: true, force: true }));

const RUN = '20261122T083227Z';
const kept = JSON.parse(keptAssessment('sound-gateway'));
const id: string = kept.runs[0].id ?? RUN;

/** A results folder with the kept run and an assessment of it, changed as wanted. */
const results = (name: string, change: (assessment: typeof kept) => typeof kept = (one) => one): string => {
  const base = join(above, name, 'sound-gateway', id);
  const folder = join(base, 'assessments', 'p');
  fs.mkdirSync(folder, { recursive: true });
  fs.cpSync(join(keptFolder('sound-gateway'), 'run'), join(base, 'run'), { recursive: true });
  fs.writeFileSync(join(folder, 'assessment.json'), JSON.stringify(change(structuredClone(kept))));
  fs.writeFileSync(join(folder, 'report.html'), '<!doctype html>');
  seal(folder);
  return folder;
};

const [old, same] = [results('old'), results('same')];
const worse = results('worse', (one) => ({
  ...one,
  findings: one.findings.map((finding: { verdict: string }) =>
    finding.verdict === 'pass' ? { ...finding, verdict: 'inconclusive' } : finding,
  ),
}));

const verb = async (young: string, options: Parameters<typeof compareVerb>[2] = {}, json = false) => {
  let text = '';
  const code = await compareVerb(old, young, options, json, (more) => {
    text += more;
  });
  return { code, text };
};

test('what is as it was: 0, as text and as JSON, with what the runs say of the device', async () => {
  expect(await verb(same)).toEqual({
    code: 0,
    text: expect.stringMatching(
      /^on the device: nothing is known to have changed\n\d+ unchanged; not worse than before\n$/,
    ),
  });
  const { code, text } = await verb(same, {}, true);
  expect(code).toBe(0);
  expect(Comparison.parse(JSON.parse(text))).toMatchObject({
    worse: false,
    device: { known: true, changes: [] },
    test: [],
  });
});

test('what is worse: 1, in every format, to a file by its name, with links to both reports', async () => {
  expect((await verb(worse)).code).toBe(1);
  const file = join(above, 'here.html');
  expect(await verb(worse, { out: file })).toEqual({ code: 1, text: `worse than before: ${file}\n` });
  const html = fs.readFileSync(file, 'utf8');
  expect(html).toContain(`href="old/sound-gateway/${id}/assessments/p/report.html"`);
  expect(html).toContain(`href="worse/sound-gateway/${id}/assessments/p/report.html"`);
  const { text } = await verb(worse, { format: 'json' });
  writeComparison(above, Comparison.parse(JSON.parse(text)), old, worse);
  expect(fs.readFileSync(join(above, 'comparison.html'), 'utf8')).toBe(html);
  expect(JSON.parse(fs.readFileSync(join(above, 'comparison.json'), 'utf8'))).toEqual(JSON.parse(text));
});

test('without the runs the device is not known; an altered run is refused; another profile is refused', async () => {
  const bare = join(above, 'bare.json');
  fs.writeFileSync(bare, JSON.stringify(kept));
  expect((await verb(bare)).text).toMatch(
    /^The newer one lies apart from its seal: nothing shows that it is as it was written\.\non the device: The runs of both assessments have to be there/,
  );
  const altered = results('altered');
  fs.appendFileSync(join(altered, '..', '..', 'run', 'attempts.jsonl'), ' ');
  await expect(verb(altered)).rejects.toThrow(/is not what was sealed/);
  const edited = results('edited');
  fs.appendFileSync(join(edited, 'assessment.json'), ' ');
  await expect(verb(edited)).rejects.toThrow(/"assessment\.json" was changed/);
  expect(() => readBaseline(edited, undefined, [kept.profile.id])).toThrow(/"assessment\.json" was changed/);
  const other = results('other', (one) => ({ ...one, profile: { ...one.profile, id: 'q' } }));
  await expect(verb(other)).rejects.toThrow(/ by q: expected one profile; probity judge <run> --profile q/);
  await expect(verb(same, { format: 'pdf' })).rejects.toThrow('--format pdf: expected one of text, json, html');
  await expect(verb(same, { out: join(above, 'nowhere', 'x.html') })).rejects.toThrow(/Cannot write/);
});
