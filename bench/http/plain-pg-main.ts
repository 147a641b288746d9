// The reference over HTTP: the first implementation that a shop would write. It only reserves: it has no cart, ledger,
// expiry or request record.
import { CONDITIONAL_UPDATE } from '../postgres/schemes.ts';
import { type Answer, pool, serveReference } from './pg-reference.ts';

async function reserve(body: string, owner: unknown): Promise<Answer> {
  const { sku, quantity } = JSON.parse(body) as { sku: string; quantity: number };
  const { rows } = await pool.query<{ hold_id: string }>({
    name: 'reserve',
    text: CONDITIONAL_UPDATE,
    values: [sku, quantity, owner],
  });
  const [hold] = rows;
  return hold
    ? { status: 200, body: JSON.stringify({ holdId: hold.hold_id }) }
    : { status: 409, body: '{"reason":"insufficient_stock"}' };
}

serveReference(reserve);
