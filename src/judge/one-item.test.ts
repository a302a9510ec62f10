import { describe, expect, test } from 'vitest';
import {
  type AttemptDraft,
  attempt,
  type FactDraft,
  type RunDraft,
  recognised,
  run,
  scan,
  sha,
} from '../../test/kit/run.ts';
import type { Run } from '../model/run.ts';
import type { Component, Target } from '../model/target.ts';
import { foundAgain, NotOneItem, oneItem } from './one-item.ts';
import { ComponentView } from './seen.ts';

const MAC = '00:11:22:33:44:55';
const OLD = '198.18.0.5';
const NEW = '198.18.0.77';

const says = (what: 'serial' | 'mac' | 'firmware', value: string, via = 'http title'): FactDraft => ({
  kind: 'identity',
  what,
  value,
  via,
});
const told = (...facts: FactDraft[]): AttemptDraft => attempt('identity', 'camera/tcp/80/http', facts);

/** A run of a bare address, as `probity scan <address>` makes it. */
const bare = (address: string, draft: RunDraft = {}, index = 0): Run => {
  const whole = run({ ...draft, component: { addresses: [address], ...draft.component } }, index);
  const id = address.replaceAll(':', '-');
  return {
    ...whole,
    target: { ...whole.target, id, components: [{ ...whole.target.components[0]!, id }] },
    attempts: whole.attempts.map((one) => ({ ...one, component: id })),
  };
};
const product = (draft: RunDraft, index: number, target: Partial<Target> = {}): Run => {
  const whole = run(draft, index);
  return { ...whole, target: { ...whole.target, ...target } };
};
const extra = (id: string, more: Partial<Component> = {}): Component => ({
  id,
  kind: 'device',
  addresses: [],
  names: [],
  declares: {},
  ...more,
});

const together = (...runs: Run[]) => oneItem(runs.map((one) => ({ run: one })));
const refused = (...runs: Run[]): string => {
  try {
    together(...runs);
  } catch (error) {
    expect(error).toBeInstanceOf(NotOneItem);
    return (error as Error).message;
  }
  return 'one item';
};

