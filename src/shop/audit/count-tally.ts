import { componentsOf, type KitComponent } from '../../domain/kits.ts';
import { KNOWN_CUSTOMER_PREFIX } from '../../domain/limits.ts';
import { HELD_PREFIX, heldNames } from '../../domain/machine/held-counts.ts';
import { countKey, countKeyParts } from '../../domain/machine/write-buffer.ts';
import { isSold } from '../../domain/order-states.ts';
import { skuOf } from '../../domain/stock-keys.ts';
import type { DocumentRecord, HoldRecord } from '../../domain/records.ts';
import type { CountClaim, WrongCount } from '../../store/index-check.ts';
import type { Store } from '../../store/store.ts';
import { nextTurn } from '../../runtime/pause.ts';
import { isOrder, isReservation } from '../../transact/documents/names.ts';
import { fulfilledOf, parseOrder } from '../order/record/order-document.ts';
import { parseReservation } from '../reservation/reservation-document.ts';
import { scanAll } from './scan-all.ts';

const CLAIMS_AT_ONCE = 100;
const HELD_AT_ONCE = 500;

interface CountPart {
  key: string;
  units: number;
}

/** Returns the components of the kit at a stock key; none for any other SKU. */
export type ComponentsAt = (key: string) => readonly KitComponent[];

/** Returns the components of each kit of a store. Rejects as the store does. */
export async function kitsIn(store: Pick<Store, 'scan'>): Promise<ComponentsAt> {
  const kits = new Map<string, readonly KitComponent[]>();
  await scanAll(store, 'stock', ({ stock }) => {
    for (const record of stock) {
      const components = componentsOf(record);
      if (components) kits.set(record.sku, components);
    }
  });
  return (key) => kits.get(key) ?? [];
}

/** Returns the units of a record that count for customers, each with the key of its count. */
function countedIn(record: HoldRecord | DocumentRecord, componentsAt: ComponentsAt): CountPart[] {
  if ('holdId' in record) {
    const { sku, quantity: units, customer, counted } = record;
    const names = [...(counted ? [customer] : []), ...heldNames(record)];
    return names.map((name) => ({ key: countKey(name, sku), units }));
  }
  if (isReservation(record.key)) return dispatchedIn(record, componentsAt);
  if (!isSold(record.list) || !isOrder(record.key)) return [];
  return (parseOrder(record)?.lines ?? []).flatMap((line) => {
    // Units in committed holds are counted with these holds.
    const units = fulfilledOf(line, record.list) - line.returned;
    if (line.countedFor === undefined || units <= 0) return [];
    return countedUnits(line.countedFor, line.sku, units, componentsAt);
  });
}

/** Returns the counts of units. The units of a kit's components are only sure to count for a named customer. */
function countedUnits(customer: string, sku: string, units: number, componentsAt: ComponentsAt): CountPart[] {
  const components = customer.startsWith(KNOWN_CUSTOMER_PREFIX) ? componentsAt(sku) : [];
  return [
    { key: countKey(customer, sku), units },
    ...components.map((each) => ({ key: countKey(customer, each.sku), units: units * each.quantity })),
  ];
}

/** Returns the counts of the dispatched units of a reservation, which only its document has. */
function dispatchedIn(record: DocumentRecord, componentsAt: ComponentsAt): CountPart[] {
  const { parts = [], customer = record.key } = parseReservation(record) ?? {};
  return parts.flatMap(({ key, counted: units }) =>
    units === undefined ? [] : countedUnits(customer, key, units, componentsAt),
  );
}

/**
 * Sums the counts of customers over all records. A record that is read twice makes a sum too high, so a difference only
 * selects a count to check again.
 */
export class CountTally {
  readonly #units = new Map<string, number>();
  readonly #componentsAt: ComponentsAt;

  constructor(componentsAt: ComponentsAt) {
    this.#componentsAt = componentsAt;
  }

