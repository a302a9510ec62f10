import type { Declaration } from '../model/target.ts';
import type { ReportInput } from './report.ts';
import { count, visible } from './text.ts';
import { targetOf } from './view.ts';

/** What each part of a declaration is called: one of it, and several. */
const PARTS: Readonly<
  Record<keyof Omit<Declaration, 'logins' | 'update' | 'trust' | 'trustFile'>, readonly [string, string?]>
> = {
  interfaces: ['interface'],
  services: ['service'],
  accounts: ['account for the tests', 'accounts for the tests'],
  authentication: ['way to log in', 'ways to log in'],
  identifiers: ['identifier'],
  configuration: ['setting'],
  data: ['class of data', 'classes of data'],
  channels: ['channel'],
  roles: ['role'],
  messages: ['message'],
  peers: ['peer'],
  onboarding: ['way of setting it up', 'ways of setting it up'],
  events: ['recorded event'],
  public: ['thing that everybody may read', 'things that everybody may read'],
};

const lockWords = ({ logins }: Declaration): string | undefined => {
  if (logins === undefined) return undefined;
  if (logins.lock === 'none') return 'that nothing locks after wrong logins';
  const { after, for: time } = logins.lock;
  return `a lock after ${count(after, 'wrong login')}${time === undefined ? '' : ` for ${time}`}`;
};

const partsOf = (declares: Declaration): string[] => [
  ...Object.entries(PARTS).flatMap(([key, [one, many]]) => {
    const entries = declares[key as keyof typeof PARTS] ?? [];
    return entries.length === 0 ? [] : [count(entries.length, one, many)];
  }),
  ...[lockWords(declares)].filter((words) => words !== undefined),
  ...(declares.update === undefined ? [] : ['where updates come from and what protects them']),
  ...(declares.trust === undefined ? [] : ['certificates that it trusts']),
];

/** What came from the customer and was given to the tool: the product file's declarations, and what the maker signed. */
export const suppliedByMaker = (input: ReportInput): string[] => {
  const target = targetOf(input);
  const claims = target?.product?.notApplicable ?? [];
  const maker = (input.assessment.attestations ?? []).filter((one) => one.for === 'maker');
  return [
    ...(target?.product?.complete ? ['That the list of components is complete'] : []),
    ...(target?.components ?? []).flatMap(({ id, declares, trustmarks = [] }) => {
      const parts = partsOf(declares);
      return [
        ...(parts.length === 0 ? [] : [`Declared of ${visible(id, 100)}: ${parts.join(', ')}`]),
        ...trustmarks.map(
          ({ scheme, certificate }) =>
            `Certificate of ${visible(id, 100)}: ${visible(scheme, 200)}, ${visible(certificate, 200)}`,
        ),
      ];
    }),
    ...claims.map(
      ({ criterion, condition, why }) =>
        `Claim that ${visible(criterion ?? condition ?? '', 100)} does not apply: ${visible(why, 500)}`,
    ),
    ...maker.map(
      ({ criterion, by, statement }) =>
        `Statement of the maker on ${visible(criterion, 100)}, ${visible(by, 200)}: ${visible(statement, 1000)}`,
    ),
  ];
};
