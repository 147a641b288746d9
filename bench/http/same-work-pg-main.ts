// The reference over HTTP that does what `cart.add` does: hold, cart, ledger and request record, in one transaction.
// Settings are PGHOST, POOL and MODE, which is `single` (a call for each request) or `batched` (a call for up to 64).
import { hash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import { CartRows, InsufficientStock, type Adding } from './same-work-rows.ts';

const pool = new Pool({
  host: process.env['PGHOST'] ?? '',
  user: 'postgres',
  database: 'postgres',
  max: Number(process.env['POOL']),
});
const rows = new CartRows(pool, Number(process.env['POOL']));
const add = process.env['MODE'] === 'batched' ? rows.addBatched : rows.addSingly;

/** The shop's prices, which such a service would keep in memory. */
const UNIT_PRICE = 1_900;
/** Ids ascend, so that an index grows at its end. */
const run = Date.now().toString(36) + randomBytes(4).toString('hex');
let made = 0;

interface Asked {
  sku: string;
  quantity: number;
  idempotencyKey?: string;
}

/** A session is a secret: the tables have its hash only. */
const cartOf = (session: string): string => `crt_${hash('sha256', session, 'base64url').slice(0, 22)}`;

function addingOf({ sku, quantity, idempotencyKey }: Asked, session: string): Adding {
  made += 1;
  const ordinal = made.toString(36).padStart(6, '0');
  const cart = cartOf(session);
  const hold = `hld_${run}${ordinal}`;
  return {
    request: idempotencyKey === undefined ? `gen_${run}${ordinal}` : `${cart}:${idempotencyKey}`,
    fingerprint: `cart.add ${sku} ${quantity}`,
    cart,
    sku,
    quantity,
    hold,
    line: `[{"sku":"${sku}","quantity":${quantity},"holdId":"${hold}","unitPrice":${UNIT_PRICE}}]`,
  };
}

const isAsked = ({ sku, quantity }: Asked): boolean =>
  /^[\w.:-]{1,64}$/.test(sku) && Number.isSafeInteger(quantity) && quantity >= 1 && quantity <= 10_000;

async function serve(body: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const session = request.headers['x-session-id'];
  const asked = JSON.parse(body) as Asked;
  if (typeof session !== 'string' || !isAsked(asked)) return answer(response, 400, '{"reason":"invalid_input"}');
  const adding = addingOf(asked, session);
  const kept = await add(adding);
  if (kept === 'mismatch') return answer(response, 422, '{"reason":"idempotency_mismatch"}');
  answer(response, 200, `{"cartId":"${adding.cart}","version":${kept.version},"lines":${kept.lines}}`);
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    serve(body, request, response).catch((error: unknown) => {
      if (error instanceof InsufficientStock) answer(response, 409, '{"reason":"insufficient_stock"}');
      else answer(response, 500, JSON.stringify({ error: String(error) }));
    });
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ msg: 'listening', url: `http://127.0.0.1:${port}` }));
});
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void pool.end().then(() => process.exit());
});
