import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpAnswer, HttpCaller, OutputOf, Refused } from './http-caller.ts';

/** A shopper's plan. Every call has a key derived from the session, so that it can be retried. */
export interface Plan {
  session: string;
  lines: readonly { sku: string; quantity: number }[];
  /** `leaves`: leaves a full cart behind. */
  ends: 'buys' | 'empties the cart' | 'leaves';
}

export type Order = OutputOf<'checkout.place'>;

export interface Visit {
  plan: Plan;
  order: Order | null;
  /** SKUs that were refused, each with the reason. */
  refused: { sku: string; reason: string }[];
  /** The number of retries. */
  asked: number;
}

/** Returns the server to call now. It may be another one than before, if that one has ended. */
export type Shop = () => Promise<HttpCaller>;

const UNDECIDED = new Set<Refused['reason']>(['no_answer', 'outcome_unknown', 'store_unavailable', 'overloaded']);
const AGAIN_MS = 20;
const AGAIN_MAX = 1_000;

/** Retries until the answer is a success or a final refusal. The key makes all attempts one effect. */
export async function insist<T>(
  shop: Shop,
  session: string,
  ask: (caller: HttpCaller) => Promise<HttpAnswer<T>>,
): Promise<{ answer: HttpAnswer<T>; asked: number }> {
  for (let asked = 1; ; asked += 1) {
    const answer = await ask((await shop()).as(session));
    if (answer.ok || !UNDECIDED.has(answer.reason)) return { answer, asked };
    if (asked === AGAIN_MAX) throw new Error(`${session} made ${asked} attempts, the last answer: ${answer.reason}`);
    await sleep(AGAIN_MS);
  }
}

/** Fills a cart line by line, then ends the visit as planned. Rejects for an answer that a shopper must not receive. */
export async function visit(plan: Plan, shop: Shop): Promise<Visit> {
  const { session, lines } = plan;
  const done: Visit = { plan, order: null, refused: [], asked: 0 };
  const call = async <T>(ask: (caller: HttpCaller) => Promise<HttpAnswer<T>>): Promise<HttpAnswer<T>> => {
    const { answer, asked } = await insist(shop, session, ask);
    done.asked += asked - 1;
    return answer;
  };
  for (const [index, { sku, quantity }] of lines.entries()) {
    const idempotencyKey = `${session}-add-${index}`;
    const added = await call((caller) => caller.mutate('cart.add', { sku, quantity, idempotencyKey }));
    if (!added.ok) done.refused.push({ sku, reason: added.reason });
  }
  if (done.refused.length === lines.length || plan.ends === 'leaves') return done;
  const idempotencyKey = `${session}-end`;
  if (plan.ends === 'empties the cart') {
    demand(plan, await call((caller) => caller.mutate('cart.clear', { idempotencyKey })));
    return done;
  }
  done.order = demand(plan, await call((caller) => caller.mutate('checkout.place', { idempotencyKey })));
  return done;
}

function demand<T>({ session, ends }: Plan, answer: HttpAnswer<T>): T {
  if (answer.ok) return answer.value;
  throw new Error(`${session} ${ends}, and is refused: ${answer.reason} ${JSON.stringify(answer.meta)}`);
}
