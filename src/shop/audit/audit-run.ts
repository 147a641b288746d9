import { isSold } from '../../domain/order-states.ts';
import type { DocumentRecord } from '../../domain/records.ts';
import type { IndexFault } from '../../store/index-check.ts';
import {
  type ReadRequest,
  type ScanKind,
  type ScanPage,
  type Snapshot,
  type Store,
  StoreError,
} from '../../store/store.ts';
import { hasDocument, isCart, isOrder, isOwned, isReservation } from '../../transact/documents/names.ts';
import { componentsOf, kitHoldOf } from '../../domain/kits.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import type { Audit } from '../../contract/outputs/admin-outputs.ts';
import { AuditSteps } from './audit-steps.ts';
import { auditReport } from './audit-report.ts';
import { type Checkpoint, loadCheckpoint } from './checkpoint.ts';
import { CountTally, recountSuspects } from './count-tally.ts';
import { AUDIT_VIOLATIONS_MAX, Findings } from './findings.ts';
import { countViolation, dueViolation, eachIndexFault, indexViolation, lacksDueTime } from './index-faults.ts';
import { LedgerCursor } from './ledger-cursor.ts';
import { LedgerFold } from './ledger-fold.ts';
import {
  checkAwaiting,
  checkCartBody,
  checkCommitted,
  checkHold,
  checkLines,
  checkOrder,
  checkOwned,
  checkReference,
  checkReservation,
  checkStock,
} from './record-checks.ts';
import { checkKits } from './kit-checks.ts';
import { scanAll } from './scan-all.ts';
import { awaitedLater } from '../../transact/settled.ts';

export interface AuditParts {
  store: Pick<Store, 'scan' | 'feed' | 'checkIndexes' | 'checkCounts' | 'heldCounts'>;
  read: Read;
}

export interface AuditOutcome {
  audit: Audit;
  /** The fold up to the horizon, verified if the audit found nothing. */
  checkpoint: Checkpoint | null;
  /** The version of the checkpoint from which the fold started. */
  base: number | null;
}

const RECHECK_RECORDS = 100;

/**
 * Performs one audit. It reads records in chunks, each at one sequence, and folds the ledger up to exactly that
 * sequence, so that traffic during the audit causes no differences. Before it reports a difference, or a record of the
 * fold that was in no chunk, it reads the record again and compares it with the fold at that later sequence.
 */
export class AuditRun {
  readonly #parts: AuditParts;
  readonly #findings = new Findings();
  /** The findings of the first comparison. They only select the records to read again. */
  readonly #trial = new Findings();
  readonly #fold = new LedgerFold(this.#findings);
  readonly #componentsAt = (key: string) => this.#fold.skus.get(key)?.components ?? [];
  readonly #tally = new CountTally(this.#componentsAt);
  readonly #horizon: number;
  /** All holds were read at this sequence or later. */
  #holdsFrom = 0;
  readonly #steps = new AuditSteps();
  #cursor: LedgerCursor;

  /** `horizon` is the end time of the wanted checkpoint. */
  constructor(parts: AuditParts, horizon = Number.NEGATIVE_INFINITY) {
    this.#parts = parts;
    this.#horizon = horizon;
    this.#cursor = new LedgerCursor(parts.store, this.#fold, { after: null });
  }

  /** The progress of the audit. */
  get progress(): ReturnType<AuditSteps['progress']> {
    return this.#steps.progress(this.#cursor);
  }