describe('which runs are of one item', () => {
  const target = (id: string) => ({ id });
  test.each<[string, Run, Run, string | RegExp]>([
    ['one target, nothing else known', run({}, 0), run({}, 1), 'one item'],
    [
      'one target, all stated alike',
      run({ item: { serial: 'A1' } }, 0),
      run({ item: { serial: ' a1 ' } }, 1),
      'one item',
    ],
    [
      'a serial number stated in both, another target',
      product({ item: { serial: 'A1' } }, 0),
      product({ item: { serial: 'A1' } }, 1, target('lamp')),
      'one item',
    ],
    ['two bare addresses, nothing known', bare(OLD, {}, 0), bare(NEW, {}, 1), /no serial number or MAC that both have/],
    [
      'two bare addresses, one MAC told',
      bare(OLD, { attempts: [told(says('mac', '00-11-22-33-44-55'))] }, 0),
      bare(NEW, { attempts: [told(says('mac', MAC, 'certificate'))] }, 1),
      'one item',
    ],
    [
      'a MAC declared, and told by a bare address',
      bare(OLD, { attempts: [told(says('mac', MAC))] }, 0),
      run({ component: { mac: MAC } }, 1),
      'one item',
    ],
    [
      'a serial number stated, and told by a bare address',
      bare(OLD, { attempts: [told(says('serial', 'WC-0017'))] }, 0),
      run({ item: { serial: 'wc-0017' } }, 1),
      'one item',
    ],
    ...['0000', 'none', '12345678', 'To be filled by O.E.M.', '1', 'FFFFFFFF'].map(
      (serial): [string, Run, Run, RegExp] => [
        `a serial number that nobody wrote in: ${serial}`,
        bare(OLD, { attempts: [told(says('serial', serial))] }, 0),
        bare(NEW, { attempts: [told(says('serial', serial))] }, 1),
        /no serial number or MAC that both have/,
      ],
    ),
    ...['02:11:22:33:44:55', '01:00:5e:00:00:01', '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', 'x'].map(
      (mac): [string, Run, Run, RegExp] => [
        `a MAC told that is nobody's own: ${mac}`,
        bare(OLD, { attempts: [told(says('mac', mac))] }, 0),
        bare(NEW, { attempts: [told(says('mac', mac))] }, 1),
        /no serial number or MAC that both have/,
      ],
    ),
    ...(['model', 'serial', 'hardware', 'firmware'] as const).map((field): [string, Run, Run, RegExp] => [
      `one MAC, another ${field}`,
      run({ component: { mac: MAC }, item: { [field]: 'A1' } }, 0),
      run({ component: { mac: MAC }, item: { [field]: 'A2' } }, 1),
      new RegExp(`differ in ${field}`),
    ]),
    [
      'one target and stated alike, but the device tells another serial number',
      run({ item: { model: 'C' }, attempts: [told(says('serial', 'A101'))] }, 0),
      run({ item: { model: 'C' }, attempts: [told(says('serial', 'A202'))] }, 1),
      /differ in what the device tells as its serial \("a101" and "a202"\)/,
    ],
    [
      'serial numbers told by different places may be of different things',
      run({ attempts: [told(says('serial', 'A101'))] }, 0),
      run({ attempts: [told(says('serial', 'B-7734', 'certificate'))] }, 1),
      'one item',
    ],
    [
      'one address, another device behind it',
      bare(OLD, { attempts: [told(says('mac', MAC))] }, 0),
      bare(OLD, { attempts: [told(says('mac', '00:11:22:33:44:66'))] }, 1),
      /differ in what the device tells as its mac/,
    ],
    [
      'one target, another MAC declared',
      run({ component: { mac: MAC } }, 0),
      run({ component: { mac: '00:11:22:33:44:66' } }, 1),
      /differ in the declared MAC/,
    ],
    [
      'two interfaces of one sample',
      run({ component: { mac: MAC }, item: { serial: 'A1' } }, 0),
      run({ component: { mac: '00:11:22:33:44:66' }, item: { serial: 'A1' } }, 1),
      'one item',
    ],
    [
      'stated alike, and the device tells another firmware',
      run({ item: { firmware: '1.0' }, attempts: [told(says('firmware', '1.0'))] }, 0),
      run({ item: { firmware: '1.0' }, attempts: [told(says('firmware', 'v1.1'))] }, 1),
      /differ in what the device tells as its firmware/,
    ],
    [
      'of one nobody knows the firmware',
      bare(OLD, { attempts: [told(says('mac', MAC))] }, 0),
      run({ component: { mac: MAC }, item: { firmware: '1.0' } }, 1),
      /run 20261122T101500Z does not say which it was of/,
    ],
    [
      'of one the device itself tells the firmware',
      bare(OLD, { attempts: [told(says('mac', MAC), says('firmware', 'V1.0'))] }, 0),
      run({ component: { mac: MAC }, item: { firmware: '1.0' } }, 1),
      'one item',
    ],
    ['one states a serial number, the other none', run({ item: { serial: 'A1' } }, 0), run({}, 1), /no serial number/],
    ['the same run', run({}, 0), run({}, 0), /one run is given twice/],
  ])('%s', (_name, a, b, expected) => {
    if (typeof expected === 'string') {
      expect(refused(a, b)).toBe(expected);
      expect(refused(b, a)).toBe(expected);
    } else {
      expect(refused(a, b)).toMatch(expected);
      expect(refused(b, a)).toMatch(expected);
    }
  });

  test('no run is no item, and one run is', () => {
    expect(refused()).toBe('there is no run to judge');
    expect(refused(bare(OLD))).toBe('one item');
  });

  test('two runs of one second are told apart by nothing', () => {
    const given = [bare(OLD), bare(NEW)].map((one, index) => ({ run: one, seal: sha(String(index)) }));
    expect(() => oneItem(given)).toThrow('two runs have the id 20261122T101500Z');
  });

  test('a run in between ties two that have nothing in common', () => {
    const serial = { item: { serial: 'A1' } };
    const first = run({ ...serial }, 0);
    const second = bare(OLD, { attempts: [told(says('serial', 'A1'), says('serial', 'A1000'), says('mac', MAC))] }, 1);
    const third = bare(NEW, { attempts: [told(says('mac', MAC))] }, 2);
    expect(refused(first, third)).toMatch('no serial number or MAC');
    expect(refused({ ...first, item: { serial: 'a1000' } }, second, third)).toBe('one item');
  });

  test('a component that was looked at and that the newest run does not know', () => {
    const hub = extra('hub', { addresses: ['198.18.0.9'] });
    const before = product({ component: { mac: MAC }, attempts: [attempt('identity', 'camera', [])] }, 0);
    const old = {
      ...before,
      target: { ...before.target, components: [...before.target.components, hub] },
      attempts: [...before.attempts, { ...before.attempts[0]!, id: 'identity@hub', component: 'hub' }],
    };
    expect(refused(old, run({ component: { mac: MAC } }, 1))).toMatch(/looked at hub, which run .* does not know/);
  });
});

