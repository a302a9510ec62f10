import { md, table } from './markdown-text.ts';
import type { ReportInput } from './report.ts';
import { count } from './text.ts';
import { type Item, type Picture, type Server, transportOf } from './transport-view.ts';
import { VERDICT_NAMES } from './words.ts';

/** Names in one cell. */
const MOST = 5;
const CELL = 160;

const few = (names: readonly string[]): string =>
  names.length > MOST ? `${names.slice(0, MOST).join(', ')} and ${names.length - MOST} more` : names.join(', ');

const itemsOf = (server: Server, is: (item: Item) => boolean): string[] => [
  ...new Set(
    server.lines.flatMap(({ lists }) => lists.flatMap(({ items }) => items.filter(is).map(({ name }) => name))),
  ),
];

/** A channel that is only what the server beside it protects needs no row of its own. */
const isWorthARow = (server: Server): boolean =>
  server.weakest !== undefined ||
  itemsOf(server, ({ fails, told }) => fails !== undefined || told === 'could not tell').length > 0 ||
  server.lines.some(({ says }) => says.some(({ fails }) => fails !== undefined));

const rowOf = ({ component, transport, port }: Picture, server: Server, several: boolean): string[] => {
  const fails = [
    ...server.lines.flatMap(({ says }) => says.filter(({ fails }) => fails !== undefined).map(({ words }) => words)),
    ...itemsOf(server, ({ fails }) => fails !== undefined),
  ];
  const open = itemsOf(server, ({ told }) => told === 'could not tell');
  const bears = server.lines.flatMap((line) => line.bears);
  const criteria = new Map(bears.flatMap((one) => one.criteria.map(({ id, verdict }) => [id, verdict] as const)));
  const gets = [server.weakest, server.modern];
  return [
    md(`${several ? `${component}, ` : ''}${transport}/${port}`, CELL),
    md(server.title, 60),
    ...gets.map((words) => md(words ?? '–', CELL)),
    md(few(fails) || 'nothing', CELL * 2),
    md(few(open) || 'nothing', CELL * 2),
    md(few([...criteria].map(([id, verdict]) => `${id} ${VERDICT_NAMES[verdict]}`)) || '–', CELL),
  ];
};

/** How each port protects what it serves, a row a server; those that fail first. Of so many characters at most. */
export const transportPart = (input: ReportInput): ((room: number) => string[]) => {
  const runs = transportOf(input);
  const pictures = runs.flatMap((one) => one.pictures);
  const several = new Set(pictures.map(({ component }) => component)).size > 1;
  const rows = pictures.flatMap((picture) =>
    picture.servers
      .filter((server) => picture.servers.length === 1 || isWorthARow(server))
      .map((server) => rowOf(picture, server, several)),
  );
  const whole = table(
    ['Port', 'What', 'Weakest client gets', 'A modern client gets', 'Fails', 'Could not tell', 'Bears on'],
    rows,
  );
  const ports = runs.reduce((sum, { more }) => sum + more, 0);
  return (room) => {
    if (rows.length === 0) return ['Nothing was seen of how anything travels.'];
    let used = 0;
    const shown = whole.filter((line) => {
      used += line.length + 1;
      return used <= room - 200;
    });
    const left = whole.length - shown.length;
    return [
      ...(shown.length > 2 ? shown : []),
      ...(left > 0 || ports > 0
        ? ['', `And ${count(left, 'more row')}, ${count(ports, 'more port')}, in \`assessment.json\`.`]
        : []),
    ];
  };
};
