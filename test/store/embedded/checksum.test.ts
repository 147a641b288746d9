import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { checksum, seedOf } from '../../../src/store/embedded/rows/checksum.ts';

test('a checksum is the CRC-32 of any number of bytes', () => {
  const bytes = Buffer.from(Array.from({ length: 600 }, (_, at) => (at * 151) & 0xff));
  for (let end = 3; end <= bytes.length; end += 1) {
    expect(checksum(bytes, 3, end, 0xdeadbeef)).toBe(crc32(bytes.subarray(3, end), 0xdeadbeef));
  }
});

test('texts that differ in one bit have different seeds', () => {
  const text = 'customer:1 SKU-é-1';
  const seeds = new Set([seedOf(text, 7)]);
  for (let at = 0; at < text.length; at += 1) {
    for (let bit = 0; bit < 16; bit += 1) {
      const changed = String.fromCharCode(text.charCodeAt(at) ^ (1 << bit));
      seeds.add(seedOf(text.slice(0, at) + changed + text.slice(at + 1), 7));
    }
  }
  expect(seeds.size).toBe(1 + text.length * 16);
});
