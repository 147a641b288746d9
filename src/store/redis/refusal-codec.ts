import type { CoreReason, CoreRefusal, ShortLine } from '../../domain/refusal.ts';

type MetaOf<R extends CoreReason> = Extract<CoreRefusal, { reason: R }>['meta'];
type Rebuilt = { [R in CoreReason]: (meta: MetaOf<R>) => MetaOf<R> };

/**
 * The fields of each refusal. A Lua table has no order, so the fields arrive in any order; here they get the order
 * that the other stores give them. Lua does not distinguish an empty map from an empty array either.
 */
const META: Rebuilt = {
  invalid_transaction: ({ issues }) => ({ issues }),
  idempotency_mismatch: () => ({}),
  unknown_sku: ({ sku }) => ({ sku }),
  hold_exists: ({ holdId }) => ({ holdId }),
  insufficient_stock: ({ lines }) => ({ lines: lines.map(shortLine) }),
  limit_exceeded: ({ sku, limit, already }) => ({ sku, limit, already }),
  quantity_limit: ({ limit }) => ({ limit }),
  below_reserved: ({ onHand, reserved }) => ({ onHand, reserved }),
  count_mismatch: ({ onHand, reserved }) => ({ onHand, reserved }),
  stock_overflow: ({ sku }) => ({ sku }),
  unknown_hold: ({ holdId, state }) => ({ holdId, state }),
  hold_not_active: ({ holdId, state }) => ({ holdId, state }),
  return_exceeds_sold: ({ sku }) => ({ sku }),
  conflict: ({ key }) => ({ key }),
};

const shortLine = ({ sku, requested, available }: ShortLine): ShortLine => ({ sku, requested, available });

/** Returns a refusal as `answers.lua` writes it. */
export function decodeRefusal<R extends CoreReason>(reason: R, meta: MetaOf<R>): CoreRefusal {
  return { reason, meta: META[reason](meta) } as CoreRefusal;
}
