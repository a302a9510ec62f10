import { catalogue } from '../judge/checks/index.ts';
import type { JudgeInput } from '../judge/judge.ts';
import type { Assessment } from '../model/assessment.ts';
import type { LoadedProfile, SealedRun } from './assess.ts';
import { Usage } from './limits.ts';
import { loadAttestations } from './load-attestations.ts';
import { loadDispositions } from './load-dispositions.ts';
import { loadSigners } from './signers.ts';

/** The files that say what persons say of a run. */
export interface PersonsFiles {
  attestations?: string[];
  signers?: string;
  dispositions?: string[];
}

/** What is judged, for holding what persons name against it. */
export interface JudgedRuns {
  readonly profiles: readonly LoadedProfile[];
  /** The runs by these profiles, without what persons say. */
  readonly assessments: readonly Assessment[];
  readonly runs: readonly SealedRun[];
  /** The instant it is judged at, in ms. */
  readonly now: number;
}

/** Reads attestations and dispositions. Throws Usage, and BadFile with file and line for each that cannot count. */
export const readPersons = (
  { attestations, signers, dispositions }: PersonsFiles,
  judged: JudgedRuns,
): Pick<JudgeInput, 'attestations' | 'dispositions' | 'withdrawals'> => {
  if (attestations !== undefined && signers === undefined)
    throw new Usage('--attestations: give --signers too, the file of the keys that your lab lists');
  const listed = attestations === undefined || signers === undefined ? [] : loadSigners(signers);
  const criteria = judged.profiles.flatMap(({ profile }) => profile.criteria.map(({ id }) => id));
  const checks = catalogue.map(({ id }) => id);
  const stated = attestations?.flatMap((file) => loadAttestations(file, { ...judged, signers: listed }));
  const decided = dispositions?.map((file) => loadDispositions(file, { checks, criteria }));
  return {
    ...(stated === undefined ? {} : { attestations: stated }),
    ...(decided === undefined
      ? {}
      : {
          dispositions: decided.flatMap((one) => one.dispositions),
          withdrawals: decided.flatMap((one) => one.withdrawals),
        }),
  };
};
