export * from './kit/check.ts';
export * from './kit/probe.ts';
