import type {
  DocumentRecord,
  HoldRecord,
  LedgerEntry,
  Movement,
  MovementKind,
  StockRecord,
} from '../../src/domain/records.ts';

/**
 * Invariants of any store at any time. They are written from DESIGN.md alone and share no code with the machine. Every
 * violation is one readable line; an empty list means no violation.
 */

interface SkuFold {
  onHand: number;
  reserved: number;
  committed: number;
  backordered: number;
  sold: number;
  /** Units that came in and went out other than by sales: received, adjusted, counted, less units returned broken. */
  supplied: number;
  last: Movement | null;
}

interface HoldFold {
  sku: string;
  quantity: number;
  backordered: number;
  state: HoldRecord['state'];
  owner: string | null;
}

export interface Fold {
  skus: Map<string, SkuFold>;
  holds: Map<string, HoldFold>;
  lists: Map<string, string | null>;
  /** The position of the last entry that was folded. */
  sequence: number;
  index: number;
  at: number;
}

export const emptyFold = (): Fold => ({
  skus: new Map(),
  holds: new Map(),
  lists: new Map(),
  sequence: 0,
  index: -1,
  at: 0,
});

interface Effect {
  onHand: number;
  reserved: number;
  committed: number;
  sold: number;
}

/** The effect of each kind of movement on its SKU, as a function of its quantity. */
const EFFECTS: Record<Exclude<MovementKind, 'returned'>, (quantity: number) => Effect> = {
  received: (q) => ({ onHand: q, reserved: 0, committed: 0, sold: 0 }),
  adjusted: (q) => ({ onHand: q, reserved: 0, committed: 0, sold: 0 }),
  counted: (q) => ({ onHand: q, reserved: 0, committed: 0, sold: 0 }),
  reserved: (q) => ({ onHand: 0, reserved: q, committed: 0, sold: 0 }),
  resized: (q) => ({ onHand: 0, reserved: q, committed: 0, sold: 0 }),
  released: (q) => ({ onHand: 0, reserved: -q, committed: 0, sold: 0 }),
  expired: (q) => ({ onHand: 0, reserved: -q, committed: 0, sold: 0 }),
  pinned: () => ({ onHand: 0, reserved: 0, committed: 0, sold: 0 }),
  transferred: () => ({ onHand: 0, reserved: 0, committed: 0, sold: 0 }),
  consumed: (q) => ({ onHand: -q, reserved: -q, committed: 0, sold: q }),
  committed: (q) => ({ onHand: 0, reserved: -q, committed: q, sold: q }),
  fulfilled: (q) => ({ onHand: -q, reserved: 0, committed: -q, sold: 0 }),
  uncommitted: (q) => ({ onHand: 0, reserved: 0, committed: -q, sold: -q }),
  recommitted: (q) => ({ onHand: 0, reserved: 0, committed: q, sold: q }),
  assembled: (q) => ({ onHand: q, reserved: 0, committed: 0, sold: 0 }),
  filled: () => ({ onHand: 0, reserved: 0, committed: 0, sold: 0 }),
};

const SIGNED = new Set<MovementKind>(['adjusted', 'counted', 'resized', 'recommitted', 'received', 'assembled']);
const SUPPLY = new Set<MovementKind>(['received', 'adjusted', 'counted', 'assembled']);

/** Folds entries into `fold`, which it changes. Returns the violations. */
export function foldEntries(fold: Fold, entries: readonly LedgerEntry[]): string[] {
  const wrong: string[] = [];
  for (const entry of entries) {
    wrong.push(...checkOrder(fold, entry));
    if (entry.kind === 'document') fold.lists.set(entry.key, entry.list);
    else wrong.push(...foldMovement(fold, entry), ...foldHold(fold, entry));
  }
  return wrong;
}

function checkOrder(fold: Fold, entry: LedgerEntry): string[] {
  const [sequence, index] = entry.id.split('-').map(Number) as [number, number];
  const wrong: string[] = [];
  const follows = sequence === fold.sequence ? index === fold.index + 1 : sequence > fold.sequence && index === 0;
  if (!follows) wrong.push(`entry ${entry.id} after ${fold.sequence}-${fold.index}`);
  if (entry.at < fold.at) wrong.push(`entry ${entry.id} at ${entry.at} before ${fold.at}`);
  Object.assign(fold, { sequence, index, at: entry.at });
  return wrong;
}

const NOTHING: SkuFold = { onHand: 0, reserved: 0, committed: 0, backordered: 0, sold: 0, supplied: 0, last: null };

