// The reference over HTTP that does the work of `cart.add`: hold, cart, ledger and request record, in one transaction.
// MODE is `single` (a call for each request) or `batched` (a call for up to 64).
import { hash, randomBytes } from 'node:crypto';
import { type Answer, POOL_SIZE, pool, serveReference } from './pg-reference.ts';
import { type Adding, CartRows, InsufficientStock } from './same-work-rows.ts';

const rows = new CartRows(pool, POOL_SIZE);
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

/** A session is a secret: the tables contain only its hash. */
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

async function serve(body: string, session: unknown): Promise<Answer> {
  const asked = JSON.parse(body) as Asked;
  if (typeof session !== 'string' || !isAsked(asked)) return { status: 400, body: '{"reason":"invalid_input"}' };
  const adding = addingOf(asked, session);
  try {
    const kept = await add(adding);
    if (kept === 'mismatch') return { status: 422, body: '{"reason":"idempotency_mismatch"}' };
    return { status: 200, body: `{"cartId":"${adding.cart}","version":${kept.version},"lines":${kept.lines}}` };
  } catch (error) {
    if (error instanceof InsufficientStock) return { status: 409, body: '{"reason":"insufficient_stock"}' };
    throw error;
  }
}

serveReference(serve);
