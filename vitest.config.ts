import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { heavy } from './vitest.heavy.ts';

/** What waits longest begins first: whole scans and processes, then probes against slow servers, then the rest. */
const LONGEST = ['/test/demo.', '/test/resume.', '/test/cli.', '/probes/', '/test/'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = LONGEST.findIndex((part) => moduleId.includes(part));
      return index === -1 ? LONGEST.length : index;
    };
    return [...files].sort((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId));
  }
}

export default defineConfig({
  test: {
    // CI asks for colours, and a test compares bytes.
    env: { NO_COLOR: '1' },
    globalSetup: './test/kit/scratch.ts',
    reporters: ['default', './test/reporter.ts'],
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'probes/**/*.test.ts', 'fixtures/**/*.test.ts', 'test/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', ...heavy],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
    // Nothing here keeps state between files; a process a file cost three times as long.
    pool: 'threads',
    isolate: false,
    // Most of a test's time is waiting for an answer that must not come.
    maxWorkers: 4,
  },
});
