import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MarkFile } from '../../../src/store/redis/loss/mark-file.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { openRedisShop } from './redis-shop.ts';

const DAMAGED = ['null', '[]', '{"main":[{"incarnation":"x","sequence":5}]}', '', '{"shop":'];

test('moves a damaged mark file aside with one warning, and begins a new one', async () => {
  await using dir = await tempDir();
  await using shop = await openRedisShop();
  for (const [index, text] of DAMAGED.entries()) {
    const name = `${index}.mark`;
    const path = join(dir.path, name);
    writeFileSync(path, text);
    const warnings: string[] = [];
    const store = await shop.open({ markFile: { path, isBinding: false }, warn: (line) => warnings.push(line) });
    await store.close();
    const aside = readdirSync(dir.path).find((other) => other.startsWith(`${name}.damaged-`)) ?? '';
    expect(readFileSync(join(dir.path, aside), 'utf8')).toBe(text);
    expect(warnings.filter((line) => line.includes('mark file'))).toEqual([
      expect.stringMatching(
        new RegExp(`^${path} is not a mark file: it was moved to .*${aside}, and a new one begins`),
      ),
    ]);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ shop: [{ sequence: 0 }] });
  }
});

test('keeps the marks of a shop that has the name of a method of every object', async () => {
  await using dir = await tempDir();
  const path = join(dir.path, 'shops.mark');
  const mark = { incarnation: 'x', sequence: 7, at: 1, raises: [], samples: [] };
  const fileOf = (shop: string) => new MarkFile({ path, shop, warn: (line) => expect.unreachable(line) });
  for (const shop of ['main', 'toString', 'constructor']) {
    expect(await fileOf(shop).read()).toEqual([]);
    await fileOf(shop).close(mark);
  }
  expect(await fileOf('constructor').read()).toEqual([mark]);
  expect(await fileOf('main').read()).toEqual([mark]);
});

test('does not start with a damaged file that MARK_FILE names, and leaves it unchanged', async () => {
  await using dir = await tempDir();
  await using shop = await openRedisShop();
  const path = join(dir.path, 'shop.mark');
  for (const text of DAMAGED) {
    writeFileSync(path, text);
    await expect(shop.open({ markFile: { path, isBinding: true } })).rejects.toMatchObject({
      fault: 'unavailable',
      message: expect.stringMatching(
        /^MARK_FILE: .*shop\.mark is not a mark file: restore it, or move it away [^\n]*$/,
      ),
    });
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(readdirSync(dir.path)).toEqual(['shop.mark']);
  }
});

test('a mark file with several concurrent writers is complete at every read', async () => {
  await using dir = await tempDir();
  const path = join(dir.path, 'shop.mark');
  const warnings: string[] = [];
  const files = Array.from(
    { length: 8 },
    (_, index) => new MarkFile({ path, shop: `shop-${index}`, warn: (line) => warnings.push(line) }),
  );
  // Marks have different lengths, so that an overwritten one is noticed.
  const marks = (sequence: number, index: number) => ({
    incarnation: 'x'.repeat(1 + 40 * index),
    sequence,
    at: 1,
    raises: [],
    samples: [],
  });
  for (let sequence = 1; sequence <= 60; sequence += 1) {
    const writing = files.map((file, index) => file.write(marks(sequence, index)));
    await Promise.all([...writing, ...files.map((file) => file.assertReadable())]);
  }
  expect(warnings).toEqual([]);
  expect(readdirSync(dir.path)).toEqual(['shop.mark']);
});
