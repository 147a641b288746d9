import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { DOCUMENT_LISTS } from '../../../src/domain/records.ts';
import {
  fileOf,
  LUA_NAMES as files,
  luaSource,
  SCRIPT_NAMES,
  SCRIPT_ROWS,
  SHARED_PARTS,
  scriptText,
} from '../../../src/store/redis/scripts/lua-scripts.ts';
import { KEY_TYPES } from '../../../src/store/redis/link/redis-keys.ts';
import { ScriptCalls, type ScriptMode } from '../../../src/store/redis/scripts/script-calls.ts';
import { startRedis } from '../../support/redis-server.ts';

const names = SCRIPT_NAMES;

/** Returns the keys of a script in the order of its header. */
const declared = (source: string): string[] =>
  [...source.matchAll(/^-- (?:KEYS| {4}) {2}(.+)$/gm)].flatMap(([, line = '']) => line.split(' '));

describe.each(names)('%s', (name) => {
  const { keys, writes } = SCRIPT_ROWS[name];

  test('has a header with the keys of its calls, in their order', () => {
    expect(declared(luaSource(fileOf(name)))).toEqual(keys);
  });

  test('has a first line that shows whether it writes', () => {
    const isShared = fileOf(name) !== name;
    expect(luaSource(fileOf(name)).split('\n')[0]).toBe(writes && !isShared ? '#!lua' : '#!lua flags=no-writes');
  });

  test('uses only declared keys', () => {
    const code = scriptText(name).replace(/--.*$/gm, '');
    const used = [...code.matchAll(/keys(?:\.(\w+)|\['([^']+)'\])/g)].map(([, plain, quoted]) => plain ?? quoted ?? '');
    const prefixes = used.filter((key) => key.endsWith(':'));
    const known: readonly string[] = keys;
    expect(used.filter((key) => !prefixes.includes(key) && !known.includes(key))).toEqual([]);
    for (const prefix of prefixes) expect(known.some((key) => key.startsWith(prefix))).toBe(true);
  });
});

test('every part is included by a script, and at most once by each', () => {
  const texts = names.map((name) => luaSource(fileOf(name)));
  for (const file of files.filter((name) => !(name in SCRIPT_ROWS) && !SHARED_PARTS.includes(name))) {
    const include = new RegExp(`^-- @include ${file}( |$)`);
    const uses = texts.map((text) => text.split('\n').filter((line) => include.test(line)).length);
    expect({ file, uses: Math.max(...uses) }).toEqual({ file, uses: 1 });
  }
});

test('no script writes numbers by tostring or cjson, which round, or uses a clock other than the store’s', () => {
  const faults = files.flatMap((file) => {
    const code = luaSource(file).replace(/--.*$/gm, '');
    return (code.match(/tostring|cjson(?!\.decode)|os\.|math\.random/) ?? []).map((found) => `${file}: ${found}`);
  });
  expect(faults).toEqual([]);
});

test('every key of a shop has a type, and every list of documents a key', () => {
  const lists = Object.keys(KEY_TYPES).filter((key) => key.startsWith('orders:'));
  expect(lists).toEqual(DOCUMENT_LISTS.map((list) => `orders:${list}`));
  const ofBatches = Object.keys(KEY_TYPES).filter((key) => key !== 'lost');
  expect(new Set<string>(SCRIPT_ROWS.commit.keys)).toEqual(new Set(ofBatches));
});

const modes: readonly ScriptMode[] = ['function', 'evalsha'];

test.each(modes)(
  'Redis loads all scripts for %s, and runs those that do not write while it refuses writes',
  async (mode) => {
    await using redis = await startRedis();
    const client = new Redis(redis.socketPath);
    const calls = new ScriptCalls('s');
    calls.mode = mode;
    await calls.load((command, args) => client.call(command, ...args));
    await client.config('SET', 'maxmemory', '1');
    expect(await calls.run(client, 'list-stock', ['-', '5'])).toEqual([[], []]);
    await expect(calls.run(client, 'commit', [''])).rejects.toThrow(/^OOM/);
    // A server that is full and has the scripts can be opened.
    await calls.load((command, args) => client.call(command, ...args));
    client.disconnect();
  },
);