function foldMovement(fold: Fold, movement: Movement): string[] {
  const sku = fold.skus.get(movement.sku) ?? { ...NOTHING };
  fold.skus.set(movement.sku, sku);
  const wrong: string[] = [];
  const say = (what: string, found: unknown, expected: unknown) => {
    if (found !== expected) wrong.push(`${movement.id} ${movement.kind}: ${what} ${found}, expected ${expected}`);
  };
  const effect = effectOf(movement);
  say('on hand before', movement.onHand.before, sku.onHand);
  say('reserved before', movement.reserved.before, sku.reserved);
  say('on hand after', movement.onHand.after, sku.onHand + effect.onHand);
  say('reserved after', movement.reserved.after, sku.reserved + effect.reserved);
  say('committed before', movement.committed.before, sku.committed);
  say('committed after', movement.committed.after, sku.committed + effect.committed);
  say('backordered before', movement.backordered.before, sku.backordered);
  if (movement.holdId === null) say('backordered after', movement.backordered.after, sku.backordered);
  say('previous', movement.previous, sku.last?.id ?? null);
  if (!SIGNED.has(movement.kind) && movement.quantity <= 0) wrong.push(`${movement.id}: quantity ${movement.quantity}`);
  sku.onHand += effect.onHand;
  sku.reserved += effect.reserved;
  sku.committed += effect.committed;
  sku.backordered = movement.backordered.after;
  sku.sold += effect.sold;
  sku.supplied += SUPPLY.has(movement.kind) ? movement.quantity : 0;
  if (movement.kind === 'returned') sku.supplied += effect.onHand - movement.quantity;
  sku.last = movement;
  return wrong;
}

function effectOf(movement: Movement): Effect {
  if (movement.kind !== 'returned') return EFFECTS[movement.kind](movement.quantity);
  const restocked = movement.onHand.after !== movement.onHand.before;
  return { onHand: restocked ? movement.quantity : 0, reserved: 0, committed: 0, sold: -movement.quantity };
}

const ENDS = { released: 'released', expired: 'expired', consumed: 'consumed', uncommitted: 'released' } as const;

function foldHold(fold: Fold, movement: Movement): string[] {
  const { id, kind, holdId, sku, quantity, owner, backordered } = movement;
  const backorderedBy = backordered.after - backordered.before;
  if (holdId === null) return [];
  const hold = fold.holds.get(holdId);
  if (kind === 'reserved') {
    fold.holds.set(holdId, { sku, quantity, backordered: backorderedBy, state: 'held', owner });
    return hold && isLive(hold) ? [`${id}: ${holdId} reserved while it lives`] : [];
  }
  if (!hold || !isLive(hold)) return [`${id}: ${kind} of ${holdId}, which is ${hold?.state ?? 'unknown'}`];
  hold.owner = owner;
  hold.backordered += backorderedBy;
  const isSold = hold.state === 'committed';
  const onlySold = kind === 'fulfilled' || kind === 'uncommitted' || kind === 'recommitted';
  if (kind === 'filled') {
    return backorderedBy === -quantity ? [] : [`${id}: ${quantity} filled, backordered by ${backorderedBy}`];
  }
  if (onlySold !== isSold && kind !== 'transferred') return [`${id}: ${kind} of ${holdId}, which is ${hold.state}`];
  if (kind === 'fulfilled' && quantity <= hold.quantity) {
    if (quantity === hold.quantity) hold.state = 'consumed';
    else hold.quantity -= quantity;
    return [];
  }
  if (kind === 'resized' || kind === 'recommitted') hold.quantity += quantity;
  else if (quantity !== hold.quantity)
    return [`${id}: ${kind} of ${quantity} of ${holdId}, which has ${hold.quantity}`];
  if (kind === 'pinned') hold.state = 'pinned';
  if (kind === 'transferred' && !isSold) hold.state = 'held';
  if (kind === 'committed') hold.state = 'committed';
  if (kind in ENDS) hold.state = ENDS[kind as keyof typeof ENDS];
  return [];
}

/** Records from one read. */
export interface Seen {
  sequence: number;
  stock: readonly StockRecord[];
  /** All live ones, and those ended ones that are still on record. */
  holds: readonly HoldRecord[];
  documents: readonly DocumentRecord[];
}

export const isLive = (hold: Pick<HoldRecord, 'state'>): boolean =>
  hold.state === 'held' || hold.state === 'pinned' || hold.state === 'committed';

/** Compares the ledger with the records. The ledger must be whole, from the first entry on. */
export function violations(fold: Fold, seen: Seen): string[] {
  const live = seen.holds.filter(isLive);
  return [
    ...seen.stock.flatMap((record) => stockViolations(record, fold, live)),
    ...seen.holds.flatMap((record) => holdViolations(record, fold, seen.sequence)),
    ...liveCountViolations(fold, live),
    ...kitViolations(seen.stock, live),
    ...seen.documents.flatMap((record) => documentViolations(record, fold, seen.sequence)),
  ];
}

/** The lists that have no entries in the ledger. */
const UNRECORDED_LISTS: ReadonlySet<string> = new Set([
  'by_owner',
  'events',
  'reservations',
  'reservations_ended',
  'transfers',
  'transfers_ended',
]);

function documentViolations({ key, list, version }: DocumentRecord, fold: Fold, sequence: number): string[] {
  const folded = fold.lists.get(key) ?? null;
  const status = list !== null && UNRECORDED_LISTS.has(list) ? null : list;
  const wrong = status === folded ? [] : [`${key} is in ${list}, its events say ${folded}`];
  return version <= sequence ? wrong : [...wrong, `${key} has version ${version} of ${sequence}`];
}

