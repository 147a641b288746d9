import type { Movement } from '../../live/ledger-walk.ts';

/** The units of a SKU that were sold at one location, counted from its ledger. */
export interface Tally {
  /** The newest movement that was counted. Undefined: the ledger had none. */
  head: string | undefined;
  sold: number;
  /** Whether movements were left out, because there were more of them than a screen should read. */
  isPartial: boolean;
}

type ReadPage = (
  limit: number,
  cursor: string | undefined,
) => Promise<{ movements: readonly Movement[]; nextCursor?: string }>;

/** A round reads little where little was sold. */
const FIRST_PAGE = 50;
const PAGE = 500;
/** A sale that is faster than this would make the screen a load of its own. */
const PAGES_MAX = 7;

/** The change of the units sold for each unit of a movement. */
const SOLD: Readonly<Partial<Record<Movement['kind'], number>>> = {
  consumed: 1,
  committed: 1,
  recommitted: 1,
  uncommitted: -1,
};

/** Counts the units sold since a time, in epoch milliseconds. Goes on from what was counted before. */
export async function countSales(read: ReadPage, since: number, known: Tally | undefined): Promise<Tally> {
  let [head, sold] = [known?.head, known?.sold ?? 0];
  let cursor: string | undefined;
  for (let pages = 1; pages <= PAGES_MAX; pages += 1) {
    const { movements, nextCursor } = await read(pages === 1 && known ? FIRST_PAGE : PAGE, cursor);
    const end = movements.findIndex(({ movementId, at }) => movementId === known?.head || at < since);
    sold += soldIn(end < 0 ? movements : movements.slice(0, end));
    if (pages === 1) head = movements[0]?.movementId ?? head;
    if (end >= 0 || nextCursor === undefined) return { head, sold, isPartial: known?.isPartial ?? false };
    cursor = nextCursor;
  }
  return { head, sold, isPartial: true };
}

const soldIn = (movements: readonly Movement[]): number =>
  movements.reduce((sum, { kind, quantity }) => sum + quantity * (SOLD[kind] ?? 0), 0);
