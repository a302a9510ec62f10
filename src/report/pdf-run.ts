import type { Assessment } from '../model/assessment.ts';
import { attention, type Block, facts, heading, type Inline, id } from './pdf-blocks.ts';
import type { ReportedRun } from './report.ts';
import { count, grouped, visible } from './text.ts';
import { IMPACT_WORDS, STATE_WORDS, timeWords } from './words.ts';

const list = (items: readonly string[]): string => visible(items.join(', '));

/** A source as it stands; of a file only its name, for where it lay is the tester's own. */
const sourceOf = (name: string, value: string): Inline => {
  if (/^[0-9a-f]{64}$/.test(value)) return id(value);
  return visible(name === 'product' ? (value.split(/[\\/]/).at(-1) ?? '') : value, 200);
};

const limitsWords = ({ run: { limits } }: ReportedRun): string =>
  `${count(limits.connections, 'connection')} at a time, ${grouped(limits.rate)} packets a second for discovery, ${grouped(limits.wait)} ms for an answer, ${grouped(limits.attempt)} ms for an attempt; failed logins: ${String(
    limits.loginBudget ?? 'as declared, else 2 in a row for an account',
  )}, at most ${limits.loginsPerService} on a service; TCP ${visible(limits.tcp, 200)}, UDP ${visible(limits.udp, 200)}${
    limits.exclude.length > 0 ? `; left out: ${list(limits.exclude)}` : ''
  }`;

const componentsWords = ({ run: { target } }: ReportedRun): string => {
  const each = target.components.map(
    ({ id: name, kind, addresses }) =>
      `${visible(name)} (${kind}): ${addresses.length > 0 ? list(addresses) : 'no address'}`,
  );
  const declared =
    target.product === undefined
      ? '. No list of components was declared.'
      : target.product.complete
        ? '. The list is declared complete.'
        : '. The list is not declared complete.';
  return `${each.join('; ')}${declared}`;
};

/** A run as it was carried out: what, when, in which state, by whose leave, within which limits. */
export const runBlocks = (reported: ReportedRun, moves: Assessment['runs'][number]['moves'] = []): Block[] => {
  const { run, seal } = reported;
  const { target, item } = run;
  const bench = Object.entries(item).map(([name, value]) => `${name} ${value}`);
  const sources = Object.keys(run.sources)
    .filter((name) => name !== 'probity')
    .sort();
  return [
    heading(4, ['Run ', id(run.id)]),
    facts([
      ['Status', run.status === 'completed' ? 'completed' : `${run.status}: not all of it was carried out`],
      [
        'Seal',
        [
          seal === undefined
            ? attention('not sealed: nothing shows that the files are as they were written')
            : id(seal),
          run.signed && ', signed',
        ],
      ],
      ['Carried out', `${timeWords(run.startedAt)}${run.endedAt ? ` to ${timeWords(run.endedAt)}` : ', not ended'}`],
      ['Item on the bench', bench.length > 0 ? list(bench) : 'not stated'],
      ['State of the item', STATE_WORDS[run.state]],
      [
        'Shown elsewhere',
        moves
          .map(({ component, from, to }) => `${visible(component)} was at ${visible(from)}, shown at ${visible(to)}`)
          .join('; '),
      ],
      ['Components', componentsWords(reported)],
      ['Scope', target.scope.length > 0 ? list(target.scope) : 'none'],
      [
        'Permitted',
        `${IMPACT_WORDS[target.allow.impact]}, by ${visible(target.allow.by)}${
          target.allow.until ? `, until ${visible(target.allow.until)}` : ''
        }`,
      ],
      ['Limits', limitsWords(reported)],
      ['Made with', visible(run.tool)],
      ...sources.map((name) => [visible(name, 100), sourceOf(name, run.sources[name] ?? '')] as const),
      ['Takes over', run.resumes && `run ${run.resumes.run}, sealed ${run.resumes.seal}`],
    ]),
  ];
};
