import { expect, test } from 'vitest';
import type { SharedNotes } from '../../../src/store/opened-store.ts';
import { shiftedClock, HOUR_MS } from '../../support/shifted-clock.ts';
import { openRedisShop } from './redis-shop.ts';

const KEEP_MS = 60_000;
const MEBIBYTE = 1024 * 1024;
const textsOf = async (notes: SharedNotes, position: string | null = null): Promise<string[]> =>
  (await notes.after(position)).map(({ note }) => note);

test('processes of a shop share notes in order, and none with another shop', async () => {
  await using shop = await openRedisShop();
  const [one, two] = [shop.store.sharedNotes(), (await shop.open()).sharedNotes()];
  const elsewhere = (await shop.open({ shop: 'elsewhere' })).sharedNotes();
  await one.add('first', KEEP_MS);
  await two.add('second', KEEP_MS);
  await elsewhere.add('of another shop', KEEP_MS);
  expect(await textsOf(one)).toEqual(['first', 'second']);
  expect(await textsOf(elsewhere)).toEqual(['of another shop']);
  const [{ position = '' } = {}] = await two.after(null);
  expect(await textsOf(two, position)).toEqual(['second']);
  await Promise.all(Array.from({ length: 150 }, (_, index) => one.add(`note ${index}`, KEEP_MS)));
  expect(await textsOf(two)).toHaveLength(100);
});

test('the clock of the server decides how old a note is', async () => {
  await using clock = await shiftedClock();
  clock.shift(-HOUR_MS);
  await using shop = await openRedisShop({}, {}, clock.env);
  const notes = shop.store.sharedNotes();
  await notes.add('early', KEEP_MS);
  expect(await textsOf(notes)).toEqual(['early']);
  clock.shift(KEEP_MS + 1_000 - HOUR_MS);
  await notes.add('late', KEEP_MS);
  expect(await textsOf(notes)).toEqual(['late']);
});

test('notes take 16 MiB, however many there are', async () => {
  await using shop = await openRedisShop();
  const notes = shop.store.sharedNotes();
  for (let index = 0; index < 40; index += 1) await notes.add('x'.repeat(MEBIBYTE), KEEP_MS);
  expect(await shop.admin.xlen(shop.key('notes'))).toBe(16);
});
