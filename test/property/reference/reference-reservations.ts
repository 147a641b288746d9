import {
  grant,
  isCounted,
  type RefAnswer,
  refused,
  type RefHold,
  type RefReservation,
  type RefReservedLine,
  type RefShop,
  SETTINGS,
  skuOf,
  available,
} from './reference-shop.ts';

/** Reservations as the documentation describes them. */

interface Units {
  sku: string;
  quantity: number;
}

const OPEN: ReadonlySet<string> = new Set(['reserved', 'committed', 'partially_fulfilled']);
export const isOpen = ({ status }: RefReservation): boolean => OPEN.has(status);
const openUnits = ({ quantity, fulfilled, released }: RefReservedLine): number => quantity - fulfilled - released;

const done = (reservation: RefReservation): RefAnswer => ({ is: 'reservation', reservation });
const stateOf = ({ id, status }: RefReservation): RefAnswer =>
  refused({ reason: 'reservation_state', meta: { reservationId: id ?? '', status } });
const unknownSku = (sku: string): RefAnswer => refused({ reason: 'unknown_sku', meta: { sku } });

/** Returns the open reservation that has the reference. */
const holderOf = (shop: RefShop, reference: string): RefReservation | null => {
  const holder = shop.references.get(reference);
  return holder && isOpen(holder) ? holder : null;
};

/** The record of one that has expired is updated, so its retention begins. */
function takeReference(shop: RefShop, reference: string, reservation: RefReservation): void {
  const former = shop.references.get(reference);
  if (former?.status === 'expired') former.forgetAt ??= shop.now + SETTINGS.orderRetentionMs;
  shop.references.set(reference, reservation);
}

/** Returns the refusal for the stock, which names each line that cannot be had. */
function shortage(shop: RefShop, wanted: readonly Units[]): RefAnswer {
  const unknown = wanted.find(({ sku }) => !shop.skus.has(sku));
  if (unknown) return unknownSku(unknown.sku);
  const lines = wanted
    .map(({ sku, quantity }) => ({ sku, requested: quantity, available: available(shop, sku) }))
    .filter((line) => line.available < line.requested);
  return refused({ reason: 'insufficient_stock', meta: { lines } });
}

function addUp(lines: readonly Units[]): Units[] {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return [...units].map(([sku, quantity]) => ({ sku, quantity }));
}

export interface Creation {
  reference: string;
  lines: readonly (Units & { mode?: 'exact' | 'best_effort' })[];
  ttlMs: number | null;
  customer?: string;
}

/** Either all lines are exact, or there is one. */
export function create(shop: RefShop, { reference, lines, ttlMs, customer }: Creation): RefAnswer {
  const holder = holderOf(shop, reference);
  if (holder) return stateOf(holder);
  const name = customer === undefined ? `reservation:${shop.reservations.length}` : `customer:${customer}`;
  const isBest = lines[0]?.mode === 'best_effort';
  const wanted = addUp(lines);
  const granted: Units[] = [];
  for (const { sku, quantity } of wanted) {
    if (!shop.skus.has(sku)) return unknownSku(sku);
    const units = grant(shop, { sku, customer: name, min: isBest ? 1 : quantity, want: quantity });
    if (typeof units === 'number') granted.push({ sku, quantity: units });
    else return units.refusal.reason === 'insufficient_stock' ? shortage(shop, wanted) : refused(units.refusal);
  }
  const reservation: RefReservation = {
    id: null,
    reference,
    status: 'reserved',
    createdAt: shop.now,
    expiresAt: ttlMs === null ? Infinity : shop.now + ttlMs,
    customer: name,
    lines: [],
    forgetAt: null,
    isForgotten: false,
  };
  for (const { sku, quantity } of granted) {
    const hold = newHold(shop, reservation, sku, quantity);
    reservation.lines.push({ sku, quantity, fulfilled: 0, released: 0, counted: 0, hold });
  }
  shop.reservations.push(reservation);
  takeReference(shop, reference, reservation);
  return done(reservation);
}

function newHold(shop: RefShop, { expiresAt, customer }: RefReservation, sku: string, quantity: number): RefHold {
  const counted = isCounted(customer, skuOf(shop, sku).limit);
  const common = { id: null, createdAt: shop.now, expiresAt, end: null, inOrder: false };
  const hold: RefHold = { ...common, sku, quantity, customer, counted };
  shop.holds.push(hold);
  return hold;
}

/** Ends a reservation with its last open unit. */
function settle(shop: RefShop, reservation: RefReservation): RefAnswer {
  const hasLeft = reservation.lines.some(({ fulfilled }) => fulfilled > 0);
  if (reservation.lines.every((line) => openUnits(line) === 0)) {
    reservation.status = hasLeft ? 'fulfilled' : 'released';
    reservation.forgetAt = shop.now + SETTINGS.orderRetentionMs;
  } else if (reservation.status !== 'reserved') reservation.status = hasLeft ? 'partially_fulfilled' : 'committed';
  return done(reservation);
}

