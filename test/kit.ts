export * from './kit/probe.ts';
