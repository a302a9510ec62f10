import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { childText, elementsNamed, readXml } from '../../src/observe/protocols/soap-xml.ts';
import type { UpnpService } from '../../src/observe/protocols/upnp.ts';
import { access, callRead } from './controls.ts';

export const isMedia = ({ type }: UpnpService): boolean => /:ContentDirectory:\d+$/.test(type);

/** Browse calls and entries of one: the beginning of what is there, from its root. */
const CALLS = 6;
const ENTRIES = '50';

/**
 * What a media server lists to anyone (ContentDirectory 1.0, 2.7.4). Titles may be the maker's: only a planted marker
 * shows that they are the customer's.
 */
export async function* media(
  context: ProbeContext,
  url: URL,
  service: UpnpService,
): AsyncGenerator<FactOf<'access'>, void> {
  const due = ['0'];
  const bodies: Buffer[] = [];
  let items = 0;
  for (let call = 0; call < CALLS && due.length > 0; call += 1) {
    const read = await callRead(context, url, service, {
      name: 'Browse',
      arguments: {
        ObjectID: due.shift()!,
        BrowseFlag: 'BrowseDirectChildren',
        Filter: 'dc:title,dc:creator,res',
        StartingIndex: '0',
        RequestedCount: ENTRIES,
        SortCriteria: '',
      },
      holds: 'Result',
    });
    if (read.result === 'refused' && call === 0)
      yield access(service, 'Browse', {
        class: 'function',
        action: 'list',
        authentication: 'required',
        how: 'recognised',
      });
    if (read.result === 'unavailable' && call === 0)
      throw new CannotTell('unsupported', `Browse of the root was answered with ${read.why}`, ['access']);
    if (read.result !== 'open') break;
    bodies.push(read.body);
    const list = readXml(childText(read.answer.element, 'Result') ?? '');
    if (!list) continue;
    items += elementsNamed(list, 'item').length;
    const containers = elementsNamed(list, 'container').flatMap(({ attributes }) => attributes.id ?? []);
    due.push(...containers.filter((id) => id.length <= 200).slice(0, CALLS));
  }
  if (bodies.length === 0) return;
  yield access(service, 'Browse', {
    class: items > 0 ? 'customer-data' : 'function',
    action: 'list',
    authentication: 'none',
    how: 'guessed',
    sample: context.evidence(Buffer.concat(bodies), 'text/xml'),
  });
}