function stockViolations(record: StockRecord, fold: Fold, holds: readonly HoldRecord[]): string[] {
  const { sku, onHand, reserved, committed, backordered, sold } = record;
  const folded = fold.skus.get(sku) ?? NOTHING;
  const unitsIn = (isCommitted: boolean): number =>
    holds
      .filter((hold) => hold.sku === sku && (hold.state === 'committed') === isCommitted)
      .reduce((sum, hold) => sum + hold.quantity, 0);
  const [held, promised] = [unitsIn(false), unitsIn(true)];
  const awaited = holds.filter((hold) => hold.sku === sku).reduce((sum, hold) => sum + hold.backordered, 0);
  const rules: [string, boolean][] = [
    ['no counter is below 0', onHand >= 0 && reserved >= 0 && committed >= 0 && sold >= committed],
    ['reserved + committed - backordered <= on hand', reserved + committed - backordered <= onHand],
    ['backordered = sum of live holds', backordered === awaited],
    ['backordered as folded', backordered === folded.backordered],
    ['reserved = sum of held and pinned holds', reserved === held],
    ['committed = sum of committed holds', committed === promised],
    ['on hand as folded', onHand === folded.onHand],
    ['reserved as folded', reserved === folded.reserved],
    ['committed as folded', committed === folded.committed],
    ['sold as folded', sold === folded.sold],
    ['on hand + dispatched = supplied', onHand + sold - committed === folded.supplied],
    ['newest movement', record.lastMovement === (folded.last?.id ?? null)],
  ];
  const numbers = JSON.stringify({ onHand, reserved, committed, backordered, sold, held, promised, awaited, folded });
  return rules.flatMap(([rule, holdsTrue]) => (holdsTrue ? [] : [`${sku}: ${rule}: ${numbers}`]));
}

/** Each hold of a kit has a part hold of each component, and a kit has the units on hand that its holds assembled. */
function kitViolations(stock: readonly StockRecord[], live: readonly HoldRecord[]): string[] {
  const kits = new Map(stock.flatMap(({ sku, components }) => (components ? [[sku, componentsIn(components)]] : [])));
  const wanted = new Map<string, string>();
  for (const hold of live) {
    const location = /@[a-z0-9_-]+$/.exec(hold.sku)?.[0] ?? '';
    kits.get(hold.sku)?.forEach(({ sku, quantity }, index) => {
      const part = { ...hold, sku: sku + location, quantity: quantity * hold.quantity };
      wanted.set(`${hold.holdId}/${index}`, partText(part));
    });
  }
  const wrong = stock.flatMap(({ sku, components, onHand, reserved, committed, backordered }) =>
    components && onHand !== reserved + committed - backordered ? [`${sku}: ${onHand} assembled`] : [],
  );
  for (const part of live.filter(({ holdId }) => /\/\d{1,2}$/.test(holdId))) {
    const expected = wanted.get(part.holdId);
    wanted.delete(part.holdId);
    if (partText(part) !== expected) wrong.push(`${part.holdId} is ${partText(part)}, its kit needs ${expected}`);
  }
  return [...wrong, ...[...wanted].map(([holdId, expected]) => `${holdId} is not live, its kit needs ${expected}`)];
}

const componentsIn = (text: string) => JSON.parse(text) as { sku: string; quantity: number }[];

const partText = ({ sku, quantity, state, owner, customer, client, expiresAt }: HoldRecord): string =>
  JSON.stringify({ sku, quantity, state, owner, customer, client, expiresAt });

function holdViolations(record: HoldRecord, fold: Fold, sequence: number): string[] {
  const folded = fold.holds.get(record.holdId);
  const shown = ({ sku, quantity, backordered, state, owner }: HoldFold) => [sku, quantity, backordered, state, owner];
  const found = JSON.stringify(shown(record));
  const expected = JSON.stringify(folded && shown(folded));
  const wrong = found === expected ? [] : [`${record.holdId} is ${found}, its movements say ${expected}`];
  if (isLive(record) !== (record.endedAt === null))
    wrong.push(`${record.holdId} is ${record.state}, ended ${record.endedAt}`);
  if (record.version > sequence) wrong.push(`${record.holdId} has version ${record.version} of ${sequence}`);
  if (record.backordered < 0 || record.backordered > (isLive(record) ? record.quantity : 0))
    wrong.push(`${record.holdId} has ${record.backordered} backordered units of ${record.quantity}`);
  if (record.quantity <= 0) wrong.push(`${record.holdId} has ${record.quantity} units`);
  return wrong;
}

function liveCountViolations(fold: Fold, holds: readonly HoldRecord[]): string[] {
  const listed = new Set(holds.map((hold) => hold.holdId));
  const lost = [...fold.holds].filter(([id, hold]) => isLive(hold) && !listed.has(id));
  const twice = holds.length - listed.size;
  return [...lost.map(([id]) => `${id} lives by its movements but is not listed`), ...(twice ? ['listed twice'] : [])];
}
