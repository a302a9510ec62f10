/** Tests that keep the processor busy for long: `npm run lab` runs them, so that `npm test` stays quick. */
export const heavy = [
  'src/cli/suitability.test.ts',
  'src/report/hostile.test.ts',
  'src/report/olir.test.ts',
  'src/report/oscal.test.ts',
  'src/report/pdf.test.ts',
  'test/judge-again.test.ts',
  'test/judge-writes.test.ts',
  'test/profiles-claimed.test.ts',
  'test/profiles-hostile.test.ts',
  'test/resume.test.ts',
];
