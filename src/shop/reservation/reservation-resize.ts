import { isOpenReservation } from '../../domain/reservation-states.ts';
import type { ReserveStep, Step } from '../../domain/steps.ts';
import { LINES_MAX } from '../../contract/inputs/fields.ts';
import { type Call, invalid, type Refusal, type Result } from '../../contract/calls/call.ts';
import type { ReservationResizeInput } from '../../contract/inputs/reservation-inputs.ts';
import type { Reservation } from '../../contract/outputs/reservation-outputs.ts';
import type { Decision } from '../../transact/mutation.ts';
import { reservationKey } from '../../transact/documents/names.ts';
import { STALE_CART } from '../cart/cart-document.ts';
import { unitsBySku } from '../order/record/units-by-sku.ts';
import type { Allotment } from '../stock/supply/sourcing.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { readReservation, unknownReservation } from './reservation-change.ts';
import {
  changeUnits,
  holdOf,
  type ReservationState,
  reservationState,
  sharedDeadline,
  unchanged,
  wrongReservationStatus,
} from './reservation-document.ts';
import {
  newPart,
  openOf,
  openReservedUnits,
  partsBySku,
  type ReservationPart,
  spread,
  reservedUnits,
} from './reservation-parts.ts';
import { allot, isBeyondAny, suppliesOf, type Supplies } from './reservation-shortage.ts';
import { lessUnits } from './reservation-units.ts';

/**
 * Sets the units of lines in one transaction. The available units are read only after the store has refused for lack of
 * stock.
 */
export function resizeReservation(
  parts: ServiceParts,
  input: ReservationResizeInput,
  call: Call,
): Promise<Result<Reservation>> {
  const { reservationId, reason } = input;
  const key = reservationKey(reservationId);
  const totals = unitsBySku(input.lines);
  let supplies: Supplies | null = null;
  let isNeeded = [...totals.values()].some((want) => isBeyondAny({ want }));
  return parts.transactor.run<Reservation>({
    procedure: 'reservations.resize',
    lockKeys: key,
    input,
    call,
    reason,
    reads: async () => {
      await parts.locations.prepare();
      if (isNeeded || parts.locations.several) {
        const state = reservationState(reservationId, await parts.read({ documents: [key] }));
        supplies = await suppliesOf(parts, [...totals.keys()], state?.body ?? {});
      }
      isNeeded = true;
      return { documents: [key] };
    },
    compose: (view) => {
      const state = reservationState(reservationId, view);
      if (!state) return { refusal: unknownReservation({ reservationId }) };
      return new Resizing(parts, state, totals).compose(supplies);
    },
    retryOn: [...STALE_CART, 'insufficient_stock'],
    answer: () => readReservation(parts, reservationId),
  });
}

class Resizing {
  readonly #parts: ServiceParts;
  readonly #state: ReservationState;
  readonly #totals: ReadonlyMap<string, number>;
  readonly #groups: ReadonlyMap<string, ReservationPart[]>;

  constructor(parts: ServiceParts, state: ReservationState, totals: ReadonlyMap<string, number>) {
    this.#parts = parts;
    this.#state = state;
    this.#totals = totals;
    this.#groups = partsBySku(state.body.parts);
  }

