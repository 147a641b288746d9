import type { Plan } from './shopper.ts';

export interface CrowdOptions {
  /** Prefix of the sessions: crowds with different names are different shoppers. */
  name: string;
  shoppers: number;
  skus: readonly string[];
  /** One shopper in so many empties the cart, and one in so many leaves a full one behind. 0: none. */
  emptiesEvery?: number;
  leavesEvery?: number;
}

const LINES_MAX = 3;
const QUANTITY_MAX = 2;

/** A small and sufficient generator: a crowd's wishes look random, and are the same in every run. */
function* numbersFrom(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Creates shoppers with carts of 1 to 3 different SKUs, 1 or 2 units of each. The first SKUs are wanted most often. */
export function crowd({ name, shoppers, skus, emptiesEvery = 0, leavesEvery = 0 }: CrowdOptions): Plan[] {
  const numbers = numbersFrom([...name].reduce((sum, char) => sum * 31 + char.charCodeAt(0), 7));
  const below = (end: number): number => Math.floor(numbers.next().value * end);
  return Array.from({ length: shoppers }, (_, index): Plan => {
    const lines = new Map<string, number>();
    for (let wanted = 1 + below(LINES_MAX); wanted > 0; wanted -= 1) {
      const sku = skus[Math.min(below(skus.length), below(skus.length))] ?? '';
      lines.set(sku, 1 + below(QUANTITY_MAX));
    }
    const isEvery = (every: number, offset: number): boolean => every > 0 && index % every === offset;
    const ends = isEvery(emptiesEvery, 3) ? 'empties the cart' : isEvery(leavesEvery, 5) ? 'leaves' : 'buys';
    return { session: `${name}-${index}`, lines: [...lines].map(([sku, quantity]) => ({ sku, quantity })), ends };
  });
}

/** Units that the crowd wants of each SKU. */
export function wantedUnits(plans: readonly Plan[]): Map<string, number> {
  const wanted = new Map<string, number>();
  for (const { sku, quantity } of plans.flatMap(({ lines }) => lines)) {
    wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
  }
  return wanted;
}
