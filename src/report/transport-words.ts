import type { Item, List, Said, Server } from './transport-view.ts';

/** What was told of a thing, in words; empty where it is simply had. A flaw is absent, anything else refused. */
export const toldWords = ({ told, fails }: Item, of: List['of']): string => {
  if (told === 'could not tell') return 'could not tell';
  if (told === 'refused') return of === 'flaws' ? 'absent' : 'refused';
  const failing = fails === undefined ? '' : fails === 'conclusive' ? 'fails' : 'fails, indicated';
  return of === 'flaws' ? ['present', failing].filter((word) => word !== '').join(', ') : failing;
};

/** A thing in a text without colours: `TLS 1.0 (fails)`, `SSLv3 (refused)`. */
export const itemWords = (item: Item, of: List['of']): string => {
  const words = [item.note, toldWords(item, of)].filter((word) => word !== undefined && word !== '');
  return words.length === 0 ? item.name : `${item.name} (${words.join('; ')})`;
};

/** The things of a list that stand in a line of text, those that fail first and what was refused last, and how many are left out. */
export const itemsInWords = ({ items, of, more }: List, most: number): { items: Said[]; left: number } => {
  const rank = ({ fails, told }: Item): number => (fails !== undefined ? 0 : told === 'refused' ? 2 : 1);
  const sorted = [...items].sort((a, b) => rank(a) - rank(b));
  return {
    items: sorted.slice(0, most).map((item) => {
      const words = itemWords(item, of);
      return item.fails === undefined ? { words } : { words, fails: item.fails };
    }),
    left: Math.max(0, sorted.length - most) + more,
  };
};

export const saidWords = ({ words, fails }: Said): string =>
  fails === undefined ? words : `${words} (${fails === 'conclusive' ? 'fails' : 'fails, indicated'})`;

/** What clients get of a server, in one or two sentences; empty where nothing is negotiated. */
export const getsWords = ({ weakest, modern }: Server): string[] => [
  ...(weakest === undefined ? [] : [`Weakest client gets: ${weakest}.`]),
  ...(modern === undefined ? [] : [`A modern client gets: ${modern}.`]),
];
