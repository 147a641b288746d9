import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { luaConstants } from '../../../src/store/redis/scripts/lua-constants.ts';
import { luaSource } from '../../../src/store/redis/scripts/lua-scripts.ts';
import { narrow, signedWide, wide } from '../../../src/store/redis/codec/wide-number.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';

let redis: RedisServer;
let admin: Redis;
beforeAll(async () => {
  redis = await startRedis();
  admin = new Redis(redis.socketPath);
});
afterAll(async () => {
  admin.disconnect();
  await redis[Symbol.asyncDispose]();
});

/** Reads each text with the function of `numbers.lua` that the name stands for, from the place behind a first byte. */
const READER = `
  local byte = string.byte
  ${luaConstants()}
  ${luaSource('numbers')}
  local read = { wide = wide, narrow = narrow, signed_wide = signed_wide }
  local found = {}
  for index = 2, #ARGV do found[#found + 1] = string.format('%.0f', read[ARGV[1]]('?' .. ARGV[index] .. '?', 2)) end
  return found`;

const readBack = async (reader: string, texts: readonly string[]): Promise<number[]> =>
  ((await admin.eval(READER, 0, reader, ...texts)) as string[]).map(Number);

/** Every power of two from `first` to before `end`, with its neighbors. */
const aroundPowers = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, n) => 2 ** (first + n)).flatMap((power) => [power - 1, power, power + 1]);

const MOST = Number.MAX_SAFE_INTEGER;
const SIGNED_BOUND = 2 ** 52;

test('the script reads each number from 0 to 2^53 - 1 as the process wrote it', async () => {
  const numbers = [0, 127, 128, 2 ** 28 - 1, 2 ** 28, ...aroundPowers(1, 53), 123_456_789_012_345, MOST - 1, MOST];
  const texts = numbers.map(wide);
  expect(await readBack('wide', texts)).toEqual(numbers);
  expect(new Set(texts).size).toBe(new Set(numbers).size);
});

test('the script reads each number in three characters as the process wrote it', async () => {
  const numbers = [0, 1, 127, 128, ...aroundPowers(8, 21), 2 ** 21 - 1].filter((number) => number < 2 ** 21);
  expect(await readBack('narrow', numbers.map(narrow))).toEqual(numbers);
});

test('the script reads each negative number as the process wrote it', async () => {
  const sizes = [0, 1, 127, 128, ...aroundPowers(7, 52), SIGNED_BOUND - 1];
  const numbers = sizes.flatMap((size) => (size === 0 ? [0] : [size, -size]));
  expect(await readBack('signed_wide', [...numbers, -SIGNED_BOUND].map(signedWide))).toEqual([
    ...numbers,
    -SIGNED_BOUND,
  ]);
});

test('a number beyond the bounds of negative numbers is written as the bound', async () => {
  const [below, above] = [
    [-SIGNED_BOUND - 1, -MOST, -Infinity],
    [SIGNED_BOUND, SIGNED_BOUND + 1, MOST, Infinity],
  ];
  expect(await readBack('signed_wide', [...below, ...above].map(signedWide))).toEqual([
    ...below.map(() => -SIGNED_BOUND),
    ...above.map(() => SIGNED_BOUND - 1),
  ]);
});

test('a number is of as many bytes in UTF-8 as it has characters', () => {
  const widest = [0, 128, 2 ** 28, SIGNED_BOUND, MOST];
  expect(widest.map((number) => Buffer.byteLength(wide(number)))).toEqual(widest.map(() => 8));
  expect(widest.map((number) => Buffer.byteLength(signedWide(-number)))).toEqual(widest.map(() => 8));
  expect([0, 128, 2 ** 21 - 1].map((number) => Buffer.byteLength(narrow(number)))).toEqual([3, 3, 3]);
});
