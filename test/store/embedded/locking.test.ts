import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { expect, test } from 'vitest';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { openShop } from './shops.ts';

const CHILD = join(import.meta.dirname, 'lock-child.js');

interface Verdict {
  opened: boolean;
  name?: string;
  fault?: string;
  message?: string;
}

interface Contender extends AsyncDisposable {
  pid: number;
  open(): Promise<Verdict>;
  close(): Promise<void>;
  kill9(): Promise<void>;
}

/** Starts another process that can open a store on `dir`. */
async function contender(dir: string): Promise<Contender> {
  const child: ChildProcess = fork(CHILD, [dir]);
  const exited = once(child, 'exit');
  await once(child, 'message');
  const kill9 = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    pid: child.pid!,
    async open() {
      child.send('open');
      const [verdict] = (await once(child, 'message')) as [Verdict];
      return verdict;
    },
    async close() {
      child.send('close');
      await exited;
    },
    kill9,
    [Symbol.asyncDispose]: kill9,
  };
}

const openHere = (dir: string) => openEmbeddedStore({ dir, shop: 'test' });
const lockFile = (dir: string) => join(realpathSync(dir), 'holdfast.lock');

test('refuses a second process and names the lock and its holder; opens after kill -9 of the holder', async () => {
  await using dir = await tempDir();
  await using first = await contender(dir.path);
  expect(await first.open()).toEqual({ opened: true });
  const refusal = { name: 'StoreError', fault: 'locked' };
  await expect(openHere(dir.path)).rejects.toMatchObject(refusal);
  await expect(openHere(dir.path)).rejects.toThrow(`${lockFile(dir.path)} is held by process ${first.pid} on `);
  await first.kill9();
  const store = await openHere(dir.path);
  await using second = await contender(dir.path);
  expect(await second.open()).toMatchObject({ opened: false, ...refusal });
  await store.close();
  expect(await second.open()).toEqual({ opened: true });
});

test('a refused process does not release the lock of another one', async () => {
  await using dir = await tempDir();
  await using first = await contender(dir.path);
  await using second = await contender(dir.path);
  expect(await first.open()).toEqual({ opened: true });
  for (let attempt = 0; attempt < 3; attempt += 1) expect(await second.open()).toMatchObject({ fault: 'locked' });
  await first.close();
  expect(await second.open()).toEqual({ opened: true });
  await expect(openHere(dir.path)).rejects.toMatchObject({ fault: 'locked' });
});

test('one of many processes that start at the same instant gets a new directory, or that of a dead process', async () => {
  await using dir = await tempDir();
  const data = join(dir.path, 'data');
  for (let round = 0; round < 3; round += 1) {
    const contenders = await Promise.all(Array.from({ length: 6 }, () => contender(data)));
    const verdicts = await Promise.all(contenders.map((each) => each.open()));
    expect(verdicts.filter(({ opened }) => opened)).toHaveLength(1);
    expect(verdicts.filter(({ fault }) => fault === 'locked')).toHaveLength(5);
    await Promise.all(contenders.map((each) => each.kill9()));
  }
});

test('refuses a second open by the same process, by any path to the directory', async () => {
  await using shop = await openShop();
  await using other = await tempDir();
  const alias = join(other.path, 'alias');
  symlinkSync(shop.dir, alias);
  for (const dir of [shop.dir, join(shop.dir, '.'), alias]) {
    await expect(openHere(dir)).rejects.toThrow(`${lockFile(shop.dir)} is held by this process (${process.pid})`);
  }
  await shop.reopen();
});

test.each([
  ['its own process id, as after a restart in a container', () => process.pid],
  ['the id of a living process that has nothing to do with it', () => process.ppid],
])('replaces a dead holder with %s', async (_name, pidOf) => {
  await using dir = await tempDir();
  const left = open({ path: join(dir.path, 'holdfast.lock'), noSubdir: true, noSync: true, encoding: 'json' });
  left.putSync('holder', { pid: pidOf(), host: 'elsewhere', since: '2026-01-01T00:00:00.000Z' });
  await left.close();
  const store = await openHere(dir.path);
  await expect(openHere(dir.path)).rejects.toThrow(`held by this process (${process.pid})`);
  await store.close();
});
