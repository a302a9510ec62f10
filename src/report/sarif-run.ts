import type { Endpoint } from '../model/endpoint.ts';
import { REASONS, type Run } from '../model/run.ts';
import type { ReportedRun, ReportInput } from './report.ts';
import { againstBench } from './suitability-view.ts';
import { visible } from './text.ts';
import { placeWords, REASON_WORDS, STATE_WORDS } from './words.ts';

/**
 * Text for a SARIF message (3.11.5, 3.11.6): what a device said must be neither a link nor a placeholder there, so
 * brackets before a parenthesis have a backslash, and a number in braces has them doubled.
 */
export const message = (text: string): { text: string } => {
  const shown = visible(text).replace(/\{(\d+)\}/g, '{{$1}}');
  return { text: shown.includes('](') ? shown.replace(/[[\]\\]/g, '\\$&') : shown };
};

/** A component, or a place on it: `camera`, `camera/tcp/22`. */
export const logicalLocation = (component: string, about?: Endpoint & { subject?: string }) => {
  const named = visible(component, 200);
  if (about?.port === undefined) return { name: named, fullyQualifiedName: named, kind: 'component' };
  const place = `${about.transport ?? 'tcp'}/${about.port}`;
  return {
    name: visible(placeWords({ ...about, subject: undefined }), 200),
    fullyQualifiedName: `${named}/${place}`,
    kind: 'port',
  };
};

/** Why an attempt could not tell, as descriptors that notifications name. */
export const NOTIFICATIONS = [
  ...REASONS.map((reason) => ({ id: reason, shortDescription: { text: `Could not tell: ${REASON_WORDS[reason]}.` } })),
  { id: 'not-built', shortDescription: { text: 'A check that the profile names and that nobody has built.' } },
  { id: 'not-suitable', shortDescription: { text: 'The bench was not shown to be suitable.' } },
];

const descriptor = (id: string) => ({ id, index: NOTIFICATIONS.findIndex((one) => one.id === id) });

const notificationsOf = ({ attempts }: Run) =>
  attempts.flatMap(({ id, probe, component, endpoint, endedAt, outcome }) =>
    outcome.status === 'completed'
      ? []
      : [
          {
            descriptor: descriptor(outcome.reason),
            level: 'warning',
            message: message(`${probe} could not tell (${REASON_WORDS[outcome.reason]}): ${outcome.detail}`),
            timeUtc: endedAt,
            locations: [{ logicalLocations: [logicalLocation(component, endpoint)] }],
            properties: { attempt: visible(id), open: outcome.open },
          },
        ],
  );

/**
 * One run judged, as an invocation of the tool (3.20): successful where it was completed, on a bench that nothing stands
 * against. Attempts that could not tell are
 * its notifications; checks that nobody has built are named with the first.
 */
const invocationOf = ({ run, seal }: ReportedRun, unbuilt: readonly string[], bench: readonly string[]) => ({
  executionSuccessful: run.status === 'completed' && bench.length === 0,
  startTimeUtc: run.startedAt,
  ...(run.endedAt === undefined ? {} : { endTimeUtc: run.endedAt }),
  toolExecutionNotifications: [
    ...bench.map((against) => ({
      descriptor: descriptor('not-suitable'),
      level: 'error',
      message: message(`${against} What was not seen may be there.`),
    })),
    ...notificationsOf(run),
  ],
  toolConfigurationNotifications: unbuilt.map((check) => ({
    descriptor: descriptor('not-built'),
    level: 'warning',
    message: message(`The check ${check} is not built: it could not tell.`),
  })),
  properties: {
    run: run.id,
    seal: seal ?? 'not sealed',
    status: run.status,
    state: STATE_WORDS[run.state],
    item: Object.fromEntries(Object.entries(run.item).map(([name, value]) => [name, visible(String(value), 200)])),
  },
});

export const invocationsOf = ({ assessment, runs }: ReportInput) => {
  const unbuilt = [...new Set(assessment.checks.filter(({ built }) => !built).map(({ check }) => check))];
  return runs.map((one, index) => invocationOf(one, index === 0 ? unbuilt : [], againstBench(assessment)));
};
