import type { Redis } from 'ioredis';
import { epochBeganAt } from '../../../domain/epoch.ts';
import type { LossAcceptance } from '../../loss-recovery.ts';
import { StoreError } from '../../store.ts';
import type { EpochProgress } from './epoch-progress.ts';
import { FailoverPause } from './failover-pause.ts';
import { covers, merged, partLost, shopLost } from './loss.ts';
import { acceptedLine, allowedLine, frozenLine } from './loss-lines.ts';
import { isAllowed, type Loss, type MarkRecord, type Raise } from './lost-writes.ts';
import { LossUpload } from './loss-upload.ts';
import type { FoundServer, MasterFence } from './master-fence.ts';
import { type FileMark, type MarkFile, markOf } from './mark-file.ts';
import type { Durability } from '../link/requirements.ts';
import { RecentWrites } from './recent-writes.ts';
import { beginEpoch, readShopRecord, type ShopRecord } from './shop-record.ts';
import type { ScriptCalls } from '../scripts/script-calls.ts';
import { WriteMark } from './write-mark.ts';

interface LossGuardOptions {
  shop: string;
  calls: ScriptCalls;
  durability: Durability;
  markFile: MarkFile | null;
  /** Whether the shop freezes if the file has another shop than the one in Redis. */
  isFileBinding: boolean;
  fence: MasterFence;
  /** Called with a line for the operator about each loss. */
  error: (line: string) => void;
}

/** The shop and the server that a new connection has found. */
interface FoundShop extends FoundServer {
  /** A connection for reads does not begin an epoch, so that a server that refuses writes can still be read. */
  mayWrite: boolean;
}

interface Acknowledged {
  mark: MarkRecord;
  /** The known epochs, also those without an acknowledged write. */
  raises: Raise[];
  replaced: FileMark | undefined;
}

/**
 * Compares the store with the acknowledged writes, on each new connection (docs/decisions/lost-writes.md). A new run of
 * the server begins a new epoch even if this process finds no loss, because another process may. A batch is applied
 * only in the epoch in which its connection was opened, so every process compares before it continues.
 */
export class LossGuard implements EpochProgress {
  readonly #options: LossGuardOptions;
  readonly #reported = new Set<string>();
  readonly mark: WriteMark;
  readonly recent = new RecentWrites();
  readonly #upload: LossUpload;
  readonly #pause = new FailoverPause();
  #generation = '';
  /** The epoch in which the connections were opened. */
  epoch = 0;
  /** The number of acknowledged writes that this process has found missing. */
  lostSequences = 0;

