import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type { stockExportQuery, stockImportQuery } from '../../src/api/bulk/bulk-inputs.ts';
import {
  type BulkFormat,
  createHoldfastClient,
  createHoldfastFiles,
  type ExportOptions,
  type HoldfastClient,
  type HoldfastFiles,
  type ImportOptions,
  type ImportProgress,
  isRefusal,
  reasonOf,
} from '../../src/client/client.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';

let shop: ShopServer;
let operator: HoldfastClient;
let files: HoldfastFiles;
beforeAll(async () => {
  shop = await startShop({ LOG_LEVEL: 'error' });
  const options = { url: `${shop.url}/`, operatorKey: OPERATOR_KEY };
  [operator, files] = [createHoldfastClient(options), createHoldfastFiles(options)];
});
afterAll(() => shop[Symbol.asyncDispose]());

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

async function textOf(parts: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all).toString();
}

const CATALOG = 'sku,title,onHand\nmug,A mug,7\ncup,A cup,x\n';

test('checks a file, applies it once, and exports it', async () => {
  const checked = await files.importStock(new Blob([CATALOG]), { dryRun: true });
  expect(checked).toMatchObject({ rows: 2, applied: 1, problemCount: 1, done: true });
  expect(checked.changes).toEqual([expect.objectContaining({ row: 1, sku: 'mug', created: true })]);
  expect(reasonOf(await caught(operator.stock.level.query({ sku: 'mug' })))).toBe('unknown_sku');
  const report = await files.importStock(CATALOG, { key: 'catalog', reason: 'the yearly count' });
  expect(report).toMatchObject({ rows: 2, applied: 1, problems: [{ row: 2, column: 'onHand' }], done: true });
  expect(report).not.toHaveProperty('type');
  const { movements } = await operator.stock.history.query({ sku: 'mug' });
  expect(movements).toMatchObject([{ cause: { reason: 'the yearly count' } }]);
  const again = await files.importStock(CATALOG, { key: 'catalog' });
  expect(again.alreadyImportedAt).toEqual(expect.any(Number));
  expect(await textOf(files.exportStock())).toContain('mug,A mug,');
  expect(await textOf(files.exportStock({ format: 'jsonl', after: 'mug' }))).toBe('');
});

test('sends a stream, and reports the progress', async () => {
  const rows = 10_000;
  const lines = Array.from({ length: rows }, (_, row) => `${JSON.stringify({ sku: `s${row}`, title: 'A mug' })}\n`);
  const seen: ImportProgress[] = [];
  const onProgress = (progress: ImportProgress): number => seen.push(progress);
  const file = new Blob(lines).stream();
  const report = await files.importStock(file, { key: 'many', format: 'jsonl', onProgress });
  expect(report).toMatchObject({ rows, applied: rows });
  expect(seen.length).toBeGreaterThan(0);
  for (const progress of seen)
    expect(progress).toEqual({ rows: progress.applied, applied: expect.any(Number), unchanged: 0, problemCount: 0 });
});

describe('fails like the client', () => {
  test('with the refusals of the server', async () => {
    const { key = '' } = await operator.keys.create.mutate({ name: 'reader', scopes: ['stock:read'] });
    const reader = createHoldfastFiles({ url: shop.url, operatorKey: key });
    const denied = await caught(reader.importStock(CATALOG, { key: 'denied' }));
    if (!isRefusal(denied, 'not_authorized')) throw new Error(`not refused: ${String(denied)}`);
    expect(denied.data).toMatchObject({ httpStatus: 403, path: 'stock.import', meta: { scope: 'stock:write' } });
    // The same refusal of a procedure.
    const other = createHoldfastClient({ url: shop.url, operatorKey: key });
    const same = await caught(other.stock.receive.mutate({ sku: 'mug', quantity: 1 }));
    if (!isRefusal(same)) throw new Error(`not refused: ${String(same)}`);
    expect(Object.keys(denied.data).toSorted()).toEqual(Object.keys(same.data).toSorted());
    expect({ ...denied.data, path: '', requestId: '' }).toEqual({ ...same.data, path: '', requestId: '' });
    expect([denied.message, denied.shape?.code]).toEqual([same.message, same.shape?.code]);
    const invalid = await caught(files.importStock(CATALOG, { key: 'ö' }));
    expect(isRefusal(invalid, 'invalid_input') && invalid.data.meta.issues[0]?.path).toBe('key');
    expect(reasonOf(await caught(textOf(files.exportStock({ after: '' }))))).toBe('invalid_input');
  });

  test('when the caller ends it', async () => {
    const stop = new AbortController();
    const slow = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from('sku,title\nslow,A mug\n')),
    });
    const sent = caught(files.importStock(slow, { key: 'slow', signal: stop.signal }));
    stop.abort();
    expect(reasonOf(await sent)).toBeNull();
    expect(await sent).toMatchObject({
      name: 'TRPCClientError',
      cause: expect.objectContaining({ name: 'AbortError' }),
    });
  });

  test('without an answer, with one of a proxy, and with one that ends too early', async () => {
    const answers = [
      { status: 502, body: '<html>' },
      { status: 200, body: '{"type":"progress","rows":1,"applied":1,"unchanged":0,"problemCount":0}\n' },
      {
        status: 200,
        body: '{"type":"error","error":{"code":"CONFLICT","httpStatus":409,"message":"","reason":"conflict","meta":{}}}\n',
      },
    ];
    const proxy = createServer((_, response) => {
      const { status = 500, body = '' } = answers.shift() ?? {};
      response.writeHead(status).end(body);
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as AddressInfo;
    const there = createHoldfastFiles({ url: `http://127.0.0.1:${port}`, operatorKey: OPERATOR_KEY });
    const send = () => caught(there.importStock(CATALOG, { key: 'proxied' }));
    const [page, cut, refused] = [await send(), await send(), await send()];
    expect([reasonOf(page), reasonOf(cut), reasonOf(refused)]).toEqual([null, null, 'conflict']);
    expect(String(page)).toContain('status 502');
    expect(String(cut)).toContain('before the import had ended');
    await new Promise((resolve) => proxy.close(resolve));
    const gone = await send();
    expect(gone).toMatchObject({ name: 'TRPCClientError', cause: expect.any(Error) });
    expect(reasonOf(gone)).toBeNull();
  });
});

test('has the fields that the server takes', () => {
  type Own = 'onProgress' | 'signal';
  type KeysOf<T> = T extends unknown ? keyof T : never;
  expectTypeOf<Exclude<KeysOf<ImportOptions>, Own>>().toEqualTypeOf<keyof z.input<typeof stockImportQuery>>();
  expectTypeOf<Exclude<keyof ExportOptions, Own>>().toEqualTypeOf<keyof z.input<typeof stockExportQuery>>();
  expectTypeOf<BulkFormat | undefined>().toEqualTypeOf<z.input<typeof stockExportQuery>['format']>();
  // @ts-expect-error An import that changes something has a key.
  const keyless: ImportOptions = { reason: 'the yearly count' };
  expect(keyless).toBeDefined();
});
