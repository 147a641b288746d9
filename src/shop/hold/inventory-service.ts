import type { ServiceParts } from '../stock/supply/service-parts.ts';
import type { ReserveStep } from '../../domain/steps.ts';
import type { Applied } from '../../domain/transaction.ts';
import { endableHold, skuLevel, holdView } from './hold-service.ts';
import type { InventoryService, TimedHold } from './hold-api.ts';
import { type Call, type Result, ok, refuse, invalid } from '../../contract/calls/call.ts';
import type { EndHoldInput, ReserveInput } from '../../contract/inputs/library-inputs.ts';
import { detachedOwner } from '../../transact/documents/names.ts';
import type { Composed, Effect, MutationSpec, Unread } from '../../transact/mutation.ts';
import type { Settings } from '../../contract/settings.ts';
import type { StockLevel } from '../../contract/outputs/stock-outputs.ts';

/**
 * Reserves, releases and consumes single holds, for users of the library without carts. It can also end the hold of a
 * cart: then the caller must delete the line without a release (`carts.deleteLine`, or `carts.clear` with
 * `releaseReservations: false`).
 */
export function createInventoryService(parts: ServiceParts): InventoryService {
  return {
    reserve: (input, call) => reserveDetached(parts, input, call),
    release: (input, call) => endHold(parts, 'release', input, call),
    consume: (input, call) => endHold(parts, 'consume', input, call),
  };
}

const detachedTtlMs = ({ holdTtlMs, holdLifetimeMaxMs }: Settings): number => Math.min(holdTtlMs, holdLifetimeMaxMs);

function reserveDetached(parts: ServiceParts, input: ReserveInput, call: Call): Promise<Result<TimedHold>> {
  const { holdLifetimeMaxMs } = parts.settings;
  if (input.ttlMs !== undefined && input.ttlMs > holdLifetimeMaxMs) {
    return Promise.resolve(invalid('ttlMs', `must be 1 to ${holdLifetimeMaxMs}`));
  }
  return parts.transactor.run(new DetachedHold(parts, input, call));
}

/** A new hold outside any cart. */
class DetachedHold implements MutationSpec<TimedHold> {
  readonly procedure = 'inventory.reserve';
  readonly input: ReserveInput;
  readonly call: Call;
  readonly reads = null;
  readonly #parts: ServiceParts;

  constructor(parts: ServiceParts, input: ReserveInput, call: Call) {
    this.input = input;
    this.call = call;
    this.#parts = parts;
  }

  get reference(): string {
    return this.input.reference;
  }

  get defaults(): Readonly<Record<string, unknown>> {
    const ttlMs = detachedTtlMs(this.#parts.settings);
    return { mode: 'exact', ttlMs, customer: detachedOwner(this.input.reference) };
  }

  unread(): Unread {
    return { address: this.input.sku, steps: 1 };
  }

  compose(): Composed<TimedHold> {
    const { ids, settings } = this.#parts;
    const { sku, quantity, mode, reference, ttlMs = detachedTtlMs(settings) } = this.input;
    const holdId = ids.newId('hld_');
    const owner = detachedOwner(reference);
    const step: DetachedStep = {
      kind: 'reserve',
      holdId,
      sku,
      min: mode === 'best_effort' ? 1 : quantity,
      want: quantity,
      ttlMs,
      owner,
      customer: this.input.customer ?? owner,
    };
    return {
      steps: [step],
      address: sku,
      effectReference: holdId,
      answerFromCommit: (applied) => newHoldView(step, applied),
    };
  }

  async answer({ reference: holdId }: Effect): Promise<Result<TimedHold>> {
    const [hold] = (await this.#parts.read({ holds: [holdId ?? ''] })).holds;
    return hold
      ? ok({ ...holdView(hold), expiresAt: hold.expiresAt })
      : refuse({ reason: 'unknown_hold', meta: { holdId: holdId ?? '', state: 'unknown' } });
  }
}

type DetachedStep = ReserveStep & { ttlMs: number };

/** Returns a new hold without reading it. */
function newHoldView({ holdId, sku, want, ttlMs, owner }: DetachedStep, applied: Applied): TimedHold {
  const { at, sequence: version, granted, backordered } = applied;
  const [quantity = want] = granted;
  const units = { quantity, ...(backordered?.[0] ? { backordered: backordered[0] } : {}) };
  return { holdId, sku, ...units, state: 'held', expiresAt: at + ttlMs, createdAt: at, owner, version };
}

function endHold(
  { transactor, reader }: ServiceParts,
  kind: 'release' | 'consume',
  input: EndHoldInput,
  call: Call,
): Promise<Result<StockLevel>> {
  const { holdId, reason, reference } = input;
  return transactor.run({
    procedure: `inventory.${kind}`,
    input,
    call,
    reason,
    reference,
    reads: () => ({ holds: [holdId] }),
    compose: (view) => {
      const endable = endableHold(holdId, view);
      if ('refusal' in endable) return endable;
      return { steps: [{ kind, holdId, owner: endable.owner }], address: null, effectReference: endable.sku };
    },
    answer: skuLevel(reader),
  });
}
