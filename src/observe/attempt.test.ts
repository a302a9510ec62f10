import { afterEach, describe, expect, it } from 'vitest';
import { everythingSaid, type ObserveOptions, observeWith } from '../../test/kit/probe.ts';
import { closedPort, tcpServer, udpServer } from '../../test/kit/servers.ts';
import { until } from '../../test/kit/wire.ts';
import type { Fact, FactKind } from '../model/fact.ts';
import { systemClock } from './clock.ts';
import { CannotTell, type Probe, type ProbeContext } from './probe.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function probeOf(
  observe: (context: ProbeContext) => AsyncIterable<Fact>,
  emits: FactKind[] = ['service', 'login'],
): Probe {
  return { id: 'p', version: '1', title: 'P', emits, impact: 'login', appliesTo: () => true, observe };
}

const run = (observe: (context: ProbeContext) => AsyncGenerator<Fact>, options: ObserveOptions = {}) =>
  observeWith(probeOf(observe), { hostOnly: options.port === undefined, ...options });

const service = (protocol: string): Fact => ({ kind: 'service', protocol, security: 'none' });
const login = (secret: string, accepted: boolean): Fact => ({
  kind: 'login',
  protocol: 'telnet',
  account: 'root',
  secret,
  arm: 'candidate',
  accepted,
  answer: 'said',
});
const never = () => new Promise<never>(() => {});

async function echo(): Promise<number> {
  const server = await tcpServer((s) => s.on('data', (d) => s.write(d)));
  ends.push(server.close);
  return server.port;
}

