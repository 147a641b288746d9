import { type Call, invalid, type Result } from '../../../contract/calls/call.ts';
import type { DefineInput } from '../../../contract/inputs/inputs.ts';
import type { StockLevel } from '../../../contract/outputs/stock-outputs.ts';
import type { Step } from '../../../domain/steps.ts';
import { eventStep } from '../../event/event-document.ts';
import { backorderReads, fillSteps, NEEDS_DISPATCH, STALE_FILL } from '../supply/backorders.ts';
import { kitChange } from './kit-definition.ts';
import { keyAt, keysRead, LOCATED_DEFAULTS } from '../supply/located-steps.ts';
import type { ServiceParts } from '../supply/service-parts.ts';
import { changedSettings, definingSteps, type ExactConfigure } from './settings-change.ts';

/**
 * Changes the settings of a SKU at all its locations in one transaction. Records an event with the settings that
 * change. The store refuses a change of other settings than those that were read, so `before` in the event is true.
 */
export async function defineSku(parts: ServiceParts, input: DefineInput, call: Call): Promise<Result<StockLevel>> {
  const { reason, ...settingsGiven } = input;
  const { sku, safetyStock, backorderLimit = null, components } = settingsGiven;
  const { transactor, reader, locations, settings } = parts;
  if (backorderLimit !== null && settings.sellAt === 'sale') return invalid('backorderLimit', NEEDS_DISPATCH);
  const begun = transactor.waits.begun(call);
  const key = await transactor.waits.before(begun, keyAt(locations, input));
  if (!key.ok) return key;
  const read = keysRead(locations, sku, ...(components ?? []).map((component) => component.sku));
  return transactor.run({
    procedure: 'stock.define',
    lockKeys: `define:${sku}`,
    input,
    defaults: LOCATED_DEFAULTS,
    call: begun,
    reads: async () => {
      const wanted = await read.reads();
      // Backorders may get the units of a lower safety stock.
      return safetyStock === undefined ? wanted : backorderReads(parts, wanted.skus ?? []);
    },
    compose: (view) => {
      const records = read.recordsIn(view);
      const kit = kitChange({
        input: settingsGiven,
        key: key.value,
        records,
        recordsOf: (each) => read.recordsIn(view, each),
      });
      if ('refusal' in kit) return kit;
      const steps = definingSteps(kit.change, { sku, key: key.value, records });
      const record = safetyStock === undefined ? null : view.stock.find((each) => each?.sku === key.value);
      const fills = record && safetyStock !== undefined ? fillSteps({ ...record, safetyStock }, view) : [];
      const events = eventSteps(parts, call, { steps, reason });
      return { steps: [...read.unchanged, ...steps, ...kit.steps, ...events, ...fills], address: null };
    },
    retryOn: STALE_FILL,
    answer: () => reader.level(sku),
  });
}

interface Defined {
  steps: readonly ExactConfigure[];
  reason: string | undefined;
}

/** One event for each location whose settings change. */
const eventSteps = (parts: ServiceParts, call: Call, { steps, reason }: Defined): Step[] =>
  steps.flatMap((step) => {
    const change = changedSettings(step);
    if (!change) return [];
    const { before, after } = change;
    return [eventStep(parts, call, { what: 'stock.define', ...(before && { before }), after, reason })];
  });
