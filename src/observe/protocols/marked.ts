import type { FactOf } from '../../model/fact.ts';
import { holdsSecret } from './content.ts';

type Access = FactOf<'access'>;
type Class = Access['class'];

/** What a resource was, by what was read of it. */
export type ReadAs = Pick<Access, 'class' | 'how' | 'marker'>;

/** Classes that say less than a planted value does: with one in it, what was read is somebody's. */
const LESS: readonly Class[] = ['content', 'discovery', 'setting', 'public'];

/** Whether something read without authority is a finding by what stands in it: each marker by its name, or a secret. */
export function markedOrSecret(markers: readonly string[], text: string, guessed: Class = 'content'): ReadAs[] {
  const isSecret = holdsSecret(text);
  const among = isSecret ? 'secret' : LESS.includes(guessed) ? 'customer-data' : guessed;
  if (markers.length > 0) return markers.map((marker) => ({ class: among, how: 'marker', marker }));
  return isSecret ? [{ class: 'secret', how: 'recognised' }] : [];
}
