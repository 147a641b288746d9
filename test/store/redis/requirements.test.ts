import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { openRedisStore } from '../../../src/store/redis/redis-store.ts';
import {
  type Durability,
  judgeServer,
  RequirementError,
  type ServerFacts,
  waitsForFlush,
} from '../../../src/store/redis/link/requirements.ts';
import { StoreError } from '../../../src/store/store.ts';
import { poll } from '../../support/poll.ts';
import { type RedisConfig, startRedis } from '../../support/redis-server.ts';
import { configure, transaction } from '../../support/transactions.ts';

const SOUND = { 'maxmemory-policy': 'noeviction', appendonly: 'yes', appendfsync: 'everysec' };

const facts = (changes: Partial<ServerFacts> = {}, settings: Record<string, string> = SOUND): ServerFacts => ({
  product: 'Redis',
  version: '7.0.0',
  settings: new Map(Object.entries(settings)),
  info: new Map(),
  ...changes,
});

describe('versions', () => {
  test.each([
    ['Redis', '7.0.0', true],
    ['Redis', '7.0.15', true],
    ['Redis', '8.2.1', true],
    ['Redis', '6.2.14', false],
    ['Redis', '6.9.9', false],
    ['Valkey', '7.2.0', true],
    ['Valkey', '8.1.3', true],
    ['Valkey', '7.1.9', false],
  ] as const)('%s %s is accepted: %s', (product, version, taken) => {
    const { problems } = judgeServer(facts({ product, version }), 'relaxed');
    const tooOld = /too old: Holdfast requires Redis 7\.0 .* Valkey 7\.2/;
    expect(problems).toEqual(taken ? [] : [expect.stringMatching(tooOld)]);
  });

  test('warns of an unknown version', () => {
    expect(judgeServer(facts({ version: '' }), 'relaxed')).toEqual({
      problems: [],
      warnings: [expect.stringContaining('version is unchecked')],
    });
  });
});

test('warns at local of replicas that need not acknowledge writes, because a failover could lose some', () => {
  const followed = { info: new Map([['connected_slaves', '2']]) };
  const settings = { ...SOUND, appendfsync: 'always', 'min-replicas-to-write': '0' };
  const warned = { problems: [], warnings: [expect.stringMatching(/2 replicas and min-replicas-to-write is 0/)] };
  expect(judgeServer(facts(followed, settings), 'local')).toEqual(warned);
  const sound = { problems: [], warnings: [] };
  expect(judgeServer(facts(followed, settings), 'relaxed')).toEqual(sound);
  expect(judgeServer(facts(followed, { ...settings, 'min-replicas-to-write': '1' }), 'local')).toEqual(sound);
  expect(judgeServer(facts({}, settings), 'local')).toEqual(sound);
});

describe('replicated', () => {
  const wait = { replicas: 2, isFlushed: false };
  const settings = { ...SOUND, 'min-replicas-to-write': '2', 'min-replicas-max-lag': '10' };
  const judge = (changes: Record<string, string>, connected = '2') =>
    judgeServer(
      facts({ info: new Map([['connected_slaves', connected]]) }, { ...settings, ...changes }),
      'replicated',
      wait,
    );

  test.each<[Record<string, string>, RegExp | null]>([
    [{}, null],
    [{ 'min-replicas-to-write': '3' }, null],
    [{ 'min-replicas-to-write': '1' }, /min-replicas-to-write is 1: .*REDIS_WAIT_REPLICAS=2 requires .* 2 or more/],
    [{ 'min-replicas-max-lag': '0' }, /min-replicas-max-lag is 0, which turns min-replicas-to-write off/],
    [{ appendonly: 'no' }, /appendonly is no: DURABILITY=replicated requires/],
    [{ appendfsync: 'no' }, /appendfsync is no: DURABILITY=replicated requires .*everysec or always/],
  ])('with %j', (changes, problem) => {
    expect(judge(changes)).toEqual({ problems: problem ? [expect.stringMatching(problem)] : [], warnings: [] });
  });

  test('warns of a replica that is not waited for, and of settings that may not be read', () => {
    expect(judge({}, '3').warnings).toEqual([expect.stringMatching(/3 replicas and REDIS_WAIT_REPLICAS is 2/)]);
    const { problems, warnings } = judgeServer(facts({}, SOUND), 'replicated', wait);
    expect([problems, warnings]).toEqual([[], [expect.stringMatching(/min-replicas-to-write is unchecked/)]]);
  });

  test.each([
    ['Redis', '7.0.15', 'always', false],
    ['Redis', '7.2.0', 'always', true],
    ['Redis', '8.0.0', 'always', true],
    ['Redis', '8.0.0', 'everysec', false],
    ['Valkey', '7.2.5', 'always', true],
    ['Redis', '', 'always', false],
  ] as const)(
    'on %s %s with appendfsync %s waits until replicas have flushed: %s',
    (product, version, appendfsync, is) => {
      expect(waitsForFlush(facts({ product, version }, { ...SOUND, appendfsync }))).toBe(is);
    },
  );
});

