import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { narrow, small, wide } from '../../../src/store/redis/codec/wide-number.ts';
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

/** Reads the numbers of a text in a format of `struct.unpack`, after the first byte. */
const READER = `
  local found, at = {}, 2
  while at < #ARGV[2] do
    found[#found + 1], at = struct.unpack(ARGV[1], ARGV[2], at)
    found[#found] = string.format('%.0f', found[#found])
  end
  return found`;

const readBack = async (format: string, texts: readonly string[]): Promise<number[]> => {
  const bytes = Buffer.from(`?${texts.join('')}?`, 'latin1');
  return ((await admin.eval(READER, 0, format, bytes)) as string[]).map(Number);
};

/** Each power of two from 2^first to below 2^end, with its neighbors. */
const aroundPowers = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, n) => 2 ** (first + n)).flatMap((power) => [power - 1, power, power + 1]);

const MOST = Number.MAX_SAFE_INTEGER;

test('the script reads each number of eight bytes as the process wrote it', async () => {
  const sizes = [1, 127, 128, 255, 256, ...aroundPowers(8, 53), 123_456_789_012_345, MOST - 1, MOST];
  const numbers = [0, ...sizes.flatMap((size) => [size, -size])];
  const texts = numbers.map(wide);
  expect(await readBack('>i8', texts)).toEqual(numbers);
  expect(new Set(texts).size).toBe(new Set(numbers).size);
});

test('the script reads each number of three bytes and of one as the process wrote it', async () => {
  const numbers = [0, 1, 127, 128, ...aroundPowers(8, 24), 2 ** 24 - 1].filter((number) => number < 2 ** 24);
  expect(await readBack('>I3', numbers.map(narrow))).toEqual(numbers);
  expect(await readBack('B', [0, 1, 127, 128, 255].map(small))).toEqual([0, 1, 127, 128, 255]);
});

test('writes a number that JavaScript cannot represent exactly as the bound', async () => {
  const [below, above] = [
    [-MOST - 1, -(2 ** 60), -Infinity],
    [MOST + 1, 2 ** 60, Infinity],
  ];
  expect(await readBack('>i8', [...below, ...above].map(wide))).toEqual([
    ...below.map(() => -MOST),
    ...above.map(() => MOST),
  ]);
});

test('each character of a number is one byte', () => {
  const numbers = [0, 128, 2 ** 28, -1, -MOST, MOST];
  for (const number of numbers) expect(Buffer.from(wide(number), 'latin1').toString('latin1')).toBe(wide(number));
  expect(numbers.map((number) => wide(number).length)).toEqual(numbers.map(() => 8));
  expect([0, 128, 2 ** 24 - 1].map((number) => narrow(number).length)).toEqual([3, 3, 3]);
});
