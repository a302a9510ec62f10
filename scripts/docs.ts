// Writes docs/coverage.md from the code and the shipped profile: `node --import tsx scripts/docs.ts`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/cli/load-profile.ts';
import { coverageDocs } from '../test/docs.ts';

const file = join(packageRoot(), 'docs', 'coverage.md');
writeFileSync(file, coverageDocs());
console.log(file);
// Libraries of the probes may leave timers behind.
process.exit(0);
