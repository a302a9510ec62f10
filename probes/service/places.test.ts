import { describe, expect, it } from 'vitest';
import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import { recogniseTcp } from './tcp.ts';

const answerHttp = (said: string) => (said.startsWith('GET ') ? Buffer.from('HTTP/1.1 200 OK\r\n\r\nhi') : undefined);

/** A device that is asked over so many connections at once; one more is given up on, as the engine does. */
const crowded = (places: number, asked: string[], answer = answerHttp): ProbeContext => {
  let held = 0;
  const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
  const dial = async () => {
    if (held >= places) {
      await sleep(5);
      throw new CannotTell('budget', 'no place for one more connection at once');
    }
    held += 1;
    let said = '';
    let over = false;
    return {
      send: async (bytes: Buffer | string) => {
        said += bytes.toString('latin1');
        asked.push(said.slice(0, 3));
      },
      receive: async ({ wait = 60 }: { wait?: number } = {}) => {
        const bytes = answer(said);
        if (bytes) return { bytes, ended: 'closed' };
        await sleep(wait);
        return { bytes: Buffer.alloc(0), ended: 'timeout' };
      },
      destroy: () => {
        if (!over) held -= 1;
        over = true;
      },
    } as unknown as Connection;
  };
  return {
    component: { id: 'hub', kind: 'device', addresses: ['198.18.0.1'], names: [], declares: {} },
    endpoint: { host: '198.18.0.1', transport: 'tcp', port: 80 },
    limits: { wait: 60, readBytes: 65_536 },
    random: (bytes: number) => Buffer.alloc(bytes, 7),
    sleep,
    dial,
  } as unknown as ProbeContext;
};

it('a broker that was late the first time is asked a second time', async () => {
  const asked: string[] = [];
  const late = (said: string) =>
    said.startsWith('\x10') && asked.filter((one) => one.startsWith('\x10')).length === 2
      ? Buffer.from('20020005', 'hex')
      : undefined;
  expect((await recogniseTcp(crowded(4, asked, late), 'none')).recognition?.protocol).toBe('mqtt');
});

describe('where the device is given few connections at once', () => {
  it.each([1, 2, 4])('%i: a question that found no place is asked again, alone', async (places) => {
    const asked: string[] = [];
    const { recognition } = await recogniseTcp(crowded(places, asked), 'none');
    expect(recognition?.protocol).toBe('http');
    expect(asked).toContain('GET');
  });

  it('none at all: nothing can be told', async () => {
    await expect(recogniseTcp(crowded(0, []), 'none')).rejects.toMatchObject({ name: 'CannotTell', reason: 'budget' });
  });
});
