import type { Ledger, Movement } from '../../live/ledger-walk.ts';

/** The counters that a movement changes. `free` are units on hand that are neither reserved nor sold. */
export interface Counters {
  onHand: number;
  reserved: number;
  committed: number;
  free: number;
}

/** Movements with the same cause, added up. */
export interface CauseRow {
  id: string;
  kind: Movement['kind'];
  /** Present for what one operator or program did: shoppers and deadlines are many. */
  by?: string;
  reason?: string | undefined;
  change: Counters;
  count: number;
  lastAt: number;
}

const NONE: Counters = { onHand: 0, reserved: 0, committed: 0, free: 0 };

export const plus = (one: Counters, other: Counters, sign: 1 | -1 = 1): Counters => ({
  onHand: one.onHand + sign * other.onHand,
  reserved: one.reserved + sign * other.reserved,
  committed: one.committed + sign * other.committed,
  free: one.free + sign * other.free,
});

function changeOf({ onHand, reserved, committed, backordered = { before: 0, after: 0 } }: Movement): Counters {
  const [hand, held, sold] = [onHand, reserved, committed].map(({ before, after }) => after - before);
  const change = { onHand: hand ?? 0, reserved: held ?? 0, committed: sold ?? 0 };
  const notHere = backordered.after - backordered.before;
  return { ...change, free: change.onHand - change.reserved - change.committed + notHere };
}

const isOperator = (by: string): boolean => by === 'operator' || by.startsWith('key:');

/** Adds up movements by their cause, those first that changed most. */
export function tallyCauses(movements: readonly Movement[]): { rows: CauseRow[]; net: Counters } {
  const rows = new Map<string, CauseRow>();
  let net = NONE;
  for (const movement of movements) {
    const { kind, cause, at } = movement;
    const who = isOperator(cause.by) ? { by: cause.by, reason: cause.reason } : {};
    const id = JSON.stringify([kind, who]);
    const row = rows.get(id) ?? { id, kind, ...who, change: NONE, count: 0, lastAt: 0 };
    const change = changeOf(movement);
    rows.set(id, { ...row, change: plus(row.change, change), count: row.count + 1, lastAt: Math.max(row.lastAt, at) });
    net = plus(net, change);
  }
  return { rows: [...rows.values()].sort(byWeight), net };
}

const byWeight = ({ change: one }: CauseRow, { change: other }: CauseRow): number =>
  Math.abs(other.onHand) - Math.abs(one.onHand) || Math.abs(other.free) - Math.abs(one.free);

/** Returns the movements of all locations since a time, newest first. */
export function movementsSince(ledgers: ReadonlyMap<string, Ledger>, since: number): Movement[] {
  const all = [...ledgers.values()].flatMap(({ movements }) => movements.filter(({ at }) => at >= since));
  return ledgers.size > 1 ? all.sort((one, other) => other.at - one.at) : all;
}

/** The change of the units sold since the beginning, for each unit of a movement. */
const SOLD: Readonly<Partial<Record<Movement['kind'], number>>> = {
  consumed: 1,
  committed: 1,
  recommitted: 1,
  uncommitted: -1,
  returned: -1,
};

export interface Curves {
  times: number[];
  onHand: number[];
  reserved: number[];
  sold: number[];
}

/** Returns how the counters developed up to now, from the movements, newest first, and what they are now. */
export function curvesOf(
  movements: readonly Movement[],
  now: Pick<Counters, 'onHand' | 'reserved'>,
  span: { since: number; until: number },
): Curves {
  const { net } = tallyCauses(movements);
  let at = { onHand: now.onHand - net.onHand, reserved: now.reserved - net.reserved, sold: 0 };
  // A SKU that began in this time is shown from its beginning.
  const isNew = at.onHand === 0 && at.reserved === 0;
  const points = new Map([[isNew ? (movements.at(-1)?.at ?? span.since) - 1 : span.since, at]]);
  for (const movement of movements.toReversed()) {
    const { onHand, reserved } = changeOf(movement);
    const sold = at.sold + (SOLD[movement.kind] ?? 0) * movement.quantity;
    at = { onHand: at.onHand + onHand, reserved: at.reserved + reserved, sold };
    points.set(movement.at, at);
  }
  points.set(Math.max(span.until, movements[0]?.at ?? 0), at);
  const values = [...points.values()];
  return {
    times: [...points.keys()],
    onHand: values.map(({ onHand }) => onHand),
    reserved: values.map(({ reserved }) => reserved),
    sold: values.map(({ sold }) => sold),
  };
}