  add(record: HoldRecord | DocumentRecord): void {
    for (const { key, units } of countedIn(record, this.#componentsAt))
      this.#units.set(key, (this.#units.get(key) ?? 0) + units);
  }

  /**
   * Resolves with the keys of counts that seem wrong: too low, or more held units than in live holds. No record was
   * read before `sequence`. Rejects as the store does.
   */
  async suspects(store: Pick<Store, 'checkCounts' | 'heldCounts'>, sequence: number): Promise<Set<string>> {
    const claims = [...this.#units].map(([key, units]) =>
      claimOf(key, { units, sequence, orders: [], stock: [countKeyParts(key).sku] }),
    );
    const wrong = await checkAll(store, claims, false);
    const suspects = new Set(wrong.map(({ claim: { customer, sku } }) => countKey(customer, sku)));
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<Store['heldCounts']>> = await store.heldCounts({ cursor, limit: HELD_AT_ONCE });
      for (const { customer, sku, units } of page.counts) {
        const key = countKey(customer, sku);
        if (units > (this.#units.get(key) ?? 0)) suspects.add(key);
      }
      cursor = page.next;
      await nextTurn();
    } while (cursor !== null);
    return suspects;
  }
}

/**
 * Returns the claim of a count. Counts of held units are exact, because each change of a hold changes its SKU and them.
 */
function claimOf(key: string, claim: Pick<CountClaim, 'units' | 'sequence' | 'orders' | 'stock'>): CountClaim {
  const parts = countKeyParts(key);
  return { ...parts, ...claim, isExact: parts.customer.startsWith(HELD_PREFIX) };
}

/**
 * Sums the suspects again, record by record, and resolves with the counts that really are wrong. A claim is valid only
 * while neither the SKU nor the orders have changed. `mend` corrects the counts. Rejects as the store does.
 */
export async function recountSuspects(
  store: Pick<Store, 'scan' | 'checkCounts'>,
  suspects: ReadonlySet<string>,
  { mend, componentsAt }: { mend: boolean; componentsAt: ComponentsAt },
): Promise<WrongCount[]> {
  if (suspects.size === 0) return [];
  const exact = new Map<string, Map<string, { units: number; version: number; isOrder: boolean }>>();
  const look = (name: string, record: HoldRecord | DocumentRecord): void => {
    const sums = new Map<string, number>();
    for (const { key, units } of countedIn(record, componentsAt)) sums.set(key, (sums.get(key) ?? 0) + units);
    for (const [key, units] of sums) {
      if (!suspects.has(key)) continue;
      const parts = exact.get(key) ?? new Map();
      exact.set(key, parts.set(name, { units, version: record.version, isOrder: 'list' in record }));
    }
  };
  const sequence = await scanAll(store, 'holds', ({ holds }) => {
    for (const hold of holds) look(hold.holdId, hold);
  });
  await scanAll(store, 'documents', ({ documents }) => {
    for (const document of documents) look(document.key, document);
  });
  const keysOf = await stockKeysOf(store, suspects);
  const claims = [...suspects].map((key): CountClaim => {
    const all = [...(exact.get(key) ?? [])];
    const orders = all.filter(([, part]) => part.isOrder).map(([order, { version }]) => ({ key: order, version }));
    const units = all.reduce((sum, [, part]) => sum + part.units, 0);
    return claimOf(key, { units, sequence, orders, stock: keysOf.get(countKeyParts(key).sku) ?? [] });
  });
  return checkAll(store, claims, mend);
}

/** Returns the keys of the stock of each suspect's SKU, at all its locations. */
async function stockKeysOf(
  store: Pick<Store, 'scan'>,
  suspects: ReadonlySet<string>,
): Promise<Map<string, readonly string[]>> {
  const found = new Map([...suspects].map((key) => [countKeyParts(key).sku, new Set<string>()]));
  await scanAll(store, 'stock', ({ stock }) => {
    for (const { sku: key } of stock) found.get(skuOf(key))?.add(key);
  });
  return new Map([...found].map(([sku, keys]) => [sku, keys.size === 0 ? [sku] : [...keys]]));
}

async function checkAll(
  store: Pick<Store, 'checkCounts'>,
  claims: readonly CountClaim[],
  mend: boolean,
): Promise<WrongCount[]> {
  const wrong: WrongCount[] = [];
  for (let from = 0; from < claims.length; from += CLAIMS_AT_ONCE) {
    wrong.push(...(await store.checkCounts(claims.slice(from, from + CLAIMS_AT_ONCE), mend)));
  }
  return wrong;
}