export function commit(_: RefShop, reservation: RefReservation): RefAnswer {
  if (reservation.status !== 'reserved') return stateOf(reservation);
  reservation.status = 'committed';
  reservation.expiresAt = Infinity;
  for (const { hold } of reservation.lines) if (hold?.end === null) hold.end = 'committed';
  return done(reservation);
}

export function extend(shop: RefShop, reservation: RefReservation, ttlMs: number | null): RefAnswer {
  if (reservation.status !== 'reserved') return stateOf(reservation);
  reservation.expiresAt = Math.max(reservation.expiresAt, ttlMs === null ? Infinity : shop.now + ttlMs);
  for (const { hold } of reservation.lines) if (hold?.end === null) hold.expiresAt = reservation.expiresAt;
  return done(reservation);
}

export function transfer(shop: RefShop, reservation: RefReservation, reference: string): RefAnswer {
  if (!isOpen(reservation)) return stateOf(reservation);
  if (reservation.reference === reference) return done(reservation);
  const holder = holderOf(shop, reference);
  if (holder) return stateOf(holder);
  shop.references.delete(reservation.reference);
  reservation.reference = reference;
  takeReference(shop, reference, reservation);
  return done(reservation);
}

/** Dispatches units, or gives them back: all that are left, or those of lines. */
export function leave(
  shop: RefShop,
  reservation: RefReservation,
  { as, lines }: { as: 'fulfilled' | 'released'; lines?: readonly Units[] },
): RefAnswer {
  if (!isOpen(reservation) || (as === 'fulfilled' && reservation.status === 'reserved')) return stateOf(reservation);
  const all = reservation.lines.map((line) => ({ sku: line.sku, quantity: openUnits(line) }));
  const wanted = lines ? addUp(lines) : all.filter(({ quantity }) => quantity > 0);
  for (const { sku, quantity } of wanted) {
    const line = reservation.lines.find((each) => each.sku === sku);
    if (!line) return unknownSku(sku);
    const unfulfilled = openUnits(line);
    if (quantity > unfulfilled) return refused({ reason: 'exceeds_unfulfilled', meta: { sku, unfulfilled } });
  }
  for (const { sku, quantity } of wanted) {
    const line = reservation.lines.find((each) => each.sku === sku);
    if (!line) continue;
    line[as] += quantity;
    if (as === 'fulfilled') {
      skuOf(shop, sku).onHand -= quantity;
      if (line.hold?.counted) line.counted += quantity;
    }
    setUnits(shop, line, reservation);
  }
  return settle(shop, reservation);
}

/** Makes the hold of a line have its open units. Units that are held begin to count under a limit. */
function setUnits(shop: RefShop, line: RefReservedLine, { status, customer }: RefReservation): void {
  const { hold } = line;
  if (!hold) return;
  hold.quantity = openUnits(line);
  if (hold.quantity === 0) {
    if (status === 'reserved') hold.end = 'released';
    line.hold = null;
  } else if (status === 'reserved') hold.counted ||= isCounted(customer, skuOf(shop, line.sku).limit);
}

/** Sets the units of one line. */
export function resize(shop: RefShop, reservation: RefReservation, { sku, quantity }: Units): RefAnswer {
  if (!isOpen(reservation)) return stateOf(reservation);
  const line = reservation.lines.find((each) => each.sku === sku) ?? null;
  const more = quantity - (line?.quantity ?? 0);
  const unfulfilled = line ? openUnits(line) : 0;
  if (-more > unfulfilled) return refused({ reason: 'exceeds_unfulfilled', meta: { sku, unfulfilled } });
  if (more === 0) return done(reservation);
  const refusal = more > 0 ? refuseMore(shop, reservation, line, { sku, quantity: more }) : null;
  if (refusal) return refusal;
  const grown = line ?? { sku, quantity: 0, fulfilled: 0, released: 0, counted: 0, hold: null };
  if (!line) reservation.lines.push(grown);
  if (!grown.hold) {
    grown.hold = newHold(shop, reservation, sku, more);
    if (reservation.status !== 'reserved') grown.hold.end = 'committed';
  }
  grown.quantity = quantity;
  setUnits(shop, grown, reservation);
  if (quantity === 0) reservation.lines = reservation.lines.filter((each) => each !== grown);
  return settle(shop, reservation);
}

/** Units that were sold without counting do not begin to count. */
function refuseMore(
  shop: RefShop,
  { customer, status }: RefReservation,
  line: RefReservedLine | null,
  more: Units,
): RefAnswer | null {
  const { sku, quantity: want } = more;
  if (!shop.skus.has(sku)) return unknownSku(sku);
  const hold = line?.hold ?? null;
  const isExempt = status !== 'reserved' && hold !== null && !hold.counted;
  if (isExempt) return available(shop, sku) < want ? shortage(shop, [more]) : null;
  const uncounted = hold && !hold.counted ? hold.quantity : 0;
  const granted = grant(shop, { sku, customer, min: want, want, uncounted });
  if (typeof granted === 'number') return null;
  return granted.refusal.reason === 'insufficient_stock' ? shortage(shop, [more]) : refused(granted.refusal);
}
