import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../../support/temp-dir.ts';
import { openRedisShop } from './redis-shop.ts';

const DAMAGED = ['null', '[]', '{"main":[{"incarnation":"x","sequence":5}]}', '', '{"shop":'];

test('a damaged mark file is kept aside with one warning, and a new one begins', async () => {
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

test('a damaged mark file that was named is a reason not to start, and stays', async () => {
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
