import { type CheckView, defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import {
  EXPECTED,
  NEEDS,
  ofPart,
  quoted,
  sameWords,
  unseen,
  type View,
  versionOf,
} from './declaration-consistent-parts.ts';
import {
  judgeAccounts,
  judgeAuthentication,
  judgeChannels,
  judgeInterfaces,
  judgeLock,
  judgeServices,
} from './declaration-consistent-services.ts';
import { ids, listed } from './place.ts';

const STATED = ['model', 'serial', 'firmware'] as const;
const TOLD: readonly string[] = ['vendor', 'model', 'serial', 'firmware', 'mac', 'uuid', 'name'];

const agree = (kind: string, one: string, other: string): boolean =>
  kind === 'mac'
    ? one.trim().toLowerCase().replaceAll('-', ':') === other.trim().toLowerCase().replaceAll('-', ':')
    : sameWords(one, other);

/** One stated value held against what the device tells of itself; undefined where it tells nothing of the kind. */
const judgeValue = (view: View, part: string, kind: string, stated: string): FindingDraft | undefined => {
  const told = view.seen.facts('identity').filter(({ fact }) => fact.what === kind && fact.value.trim() !== '');
  if (told.length === 0) return undefined;
  const agreeing = told.filter(({ fact }) => agree(kind, stated, fact.value));
  const common = ofPart(view, `${part}:${kind}`);
  if (agreeing.length > 0)
    return {
      ...common,
      verdict: 'pass',
      because: `The ${kind} is stated as ${quoted(stated)}, and the device tells the same by ${agreeing[0]!.fact.via}.`,
      basis: ids(agreeing),
    };
  const { value, via } = told[0]!.fact;
  // One name has many spellings, one device several numbers; a firmware has one version.
  const versions = kind === 'firmware' && versionOf(stated) !== undefined && versionOf(value) !== undefined;
  return {
    ...common,
    verdict: 'fail',
    strength: versions && versionOf(stated) !== versionOf(value) ? 'conclusive' : 'indicative',
    because: `The ${kind} is stated as ${quoted(stated)}, and the device tells ${quoted(value)} by ${via}.`,
    remedy: 'State what is on the bench, or test what is stated.',
    basis: ids(told),
  };
};

function* judgeValues(
  view: View,
  part: string,
  stated: readonly (readonly [string, string])[],
): Generator<FindingDraft> {
  const silent: string[] = [];
  for (const [kind, value] of stated) {
    const said = judgeValue(view, part, kind, value);
    if (said === undefined) silent.push(kind);
    else yield said;
  }
  if (silent.length > 0)
    yield unseen(
      view,
      part,
      `the stated ${listed([...new Set(silent)])}`,
      ids(view.seen.attempts({ emits: 'identity' })),
    );
}

/** The component whose model, serial number and firmware are the item's: the device, or the first where there is none. */
const isItem = ({ target: { components }, component }: View): boolean =>
  (components.find(({ kind }) => kind === 'device') ?? components[0])?.id === component.id;

/** `item`: what the tester stated of the item on the bench. A hub beside it has a serial number of its own. */
const statedOf = (view: View): (readonly [string, string])[] =>
  (isItem(view) ? STATED : []).flatMap((field) => {
    const { seen } = view;
    const value = seen.runs.map(({ item }) => item[field]?.trim() ?? '').find((text) => text !== '');
    return value === undefined ? [] : [[field, value] as const];
  });

/** `identifiers`: those that are declared with a value. */
const declaredIdentifiers = ({ component }: View): (readonly [string, string])[] =>
  (component.declares.identifiers ?? []).flatMap((entry) =>
    typeof entry === 'object' && entry.value !== undefined && TOLD.includes(entry.kind)
      ? [[entry.kind, entry.value] as const]
      : [],
  );

const ROLES = ['manifest', 'image', 'signature'] as const;

/** `update`: where updates come from, whether there are any, and whether the declared key signs them. */
function* judgeUpdate(view: View): Generator<FindingDraft> {
  const declared = view.component.declares.update;
  if (declared === undefined) return;
  const updates = view.seen.facts('update');
  const common = ofPart(view, 'update');
  const offered = updates.filter(({ fact }) => fact.role !== 'client' && fact.outcome === 'accepted');
  if (declared.policy === 'none' || /^\s*(none|no updates?)\b/i.test(declared.mechanism ?? '')) {
    if (offered.length === 0) yield unseen(view, 'update', 'the declaration that there are no updates');
    else
      yield {
        ...common,
        verdict: 'fail',
        because: `No updates are declared, and one is offered at ${quoted(offered[0]!.fact.url)}.`,
        basis: ids(offered),
      };
    return;
  }
  let spoken = false;
  for (const role of ROLES) {
    const url = declared[role];
    const here = offered.filter(({ fact }) => fact.role === role && fact.url === url);
    if (url === undefined || here.length === 0) continue;
    spoken = true;
    const clear = here.filter(({ fact }) => url.startsWith('https:') && fact.transport === 'none');
    yield {
      ...ofPart(view, `update:${role}`),
      verdict: clear.length > 0 ? 'fail' : 'pass',
      because:
        clear.length > 0
          ? `The ${role} is declared at ${quoted(url)}, and it came in clear.`
          : `The ${role} is at its declared place, ${quoted(url)}.`,
      basis: ids(clear.length > 0 ? clear : here),
    };
  }
  if (declared.key !== undefined) {
    const said = judgeKey(view);
    if (said !== undefined) {
      spoken = true;
      yield said;
    }
  }
  if (!spoken)
    yield unseen(view, 'update', 'what is declared of updates', ids(view.seen.attempts({ emits: 'update' })));
}

const signedAs = (artifacts: readonly SeenFact<'artifact'>[], ...signed: string[]): readonly SeenFact<'artifact'>[] =>
  artifacts.filter(({ fact }) => signed.includes(fact.signed));

/** Whether the declared key signs what is offered: the image, or the manifest that covers it. */
const judgeKey = (view: View): FindingDraft | undefined => {
  const artifacts = view.seen.facts('artifact');
  const images = artifacts.filter(({ fact }) => fact.role === 'image');
  const common = ofPart(view, 'update:key');
  const byKey = signedAs(artifacts, 'by-given-key');
  const invalid = signedAs(images, 'invalid');
  if (invalid.length > 0)
    return {
      ...common,
      verdict: 'fail',
      because: 'A key is declared for updates, and the signature of the image is not by it.',
      basis: ids(invalid),
    };
  if (byKey.length > 0)
    return { ...common, verdict: 'pass', because: 'The declared key signs what is offered.', basis: ids(byKey) };
  const bare = signedAs(images, 'none', 'checksum');
  return bare.length === 0
    ? undefined
    : {
        ...common,
        verdict: 'fail',
        // The device may want a signature that this image does not have, and refuse it.
        strength: 'indicative',
        because: 'A key is declared for updates, and the image that is offered is not signed.',
        basis: ids(bare),
      };
};

const declaredParts = (view: CheckView<never>): string[] =>
  Object.entries(view.component.declares)
    .filter(([, value]) => value !== undefined)
    .map(([part]) => part);

export default defineCheck({
  id: 'declaration-consistent',
  version: '1.0.0',
  title: 'What is declared is what was seen',
  theme: 'product',
  needs: NEEDS,
  *judge(view) {
    const stated = statedOf(view);
    const parts = declaredParts(view);
    if (stated.length === 0 && parts.length === 0) {
      yield {
        verdict: 'not-applicable',
        because: 'Nothing is declared, so nothing can be contradicted.',
        expected: EXPECTED,
        basis: [
          ...new Set((['tcp', 'udp'] as const).flatMap((each) => view.seen.ports(each).flatMap(({ basis }) => basis))),
        ],
      };
      return;
    }
    let spoken = false;
    for (const judged of [
      judgeValues(view, 'item', stated),
      judgeValues(view, 'identifiers', declaredIdentifiers(view)),
      judgeInterfaces(view),
      judgeServices(view),
      judgeAuthentication(view),
      judgeAccounts(view),
      judgeLock(view),
      judgeChannels(view),
      judgeUpdate(view),
    ])
      for (const finding of judged) {
        spoken = true;
        yield finding;
      }
    if (!spoken) yield unseen(view, 'declaration', `what is declared (${listed(parts)})`);
  },
});
