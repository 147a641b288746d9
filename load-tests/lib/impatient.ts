import { claim } from './claims.ts';
import { between, chance, oneOf } from './draw.ts';
import { operator } from './operator.ts';
import { option } from './plan.ts';
import { enter, Shopper } from './shopper.ts';
import { type Answer, ask, type Call, together } from './wire.ts';
import type { InputOf } from '../../src/contract/inputs/inputs.ts';
import type { OutputOf, Path } from '../../src/contract/outputs/outputs.ts';
import { isQuery } from './words.ts';

const MISUSE_SHARE = 1 / 4;

/** Changes that make a different input, by procedure. */
const OTHERWISE: Partial<Record<Path, object>> = {
  'cart.add': { quantity: 99 },
  'cart.setQuantity': { quantity: 99 },
  'cart.remove': { sku: 'another' },
  'checkout.place': { contact: { name: 'Somebody else' } },
  'checkout.begin': { contact: { name: 'Somebody else' } },
  'checkout.confirm': { paymentReference: 'another' },
  'checkout.cancel': { reason: 'another' },
  'stock.receive': { quantity: 99 },
  'stock.adjust': { delta: 99 },
  'orders.fulfil': { trackingReference: 'another' },
  'orders.return': { reason: 'another' },
};

/** A shopper that sends every mutation up to `--copies` times at once with one idempotency key. It has one effect. */
export class ImpatientShopper extends Shopper {
  readonly #sent: Call<Path>[] = [];

  override ask<P extends Path>(path: P, input: InputOf<P>): Answer<OutputOf<P>> {
    const call = this.call(path, input);
    if (isQuery(path)) return ask(call);
    this.#sent.push(call as Call<Path>);
    return storm(call);
  }

  /** Repeats a call that was answered long ago. */
  askAgain(): void {
    if (this.#sent.length > 0) storm(oneOf(this.#sent));
  }
}

/** Like `enter`. */
export function enterImpatiently(): ImpatientShopper | null {
  const shopper = enter();
  return shopper && new ImpatientShopper(shopper.sessionId);
}

/** Sends an operator's call several times at once. */
export const askAsImpatientOperator = <P extends Path>(path: P, input: InputOf<P>): Answer<OutputOf<P>> =>
  storm(operator.call(path, input));

/** Sends a call several times at once and returns its answer. Sometimes it also reuses the key for another input. */
function storm<P extends Path>(call: Call<P>): Answer<OutputOf<P>> {
  const answers = together(Array.from({ length: between(1, option('copies')) }, () => call));
  const effects = answers.flatMap((answer) => (answer.ok ? [JSON.stringify(effectOf(answer.value))] : []));
  claim('one key has one effect', new Set(effects).size <= 1, () => answers);
  if (effects.length > 0 && chance(MISUSE_SHARE)) misuse(call);
  return answers.find(({ ok }) => ok) ?? (answers[0] as Answer<OutputOf<P>>);
}

/** Returns the part of an answer that only the caller can change. The ledger check covers levels. */
function effectOf(value: object | null): unknown {
  if (value === null || 'orderId' in value) return value;
  const { lines } = ('cart' in value ? value.cart : value) as {
    lines?: { sku: string; quantity: number; holdId: string }[];
  };
  return [
    lines?.map(({ sku, quantity, holdId }) => [sku, quantity, holdId]),
    'granted' in value ? value.granted : null,
  ];
}

function misuse<P extends Path>({ path, input, headers }: Call<P>): void {
  const otherwise = OTHERWISE[path];
  if (!otherwise) return;
  const answer = ask({ path, input: { ...input, ...otherwise } as InputOf<P>, headers });
  const isRefused = !answer.ok && answer.reason === 'idempotency_mismatch' && answer.status === 422;
  claim('a key that is used for something else is refused with 422', isRefused, () => answer);
}
