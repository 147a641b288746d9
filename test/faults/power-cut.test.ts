import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';
import type { DiskRecord } from './disk-log.ts';
import { compileDiskShim } from './disk-shim.ts';
import { expectAcknowledged, placeImage } from './image-check.ts';
import { startRecordedRun } from './recorded-run.ts';
import { FULL, seededRandom } from '../support/scale.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const IMAGES = FULL ? 100 : 10;
const ACKNOWLEDGEMENTS = 200;
const BOOT_ID_AT = 160;
const META_BASES = [0, 2_048, 4_096];

const shim = compileDiskShim();
afterAll(() => shim[Symbol.dispose]());

/** The image as the next boot of the machine finds it: LMDB records the boot of each commit in its meta pages. */
function onAnotherBoot(image: Buffer): Buffer {
  for (const base of META_BASES)
    if (image.readBigInt64LE(base + BOOT_ID_AT) !== 0n) image.writeBigInt64LE(1n, base + BOOT_ID_AT);
  return image;
}

/**
 * Random moments of power cuts, in order. None is before the first acknowledgement, and every second one is during a
 * flush, when most is at stake.
 */
function momentsOf(records: readonly DiskRecord[], random: () => number): number[] {
  const first = records.findIndex(({ kind }) => kind === 'acknowledged');
  const all = records.map((_, index) => index + 1).slice(first);
  const flushing = all.filter((moment) => records[moment - 1]?.kind === 'sync begins');
  const oneOf = (moments: readonly number[]) => moments[Math.floor(random() * moments.length)]!;
  return Array.from({ length: IMAGES }, (_, nth) => oneOf(nth % 2 ? flushing : all)).toSorted((a, b) => a - b);
}

describe('power cut', () => {
  test.each([
    ['the same boot', (image: Buffer) => image],
    ['another boot', onAnotherBoot],
  ])('keeps every acknowledged effect after a restart on %s', { timeout: 600_000 }, async (name, onBoot) => {
    await using scratch = await tempDir();
    const data = join(scratch.path, 'data');
    const run = startRecordedRun(shim, data, scratch.path);
    await run.acknowledgements(ACKNOWLEDGEMENTS);
    const records = await run.kill9();
    const random = seededRandom(`power cut, ${name}`);
    const disk = new SimulatedDisk();
    let replayed = 0;
    for (const [nth, moment] of momentsOf(records, random).entries()) {
      for (; replayed < moment; replayed += 1) disk.replay(records[replayed]!);
      const dir = join(scratch.path, `image-${nth}`);
      placeImage(dir, onBoot(disk.image(random)), data);
      await expectAcknowledged(dir, disk.acknowledged, run.sent);
    }
    expect(disk.acknowledged.length).toBeGreaterThan(0);
  });
});
