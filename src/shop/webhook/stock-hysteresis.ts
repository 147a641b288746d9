/**
 * Stock events use hysteresis: levels move around a threshold while carts fill and expire, and that must not cause an
 * event each time. An event is repeated only after a rise that is larger than the fall that caused it.
 */

export type StockState = 'ok' | 'low' | 'out';
export type StockEventKind = 'stock.low' | 'stock.out' | 'stock.back_in_stock';

/** The effect of one transaction on a SKU. */
interface LevelChange {
  /** Units that a new hold could reserve after the transaction. */
  available: number;
  /** Whether units were added on hand (received, counted or returned). The end of a hold adds none. */
  isSupply: boolean;
}

/** Returns the state of a level without a stored state. `lowUnits` is `Settings.lowStockUnits`. */
export function plainState(available: number, lowUnits: number): StockState {
  if (available <= 0) return 'out';
  return available <= lowUnits ? 'low' : 'ok';
}

/**
 * Returns the state after a change and its event:
 * - `ok` or `low` to `out`, at 0 units: `stock.out`.
 * - `ok` to `low`, at `lowUnits` or fewer: `stock.low`.
 * - `low` to `ok`, above twice `lowUnits`: no event. After that the SKU can become `low` again.
 * - `out` to `ok` or `low`: `stock.back_in_stock`. Added units suffice. Units of ended holds count only above
 *   `lowUnits` and above 1, so that the last unit causes no events while it moves from cart to cart.
 */
export function stepStock(
  state: StockState,
  { available, isSupply }: LevelChange,
  lowUnits: number,
): { state: StockState; event: StockEventKind | null } {
  const plain = plainState(available, lowUnits);
  if (plain === 'out') return { state: 'out', event: state === 'out' ? null : 'stock.out' };
  if (state === 'out') {
    const isBack = isSupply || available > Math.max(lowUnits, 1);
    return isBack ? { state: plain, event: 'stock.back_in_stock' } : { state, event: null };
  }
  if (state === 'ok') return plain === 'low' ? { state: 'low', event: 'stock.low' } : { state, event: null };
  return { state: available > 2 * lowUnits ? 'ok' : 'low', event: null };
}