describe('an attempt', () => {
  it('names its observations, and gives each the transcripts with traffic since the one before', async () => {
    const port = await echo();
    const told: [string, number][] = [];
    const { attempt, transcripts, evidence } = await run(
      async function* (context) {
        const first = await context.dial();
        const second = await context.dial();
        await first.send('one');
        await first.receive({ until: (b) => b.length === 3 });
        yield service('both');
        yield service('same');
        await second.send('two');
        await second.receive({ until: (b) => b.length === 3 });
        const digest = context.evidence('a page', 'text/html');
        yield { ...service('second'), banner: digest } as Fact;
        context.evidence('left over', 'text/plain');
        await context.dial();
      },
      { port, onFact: (_fact, id) => told.push([id, told.length]) },
    );
    expect(attempt.outcome).toEqual({ status: 'completed' });
    const names = attempt.observations.map(({ id }) => id);
    expect(names).toEqual([1, 2, 3].map((n) => `p@device/tcp/${port}#${n}`));
    expect(told.map(([id]) => id)).toEqual(names);
    expect(transcripts).toHaveLength(3);
    const [one, two, three] = attempt.observations.map((o) => o.evidence.map((d) => evidence.get(d)?.mediaType));
    expect([one, two, three]).toEqual([
      ['application/json', 'application/json'],
      ['application/json', 'application/json'],
      ['application/json', 'text/html'],
    ]);
    expect(attempt.observations[0]?.evidence).toEqual(attempt.observations[1]?.evidence);
    expect(attempt.evidence.map((d) => evidence.get(d)?.mediaType)).toEqual(['application/json', 'text/plain']);
  });

  it('tells a fact before the probe goes on', async () => {
    const order: string[] = [];
    await run(
      async function* () {
        yield service('a');
        order.push('went on');
      },
      { onFact: () => order.push('told') },
    );
    expect(order).toEqual(['told', 'went on']);
  });

  it('keeps the transcript of a dial that failed', async () => {
    const { attempt, transcripts } = await run(
      async function* (context) {
        await context.dial();
        yield service('never');
      },
      { port: (await closedPort()).port },
    );
    expect(attempt.outcome).toMatchObject({ status: 'inconclusive', reason: 'refused', open: ['service', 'login'] });
    expect(attempt.evidence).toHaveLength(1);
    expect(transcripts[0]?.ended).toBe('refused');
  });

  it('takes the word of a CannotTell, its open kinds, and what was seen before', async () => {
    const { attempt } = await run(async function* () {
      yield service('a');
      throw new CannotTell('locked', 'try again later', ['login']);
    });
    expect(attempt.outcome).toEqual({
      status: 'inconclusive',
      reason: 'locked',
      detail: 'try again later',
      open: ['login'],
    });
    expect(attempt.observations).toHaveLength(1);
  });

  it.each<[string, (context: ProbeContext) => AsyncIterable<Fact>, RegExp]>([
    [
      'an unexpected throw',
      async function* () {
        yield service('a');
        throw new TypeError('undefined is not a function');
      },
      /undefined is not a function/,
    ],
    [
      'what is no fact',
      async function* () {
        yield service('a');
        yield { kind: 'service', protocol: '', security: 'none' } as Fact;
      },
      /no fact/,
    ],
    [
      'a fact of a kind that it does not emit',
      async function* () {
        yield service('a');
        yield { kind: 'weakness', protocol: 'tls', name: 'poodle', present: true } as Fact;
      },
      /weakness, which it does not emit/,
    ],
  ])('calls %s a bug, with its stack, and keeps what was seen', async (_name, observe, detail) => {
    const { attempt, evidence } = await observeWith(probeOf(observe), { hostOnly: true });
    expect(attempt.outcome).toMatchObject({ status: 'inconclusive', reason: 'bug', open: ['service', 'login'] });
    expect(attempt.outcome).toHaveProperty('detail', expect.stringMatching(detail));
    expect(attempt.observations).toHaveLength(1);
    const stack = attempt.evidence.map((digest) => evidence.get(digest)?.bytes.toString()).join();
    expect(stack).toMatch(/attempt(\.test)?\.ts:\d+/);
  });

  it('calls a probe that throws before it begins a bug', async () => {
    const { attempt } = await observeWith(
      probeOf(() => {
        throw new Error('no generator');
      }),
      { hostOnly: true },
    );
    expect(attempt.outcome).toMatchObject({ reason: 'bug', detail: 'no generator' });
  });

  it('ends a probe that never stops yielding', async () => {
    const { attempt } = await run(async function* () {
      for (;;) yield service('again');
    });
    expect(attempt.outcome).toMatchObject({ reason: 'bug', detail: expect.stringContaining('more than 10000 facts') });
    expect(attempt.observations).toHaveLength(10_000);
  });

  it('ends at its limit though the probe hangs, closes its sockets, and keeps what was seen', async () => {
    const server = await tcpServer((s) => s.resume());
    ends.push(server.close);
    const { attempt, transcripts } = await run(
      async function* (context) {
        const connection = await context.dial();
        await connection.send('hello');
        yield service('a');
        await never();
      },
      { port: server.port, limits: { attempt: 80 } },
    );
    expect(attempt.outcome).toMatchObject({ reason: 'timeout', detail: 'the attempt took more than 80 ms' });
    expect(attempt.observations).toHaveLength(1);
    expect(transcripts[0]?.ended).toBe('closed by us');
    await until(() => server.open === 0);
  });

  it.each([
    ['receives', async (c: ProbeContext) => void (await (await c.dial()).receive({ wait: 60_000 }))],
    ['sleeps', (c: ProbeContext) => c.sleep(60_000)],
    ['waits for a datagram', async (c: ProbeContext) => void (await (await c.datagram()).receive({ wait: 60_000 }))],
    [
      'waits for a call',
      async (c: ProbeContext) => void (await (await c.listen({ transport: 'tcp' })).next({ wait: 60_000 })),
    ],
  ])('ends at its limit while the probe %s', async (_name, wait) => {
    const { attempt } = await run(
      async function* (context) {
        await wait(context);
        yield service('never');
      },
      { port: await echo(), limits: { attempt: 50 } },
    );
    expect(attempt.outcome).toMatchObject({ reason: 'timeout', detail: 'the attempt took more than 50 ms' });
  });

  it("ends when it is aborted, also before it began, by the signal's own reason", async () => {
    const abort = new AbortController();
    const aborted = run(
      async function* () {
        yield service('a');
        await never();
      },
      { signal: abort.signal, onFact: () => abort.abort() },
    );
    expect((await aborted).attempt.outcome).toMatchObject({ reason: 'aborted' });
    expect((await aborted).attempt.observations).toHaveLength(1);
    const signal = AbortSignal.abort(new CannotTell('timeout', 'the device had its time'));
    const { attempt } = await run(async function* () {}, { signal });
    expect(attempt.outcome).toMatchObject({ reason: 'timeout', detail: 'the device had its time' });
  });

  it('is not completed by a probe that takes the abort for an answer', async () => {
    const { attempt } = await run(
      async function* (context) {
        const answered = await context.sleep(60_000).then(
          () => true,
          () => false,
        );
        if (answered) yield service('never');
      },
      { limits: { attempt: 30 } },
    );
    expect(attempt.outcome).toMatchObject({ status: 'inconclusive', reason: 'timeout' });
  });

  it('closes what the probe left open', async () => {
    const server = await tcpServer((s) => s.resume());
    ends.push(server.close);
    await run(
      async function* (context) {
        await context.dial();
        await (await context.dial()).send('x');
        yield service('a');
      },
      { port: server.port },
    );
    await until(() => server.met === 2 && server.open === 0);
  });

  it('lets a probe that goes on reach nothing', async () => {
    const server = await tcpServer(() => {});
    ends.push(server.close);
    let late: unknown[] = [];
    const { attempt } = await run(
      async function* (context) {
        await systemClock.sleep(60);
        late = await Promise.all(
          [context.dial(), context.datagram(), context.sleep(1), context.listen({ transport: 'udp' })].map((promise) =>
            promise.then(
              () => 'reached',
              (error) => error.reason,
            ),
          ),
        );
        yield service('too late');
        throw new Error('nobody hears this');
      },
      { port: server.port, limits: { attempt: 20 } },
    );
    expect(attempt.observations).toEqual([]);
    await until(() => late.length > 0);
    expect(late).toEqual(Array(4).fill('timeout'));
    expect(server.met).toBe(0);
  });

  it('runs the finally of a probe that is ended at a yield', async () => {
    let cleaned = false;
    await run(async function* () {
      try {
        yield service('a');
        yield { kind: 'bogus' } as unknown as Fact;
      } finally {
        cleaned = true;
      }
    });
    expect(cleaned).toBe(true);
  });

  it("rejects for what is not the probe's, and still closes everything", async () => {
    const server = await tcpServer((s) => s.resume());
    ends.push(server.close);
    const failing = run(
      async function* (context) {
        await context.dial();
        yield service('a');
      },
      {
        port: server.port,
        onFact: () => {
          throw new Error('the disk is full');
        },
      },
    );
    await expect(failing).rejects.toThrow('the disk is full');
    await until(() => server.open === 0);
  });

  it('states its coverage of candidates', async () => {
    const candidates = [
      { id: 'a', user: 'root', secret: 'x1' },
      { id: 'b', user: 'root', secret: 'x2' },
    ];
    const { attempt } = await run(
      async function* (context) {
        context.credentials.tried(context.credentials.candidates[0]!);
        yield service('a');
      },
      { candidates },
    );
    expect(attempt.credentials).toMatchObject({ common: ['a', 'b'], tried: ['a'] });
  });
});

