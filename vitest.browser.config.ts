import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // CI asks for colours, and a test compares bytes.
    env: { NO_COLOR: '1' },
    globalSetup: './test/kit/scratch.ts',
    reporters: ['default', './test/reporter.ts'],
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
