import { defineCheck } from '../check.ts';
import { ids, leftOpen, portText } from './place.ts';

const EXPECTED = 'A port that was open when the run began answers throughout.';

export default defineCheck({
  id: 'device-survives',
  version: '1.0.0',
  title: 'The device answers throughout the run',
  theme: 'interfaces',
  needs: ['liveness'],
  *judge({ seen }) {
    const facts = seen.facts('liveness');
    const attempts = seen.attempts({ emits: 'liveness' });
    const stopped = facts.filter(({ fact }) => fact.state === 'stopped');
    for (const { id, run, fact, endpoint } of stopped) {
      const { transport, port, after } = fact;
      yield {
        about: { host: endpoint.host, transport, port },
        run,
        verdict: 'fail',
        strength: 'conclusive',
        because: `${portText(fact)} no longer answered${after === undefined ? '' : ` after ${after.slice(0, 200)}`}.`,
        expected: EXPECTED,
        remedy: 'Find out what stopped the device; whatever came after is not known.',
        basis: [id],
      };
    }
    const watched = attempts.filter((attempt) => !leftOpen(attempt, 'liveness'));
    if (stopped.length > 0 || watched.length === 0 || watched.length < attempts.length) return;
    const answered = facts.filter(({ fact }) => fact.state === 'answered');
    // Each address is watched by an attempt of its own: one that saw nothing answer has watched nothing.
    const unwatched = watched.filter(({ attempt }) => !facts.some((fact) => fact.attempt === attempt));
    if (unwatched.length > 0)
      yield {
        verdict: 'inconclusive',
        because: 'No open port was there to be watched.',
        expected: EXPECTED,
        basis: ids(unwatched),
      };
    else
      yield {
        verdict: 'pass',
        because: `The device answered each time that ${[...new Set(answered.map(({ fact }) => portText(fact)))].join(' or ')} was tried between attempts.`,
        expected: EXPECTED,
        basis: ids(answered),
      };
  },
});
