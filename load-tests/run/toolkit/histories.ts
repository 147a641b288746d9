import { type HttpCaller, must } from '../../../test/support/http-caller.ts';
import type { Outputs } from '../../../src/client/client.ts';
import { inParallel } from './in-parallel.ts';

type Span = { before: number; after: number };

/** One line of a SKU's ledger. */
export type Movement = Pick<
  Outputs['stock']['history']['movements'][number],
  'movementId' | 'kind' | 'quantity' | 'holdId' | 'orderId'
> & {
  onHand: Span;
  reserved: Span;
};

/** The movements of SKUs, the oldest first. */
export type Histories = ReadonlyMap<string, readonly Movement[]>;

const PAGE = 500;
const ENDS: ReadonlySet<string> = new Set(['released', 'expired', 'consumed', 'committed']);

/** Reads the whole ledger of each SKU, page by page. */
export async function readHistories(operator: HttpCaller, skus: readonly string[]): Promise<Histories> {
  const histories = new Map<string, Movement[]>();
  await inParallel(skus, async (sku) => {
    const movements: Movement[] = [];
    let cursor: string | undefined;
    do {
      const input = { sku, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
      const page = must(await operator.query('stock.history', input));
      movements.push(...page.movements);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    histories.set(sku, movements.reverse());
  });
  return histories;
}

/** Returns the number of movements of a kind. */
export const countOf = (histories: Histories, kind: Movement['kind']): number =>
  [...histories.values()].flat().filter((movement) => movement.kind === kind).length;

/**
 * Returns the faults in the ledger of one SKU. Each movement must begin where the previous one ended, the last one
 * must match the level, and each hold must take its units once and release them once.
 */
export function historyProblems(
  sku: string,
  movements: readonly Movement[],
  level: { onHand: number; reserved: number } | undefined,
): string[] {
  const nothing = { movementId: '', onHand: { after: 0 }, reserved: { after: 0 } };
  const torn = movements.filter(({ onHand, reserved }, index) => {
    const before = movements[index - 1] ?? nothing;
    return onHand.before !== before.onHand.after || reserved.before !== before.reserved.after;
  });
  const { onHand, reserved } = movements.at(-1) ?? nothing;
  return [
    ...torn.slice(0, 1).map(({ movementId }) => `${sku}: ${movementId} does not go on where its predecessor ended`),
    ...(onHand.after === level?.onHand && reserved.after === level.reserved
      ? []
      : [`${sku}: the ledger ends with ${onHand.after} on hand and ${reserved.after} held, the shop says otherwise`]),
    ...holdProblems(sku, movements),
  ];
}

function holdProblems(sku: string, movements: readonly Movement[]): string[] {
  const lives = new Map<string, { begun: number; ended: number; units: number }>();
  for (const { holdId, kind, reserved } of movements) {
    if (holdId === undefined) continue;
    const life = lives.get(holdId) ?? { begun: 0, ended: 0, units: 0 };
    if (kind === 'reserved') life.begun += 1;
    if (ENDS.has(kind)) life.ended += 1;
    life.units += reserved.after - reserved.before;
    lives.set(holdId, life);
  }
  const wrong = [...lives].filter(
    ([, { begun, ended, units }]) => begun !== 1 || ended > 1 || (ended === 1) !== (units === 0),
  );
  const [first] = wrong;
  if (!first) return [];
  const [holdId, { begun, ended, units }] = first;
  return [
    `${sku}: ${wrong.length} holds were not held and given up once each, such as ${holdId}: begun ${begun} times, ended ${ended} times, ${units} units still taken`,
  ];
}
