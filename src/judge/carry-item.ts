import type { CarriedTo, Via } from './carry.ts';

/** What has to be stated, and the same, of both items; a name of the product or a model is enough to say which it is. */
const differs = (what: string, source: string | undefined, here: string | undefined): string | undefined =>
  source === here
    ? undefined
    : `its ${what} is ${source === undefined ? 'not stated' : `"${source}"`}, and here it is ${here === undefined ? 'not stated' : `"${here}"`}`;

/**
 * Why a source is not of the item that is judged, or not dated; nothing where it is (B.4, 11). One sealed run that both were
 * judged on is proof. Else product, hardware and firmware have to be stated and the same: two items of which nobody says
 * the firmware are not known to be alike.
 */
export const notSameItem = ({ assessment, item, product }: Via['source'], to: CarriedTo): string | undefined => {
  const because = (why: string): string => `nothing is carried from the assessment by ${assessment.profile.id}: ${why}`;
  if (Number.isNaN(Date.parse(assessment.judgedAt))) return because('it is not dated');
  const seals = new Set(assessment.runs.flatMap(({ seal }) => (seal === undefined ? [] : [seal])));
  if (to.runs?.some(({ seal }) => seal !== undefined && seals.has(seal))) return undefined;

  const name = to.target.product?.name;
  const unlike =
    differs('product', product, name) ??
    differs('model', item.model, to.item.model) ??
    differs('hardware', item.hardware, to.item.hardware) ??
    differs('firmware', item.firmware, to.item.firmware);
  if (unlike !== undefined) return because(`it is of another item: ${unlike}`);
  if (name === undefined && to.item.model === undefined) return because('neither product nor model is stated');
  if (to.item.hardware === undefined) return because('no hardware is stated of either item');
  if (to.item.firmware === undefined) return because('no firmware is stated of either item');
  return undefined;
};