  /** `supplies` is null while the shop has one location and the store has not refused for lack of stock. */
  compose(supplies: Supplies | null): Decision<Reservation> {
    if (!isOpenReservation(this.#state.body.status)) return { refusal: wrongReservationStatus(this.#state) };
    const refusal = this.#tooFew();
    if (refusal) return { refusal };
    const changes = this.#changes()
      .filter(({ delta }) => delta !== 0)
      .toSorted((a, b) => Math.min(a.delta, 0) - Math.min(b.delta, 0));
    const found = supplies && this.#allot(changes, supplies);
    if (found && 'refusal' in found) return found;
    if (changes.length === 0) return unchanged(this.#state);
    const parts = new Map(this.#state.body.parts.map((part) => [part.key, part]));
    const steps: Step[] = [];
    for (const { sku, delta } of changes) {
      const made =
        delta < 0
          ? this.#shrink(sku, -delta)
          : this.#growBy(found?.allotments.get(sku) ?? [{ key: sku, units: delta }]);
      for (const part of made.parts) {
        if (part.quantity === 0) parts.delete(part.key);
        else parts.set(part.key, part);
      }
      steps.push(...made.steps);
    }
    const kept = [...parts.values()];
    const tooMany = partsBySku(kept).size > LINES_MAX && invalid('lines', `a reservation has at most ${LINES_MAX}`);
    if (tooMany) return { refusal: tooMany.refusal };
    return changeUnits(this.#state, { steps, parts: kept }, this.#parts.settings);
  }

  /** Chooses the locations of more units, with the fewest parcels where a line has units already. */
  #allot(changes: readonly LineDelta[], supplies: Supplies): ReturnType<typeof allot> {
    const wanted = changes
      .filter(({ delta }) => delta > 0)
      .map(({ sku, delta }) => {
        const open = (this.#groups.get(sku) ?? []).filter((part) => openReservedUnits(part) > 0);
        return { sku, min: delta, want: delta, used: new Set(open.map(({ key }) => key)) };
      });
    return allot(wanted, supplies, this.#state.body.sourcing ?? this.#parts.settings.sourcing);
  }

  #changes(): LineDelta[] {
    return [...this.#totals].map(([sku, total]) => ({
      sku,
      delta: total - reservedUnits(this.#groups.get(sku) ?? []),
    }));
  }

  /** Returns the refusal of a line that would have fewer units than were dispatched or released. */
  #tooFew(): Refusal | null {
    for (const { sku, delta } of this.#changes()) {
      const unfulfilled = openOf(this.#groups.get(sku) ?? []);
      if (-delta > unfulfilled) return { reason: 'exceeds_unfulfilled', meta: { sku, unfulfilled } };
    }
    return null;
  }

  #shrink(sku: string, units: number): Made {
    const taken = [...spread((this.#groups.get(sku) ?? []).toReversed(), units)];
    return {
      steps: taken.map(([part, some]) => lessUnits(holdOf(this.#state, part), some)),
      parts: taken.map(([part, some]) => {
        const quantity = part.quantity - some;
        return { ...part, quantity, holdId: openReservedUnits(part) === some ? null : part.holdId };
      }),
    };
  }

  #growBy(allotments: readonly Allotment[]): Made {
    const made = allotments.map((allotment) => this.#grow(allotment));
    return { steps: made.flatMap(({ steps }) => steps), parts: made.flatMap(({ parts }) => parts) };
  }

  #grow({ key, units, onHandOnly }: Allotment): Made {
    const part = this.#state.body.parts.find((each) => each.key === key);
    const covered = onHandOnly ? { onHandOnly } : {};
    if (!part || openReservedUnits(part) === 0) return this.#reserve(part ?? newPart(key), units, covered);
    const { holdId, owner, quantity } = holdOf(this.#state, part);
    const to = quantity + units;
    return {
      steps: [{ kind: 'resize', holdId, owner, quantity, change: { to }, quantityMax: to, ...covered }],
      parts: [{ ...part, quantity: part.quantity + units }],
    };
  }

  /** Reserves units in a new hold, which is like the reservation's other holds: until its deadline, or committed. */
  #reserve(part: ReservationPart, units: number, covered: Pick<ReserveStep, 'onHandOnly'>): Made {
    const { key: owner, body } = this.#state;
    const holdId = this.#parts.ids.newId('hld_');
    const isReserved = body.status === 'reserved';
    const reserve: ReserveStep = {
      kind: 'reserve',
      holdId,
      sku: part.key,
      min: units,
      want: units,
      ...covered,
      ttlMs: null,
      ...(isReserved ? { until: sharedDeadline(this.#state) } : {}),
      owner,
      customer: body.customer ?? owner,
    };
    return {
      steps: isReserved ? [reserve] : [reserve, { kind: 'commit', holdId, owner, quantity: units }],
      parts: [{ ...part, holdId, quantity: part.quantity + units }],
    };
  }
}

interface LineDelta {
  sku: string;
  delta: number;
}

interface Made {
  steps: Step[];
  parts: ReservationPart[];
}
