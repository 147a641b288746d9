import { describe, expect, test } from 'vitest';
import {
  ADD,
  CLOSE,
  GOOD,
  HOST,
  JSON_TYPE,
  expectSame,
  expectSameDirectly,
  SHOPPER,
  startPairs,
  USUAL,
} from '../support/same-answers.ts';

startPairs();

const SEEN = '/trpc/stock.availability';

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);

describe('inputs', () => {
  test.each([
    '',
    ' ',
    '{',
    'null',
    '7',
    '"x"',
    '[]',
    '{}',
    '{"json":null}',
    '{"json":{"sku":"known","quantity":1}} ',
    '\ufeff{"json":{"sku":"known","quantity":1}}',
    '{"json":{"sku":"known","quantity":1},"json":{"sku":"nope","quantity":1}}',
    '{"json":{"sku":"known","quantity":1},"meta":null}',
    '{"json":{"sku":"known","quantity":1},"meta":{}}',
    '{"json":{"sku":"known","quantity":1},"meta":{"values":{"quantity":["Date"]}}}',
    '{"json":{"sku":"known","quantity":1},"meta":{"values":{"quantity":["number"]}}}',
    '{"json":{"sku":"known","quantity":"NaN"},"meta":{"values":{"quantity":["number"]}}}',
    '{"json":{"sku":"known","quantity":null},"meta":{"values":{"quantity":["undefined"]}}}',
    '{"json":{"sku":"known","quantity":1,"mode":null},"meta":{"values":{"mode":["undefined"]}}}',
    '{"json":{"sku":"known","quantity":1},"meta":{"values":{"__proto__.x":["undefined"]}}}',
    '{"json":{"sku":"known","quantity":1},"meta":{"values":{"a.b.c":["undefined"]}}}',
    '{"json":{"sku":"known","quantity":1},"meta":{"values":7}}',
    '{"json":{"sku":"known","quantity":1},"meta":{"values":["undefined"]}}',
    '{"json":{"sku":"known","quantity":1,"__proto__":{"a":1}}}',
    '{"json":{"sku":"kn\\u006fwn","quantity":1e0}}',
    '[[1]]',
    'undefined',
  ])('%j', async (body) => {
    for (const target of [ADD, '/trpc/test.echo', '/trpc/test.ignore', '/trpc/cart.clear']) {
      await expectSame({ target, headers: USUAL, body });
      await expectSame({ target, headers: [HOST, CLOSE, JSON_TYPE], body });
    }
    for (const path of ['test.echoQuery', 'stock.availability', 'cart.get']) {
      const headers = [HOST, CLOSE, SHOPPER];
      for (const input of [encodeURIComponent(body), encodeURI(body), body.replaceAll(/\s/g, '+')]) {
        await expectSame(Buffer.from(`GET /trpc/${path}?input=${input} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`));
      }
    }
  });

  test('answers an absent input without the adapter', async () => {
    const query = encodeURIComponent('{}');
    expect(statusOf(await expectSameDirectly({ target: '/trpc/cart.clear', headers: USUAL, body: '{}' }))).toBe(200);
    const asked = { method: 'GET', target: `/trpc/cart.get?input=${query}`, headers: [HOST, CLOSE, SHOPPER] };
    expect(statusOf(await expectSameDirectly(asked))).toBe(200);
  });

  test.each([65_535, 65_536, 65_537, 70_000])('%i bytes', async (bytes) => {
    await expectSame({ target: '/trpc/test.ignore', headers: USUAL, body: GOOD.padEnd(bytes) });
    await expectSame({ target: ADD, headers: USUAL, body: GOOD.padEnd(bytes) });
    await expectSame({
      target: '/trpc/test.echo',
      headers: USUAL,
      body: JSON.stringify({ json: 'ä'.repeat(bytes / 2 - 10) }),
    });
  });

  test.each([[0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0x80]])(
    'bytes that are not UTF-8: %j',
    async (...bad) => {
      const body = Buffer.concat([Buffer.from('{"json":"'), Buffer.from(bad), Buffer.from('"}')]);
      expect(statusOf(await expectSame({ target: '/trpc/test.echo', headers: USUAL, body }))).toBe(400);
      const input = bad.map((byte) => `%${byte.toString(16)}`).join('');
      await expectSame({ method: 'GET', target: `/trpc/test.echoQuery?input={"json":"${input}"}`, headers: USUAL });
    },
  );

  test.each([
    '',
    '?',
    '?input',
    '?input=',
    '?input=&',
    '?&input=INPUT',
    '?input=INPUT&',
    '?input=INPUT&input=%7B%7D',
    '?input=&input=INPUT',
    '?batch=1&input=INPUT',
    '?batch=1&input=%7B%220%22:INPUT%7D',
    '?input=INPUT&batch=1',
    '?batch=0&input=INPUT',
    '?Input=INPUT',
    '?in%70ut=INPUT',
    '?input=INPUT#fragment',
    '?input=INPUT%23',
    '?input=INPUT%',
    '?input=%zz',
    '?input=%EF%BB%BFINPUT',
    '?input=+INPUT+',
    '?input=%20INPUT%0a',
    '?input=INPUT%00',
    '?input=INPUT\\',
    '?input=INPUT\x80\xff',
    '?input={"json":{"skus":["known"]}}',
    "?input={'json':1}",
    '?input=%7b"json":{"skus":["a+b","a%2Bb"]}}',
    '?input=INPUT?input=INPUT',
    '?connectionParams=%7B%7D&input=INPUT',
    '?input=INPUT&connectionParams=x',
    '/?input=INPUT',
    '/',
    '//',
    '/.?input=INPUT',
    '/..',
    '.x?input=INPUT',
    ',?input=INPUT',
    ',stock.availability?batch=1&input={}',
    '%2estock?input=INPUT',
    '%',
    ';a=b?input=INPUT',
    '\\?input=INPUT',
  ])('the query %j', async (query) => {
    const input = encodeURIComponent('{"json":{"skus":["known"]}}');
    const headers = [HOST, CLOSE, SHOPPER];
    for (const target of [
      SEEN,
      '/trpc/test.echoQuery',
      '/trpc/cart.get',
      '/trpc/cart.add',
      '/trpc/stock%2Eavailability',
      '/trpc/nope',
    ]) {
      await expectSame({ method: 'GET', target: target + query.replaceAll('INPUT', input), headers });
      await expectSame({ target: target + query.replaceAll('INPUT', input), headers: USUAL, body: GOOD });
    }
  });

  test.each([
    'http://shop.example/trpc/cart.get',
    'http://shop.example',
    '*',
    '/trpc',
    '/trpc/',
    '/TRPC/cart.get',
    '//trpc/cart.get',
    '/trpc//cart.get',
    '/trpc/cart/get',
    '/trpc/cart',
    '/trpc/constructor',
    '/trpc/__proto__',
    '/a/../trpc/cart.get',
  ])('the target %s', async (target) => {
    await expectSame({ method: 'GET', target, headers: [HOST, CLOSE, SHOPPER, 'Content-Type: application/xml'] });
    await expectSame({ method: 'GET', target, headers: [HOST, CLOSE, SHOPPER] });
    await expectSame({ target, headers: USUAL, body: GOOD });
  });
});