  async run(): Promise<AuditOutcome> {
    const base = await this.#start();
    const indexFaults = this.#indexFaults();
    await this.#foldLedger();
    await this.#auditStock();
    await this.#auditHolds();
    await this.#auditDocuments();
    this.#steps.begin('counts');
    await this.#auditCounts();
    checkKits(this.#findings, this.#fold);
    for (const fault of await indexFaults) this.#findings.add(indexViolation(fault));
    const { at } = await this.#view({});
    return { audit: auditReport(this.#findings, this.#fold, at), checkpoint: this.#cursor.checkpoint, base };
  }

  /** Starts the fold from the checkpoint if the ledger has been trimmed. Resolves with the checkpoint's version. */
  async #start(): Promise<number | null> {
    const { read, store } = this.#parts;
    try {
      const { through, version } = await loadCheckpoint(read, this.#fold);
      this.#cursor = new LedgerCursor(store, this.#fold, { after: through, horizon: this.#horizon });
      return version;
    } catch (error) {
      if (error instanceof StoreError) throw error;
      this.#findings.add({ rule: 'checkpoint', found: String(error), expected: 'a checkpoint that can be read' });
      return null;
    }
  }

  /** Folds most of the ledger before any record is read, so that the progress of this longest part is known. */
  async #foldLedger(): Promise<void> {
    const { sequence } = await this.#parts.read({});
    this.#steps.beginLedger(sequence);
    await this.#cursor.advanceTo(sequence);
  }

  async #auditStock(): Promise<void> {
    const suspects = new Set<string>();
    await this.#scan('stock', ({ stock }) => {
      for (const record of stock) {
        const fold = this.#fold.sku(record.sku);
        fold.isSeen = true;
        fold.safetyStock = record.safetyStock;
        fold.backorderLimit = record.backorderLimit;
        fold.components = componentsOf(record);
        if (this.#differs((trial) => checkStock(trial, record.sku, record, fold))) suspects.add(record.sku);
      }
    });
    for (const [sku, { isSeen }] of this.#fold.skus) if (!isSeen) suspects.add(sku);
    await inChunks(suspects, async (skus) => {
      const { stock, undecodable } = await this.#view({ skus });
      skus.forEach((sku, index) => {
        if (undecodable.includes(`stock:${sku}`)) return;
        const record = stock[index] ?? null;
        const fold = this.#fold.sku(sku);
        const { safetyStock = 0, backorderLimit = null } = record ?? {};
        const components = record && componentsOf(record);
        if (record) Object.assign(fold, { isSeen: true, safetyStock, backorderLimit, components });
        checkStock(this.#findings, sku, record, fold);
      });
    });
  }

  async #auditHolds(): Promise<void> {
    const suspects = new Set<string>();
    const started = await this.#scan('holds', ({ holds }) => {
      for (const record of holds) {
        this.#tally.add(record);
        const fold = this.#fold.holds.get(record.holdId);
        if (fold) fold.isSeen = true;
        if (this.#differs((trial) => checkHold(trial, record.holdId, record, fold))) suspects.add(record.holdId);
      }
    });
    this.#holdsFrom = started;
    for (const [holdId, { isSeen, since }] of this.#fold.holds) if (!isSeen && since <= started) suspects.add(holdId);
    await inChunks(suspects, async (holdIds) => {
      const { holds, undecodable } = await this.#view({ holds: holdIds });
      holdIds.forEach((holdId, index) => {
        if (undecodable.includes(`hold:${holdId}`)) return;
        checkHold(this.#findings, holdId, holds[index] ?? null, this.#fold.holds.get(holdId));
      });
    });
  }

  async #auditDocuments(): Promise<void> {
    const suspects = new Set<string>();
    const started = await this.#scan('documents', ({ documents }) => {
      for (const record of documents) {
        this.#noteReferences(record);
        this.#tally.add(record);
        if (lacksDueTime(record)) this.#findings.add(dueViolation(record));
        const order = this.#fold.orders.get(record.key);
        if (order) order.isSeen = true;
        if (this.#differs((trial) => this.#checkDocument(trial, { record, holds: [] }))) suspects.add(record.key);
      }
    });
    for (const [key, { isSeen, since }] of this.#fold.orders) if (!isSeen && since <= started) suspects.add(key);
    await inChunks(suspects, (keys) => this.#recheckDocuments(keys));
    await this.#auditReferences(started);
  }

  /**
   * The store compares index entries with their records atomically, so that a difference is a fault and not a
   * concurrent change. It does so while this process reads and folds.
   */
  #indexFaults(): Promise<IndexFault[]> {
    const found: IndexFault[] = [];
    const comparing = eachIndexFault(this.#parts.store, false, (fault) => {
      if (found.length < AUDIT_VIOLATIONS_MAX) found.push(fault);
    });
    return awaitedLater(comparing.then(() => found));
  }

