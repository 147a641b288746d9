import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { poll } from './poll.ts';
import { bytesOf, exchange, type RawRequest } from './raw-http.ts';
import { OPERATOR_KEY } from './shop-server.ts';
import { type TrpcServer, startTrpcServer, type Traces } from './fast-path-server.ts';

export const HOST = 'Host: shop.example';
export const CLOSE = 'Connection: close';
export const JSON_TYPE = 'Content-Type: application/json';
export const SHOPPER = 'X-Session-ID: a-shopper-of-the-pair';
export const OPERATOR = `Authorization: Bearer ${OPERATOR_KEY}`;
export const ID = 'X-Request-ID: the-id-of-the-request';
export const USUAL = [HOST, CLOSE, JSON_TYPE, SHOPPER, ID];
export const ADD = '/trpc/cart.add';
export const GOOD = '{"json":{"sku":"known","quantity":1}}';

/** The origins that the servers of a pair allow. */
const PAIRS = { none: [], some: ['https://shop.example', 'https://admin.shop.example:8443'], all: ['*'] };
export type PairName = keyof typeof PAIRS;
export const PAIR_NAMES = Object.keys(PAIRS) as PairName[];

/** Replaces times and generated ids, which differ between servers. Names of headers are case-insensitive. */
const comparable = (text: string): string =>
  withoutIdLengths(text)
    .replace(/^date: .*$/gim, 'date')
    .replace(/^(x-request-id: )req_[\w.-]+$/gim, '$1made')
    .replace(/^content-length:/gim, 'content-length:')
    .replace(/\breq_[\w-]{12}\.[0-9a-z]+/g, 'req')
    .replace(/\b(hld|ord|res|trf|gen|whk|evt|imp|key)_[\w-]{19}/g, '$1')
    .replace(/\bses_[\w-]{22}(?:\.[\w-]+)+/g, 'ses')
    .replace(/whsec_[\w+/=]+/g, 'whsec')
    .replace(/hf_live_[\w-]{43}/g, 'hf_live')
    .replace(/"(subject|session)":"[\w-]{22}"/g, '$1')
    .replace(/"nextCursor":"(?:WyJldmVudHMi|WyJ0cmFuc2ZlcnMi|WyJyZXNlcnZhdGlvbnMi)[\w-]+"/g, 'cursor of ids')
    .replace(/\b1\d{12}\b/g, 'ms');

/** Made request ids count requests, so their lengths differ. They do not count in the length of a body. */
const withoutIdLengths = (text: string): string =>
  text.replace(/^content-length: (\d+)$/gim, (_, length) => {
    const made = [...text.matchAll(/"requestId":"(req_[\w.-]+)"/g)].reduce((sum, [, id = '']) => sum + id.length, 0);
    return `content-length: ${Number(length) - made}`;
  });

const comparableTraces = (traces: Traces): Traces => JSON.parse(comparable(JSON.stringify(traces))) as Traces;

const pairs = new Map<PairName, [direct: TrpcServer, official: TrpcServer]>();

export const pairOf = (name: PairName): [direct: TrpcServer, official: TrpcServer] =>
  pairs.get(name) ?? expect.fail(`the servers ${name} do not exist`);

/** Sends a request to both servers, expects the same answer, and returns the answer of the fast path. */
export async function expectSame(
  request: RawRequest | Buffer,
  name: PairName = 'none',
  thenCut = false,
): Promise<string> {
  const bytes = Buffer.isBuffer(request) ? request : bytesOf(request);
  const [direct, official] = await Promise.all(pairOf(name).map(({ port }) => exchange(port, bytes, thenCut)));
  expect(comparable(direct ?? ''), bytes.toString('latin1').slice(0, 2_000)).toBe(comparable(official ?? ''));
  return direct ?? '';
}

/** Like `expectSame`, for requests that the fast path must answer without the adapter. */
export async function expectSameDirectly(request: RawRequest, name: PairName = 'none'): Promise<string> {
  const before = pairOf(name)[0].handedOn();
  const answer = await expectSame(request, name);
  expect(pairOf(name)[0].handedOn() - before, 'requests that reached the adapter').toBe(0);
  return answer;
}

/** Starts the pairs for the tests of a file. After each test, metrics and logs must be the same as well. */
export function startPairs(): void {
  beforeAll(async () => {
    for (const name of PAIR_NAMES) {
      pairs.set(name, [await startTrpcServer(true, PAIRS[name]), await startTrpcServer(false, PAIRS[name])]);
      const headers = [...USUAL, OPERATOR];
      await expectSame({ target: '/trpc/stock.define', headers, body: '{"json":{"sku":"known"}}' }, name);
      const body = '{"json":{"sku":"known","quantity":1000000}}';
      await expectSame({ target: '/trpc/stock.receive', headers, body }, name);
    }
  });
  afterEach(async () => {
    for (const [direct, official] of pairs.values()) {
      await poll(() => direct.http.inFlight + official.http.inFlight === 0);
      expect(comparableTraces(direct.traces)).toEqual(comparableTraces(official.traces));
    }
  });
  afterAll(async () => {
    for (const pair of pairs.values()) await Promise.all(pair.map((server) => server[Symbol.asyncDispose]()));
  });
}
