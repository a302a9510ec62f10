import { createHash } from 'node:crypto';
import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { oneLine } from '../../src/observe/protocols/text.ts';
import { type Fetched, fetchDeclared } from './fetch.ts';
import { formatOf, holdsDigest, parseJson, versionOf } from './format.ts';
import { declaredKey, judgeSignature, type Signed } from './signature.ts';

/** Formats with no place for a signature of their own; within any other one may be that is not read here. */
const NEVER_SIGNED = new Set(['uimage', 'gzip', 'xz', 'unknown']);

type Role = 'manifest' | 'image' | 'signature';

/**
 * Fetches the declared manifest, image and signature, each once: over what channel they come, and whether the image
 * verifies with the declared key. What cannot be fetched is named, and leaves the rest standing.
 */
export default defineProbe({
  id: 'update-channel',
  version: '2',
  title: 'Where updates come from, and whether they are signed',
  emits: ['update', 'artifact'],
  impact: 'connect',
  appliesTo: ({ host, port }, { declares, addresses }) =>
    port === undefined &&
    // Once a component: it has one source of updates, however many addresses.
    (addresses[0] === host || !addresses.includes(host)) &&
    [declares.update?.manifest, declares.update?.image, declares.update?.signature].some((url) => url !== undefined),
  async *observe(context) {
    const declared = context.component.declares.update ?? {};
    const got = new Map<Role, Fetched>();
    const failed: CannotTell[] = [];
    for (const role of ['manifest', 'image', 'signature'] as const) {
      const url = declared[role];
      if (url === undefined) continue;
      const fetched = await attempt(context, url, failed);
      if (!fetched) continue;
      if (fetched.status === 200) {
        got.set(role, fetched);
        yield update(role, fetched);
      } else if (role !== 'signature' || ![404, 410].includes(fetched.status)) {
        // That there is no signature is an answer; that there is no manifest or image is none.
        failed.push(new CannotTell('protocol', `${url}: answered ${fetched.status}`));
      }
    }
    const manifest = got.get('manifest');
    const image = got.get('image');
    if (manifest) {
      yield artifact(context, 'manifest', manifest, { signed: 'none' });
    }
    if (image) {
      const knowsSignature =
        declared.signature === undefined || !failed.some((error) => error.message.includes(declared.signature!));
      if (knowsSignature) yield artifact(context, 'image', image, signedHow(image, got, declared.key));
    }
    const first = failed[0];
    if (first) throw new CannotTell(first.reason, failed.map((error) => error.message).join('; '));
  },
});

async function attempt(context: ProbeContext, url: string, failed: CannotTell[]): Promise<Fetched | undefined> {
  try {
    return await fetchDeclared(context, url);
  } catch (error) {
    // One source that fails must not hide what the others are.
    if (!(error instanceof CannotTell) || error.reason === 'aborted') throw error;
    failed.push(new CannotTell(error.reason, `${url}: ${error.message}`));
    return undefined;
  }
}

const update = (role: Role, { url, transport, authenticated }: Fetched): FactOf<'update'> => ({
  kind: 'update',
  url,
  role,
  transport,
  ...(authenticated !== undefined && { authenticated }),
  case: 'fetch',
  outcome: 'accepted',
});

function signedHow(image: Fetched, got: ReadonlyMap<Role, Fetched>, key: string | undefined): Signed {
  const signature = got.get('signature');
  if (signature) {
    // Of an image that is longer than what was read nothing can be verified.
    if (!image.whole || !signature.whole) return { signed: 'unverified' };
    return judgeSignature(image.body, signature.body, key === undefined ? undefined : declaredKey(key));
  }
  if (!image.whole || !NEVER_SIGNED.has(formatOf(image.body))) return { signed: 'unverified' };
  const manifest = got.get('manifest');
  const digests = ['sha256', 'sha512'].map((name) => createHash(name).update(image.body).digest());
  return { signed: manifest && holdsDigest(manifest.body, digests) ? 'checksum' : 'none' };
}

function artifact(
  context: ProbeContext,
  role: 'manifest' | 'image',
  { url, body }: Fetched,
  signed: Signed,
): FactOf<'artifact'> {
  const manifest = role === 'manifest' ? parseJson(body) : undefined;
  const version = manifest && versionOf(manifest);
  if (role === 'manifest') context.evidence(body.subarray(0, 65_536), 'application/octet-stream');
  return {
    kind: 'artifact',
    role,
    url,
    format: formatOf(body),
    digest: createHash('sha256').update(body).digest('hex'),
    ...(version && { version: oneLine(version, 100) }),
    ...signed,
  };
}
