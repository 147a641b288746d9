import type { CoreRefusal } from '../../domain/refusal.ts';
import type { Snapshot } from '../../store/store.ts';
import type { Call, Refusal, Result } from '../../contract/calls/call.ts';
import type { ReservationCreateInput } from '../../contract/inputs/reservation-inputs.ts';
import type { Reservation } from '../../contract/outputs/reservation-outputs.ts';
import type { Decision } from '../../transact/mutation.ts';
import { customerOwner, reservationKey, reservedAsKey } from '../../transact/documents/names.ts';
import type { Allotment } from '../stock/supply/sourcing.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { readReservation } from './reservation-change.ts';
import { backordersAfter } from '../line/line-backorders.ts';
import { deadlineIn, putReservation, type ReservationBody, reservationView } from './reservation-document.ts';
import { newPart, type ReservationPart } from './reservation-parts.ts';
import {
  documentsOf,
  type ReferenceHolder,
  referenceHolderOf,
  takenBy,
  takeReference,
} from './reservation-reference.ts';
import { allot, isBeyondAny, suppliesOf, type Supplies, unknownLocation, type Wanted } from './reservation-shortage.ts';

/**
 * Reserves units of several SKUs in one transaction. The store decides. The available units are read only to choose
 * locations, for a `best_effort` line, and after a refusal, so that the answer names each line that lacks units.
 */
export function createReservation(
  parts: ServiceParts,
  input: ReservationCreateInput,
  call: Call,
): Promise<Result<Reservation>> {
  const { reference, reason } = input;
  const creation = new Creation(parts, input, call);
  return parts.transactor.run<Reservation>({
    procedure: 'reservations.create',
    lockKeys: reservedAsKey(reference),
    input,
    call,
    reference,
    reason,
    reads: () => creation.reads(),
    compose: (view, refused) => creation.compose(view, refused),
    retryOn: ['insufficient_stock', 'limit_exceeded'],
    answer: ({ reference: reservationId }) => readReservation(parts, reservationId ?? ''),
  });
}

class Creation {
  readonly #parts: ServiceParts;
  readonly #input: ReservationCreateInput;
  readonly #call: Call;
  readonly #wanted: readonly Wanted[];
  /** The units that the customer's limits leave, of SKUs that were refused because of them. */
  readonly #allowed = new Map<string, number>();
  #holder: ReferenceHolder = { reservationId: null, version: 'absent' };
  #supplies: Supplies | null = null;
  #reads = 0;

  constructor(parts: ServiceParts, input: ReservationCreateInput, call: Call) {
    this.#parts = parts;
    this.#input = input;
    this.#call = call;
    this.#wanted = wantedOf(input.lines);
  }

  async reads() {
    this.#reads += 1;
    const { locations } = this.#parts;
    await locations.prepare();
    const isOpen = this.#wanted.some((each) => each.min < each.want || isBeyondAny(each));
    const isNeeded = this.#reads > 1 || locations.several || isOpen;
    const skus = this.#wanted.map(({ sku }) => sku);
    [this.#holder, this.#supplies] = await Promise.all([
      referenceHolderOf(this.#parts, this.#input.reference),
      isNeeded ? suppliesOf(this.#parts, skus, this.#input) : null,
    ]);
    return { documents: documentsOf(this.#holder) };
  }

  compose(view: Snapshot, refused: CoreRefusal | null): Decision<Reservation> {
    const refusal = unknownLocation(this.#parts, this.#input) ?? takenBy(this.#holder, view) ?? this.#refusal(refused);
    if (refusal) return { refusal };
    const allotments = this.#allotted();
    return 'refusal' in allotments ? allotments : this.#reserve(view, allotments);
  }

  /** Notes the units that the customer's limits leave. Returns the refusal if these are too few. */
  #refusal(refused: CoreRefusal | null): Refusal | null {
    if (refused?.reason !== 'limit_exceeded') return null;
    const { sku, limit, already } = refused.meta;
    const least = this.#wanted.find((each) => each.sku === sku)?.min ?? 0;
    if (limit - already < least) return { reason: 'limit_exceeded', meta: refused.meta };
    this.#allowed.set(sku, limit - already);
    return null;
  }

  /** Returns the units of each stock. Refused like `allot`. */
  #allotted(): Allotment[] | { refusal: Refusal } {
    if (!this.#supplies) return this.#wanted.map(({ sku, want }) => ({ key: sku, units: want }));
    const sourcing = this.#input.sourcing ?? this.#parts.settings.sourcing;
    const wanted = this.#wanted.map((each) => ({ ...each, allowed: this.#allowed.get(each.sku) }));
    const found = allot(wanted, this.#supplies, sourcing);
    return 'refusal' in found ? found : [...found.allotments.values()].flat();
  }

  #reserve(view: Snapshot, allotments: readonly Allotment[]): Decision<Reservation> {
    const { ids, settings } = this.#parts;
    const { reference, ttlMs } = this.#input;
    const reservationId = ids.newId('res_');
    const key = reservationKey(reservationId);
    const body = this.#body(view.at, allotments);
    const covered = new Map(allotments.map(({ key: sku, onHandOnly }) => [sku, onHandOnly ? { onHandOnly } : {}]));
    const owners = { owner: key, customer: body.customer ?? key };
    const [first, ...others] = body.parts;
    const reserving = body.parts.map((part) => ({ ...reserveStep(part), ...covered.get(part.key), ttlMs, ...owners }));
    return {
      // The reference is first: a stale view must fail on it, and not on the stock.
      steps: [
        ...takeReference({ reference, reservationId }, this.#holder, view, settings),
        ...reserving,
        ...putReservation({ key, version: 'absent' }, body, settings, ttlMs),
      ],
      address: first && others.length === 0 ? first.key : null,
      effectReference: reservationId,
      answerFromCommit: (applied) => {
        const { at, sequence: version } = applied;
        const backorders = backordersAfter([], reserving, applied);
        return reservationView(reservationId, body, { expiresAt: deadlineIn(at, ttlMs), version, backorders });
      },
    };
  }

  #body(createdAt: number, allotments: readonly Allotment[]): HeldBody {
    const { reference, customer, channel, locations, sourcing } = this.#input;
    const { requestId } = this.#call.caller;
    return {
      reference,
      status: 'reserved',
      createdAt,
      ...(requestId === undefined ? {} : { requestId }),
      ...(customer === undefined ? {} : { customer: customerOwner(customer) }),
      ...(channel === undefined ? {} : { channel }),
      ...(locations === undefined ? {} : { locations }),
      ...(sourcing === undefined ? {} : { sourcing }),
      parts: allotments.map(({ key, units }) => ({
        ...newPart(key, units),
        holdId: this.#parts.ids.newId('hld_'),
      })),
    };
  }
}

type HeldPart = ReservationPart & { holdId: string };
type HeldBody = Omit<ReservationBody, 'parts'> & { parts: HeldPart[] };

const reserveStep = ({ key: sku, holdId, quantity }: HeldPart) =>
  ({ kind: 'reserve', holdId, sku, min: quantity, want: quantity }) as const;

/** Adds up the lines of each SKU. A `best_effort` line needs at least one unit. */
function wantedOf(lines: ReservationCreateInput['lines']): Wanted[] {
  const wanted = new Map<string, Wanted>();
  for (const { sku, quantity, mode } of lines) {
    const before = wanted.get(sku) ?? { sku, min: 0, want: 0 };
    const min = mode === 'best_effort' ? 1 : quantity;
    wanted.set(sku, { sku, min: before.min + min, want: before.want + quantity });
  }
  return [...wanted.values()];
}
