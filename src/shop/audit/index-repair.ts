import { DAY_MS } from '../../domain/limits.ts';
import { isLive } from '../../domain/machine/live-hold.ts';
import type { DocumentRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Store } from '../../store/store.ts';
import type { Call } from '../../contract/calls/call.ts';
import { isCart, isOrder } from '../../transact/documents/names.ts';
import type { Settings } from '../../contract/settings.ts';
import { storedStatus } from '../order/record/order-document.ts';
import { orderRetentionMs, type RetentionSettings } from '../order/record/order-retention.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { IndexRepair, Violation } from '../../contract/outputs/admin-outputs.ts';
import { CountTally, kitsIn, recountSuspects } from './count-tally.ts';
import { countViolation, dueViolation, eachIndexFault, indexViolation, lacksDueTime } from './index-faults.ts';
import { scanAll } from './scan-all.ts';

/** The most mended entries that a repair lists. The counts by rule are complete. */
const MENDED_LISTED_MAX = 1_000;
/** The new lifetime of a temporary document whose due time is lost. */
const TEMPORARY_MS = 30 * DAY_MS;
const SOON_MS = 1_000;

interface IndexRepairParts {
  store: Pick<Store, 'scan' | 'checkIndexes' | 'checkCounts' | 'heldCounts'>;
  read: Read;
  transactor: Transactor;
  settings: Pick<Settings, 'cartTtlMs'> & RetentionSettings;
}

/**
 * Rebuilds index entries and customers' counts from the records, in short atomic steps, while the shop keeps selling
 * from any number of processes. Writes nothing if there is no fault. Rejects as the store does.
 */
export async function repairIndexes(parts: IndexRepairParts, call: Call): Promise<IndexRepair> {
  const { store } = parts;
  const mended = new Mended();
  await eachIndexFault(store, true, (fault) => mended.add(indexViolation(fault)));
  const componentsAt = await kitsIn(store);
  const tally = new CountTally(componentsAt);
  const sequence = await scanAll(store, 'holds', ({ holds }) => {
    for (const hold of holds) tally.add(hold);
  });
  await scanAll(store, 'documents', async ({ documents }) => {
    for (const document of documents) {
      tally.add(document);
      if (lacksDueTime(document) && (await setDueTime(parts, document, call))) mended.add(dueViolation(document));
    }
  });
  for (const wrong of await recountSuspects(store, await tally.suspects(store, sequence), { mend: true, componentsAt }))
    mended.add(countViolation(wrong));
  return mended.report();
}

class Mended {
  readonly #listed: Violation[] = [];
  readonly #byRule = new Map<string, number>();

  add(violation: Violation): void {
    this.#byRule.set(violation.rule, (this.#byRule.get(violation.rule) ?? 0) + 1);
    if (this.#listed.length < MENDED_LISTED_MAX) this.#listed.push(violation);
  }

  report(): IndexRepair {
    const rules = [...this.#byRule].map(([rule, count]) => ({ rule, count }));
    return { mended: rules.reduce((sum, { count }) => sum + count, 0), rules, entries: this.#listed };
  }
}

/** Sets a document's due time. Resolves with false if the document has changed or been deleted meanwhile. */
async function setDueTime(parts: IndexRepairParts, { key, version }: DocumentRecord, call: Call): Promise<boolean> {
  const { read, transactor } = parts;
  const view = await read({ documents: [key] });
  const found = view.documents[0];
  if (!found || found.record.version !== version || !lacksDueTime(found.record)) return false;
  const deadlines = found.holds.flatMap((hold) => (hold && isLive(hold) ? [hold.expiresAt - view.at] : []));
  const dueInMs = dueTimeOf(found.record, Math.max(SOON_MS, ...deadlines), parts.settings);
  const step: Step = { kind: 'put', key, expect: version, dueInMs };
  const result = await transactor.run({
    procedure: 'admin.repairIndexes',
    lockKeys: key,
    input: { key, version },
    call: { caller: call.caller },
    reads: null,
    compose: () => ({ steps: [step], address: null, answerFromCommit: () => true }),
    answer: () => Promise.resolve({ ok: true, value: true }),
  });
  return result.ok;
}

/**
 * Returns the new due time of a document. A cart or a pending order is not due before its last hold ends. The old due
 * time is not known, so other documents get a whole lifetime.
 */
function dueTimeOf(
  { key, list }: DocumentRecord,
  holdsEndInMs: number,
  settings: IndexRepairParts['settings'],
): number {
  if (isCart(key)) return Math.max(holdsEndInMs, settings.cartTtlMs);
  if (!isOrder(key)) return TEMPORARY_MS;
  const status = storedStatus({ list }) ?? 'placed';
  return status === 'awaiting_payment' ? holdsEndInMs : orderRetentionMs(status, settings);
}