describe('a device at another address', () => {
  const whole = [scan({ tcp: [80] }), recognised('tcp/80', 'http'), told(says('mac', MAC))];
  const before = bare(OLD, { attempts: whole }, 0);
  const after = bare(NEW, { attempts: whole }, 1);

  test('is seen at the newest one: ids stay, and the moves are told', () => {
    const [first, second] = together(after, before);
    expect(first!.run.target).toBe(second!.run.target);
    expect(first!.run.attempts.map(({ id }) => id)).toEqual(before.attempts.map(({ id }) => id));
    expect(new Set(first!.run.attempts.map(({ component, endpoint }) => `${component} ${endpoint.host}`))).toEqual(
      new Set([`${NEW} ${NEW}`]),
    );
    expect(first!.moves).toEqual([{ component: NEW, from: OLD, to: NEW }]);
    expect(second!.moves).toBeUndefined();
    expect(before.attempts[0]!.endpoint.host).toBe(OLD);
  });

  test('is covered by what each run covered, and by nothing else', () => {
    const half = bare(
      OLD,
      { attempts: [attempt('tcp-ports', 'camera', [{ kind: 'port', port: 1, to: 100 }]), told(says('mac', MAC))] },
      0,
    );
    const rest = bare(
      NEW,
      { attempts: [attempt('tcp-ports', 'camera', [{ kind: 'port', port: 101, to: 65535 }]), told(says('mac', MAC))] },
      1,
    );
    const covered = (...runs: Run[]) => {
      const all = together(...runs).map((given) => given.run);
      const view = new ComponentView(all.at(-1)!.target.components[0]!, all, true);
      return view.ports('tcp').map(({ host, uncovered }) => [host, uncovered]);
    };
    expect(covered(half, rest)).toEqual([[NEW, []]]);
    expect(covered(half)).toEqual([[OLD, [[101, 65535]]]]);
  });

  test.each<[string, string[], string[], string[] | RegExp, string]>([
    ['one of each family', [OLD, 'fd00::5'], [NEW, 'fd00::77'], [NEW, 'fd00::77'], NEW],
    ['a new family beside', [OLD], [NEW, 'fd00::77'], [NEW, 'fd00::77'], NEW],
    ['a family is gone: it is still to be covered', [OLD, 'fd00::5'], [NEW], [NEW, 'fd00::5'], NEW],
    ['one of two is gone', ['198.18.0.6', OLD], ['198.18.0.6'], ['198.18.0.6', OLD], OLD],
    ['one of two has another', ['198.18.0.6', OLD], ['198.18.0.6', NEW], ['198.18.0.6', NEW], NEW],
    ['two became two', ['198.18.0.6', OLD], ['198.18.0.7', NEW], /which became which is not known/, ''],
    ['one became two', [OLD], ['198.18.0.7', NEW], /which became which is not known/, ''],
  ])('%s', (_name, old, young, addresses, host) => {
    const at = `camera[${OLD}]`;
    const first = run({ component: { addresses: old, mac: MAC }, attempts: [attempt('identity', at, [])] }, 0);
    const second = run({ component: { addresses: young, mac: MAC } }, 1);
    if (addresses instanceof RegExp) return expect(refused(first, second)).toMatch(addresses);
    const [older, newer] = together(first, second);
    expect(newer!.run.target.components[0]!.addresses).toEqual(addresses);
    expect(older!.run.attempts[0]!.endpoint.host).toBe(host);
  });

  test('components that changed their addresses with each other stay themselves', () => {
    const two = (camera: string, hub: string, index: number): Run => {
      const whole = run(
        { component: { addresses: [camera], mac: MAC }, attempts: [attempt('identity', 'camera', [])] },
        index,
      );
      return {
        ...whole,
        target: { ...whole.target, components: [...whole.target.components, extra('hub', { addresses: [hub] })] },
        attempts: [
          ...whole.attempts,
          { ...whole.attempts[0]!, id: 'identity@hub', component: 'hub', endpoint: { host: hub } },
        ],
      };
    };
    const [older] = together(two(OLD, NEW, 0), two(NEW, OLD, 1));
    expect(older!.run.attempts.map(({ component, endpoint }) => [component, endpoint.host])).toEqual([
      ['camera', NEW],
      ['hub', OLD],
    ]);
  });
});

describe('foundAgain', () => {
  test('by MAC, whatever the address and the firmware', () => {
    const old = bare(OLD, { item: { firmware: '1.0' }, attempts: [told(says('mac', MAC))] }, 0);
    const young = run({ component: { mac: MAC, addresses: [NEW] }, item: { firmware: '2.0' } }, 1);
    expect(foundAgain(old, young)).toEqual({
      components: new Map([[OLD, 'camera']]),
      addresses: new Map([[OLD, NEW]]),
    });
  });
  test.each<[string, Run, Run]>([
    ['nothing known', bare(OLD, {}, 0), bare(NEW, {}, 1)],
    [
      'another sample',
      run({ component: { mac: MAC }, item: { serial: 'A1' } }, 0),
      run({ component: { mac: MAC }, item: { serial: 'A2' } }, 1),
    ],
  ])('not: %s', (_name, old, young) => expect(foundAgain(old, young)).toBeUndefined());
});