describe('secrets of an attempt', () => {
  const candidates = [{ id: 'list/1', user: 'root', secret: 'xc3511' }];

  it('stand in no transcript, page or error once accepted', async () => {
    const observed = await run(
      async function* (context) {
        const connection = await context.dial();
        await connection.send('is it xc3511? ');
        await connection.receive({ until: (b) => b.includes(63) });
        context.redact('xc3511');
        await connection.send('xc3');
        await connection.send('511');
        await connection.receive({ until: (b) => b.includes('511') });
        yield login('list/1', true);
        context.redact('random-word');
        context.evidence('your password is xc3511', 'text/html');
        throw new Error('could not parse xc3511');
      },
      { port: await echo(), candidates },
    );
    expect(observed.attempt.outcome).toMatchObject({ reason: 'bug', detail: 'could not parse [redacted]' });
    const said = everythingSaid(observed);
    expect(said).not.toContain('xc3511');
    expect(said).toContain('is it [redacted]?');
    expect(said).toContain('your password is [redacted]');
  });

  it('leave the device its own words where they were refused', async () => {
    const server = await tcpServer((s) => {
      s.write('xc3511 camera login: ');
      s.once('data', (d) => s.write(`${d}\r\ndenied`));
    });
    ends.push(server.close);
    const observed = await run(
      async function* (context) {
        const connection = await context.dial();
        await connection.receive({ until: (b) => b.includes('login: ') });
        context.redact('xc3511');
        await connection.send('xc3511');
        await connection.receive({ until: (b) => b.includes('denied') });
        yield login('list/1', false);
      },
      { port: server.port, candidates },
    );
    const received = observed.transcripts[0]!.entries.filter(({ dir }) => dir === 'received');
    expect(Buffer.concat(received.map(({ bytes }) => bytes)).toString()).toBe(
      'xc3511 camera login: [redacted]\r\ndenied',
    );
  });

  it('go from datagrams', async () => {
    const server = await udpServer((message, answer) => answer(`resp ${message}`));
    ends.push(server.close);
    const observed = await run(
      async function* (context) {
        const datagram = await context.datagram();
        context.redact('xc3511');
        await datagram.send(Buffer.from('get xc3511'));
        await datagram.receive();
        yield login('list/1', false);
      },
      { port: server.port, transport: 'udp', candidates },
    );
    expect(everythingSaid(observed)).not.toContain('xc3511');
    expect(observed.attempt.observations[0]?.evidence).toHaveLength(1);
  });
});
