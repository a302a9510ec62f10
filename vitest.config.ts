import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    reporters: ['default', './test/reporter.ts'],
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'probes/**/*.test.ts', 'fixtures/**/*.test.ts', 'test/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Nothing here keeps state between files; a process a file cost three times as long.
    pool: 'threads',
    isolate: false,
    // Most of a test's time is waiting for an answer that must not come.
    maxWorkers: 4,
  },
});
