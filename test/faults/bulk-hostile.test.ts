import { request } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { replayable } from '../support/seed.ts';
import { filledKinds, type FilledShop } from '../support/filled-shop.ts';
import { type HostileFile, hostileFile } from '../support/hostile-files.ts';
import { ownBytes } from '../support/own-memory.ts';
import { Dice } from '../support/dice.ts';
import { FULL } from '../support/scale.ts';
import { OPERATOR_KEY } from '../support/server-process.ts';

/** `npm run test:faults` sends 1,000, which takes some minutes. HOLDFAST_SEED repeats the files of a run. */
const FILES = Number(process.env['HOLDFAST_HOSTILE_FILES'] ?? (FULL ? 1_000 : 12));
/** The server takes a minute to refuse a million bad rows one by one. The suite has no time for many such files. */
const FILE_BYTES_MAX = (FULL ? 3 : 0.5) * 1_048_576;
const GROWTH_BYTES_MAX = 64 * 1_048_576;
const TIMEOUT_MS = 60_000 + FILES * 10_000;
/** The garbage collector may free this much later. A server that kept a file in memory would exceed it. */
const HEAP = { NODE_OPTIONS: '--max-old-space-size=80 --max-semi-space-size=4' };
const HEADERS = { authorization: `Bearer ${OPERATOR_KEY}` };

const CUT_OFF = { status: 400, last: '"reason":"invalid_input"' };

let shop: FilledShop;
beforeAll(async () => {
  shop = await filledKinds[0]!.open(() => Promise.resolve(), HEAP);
}, 60_000);
afterAll(() => shop[Symbol.asyncDispose]());

/** Sends a file. Resolves to the status and the last line once the answer has ended, however much was sent by then. */
async function send(query: string, parts: Iterable<Buffer>): Promise<{ status: number; last: string }> {
  const sent = request(`${shop.server.url}/api/v1/stock/import?${query}`, { method: 'POST', headers: HEADERS });
  const source = Readable.from(parts);
  return new Promise((resolve, reject) => {
    sent.once('response', (answer) => {
      let last = '';
      answer.setEncoding('utf8').on('data', (text: string) => {
        last = (last + text).slice(-100_000);
      });
      answer.once('end', () => {
        source.destroy();
        sent.destroy();
        resolve({ status: answer.statusCode ?? 0, last });
      });
      answer.once('error', reject);
    });
    // A server that has refused the file closes the connection. The client may notice that before it has read the
    // answer.
    sent.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EPIPE' || error.code === 'ECONNRESET' ? resolve(CUT_OFF) : reject(error),
    );
    source.pipe(sent);
  });
}

/** Sends a file and measures the server's memory. */
async function growthBy(query: string, parts: Iterable<Buffer>, before: number): Promise<number> {
  let peak = 0;
  const reading: Promise<void>[] = [];
  const look = (): void => {
    reading.push(ownBytes(shop).then((bytes) => void (peak = Math.max(peak, bytes - before))));
  };
  const watching = setInterval(look, 10);
  try {
    const { status, last } = await send(query, parts);
    expect([200, 400]).toContain(status);
    expect(last).toMatch(/"type":"report"|"reason":"invalid_input"/);
  } finally {
    clearInterval(watching);
    await Promise.all(reading);
  }
  return peak;
}

test('refuses 50 MB of commas in constant memory', { timeout: TIMEOUT_MS }, async () => {
  const before = await ownBytes(shop);
  for (const separator of [',', ';', '"']) {
    const parts = Array.from({ length: 50 }, () => Buffer.alloc(1_000_000, separator));
    for (const header of ['', `sku${separator === '"' ? ',' : separator}title\n`]) {
      const query = `format=csv&key=${encodeURIComponent(separator + header)}`;
      expect(await growthBy(query, [Buffer.from(header), ...parts], before)).toBeLessThan(GROWTH_BYTES_MAX);
    }
  }
});

test(`${FILES} hostile files take at most 64 MiB, and the shop keeps serving`, { timeout: TIMEOUT_MS }, async () => {
  const { seed } = replayable();
  const before = await ownBytes(shop);
  let most = 0;
  for (let index = 0; index < FILES; index += 1) {
    const file: HostileFile = hostileFile(new Dice(seed + index, 'hostile'), FILE_BYTES_MAX);
    const mode = index % 2 === 0 ? `key=${seed}-${index}` : 'dryRun=true';
    const growth = await growthBy(`format=${file.format}&${mode}`, file.parts(), before);
    most = Math.max(most, growth);
    expect(growth, `HOLDFAST_SEED=${seed + index}, the first file`).toBeLessThan(GROWTH_BYTES_MAX);
  }
  console.log(`${FILES} hostile files from seed ${seed}: +${(most / 1_048_576).toFixed(1)} MiB at most`);
  expect((await shop.caller.get('/health/ready')).status).toBe(200);
});
