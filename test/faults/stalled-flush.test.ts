import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { poll } from '../support/poll.ts';
import { startStoreProcess } from '../support/store-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { configure, START, transaction } from '../support/transactions.ts';
import { compileDiskShim } from './disk-shim.ts';

const DEADLINE_MS = 500;

const shim = compileDiskShim();
afterAll(() => shim[Symbol.dispose]());

test('during a hanging flush a read of its data is refused in time, and is answered once the disk continues', async () => {
  await using scratch = await tempDir();
  const [faultFile, logFile] = [join(scratch.path, 'fault'), join(scratch.path, 'disk.log')];
  const env = shim.environment({ dataFile: '/data.mdb', logFile, faultFile });
  const options = { deadlineMs: DEADLINE_MS, env };
  await using child = await startStoreProcess(join(scratch.path, 'data'), { now: START }, options);
  const { store } = child;
  await store.apply([transaction('a', [configure('A')])]);
  writeFileSync(faultFile, 'stall');
  await expect(store.apply([transaction('b', [configure('B')])])).rejects.toMatchObject({ fault: 'outcome_unknown' });
  const before = performance.now();
  await expect(store.read([{ skus: ['B'] }])).rejects.toMatchObject({
    fault: 'unavailable',
    message: `the disk has not answered for ${DEADLINE_MS} ms`,
  });
  expect(performance.now() - before).toBeLessThan(10 * DEADLINE_MS);
  rmSync(faultFile);
  const [snapshot] = await poll(() => store.read([{ skus: ['B'] }]).catch(() => false as const));
  expect(snapshot?.stock).toMatchObject([{ sku: 'B' }]);
});
