import { getRouteApi } from '@tanstack/react-router';
import type { HoldFilter } from '../../live/use-hold-walk.ts';
import { HoldFilterForm } from './hold-filter-form.tsx';
import { HoldSelection } from './hold-selection.tsx';
import { TopHolders } from './top-holders.tsx';

const route = getRouteApi('/orders');
const MINUTE_MS = 60_000;

/** Live holds by SKU, holder and age: who holds most, and all of them, to be released one by one or together. */
export function HoldsView() {
  const { sku, holder, older } = route.useSearch();
  const filter: HoldFilter = {
    ...(sku !== undefined && { sku }),
    ...holderCondition(holder),
    ...(older !== undefined && { olderThanMs: older * MINUTE_MS }),
  };
  const key = JSON.stringify(filter);
  return (
    <>
      <HoldFilterForm key={`form ${key}`} start={{ sku, holder, older }} />
      {sku !== undefined && <TopHolders sku={sku} current={holder} />}
      <HoldSelection key={key} filter={filter} />
    </>
  );
}

/** A holder is a client, the owner of holds by its id, or a session or customer. */
function holderCondition(holder: string | undefined): HoldFilter {
  if (holder === undefined) return {};
  if (holder.startsWith('clt_')) return { client: holder };
  if (holder.startsWith('crt_')) return { owner: `cart:${holder}` };
  if (holder.startsWith('ord_')) return { owner: `order:${holder}` };
  return holder.startsWith('res_') ? { owner: `reservation:${holder}` } : { session: holder };
}
