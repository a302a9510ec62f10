/**
 * Probity as a library: `observe` a target into a run, `judge` runs by a profile into an assessment, `report` an
 * assessment in a format; and what probes, checks and files are made of.
 */
export { readPolicies } from './cli/load-policy.ts';
export { type Check, type CheckView, defineCheck, type FindingDraft, type Seen } from './judge/check.ts';
export { catalogue, checks } from './judge/checks/index.ts';
export { compare } from './judge/compare.ts';
export { judge } from './judge/judge.ts';
export * from './model/assessment.ts';
export * from './model/comparison.ts';
export * from './model/crosswalk.ts';
export * from './model/fact.ts';
export * from './model/lab.ts';
export * from './model/person.ts';
export * from './model/policy.ts';
export * from './model/profile.ts';
export * from './model/run.ts';
export * from './model/suitability.ts';
export * from './model/target.ts';
export * from './model/verdict.ts';
export { type ObserveEvent, type ObserveOptions, observe } from './observe/observe.ts';
export { CannotTell, defineProbe, type Probe, type ProbeContext } from './observe/probe.ts';
export { RunStore, readRun, StoreError, verifyRun } from './observe/run-store.ts';
export { type Reporter, type ReportInput, reporters } from './report/index.ts';
