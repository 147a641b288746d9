import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readMark } from '../../../src/store/embedded/files/shop-mark.ts';
import { poll } from '../../support/poll.ts';
import { configure, transaction } from '../../support/transactions.ts';
import { openShop } from './shops.ts';

const STALLING_CHILD = join(import.meta.dirname, 'stalling-child.js');
const NEW_SHOP = /^no shop was found in .*, a new one begins$/;
const WARNING = /^the data was not closed in order, so the next start reads all of it first: /;

test('logs a close that could not be recorded in the data, and treats it as unclean', { timeout: 20_000 }, async () => {
  const warnings: string[] = [];
  await using shop = await openShop({ deadlineMs: 300, warn: (line) => warnings.push(line) });
  await shop.store.apply([transaction('a', [configure('A')])]);
  const child = fork(STALLING_CHILD, [shop.dir]);
  const exited = once(child, 'exit');
  await once(child, 'message');
  // The child reports the write lock just before it acquires it.
  await poll(() =>
    shop.store.probe().then(
      () => false,
      () => true,
    ),
  );
  const closing = shop.store.close();
  await poll(() => warnings.length > 1);
  child.kill('SIGKILL');
  await exited;
  await closing;
  expect(warnings).toEqual([expect.stringMatching(NEW_SHOP), expect.stringMatching(WARNING)]);
  expect(readMark(shop.dir)?.closed).toBe(null);
  const reopened = await shop.reopen();
  expect((await reopened.read([{ skus: ['A'] }]))[0]?.stock).toMatchObject([{ sku: 'A' }]);
});

test('logs a mark that cannot be written, and releases the directory', async () => {
  const warnings: string[] = [];
  await using shop = await openShop({ warn: (line) => warnings.push(line) });
  const obstacle = join(shop.dir, 'holdfast.shop.new');
  mkdirSync(obstacle);
  await shop.store.close();
  expect(warnings).toEqual([expect.stringMatching(NEW_SHOP), expect.stringMatching(WARNING)]);
  expect(warnings[1]).toContain('EISDIR');
  expect(readMark(shop.dir)?.closed).toBe(null);
  rmdirSync(obstacle);
  const reopened = await shop.reopen();
  await reopened.close();
  expect(readMark(shop.dir)?.closed).not.toBe(null);
});
