import { readdirSync, readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { COMMANDS, MODE_COMMANDS, type ScriptChoice, WAIT_COMMANDS } from '../../../src/store/redis/permissions.ts';
import { openRedisStore } from '../../../src/store/redis/redis-store.ts';
import { type Durability, RequirementError } from '../../../src/store/redis/link/requirements.ts';
import { startRedis } from '../../support/redis-server.ts';

const SOURCES = new URL('../../../src/store/redis/', import.meta.url);
const REDLOCK = new URL('../../../node_modules/redlock/dist/cjs/index.js', import.meta.url);

const all = [COMMANDS, ...Object.values(MODE_COMMANDS), WAIT_COMMANDS].flat();
const listed = new Set(all.map((line) => line.split(' ')[0]));

test('the table of permissions has every command that the scripts, redlock and the store use', () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(lua|ts)$/.test(name));
  const text = [...files.map((name) => new URL(name, SOURCES)), REDLOCK].map((url) => readFileSync(url, 'utf8')).join();
  const patterns = [
    /\b(?:p?call|write_many|new_list|list)\('([A-Z]+)'/g,
    /redis\.p?call\("(\w+)"/g,
    /\b(?:command|raw|send)\('([A-Z]+)'/g,
    /redis\.(hmget|exists|time|fcall|eval|subscribe|psubscribe|get|set|hget)\(/g,
  ];
  const used = new Set(
    patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name]) => name?.toUpperCase())),
  );
  expect(used.size).toBeGreaterThan(20);
  const optional = new Set(['INFO', 'CONFIG', 'CLUSTER']);
  expect([...used].filter((name) => name !== undefined && !listed.has(name) && !optional.has(name))).toEqual([]);
});

async function openAs(
  rights: readonly string[],
  scripts: ScriptChoice = 'auto',
  durability: Durability = 'none',
): Promise<unknown> {
  const replicated = { appendonly: 'yes', 'min-replicas-to-write': '1' } as const;
  await using redis = await startRedis(durability === 'replicated' ? replicated : {});
  const admin = new Redis(redis.socketPath);
  await admin.call('ACL', 'SETUSER', 'shop', 'on', '>pass', '~*', '&*', '+@all', ...rights);
  admin.disconnect();
  const url = `${redis.url}?username=shop&password=pass`;
  const opening = openRedisStore({ url, shop: 'main', durability, scripts });
  return await opening.then(
    (store) => store.close(),
    (error: unknown) => error,
  );
}

describe('the start with a Redis user', () => {
  test.each([
    [['-eval'], 'may not run EVAL on'],
    [['-evalsha'], 'may not run EVALSHA on'],
    [['-@scripting'], 'may not run EVAL on'],
    [['-fcall', '-script|load'], 'may not run FCALL, SCRIPT LOAD on'],
    [['-subscribe'], 'may not run SUBSCRIBE on'],
    [['-zmscore', '-xtrim'], 'may not run XTRIM, ZMSCORE on'],
    [['resetchannels'], 'may not run SUBSCRIBE on'],
    [['resetkeys', '~{other}:*'], 'on the keys {main}:*'],
    [['resetkeys', '%R~{main}:*'], 'may not run'],
  ])('refuses %j', async (rights, words) => {
    const error = await openAs(rights);
    expect(error).toMatchObject({ cause: expect.any(RequirementError) as unknown });
    expect(String(error)).toContain(words);
    expect(String(error)).toContain('docs/redis.md');
  });

  test.each([
    [['-fcall'], 'function', 'may not run FCALL on'],
    [['-function|load'], 'function', 'may not run FUNCTION LOAD on'],
    [['-script|load'], 'evalsha', 'may not run SCRIPT LOAD on'],
  ] as const)('refuses %j where the mode is set to %s', async (rights, scripts, words) => {
    expect(String(await openAs(rights, scripts))).toContain(words);
  });

  test.each([
    [['-function'], 'auto'],
    [['-fcall'], 'auto'],
    [['-function', '-fcall'], 'evalsha'],
    [['-script|load'], 'function'],
  ] as const)('accepts %j where the mode is set to %s', async (rights, scripts) => {
    expect(await openAs(rights, scripts)).toBeUndefined();
  });

  test('at replicated refuses a user who may not wait for replicas', async () => {
    expect(String(await openAs(['-wait'], 'auto', 'replicated'))).toContain('may not run WAIT on');
    expect(await openAs(['-wait'])).toBeUndefined();
  });

  test('accepts a user with all rights', async () => {
    const rights = ['resetkeys', '~{main}:*', 'resetchannels', '&__keyevent@0__:expired', '-config'];
    expect(await openAs(rights)).toBeUndefined();
  });
});
