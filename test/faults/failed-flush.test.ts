import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';
import { readMark } from '../../src/store/embedded/files/shop-mark.ts';
import { readDiskLog } from './disk-log.ts';
import { compileDiskShim } from './disk-shim.ts';
import { expectAcknowledged, placeImage } from './image-check.ts';
import { startRecordedRun } from './recorded-run.ts';
import { FULL, seededRandom } from '../support/scale.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const RUNS = FULL ? 20 : 2;
const IMAGES = FULL ? 10 : 4;

const CLOSING_CHILD = join(import.meta.dirname, 'closing-child.js');

const shim = compileDiskShim();
afterAll(() => shim[Symbol.dispose]());

test.each([
  ['fails for a while', 'eio'],
  ['fails once', 'eio-once'],
  ['fails, and is reported before the success of the one before it', 'eio-early'],
  ['succeeds, and whose meta page cannot be written', 'meta-eio'],
])('a restart finds every acknowledged effect after a flush that %s', { timeout: 600_000 }, async (_name, fault) => {
  const random = seededRandom(fault);
  for (let nth = 0; nth < RUNS; nth += 1) {
    await using scratch = await tempDir();
    const data = join(scratch.path, 'data');
    const run = startRecordedRun(shim, data, scratch.path);
    await run.acknowledgements(20 + Math.floor(random() * 60));
    run.setFault(fault);
    expect(await run.failure).toMatchObject({ fault: expect.stringMatching(/outcome_unknown|unavailable/) as string });
    const disk = new SimulatedDisk();
    for (const record of await run.kill9()) disk.replay(record);
    for (let image = 0; image < IMAGES; image += 1) {
      const dir = join(scratch.path, `image-${image}`);
      placeImage(dir, image % 2 ? disk.image(random) : disk.cachedImage(random), data);
      await expectAcknowledged(dir, disk.acknowledged, run.sent);
    }
  }
});

test('a store whose flush fails during close flushes nothing afterwards, and the shutdown counts as unclean', async () => {
  await using scratch = await tempDir();
  const [data, logFile, faultFile] = ['data', 'disk.log', 'fault'].map((name) => join(scratch.path, name)) as [
    string,
    string,
    string,
  ];
  const environment = shim.environment({ dataFile: '/data.mdb', logFile, faultFile });
  const child = fork(CLOSING_CHILD, [data], { env: { ...process.env, ...environment } });
  const exited = once(child, 'exit');
  expect(await once(child, 'message')).toContain('open');
  writeFileSync(faultFile, 'eio-once');
  child.send('close');
  const [{ warnings, isFatal }] = (await once(child, 'message')) as [{ warnings: string[]; isFatal: boolean }];
  child.kill('SIGKILL');
  await exited;
  expect(warnings.slice(-1)).toEqual([
    expect.stringMatching(/^the data was not closed in order, .*the disk refused a commit/),
  ]);
  expect(isFatal).toBe(true);
  const flushes = readDiskLog(logFile).filter(({ kind }) => kind === 'sync ends');
  expect(flushes.map(({ result }) => result).indexOf(-1)).toBe(flushes.length - 1);
  expect(readMark(data)?.closed).toBe(null);
});
