import type { LostWrites, Store } from '../store/store.ts';
import { ok, type Result, refuse } from '../contract/call.ts';

/** Accepts a loss of the store, for `Holdfast.recover`. Throws `StoreError`. */
export async function recoverStore(store: Pick<Store, 'acceptLoss'>, kept: number): Promise<Result<LostWrites>> {
  const acceptance = await store.acceptLoss(kept);
  if (acceptance.accepted === null) {
    return refuse({ reason: 'recovery_mismatch', meta: { acceptable: acceptance.acceptable } });
  }
  const { first, last, count, since, until } = acceptance.accepted;
  return ok({ kept, first, last, count, since, until });
}
