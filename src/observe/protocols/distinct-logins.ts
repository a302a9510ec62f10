import type { Candidate, ProbeContext } from '../probe.ts';

/**
 * The same context with only those candidates that a protocol can carry (`loginOf` gives undefined for the others, and
 * they stay untried). Those that come to one and the same login are sent once and count as tried together.
 *
 * @param why what to say where none is left.
 */
export function withDistinctLogins(
  context: ProbeContext,
  loginOf: (candidate: Candidate) => string | undefined,
  why: string,
): ProbeContext {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of context.credentials.candidates) {
    const login = loginOf(candidate);
    if (login !== undefined) groups.set(login, [...(groups.get(login) ?? []), candidate]);
  }
  const { credentials } = context;
  return {
    ...context,
    credentials: {
      candidates: [...groups.values()].map(([first]) => first!),
      why: groups.size === 0 && credentials.candidates.length > 0 ? why : credentials.why,
      tried(candidate) {
        for (const same of groups.get(loginOf(candidate) ?? '') ?? [candidate]) credentials.tried(same);
      },
    },
  };
}