  constructor(options: LossGuardOptions) {
    this.#options = options;
    this.#upload = new LossUpload({ ...options, recent: this.recent });
    const onChange = () => options.markFile?.schedule(() => this.#fileMark);
    this.mark = new WriteMark(onChange, options.durability === 'replicated');
  }

  /** Rejects with `StoreError` `unavailable` where the file that an operator has configured is damaged. */
  async assertFileReadable(): Promise<void> {
    if (this.#options.isFileBinding) await this.#options.markFile?.assertReadable();
  }

  /** Resolves when the connection may serve. Rejects with `StoreError` `regressed` while the shop is frozen. */
  async admit(redis: Redis, { mayWrite, ...found }: FoundShop): Promise<void> {
    const { shop, calls, fence } = this.#options;
    const { generation, server, now } = found;
    for (;;) {
      // The mark is read before the store, because other processes write meanwhile: the store must not appear to be
      // behind.
      const { mark, raises, replaced } = await this.#acknowledged(generation);
      const record = await readShopRecord(redis, shop);
      await fence.refuseReplaced(redis, found, { record, raises });
      const loss = replaced ? shopLost(replaced, record) : partLost(mark, record);
      const freeze = loss ? this.#weigh(loss, record) : record.loss;
      const isNewRun = server !== '' && server !== record.server;
      const isBehind = record.sequence < mark.sequence;
      if (freeze === record.loss && !isBehind && (!isNewRun || !mayWrite)) {
        // Uploaded before any connection reports the freeze, so that a recovery finds all lost writes that this process
        // knows.
        if (record.loss) {
          await this.#upload.send(redis, { loss: record.loss, server: record.server, raises: mark.raises });
        }
        this.#pauseAfterFailover(found, record, isNewRun);
        this.#conclude(generation, record, now);
        if (mayWrite) await fence.admitted(redis, found, record);
        return;
      }
      if (!mayWrite) throw new StoreError('unavailable', 'the shop must begin a new epoch first');
      await fence.fencePredecessor(redis, found, record, mark.sequence);
      const place = isNewRun ? { server, address: found.address } : {};
      const next = { ...record, ...place, loss: freeze };
      await beginEpoch(redis, calls, next, { above: mark.sequence, now });
    }
  }

  /** Accepts the loss that freezes the shop, if it left the shop at sequence `kept`. */
  async accept(redis: Redis, kept: number, now: number): Promise<LossAcceptance> {
    const { shop, calls } = this.#options;
    for (;;) {
      const record = await readShopRecord(redis, shop);
      const { loss, accepted } = record;
      const before = loss === null ? accepted.findLast((other) => other.kept === kept) : undefined;
      if (before) return { accepted: before };
      if (loss?.kept !== kept) return { accepted: null, acceptable: loss?.kept ?? null };
      const next = { ...record, loss: null, accepted: [...accepted, loss] };
      if (await beginEpoch(redis, calls, next, { above: 0, now })) return { accepted: loss };
    }
  }

  /** Resolves when the mark is in its file. */
  async close(): Promise<void> {
    this.#options.fence.close();
    await this.#options.markFile?.close(this.#fileMark);
  }

  /** At `replicated` a promoted replica has all acknowledged writes, and `none` promises nothing. */
  #pauseAfterFailover(found: FoundServer, { loss, epoch }: ShopRecord, isNewRun: boolean): void {
    const { durability } = this.#options;
    if (loss) this.#pause.end(found.server);
    else if (durability === 'none' || durability === 'replicated') return;
    else if (isNewRun) this.#pause.assertFound(found);
    else this.#pause.assertOver(found, epochBeganAt(epoch));
  }

  get #fileMark(): FileMark | null {
    return this.#generation === '' ? null : markOf(this.#generation, this.mark.record);
  }

  /**
   * Returns the highest mark of this process and its file, and the mark of the replaced shop if the file has another.
   */
  async #acknowledged(generation: string): Promise<Acknowledged> {
    const marks = (await this.#options.markFile?.read()) ?? [];
    const shared = marks.find((mark) => mark.incarnation === generation);
    const own = this.mark.record;
    const mark = shared && shared.sequence > own.sequence ? shared : own;
    const raises = [...own.raises, ...(shared?.raises ?? [])];
    return { mark, raises, replaced: shared || this.#generation !== '' ? undefined : marks.at(-1) };
  }

  /** Reports a loss. Returns the loss that freezes the shop from now on, or null. */
  #weigh(loss: Loss, record: ShopRecord): Loss | null {
    const { shop, durability, isFileBinding } = this.#options;
    const acceptedKeys = new Set(record.accepted.flatMap(({ keys }) => keys));
    if (loss.keys.every((key) => acceptedKeys.has(key))) {
      this.#report(loss, acceptedLine(shop, loss));
      return record.loss;
    }
    const isReplaced = loss.replaced !== undefined;
    if (isReplaced ? !isFileBinding || durability === 'none' : isAllowed(loss, durability)) {
      this.#report(loss, allowedLine(shop, loss, durability));
      return record.loss;
    }
    const freeze = covers(record.loss, loss) ? record.loss : merged(record.loss, loss);
    this.#report(loss, frozenLine(shop, freeze ?? loss));
    return freeze;
  }

  #report(loss: Loss, line: string): void {
    if (this.#isNews(loss)) {
      this.lostSequences += loss.count;
      this.#options.error(line);
    }
  }

  #isNews({ keys, last }: Loss): boolean {
    const name = `${keys.join()} ${last}`;
    if (this.#reported.has(name)) return false;
    this.#reported.add(name);
    return true;
  }

  #conclude(generation: string, record: ShopRecord, now: number): void {
    const { shop, error } = this.#options;
    if (record.loss) {
      const line = frozenLine(shop, record.loss);
      // Another process has found and counted it.
      if (this.#isNews(record.loss)) error(line);
      throw new StoreError('regressed', line);
    }
    this.#generation = generation;
    this.epoch = record.epoch;
    this.mark.follow(record.raises, record.sequence);
    this.recent.follow(record.raises);
    this.mark.see(record.sequence, record.at || now);
    this.#options.markFile?.schedule(() => this.#fileMark);
  }
}
