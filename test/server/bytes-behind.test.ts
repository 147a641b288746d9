import { expect, test } from 'vitest';
import { bytesOf, exchange, type RawRequest } from '../support/raw-http.ts';
import { type ShopServer, startShop } from '../support/shop-server.ts';

const GARBAGE = Buffer.from('this is not HTTP\r\n\r\n');

async function openShop(): Promise<ShopServer> {
  const shop = await startShop();
  await shop.mutate('stock.define', { sku: 'pen' }, { operator: true });
  await shop.mutate('stock.receive', { sku: 'pen', quantity: 9 }, { operator: true });
  return shop;
}

const addition = (...headers: string[]): RawRequest => ({
  target: '/trpc/cart.add',
  headers: ['Host: localhost', 'Content-Type: application/json', 'X-Session-ID: a-shopper', ...headers],
  body: '{"json":{"sku":"pen","quantity":1}}',
});

const statusesIn = (answers: string): string[] => answers.match(/(?<=HTTP\/1\.1 )\d+/g) ?? [];

test.each([[[]], [['trpc-accept: x']]])(
  'bytes behind a request that has an effect are refused after its answer, %j',
  async (headers) => {
    await using shop = await openShop();
    const requests = [bytesOf(addition(...headers)), bytesOf(addition(...headers)), GARBAGE];
    const answers = await exchange(shop.running.port, Buffer.concat(requests));
    expect(statusesIn(answers)).toEqual(['200', '200', '400']);
    expect(answers).toContain('"quantity":2');
  },
);

test('bytes after the last request of a connection do not affect its answer', async () => {
  await using shop = await openShop();
  const bytes = bytesOf(addition('Connection: close'));
  const answers = await exchange(shop.running.port, Buffer.concat([bytes, bytes]));
  expect(statusesIn(answers)).toEqual(['200']);
  expect(answers).toContain('"quantity":1');
});

test('an invalid request is refused at once, after the answer to the previous one', async () => {
  await using shop = await openShop();
  const broken = bytesOf({ ...addition('Transfer-Encoding: chunked'), body: 'no chunk', length: null });
  const answers = await exchange(shop.running.port, Buffer.concat([bytesOf(addition()), broken]));
  expect(statusesIn(answers)).toEqual(['200', '400']);
});
