import type { Stage } from './server.ts';

// biome-ignore lint/correctness/useYield: nothing is asked here yet
export const flaws: Stage = async function* () {
  return [];
};