  async #auditCounts(): Promise<void> {
    const { store } = this.#parts;
    const suspects = await this.#tally.suspects(store, this.#holdsFrom);
    const how = { mend: false, componentsAt: this.#componentsAt };
    for (const wrong of await recountSuspects(store, suspects, how)) this.#findings.add(countViolation(wrong));
  }

  async #recheckDocuments(keys: string[]): Promise<void> {
    const { at, documents, undecodable } = await this.#view({ documents: keys });
    keys.forEach((key, index) => {
      if (undecodable.includes(`document:${key}`)) return;
      const found = documents[index] ?? null;
      if (!found) {
        if (isOrder(key)) checkOrder(this.#findings, key, null, this.#fold.orders.get(key));
        return;
      }
      // The ended holds of an overdue cart or order may have been deleted before the document is handled.
      const isOver = found.record.dueAt !== null && found.record.dueAt <= at;
      if (!isOver) this.#checkDocument(this.#findings, found);
    });
  }

  #checkDocument(findings: Findings, found: NonNullable<Snapshot['documents'][number]>): void {
    const { record } = found;
    if (isOrder(record.key)) checkOrder(findings, record.key, record, this.#fold.orders.get(record.key));
    if (isOwned(record.key)) checkOwned(findings, record.key, this.#fold);
    if (record.list === 'awaiting_payment') checkAwaiting(findings, record, this.#fold);
    if (isSold(record.list) && isOrder(record.key)) checkCommitted(findings, record, this.#fold);
    if (isReservation(record.key)) checkReservation(findings, record, this.#fold);
    if (!isCart(record.key) && !isOrder(record.key)) return;
    if (isCart(record.key)) checkCartBody(findings, record);
    checkLines(findings, found, this.#fold);
  }

  #noteReferences({ key, holds }: DocumentRecord): void {
    for (const holdId of holds) {
      const hold = this.#fold.holds.get(holdId);
      if (hold?.owner === key) hold.isReferenced = true;
    }
  }

  /** Checks the live holds of carts, orders and reservations to which no document was seen to refer. */
  async #auditReferences(started: number): Promise<void> {
    const suspects = new Set<string>();
    for (const [holdId, { owner, isReferenced, ownedSince }] of this.#fold.holds) {
      if (!isReferenced && ownedSince <= started && hasDocument(owner) && kitHoldOf(holdId) === null) {
        suspects.add(holdId);
      }
    }
    await inChunks(suspects, async (holdIds) => {
      const owners = holdIds.map((holdId) => this.#fold.holds.get(holdId)?.owner ?? '');
      const { documents, undecodable } = await this.#view({ documents: owners });
      holdIds.forEach((holdId, index) => {
        const hold = this.#fold.holds.get(holdId);
        if (!hold || hold.owner !== owners[index] || undecodable.includes(`document:${hold.owner}`)) return;
        checkReference(this.#findings, holdId, hold, documents[index]?.record ?? null);
      });
    });
  }

  /**
   * Calls `look` with all records of a kind, and with the fold at each chunk's sequence. Resolves with the first
   * sequence.
   */
  async #scan(kind: ScanKind, look: (page: ScanPage) => void): Promise<number> {
    this.#steps.begin(kind);
    return scanAll(this.#parts.store, kind, async (page) => {
      await this.#cursor.advanceTo(page.sequence);
      for (const broken of page.undecodable) this.#findings.addUndecodable(broken);
      look(page);
      this.#steps.add(page);
    });
  }

  async #view(request: ReadRequest): Promise<Snapshot> {
    const view = await this.#parts.read(request);
    await this.#cursor.advanceTo(view.sequence);
    return view;
  }

  #differs(check: (trial: Findings) => void): boolean {
    this.#trial.clear();
    check(this.#trial);
    return !this.#trial.isEmpty;
  }
}

async function inChunks(keys: ReadonlySet<string>, work: (keys: string[]) => Promise<void>): Promise<void> {
  const all = [...keys];
  for (let from = 0; from < all.length; from += RECHECK_RECORDS) await work(all.slice(from, from + RECHECK_RECORDS));
}
