import { defineConfig } from 'vitest/config';
import { heavy } from './vitest.heavy.ts';

export default defineConfig({
  test: {
    // CI asks for colours, and a test compares bytes.
    env: { NO_COLOR: '1' },
    globalSetup: './test/kit/scratch.ts',
    reporters: ['default', './test/reporter.ts'],
    include: ['test/lab/**/*.test.ts', ...heavy],
    testTimeout: 240_000,
    hookTimeout: 120_000,
    // Most of a test's time is waiting for servers; each process has namespaces of its own.
    maxWorkers: 2,
    pool: 'forks',
  },
});
