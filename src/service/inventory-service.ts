import type { Step } from '../domain/steps.ts';
import { endableHold, skuLevel } from './hold-ending.ts';
import { holdView } from './hold-service.ts';
import type { InventoryService } from './services.ts';
import { newId } from './ids.ts';
import type { Call, EndHoldInput, ReserveInput } from './inputs.ts';
import { detachedOwner } from './names.ts';
import { type Result, ok, refuse, invalid } from './refusals.ts';
import type { Settings } from './settings.ts';
import type { Read, StockReader } from './stock-reader.ts';
import type { Transactor } from './transactor.ts';
import type { Hold, StockLevel } from './views.ts';

export interface InventoryParts {
  transactor: Transactor;
  read: Read;
  reader: StockReader;
  settings: Settings;
  now: () => number;
}

/**
 * Holds by name, for those who use the library without carts. A cart's hold may be ended here too: its line then has to
 * be deleted without release (`carts.deleteLine`, `carts.clear` with `releaseReservations: false`).
 */
export function createInventoryService(parts: InventoryParts): InventoryService {
  return {
    reserve: (input, call) => reserve(parts, input, call),
    release: (input, call) => endHold(parts, 'release', input, call),
    consume: (input, call) => endHold(parts, 'consume', input, call),
  };
}

const detachedTtlMs = ({ holdTtlMs, holdLifetimeMaxMs }: Settings): number => Math.min(holdTtlMs, holdLifetimeMaxMs);

async function reserve(
  { transactor, read, settings, now }: InventoryParts,
  input: ReserveInput,
  call: Call,
): Promise<Result<Hold>> {
  const { sku, quantity, mode = 'exact', reference, ttlMs = detachedTtlMs(settings), customer } = input;
  if (ttlMs > settings.holdLifetimeMaxMs) return invalid('ttlMs', `takes 1 to ${settings.holdLifetimeMaxMs}`);
  const owner = detachedOwner(reference);
  return transactor.run({
    procedure: 'inventory.reserve',
    input,
    call,
    reference,
    reads: null,
    compose: () => {
      const holdId = newId('hld_', now());
      const min = mode === 'exact' ? quantity : 1;
      const step: Step = {
        kind: 'reserve',
        holdId,
        sku,
        min,
        want: quantity,
        ttlMs,
        owner,
        customer: customer ?? owner,
      };
      return { steps: [step], address: sku, reference: holdId };
    },
    answer: async ({ reference: holdId }) => {
      const [hold] = (await read({ holds: [holdId ?? ''] })).holds;
      return hold
        ? ok(holdView(hold))
        : refuse({ reason: 'unknown_hold', meta: { holdId: holdId ?? '', state: 'unknown' } });
    },
  });
}

function endHold(
  { transactor, reader }: InventoryParts,
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
      return { steps: [{ kind, holdId, owner: endable.owner }], address: null, reference: endable.sku };
    },
    answer: skuLevel(reader),
  });
}
