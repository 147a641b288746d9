import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import type { ImportReport } from '../../src/contract/outputs/stock-outputs.ts';
import { filledKinds } from '../support/filled-shop.ts';
import { csvOf } from '../support/import-files.ts';
import { ownBytes } from '../support/own-memory.ts';
import { OPERATOR_KEY } from '../support/server-process.ts';

/** A million takes some minutes on two cores. Set HOLDFAST_MEMORY_SKUS=1000000 for it. */
const ROWS = Number(process.env['HOLDFAST_MEMORY_SKUS'] ?? 200_000);
const TIMEOUT_MS = 60_000 + ROWS;
const GROWTH_BYTES_MAX = 64 * 1_048_576;
/** A server that kept 300 bytes of each row would exceed it. */
const HEAP = { NODE_OPTIONS: '--max-old-space-size=80 --max-semi-space-size=4' };
const HEADERS = { authorization: `Bearer ${OPERATOR_KEY}` };

async function importAll(url: string, key: string, onBytes: () => void): Promise<ImportReport> {
  const sent = request(`${url}/api/v1/stock/import?format=csv&key=${key}`, { method: 'POST', headers: HEADERS });
  const answered = new Promise<string>((resolve, reject) => {
    sent.once('error', reject).once('response', (answer) => {
      let last = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        last = (last + part).slice(-2_000);
        onBytes();
      });
      answer.on('end', () => resolve(last)).on('error', reject);
    });
  });
  const [text] = await Promise.all([answered, pipeline(Readable.from(csvOf(ROWS)), sent)]);
  return JSON.parse(text.trim().split('\n').at(-1) ?? '') as ImportReport;
}

async function exportedRows(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/stock/export`, { headers: HEADERS });
  let rows = -1;
  for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
    for (const byte of part) if (byte === 0x0a) rows += 1;
  }
  return rows;
}

const nothing = () => Promise.resolve();

describe.each(filledKinds)(`${ROWS} rows on $name`, ({ open }) => {
  test('are imported, imported again and exported in constant memory', { timeout: TIMEOUT_MS }, async () => {
    await using shop = await open(nothing, HEAP);
    const { url } = shop.server;
    const before = await ownBytes(shop);
    let peak = before;
    const measured: Promise<unknown>[] = [];
    const look = (): void => {
      measured.push(
        ownBytes(shop).then((bytes) => {
          peak = Math.max(peak, bytes);
        }),
      );
    };
    const start = performance.now();
    expect(await importAll(url, 'first', look)).toMatchObject({ rows: ROWS, applied: ROWS, done: true });
    const seconds = (performance.now() - start) / 1_000;
    expect(await importAll(url, 'first', look)).toMatchObject({ rows: ROWS, resumedFrom: ROWS, done: true });
    expect(await exportedRows(url)).toBe(ROWS);
    look();
    await Promise.all(measured);
    const mebibytes = (bytes: number) => (bytes / 1_048_576).toFixed(1);
    const rate = Math.round(ROWS / seconds);
    console.log(`${ROWS} rows, ${rate} a second: ${mebibytes(before)} MiB at first, ${mebibytes(peak)} MiB at most`);
    expect(peak - before).toBeLessThan(GROWTH_BYTES_MAX);
  });
});