describe('durability', () => {
  const none = { ...SOUND, appendonly: 'no' };
  const always = { ...SOUND, appendfsync: 'always' };
  const never = { ...SOUND, appendfsync: 'no' };
  test.each<[Durability, Record<string, string>, RegExp | null]>([
    ['none', none, null],
    ['relaxed', none, /appendonly is no: DURABILITY=relaxed requires .*everysec or always; DURABILITY=none/],
    ['relaxed', SOUND, null],
    ['relaxed', always, null],
    ['relaxed', never, /appendfsync is no/],
    ['local', none, /appendonly is no/],
    ['local', SOUND, /appendfsync is everysec: DURABILITY=local requires appendonly yes with appendfsync always/],
    ['local', always, null],
    ['local', { ...always, 'no-appendfsync-on-rewrite': 'yes' }, /no-appendfsync-on-rewrite is yes: .*requires no/],
    ['relaxed', { ...always, 'no-appendfsync-on-rewrite': 'yes' }, null],
  ])('%s with %j', (durability, settings, problem) => {
    const { problems } = judgeServer(facts({}, settings), durability);
    expect(problems).toEqual(problem ? [expect.stringMatching(problem)] : []);
  });

  test('without CONFIG, reads some settings from INFO and warns of the others', () => {
    const info = new Map([
      ['maxmemory_policy', 'allkeys-lru'],
      ['aof_enabled', '0'],
    ]);
    expect(judgeServer(facts({ info }, {}), 'relaxed').problems).toHaveLength(2);
    const warned = judgeServer(facts({ info: new Map() }, {}), 'local');
    expect(warned).toEqual({
      problems: [],
      warnings: [/maxmemory-policy/, /appendonly/, /appendfsync/].map((word) => expect.stringMatching(word)),
    });
  });
});

const refusedOpening = async (settings: RedisConfig, durability: Durability): Promise<StoreError> => {
  await using redis = await startRedis(settings);
  const opening = openRedisStore({ url: redis.url, shop: 'shop', durability });
  const error = await opening.then(
    () => new Error('it opened'),
    (reason: Error) => reason,
  );
  if (!(error instanceof StoreError)) throw error;
  return error;
};

describe('a store on a real server', () => {
  test.each<[RedisConfig, Durability, RegExp]>([
    [{ 'maxmemory-policy': 'allkeys-lru' }, 'none', /maxmemory-policy is allkeys-lru: it must be noeviction/],
    [{ appendonly: 'no' }, 'relaxed', /appendonly is no/],
    [{ appendonly: 'yes' }, 'local', /appendfsync is everysec/],
  ])('refuses %j with durability %s', async (settings, durability, message) => {
    const started = performance.now();
    const error = await refusedOpening(settings, durability);
    expect(error.fault).toBe('unavailable');
    expect(error.cause).toBeInstanceOf(RequirementError);
    expect(error.message).toMatch(message);
    expect(performance.now() - started).toBeLessThan(4_000);
  });

  test('that is unreachable is awaited, and then named in the error without its password', async () => {
    const url = 'redis://:secret@127.0.0.1:1';
    const error = await openRedisStore({ url, shop: 'shop', durability: 'none', openDeadlineMs: 100 }).catch(
      (e: Error) => e,
    );
    expect(error).toMatchObject({
      fault: 'unavailable',
      message: expect.stringMatching(/127\.0\.0\.1:1: .*ECONNREFUSED/),
    });
    expect(String(error)).not.toContain('secret');
  });

  test('accepts a user without CONFIG and INFO, with warnings', async () => {
    await using redis = await startRedis({ appendonly: 'yes' });
    const admin = new Redis(redis.socketPath);
    await admin.call('ACL', 'SETUSER', 'shop', 'on', '>pass', '~*', '&*', '+@all', '-config', '-info');
    const warnings: string[] = [];
    const url = `${redis.url}?username=shop&password=pass`;
    const store = await openRedisStore({
      url,
      shop: 'shop',
      durability: 'relaxed',
      warn: (line) => warnings.push(line),
    });
    const stop = store.onAlarm(() => undefined);
    await poll(() => warnings.length >= 5);
    expect(warnings.join('\n')).toMatch(/version[^]*maxmemory-policy[^]*appendonly[^]*appendfsync/);
    expect(warnings.join('\n')).toMatch(/notify-keyspace-events/);
    expect((await store.apply([transaction('t', [configure('A')])])).sequence).toBe(1);
    stop();
    await store.close();
    admin.disconnect();
  });

  test.each([
    ['a wrong password', '?password=hunter2', /user name or password|WRONGPASS/],
    ['no password', '', /requires a password/],
  ])('reports %s, and never the password itself', async (_name, query, message) => {
    await using redis = await startRedis();
    const admin = new Redis(redis.socketPath);
    await admin.config('SET', 'requirepass', 'right');
    admin.disconnect();
    const opening = openRedisStore({ url: redis.url + query, shop: 'shop', durability: 'none', openDeadlineMs: 200 });
    const error = await opening.catch((reason: Error) => reason);
    expect(error).toMatchObject({ fault: 'unavailable', message: expect.stringMatching(message) });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2');
  });

  test('refuses a database that does not exist, instead of using another one', async () => {
    await using redis = await startRedis({ databases: '2' });
    const opening = openRedisStore({ url: `${redis.url}?db=5`, shop: 'shop', durability: 'none', openDeadlineMs: 200 });
    await expect(opening).rejects.toThrow(/DB index is out of range/);
  });
});
