import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { holdsSecret, holdsSettings } from '../../src/observe/protocols/content.ts';
import { declaredAt } from '../../src/observe/protocols/declared.ts';
import { oneLine } from '../../src/observe/protocols/text.ts';
import { fetchFile, type Transfer } from './transfer.ts';

type Access = FactOf<'access'>;
type File = Extract<Transfer, { kind: 'file' }>;

/** What routers, cameras and telephones call their configuration, as far as such names can be known without the device's own. */
const NAMES = ['running-config', 'startup-config', 'config.bin', 'config.xml', 'config.txt', 'backup.cfg'];
const DECLARED = 16;
/**
 * RFC 1350, 5: access violation, or what is not defined (0) and says so in words, as tftpd-hpa does. A file that is not
 * there (1) is no refusal.
 */
const isRefusal = ({ code, words }: Extract<Transfer, { kind: 'refused' }>): boolean =>
  code === 2 || (code === 0 && /denied|permission|not allowed|forbidden/i.test(words));

/** TFTP has no login: whoever knows a name has the file. Only reads are sent. */
export default defineProbe({
  id: 'tftp-access',
  version: '1',
  title: 'TFTP: files that come to whoever names them',
  emits: ['access'],
  impact: 'connect',
  appliesTo: ({ protocol, transport, port }) => protocol === 'tftp' && transport === 'udp' && port !== undefined,
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<Access> {
  const any = await fetchFile(context, randomName(context, ''));
  if (any.kind === 'file') {
    // Whatever is asked for, this is what comes: names tell nothing more.
    yield reached(context, 'any name', any, false);
    return;
  }
  const declared = declaredAt(context.component, context.endpoint)
    .flatMap(({ protects }) => protects ?? [])
    .slice(0, DECLARED);
  let met = false;
  const catching = new Set<string>();
  for (const name of new Set([...declared, ...NAMES])) {
    const extension = /\.[a-z0-9]{1,8}$/i.exec(name)?.[0] ?? '';
    if (catching.has(extension)) continue;
    const transfer = await fetchFile(context, name);
    const isDeclared = declared.includes(name);
    if (transfer.kind === 'refused') {
      if (!isDeclared || !isRefusal(transfer)) continue;
      met = true;
      yield access(oneLine(name, 200), 'content', 'required', 'declared');
      continue;
    }
    met = true;
    // Without an extension it was refused before.
    const control = extension === '' ? any : await fetchFile(context, randomName(context, extension));
    if (control.kind === 'file') {
      catching.add(extension);
      yield reached(context, `any name with ${extension}`, control, false);
    } else yield reached(context, oneLine(name, 200), transfer, isDeclared);
  }
  if (!met)
    throw new CannotTell(
      'unsupported',
      'none of the names that were asked for is served; declare (`protects`) which files there are',
    );
}

const randomName = (context: ProbeContext, extension: string): string =>
  `${context.random(8).toString('hex')}${extension}`;

const access = (
  resource: string,
  what: Access['class'],
  authentication: Access['authentication'],
  how: Access['how'],
): Access => ({ kind: 'access', protocol: 'tftp', class: what, action: 'read', resource, authentication, how });

function reached(context: ProbeContext, resource: string, { bytes }: File, declared: boolean): Access {
  const text = bytes.toString('utf8');
  const sample = context.evidence(bytes, 'application/octet-stream');
  if (holdsSecret(text)) return { ...access(resource, 'secret', 'none', 'recognised'), sample };
  const what = holdsSettings(text) || declared ? 'setting' : 'content';
  return { ...access(resource, what, 'none', declared ? 'declared' : 'guessed'), sample };
}
