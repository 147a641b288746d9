import { type Caller, isShopper, type Refusal } from '../../../contract/calls/call.ts';
import type { Settings } from '../../../contract/settings.ts';
import { type ShowSettings, shownUnits } from './availability.ts';

/**
 * Returns the function that applies `SHOW_STOCK` to refusals of shoppers. It hides the units of `insufficient_stock`,
 * and the limit of `hold_cap` if that may be a share of the units on hand.
 */
export function createShownRefusal(
  settings: ShowSettings & Pick<Settings, 'holdShareMaxClient'>,
): (refusal: Refusal, caller: Caller) => Refusal {
  if (settings.showStock === 'exact') return (refusal) => refusal;
  return (refusal, caller) => {
    if (!isShopper(caller)) return refusal;
    if (refusal.reason === 'insufficient_stock') {
      const lines = refusal.meta.lines.map(({ available = 0, ...line }) => ({
        ...line,
        ...shownUnits(available, settings),
      }));
      return { ...refusal, meta: { lines } };
    }
    const isShare = caller.client !== undefined && settings.holdShareMaxClient !== undefined;
    if (refusal.reason !== 'hold_cap' || !isShare) return refusal;
    const { limit: _, ...meta } = refusal.meta;
    return { ...refusal, meta };
  };
}
