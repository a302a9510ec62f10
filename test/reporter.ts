import type { Reporter, TestModule } from 'vitest/node';

/** Names every skipped test, whose name says why, and closes with one plain line that any CI can read. */
export default class SkippedByName implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const all = modules.flatMap((module) => [...module.children.allTests()]);
    const by = (state: string) => all.filter((test) => test.result().state === state);
    for (const test of by('skipped')) {
      const result = test.result();
      const note = result.state === 'skipped' && result.note ? `: ${result.note}` : '';
      process.stdout.write(`skipped: ${test.module.relativeModuleId}: ${test.fullName}${note}\n`);
    }
    process.stdout.write(
      `\n${by('passed').length} passed, ${by('failed').length} failed, ${by('skipped').length} skipped\n`,
    );
  }
}
