import type { HoldfastClient, Outputs } from '../../../src/client/client.ts';
import type { Movement } from './ledger-walk.ts';

/** What was read of the movements of one location, and is not on a page yet. */
interface Branch {
  location: string;
  /** Newest first. */
  pending: readonly Movement[];
  /** The cursor of those before them; null: there are none. Undefined: nothing was read yet. */
  next: string | null | undefined;
}

export type MergedCursor = readonly Branch[];

interface MergedPage {
  items: Movement[];
  nextCursor?: MergedCursor;
}

interface MergeOptions {
  client: HoldfastClient;
  sku: string;
  locations: readonly string[];
  limit: number;
  signal: AbortSignal;
}

/**
 * Reads a page of the movements of a SKU at several locations, newest first. Each location has a ledger of its own, so
 * the cursor has the position in each, with what was read of it beyond the page.
 */
export async function readMerged(options: MergeOptions, cursor: MergedCursor | undefined): Promise<MergedPage> {
  const { locations, limit } = options;
  let branches: Branch[] = [...(cursor ?? locations.map((location) => ({ location, pending: [], next: undefined })))];
  const items: Movement[] = [];
  while (items.length < limit) {
    branches = await Promise.all(branches.map((branch) => filled(options, branch)));
    const newest = branches.reduce((best, branch) => (isNewer(branch.pending[0], best.pending[0]) ? branch : best));
    const [movement, ...pending] = newest.pending;
    if (!movement) return { items };
    items.push(movement);
    branches = branches.map((branch) => (branch === newest ? { ...branch, pending } : branch));
  }
  const hasMore = branches.some(({ pending, next }) => pending.length > 0 || next !== null);
  return hasMore ? { items, nextCursor: branches } : { items };
}

/** Reads the next movements of a location when all that were read are on a page. */
async function filled({ client, sku, limit, signal }: MergeOptions, branch: Branch): Promise<Branch> {
  const { location, pending, next } = branch;
  if (pending.length > 0 || next === null) return branch;
  const at = next === undefined ? {} : { cursor: next };
  const page: Outputs['stock']['history'] = await client.stock.history.query(
    { sku, location, limit, ...at },
    { signal },
  );
  return { location, pending: page.movements, next: page.nextCursor ?? null };
}

/** Movements of one moment are in the order of their ids, which are those of the ledger: `mov_SEQUENCE-INDEX`. */
function isNewer(one: Movement | undefined, other: Movement | undefined): boolean {
  if (!one || !other) return one !== undefined;
  if (one.at !== other.at) return one.at > other.at;
  const [sequence = 0, index = 0] = placeOf(one);
  const [otherSequence = 0, otherIndex = 0] = placeOf(other);
  return sequence === otherSequence ? index > otherIndex : sequence > otherSequence;
}

const placeOf = ({ movementId }: Movement): number[] => movementId.slice('mov_'.length).split('-').map(Number);
