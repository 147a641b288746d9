import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startRedis } from './support/redis-server.ts';
import { RespFrames } from './support/resp-frames.ts';
import { startTcpProxy } from './support/tcp-proxy.ts';

const client = (url: string) => {
  const redis = new Redis(url, {
    retryStrategy: () => 5,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  });
  redis.on('error', () => undefined);
  return Object.assign(redis, { [Symbol.dispose]: () => redis.disconnect() });
};

const LIBRARY = `#!lua name=counting
redis.register_function('increment', function(keys) return redis.call('incr', keys[1]) end)`;

const increment = (redis: Redis) => redis.fcall('increment', 1, 'counter');

test('loses every n-th reply to a batch, after Redis applied it', async () => {
  await using redis = await startRedis();
  await using proxy = await startTcpProxy(redis.socketPath);
  using caller = client(proxy.url);
  await caller.function('LOAD', LIBRARY);
  proxy.dropReplyOfEvery(3);
  const outcomes: string[] = [];
  for (let call = 0; call < 9; call += 1) {
    outcomes.push(await increment(caller).then(String, () => 'lost'));
  }
  expect(outcomes).toEqual(['1', '2', 'lost', '4', '5', 'lost', '7', '8', 'lost']);
  expect(proxy.counters).toMatchObject({ matched: 9, dropped: 3 });
  proxy.dropReplyOfEvery(0);
  expect(await caller.get('counter')).toBe('9');
});

test('delivers the replies before the lost one of a pipeline', async () => {
  await using redis = await startRedis();
  await using proxy = await startTcpProxy(redis.socketPath);
  using caller = client(proxy.url);
  await caller.function('LOAD', LIBRARY);
  proxy.dropReplyOfEvery(1);
  const answers = await Promise.allSettled([caller.echo('before'), increment(caller), caller.echo('after')]);
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
});

test('a stall delays replies, a reset ends connections, a refusal rejects new ones', async () => {
  await using redis = await startRedis();
  await using proxy = await startTcpProxy(redis.socketPath);
  using caller = client(proxy.url);
  await caller.ping();
  let endStall = () => {};
  const stalled = proxy.stallUntil(
    new Promise<void>((resolve) => {
      endStall = resolve;
    }),
  );
  let answered = false;
  const reply = caller.ping().then(() => {
    answered = true;
  });
  await using direct = await startTcpProxy(redis.socketPath);
  using other = client(direct.url);
  await other.ping();
  expect(answered).toBe(false);
  endStall();
  await Promise.all([stalled, reply]);

  const closed = new Promise((resolve) => caller.once('close', resolve));
  proxy.refuse(true);
  proxy.reset();
  await closed;
  await expect(caller.ping()).rejects.toThrow(/max retries/);
  expect(proxy.counters.open).toBe(0);
  proxy.refuse(false);
  expect(await caller.ping()).toBe('PONG');
});

test('finds frames however the stream is split', () => {
  const frames = [
    '+OK\r\n',
    '*2\r\n$3\r\na\r\n\r\n:1\r\n',
    '$-1\r\n',
    '%1\r\n+k\r\n*1\r\n_\r\n',
    '|1\r\n+a\r\n:1\r\n$0\r\n\r\n',
  ];
  const stream = Buffer.from(frames.join(''));
  for (let size = 1; size <= stream.length; size += 1) {
    const splitter = new RespFrames();
    const found: string[] = [];
    for (let at = 0; at < stream.length; at += size) {
      found.push(...splitter.push(stream.subarray(at, at + size)).map(String));
    }
    expect(found).toEqual(frames);
  }
});
