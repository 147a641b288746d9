import type { PutStep, Step } from '../../domain/steps.ts';
import type { Call } from '../../contract/calls/call.ts';
import type { ImportOptions } from './bulk-api.ts';
import { type EventParts, eventStep } from '../event/event-document.ts';
import { changedSettings, type ExactConfigure, type SettingsChanged } from '../stock/settings/settings-change.ts';

/** The approximate maximum size of an event. A file may change all SKUs of a shop, and a list has up to 500 events. */
const EVENT_CHARS_MAX = 8_000;

/** Returns the steps that record the settings which the steps of a chunk change, in as few events as possible. */
export function importEvents(
  parts: EventParts,
  call: Call,
  { key, reason }: Pick<ImportOptions, 'key' | 'reason'>,
  steps: readonly Step[],
): PutStep[] {
  return inGroups(steps.flatMap(changeIn)).map((changes) => {
    const before = changes.flatMap((change) => change.before ?? []);
    return eventStep(parts, call, {
      what: 'stock.import',
      ...(before.length === 0 ? {} : { before: { skus: before } }),
      after: { key, skus: changes.map(({ after }) => after) },
      reason,
    });
  });
}

/** Returns the change of a step. A row's step always expects the settings that were read. */
function changeIn(step: Step): SettingsChanged[] {
  if (step.kind !== 'configure' || step.expect === undefined) return [];
  const changed = changedSettings(step as ExactConfigure);
  return changed ? [changed] : [];
}

function inGroups(changes: readonly SettingsChanged[]): SettingsChanged[][] {
  const groups: SettingsChanged[][] = [];
  let chars = EVENT_CHARS_MAX;
  for (const change of changes) {
    if (chars >= EVENT_CHARS_MAX) {
      groups.push([]);
      chars = 0;
    }
    groups.at(-1)?.push(change);
    chars += JSON.stringify(change).length;
  }
  return groups;
}
