import type { Redis } from 'ioredis';
import { nextEpoch } from '../../../domain/epoch.ts';
import type {
  KnownLoss,
  LossAcceptance,
  LossReplay,
  MoveBody,
  NotAcceptable,
  ReplayResult,
} from '../../loss-recovery.ts';
import { StoreError } from '../../store.ts';
import { SYSTEM_MONOTONIC } from '../../time/monotonic.ts';
import { BatchSender } from '../batch/batch-sender.ts';
import { StockPrefetch } from '../batch/stock-prefetch.ts';
import { ClockKeeper } from '../clock/clock-keeper.ts';
import { StoreClock } from '../clock/store-clock.ts';
import { KnownRecords } from '../decide/known-records.ts';
import { shopKey } from '../link/redis-keys.ts';
import { type RedisEndpoint, RedisLink } from '../link/redis-link.ts';
import { type FoundLoss, knownLossIn, oncePerTransaction } from '../loss/known-loss.ts';
import type { LossGuard } from '../loss/loss-guard.ts';
import type { Loss } from '../loss/lost-writes.ts';
import { beginEpoch, readShopRecord } from '../loss/shop-record.ts';
import { WriteMark } from '../loss/write-mark.ts';
import type { ScriptCalls } from '../scripts/script-calls.ts';
import { replayBatches } from './loss-replay.ts';
import { ReplayTranslation } from './translation.ts';

interface RecoveryOptions {
  shop: string;
  calls: ScriptCalls;
  opening: {
    readonly generation: string;
    /** Prepares a connection to a shop that may be frozen. Resolves with the server's time. */
    prepareRecovery(redis: Redis): Promise<number>;
  };
  guard: LossGuard;
  endpoint: RedisEndpoint;
  deadlineMs: number;
}

interface BegunReplay {
  loss: Loss;
  epoch: number;
}

/** The fields that one `HSCAN` reads: each may have a batch of 64 transactions. */
const SCAN_FIELDS = 64;

/** Works on a frozen shop over a connection of its own, because the others do not serve it. */
export class RedisRecovery {
  readonly #options: RecoveryOptions;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** See `Store.acceptLoss`. */
  accept(kept: number): Promise<LossAcceptance> {
    const { guard } = this.#options;
    return this.#connected(
      (redis, now) => guard.accept(redis, kept, now),
      (_link, acceptance) => Promise.resolve(acceptance),
    );
  }

  /** See `LossRecovery.knownLoss`. */
  known(): Promise<KnownLoss | null> {
    return this.#connected(
      async (redis, now) => ({ at: now, record: await readShopRecord(redis, this.#options.shop) }),
      async (link, { at, record: { loss, sequence } }) => {
        if (!loss) return null;
        const { batches: _, ...found } = await this.#read(link, loss);
        return { ...found, at, sequence };
      },
    );
  }

  /** See `LossRecovery.replayLoss`. */
  async replay(kept: number, move: MoveBody): Promise<ReplayResult> {
    const done = await this.#connected<BegunReplay | NotAcceptable, LossReplay | NotAcceptable>(
      (redis, now) => this.#begin(redis, kept, now),
      (link, begun) => ('epoch' in begun ? this.#replay(link, begun, move) : Promise.resolve(begun)),
    );
    if ('accepted' in done) return done;
    const acceptance = await this.accept(kept);
    return acceptance.accepted ? { replayed: { ...done, loss: acceptance.accepted } } : acceptance;
  }

  /**
   * Begins an epoch in which the shop is still frozen, and which only this connection may use for writes. So another
   * replay that is under way stops.
   */
  async #begin(redis: Redis, kept: number, now: number): Promise<BegunReplay | NotAcceptable> {
    const { shop, calls } = this.#options;
    for (;;) {
      const record = await readShopRecord(redis, shop);
      const { loss } = record;
      if (loss?.kept !== kept) return { accepted: null, acceptable: loss?.kept ?? null };
      const { epoch } = nextEpoch(Math.max(record.sequence, loss.last), now);
      if (await beginEpoch(redis, calls, record, { above: loss.last, now })) return { loss, epoch };
    }
  }

  async #replay(link: RedisLink, { loss, epoch }: BegunReplay, move: MoveBody): Promise<LossReplay> {
    const { shop, calls, opening, guard, deadlineMs } = this.#options;
    const clock = new StoreClock({ clock: () => 0, monotonic: SYSTEM_MONOTONIC, isGuarded: false });
    const [known, keeper] = [new KnownRecords(), new ClockKeeper({ calls, link, clock, notify: () => undefined })];
    const prefetch = new StockPrefetch({ shop, link, calls, deadlineMs }, known);
    const progress = { epoch, mark: new WriteMark(() => undefined), recent: guard.recent };
    const generation = () => opening.generation;
    const deciding = { known, prefetch, clock, guard: progress, keeper, batchDeadlineMs: deadlineMs };
    // The first batch that is answered after the replay waits for replicas, and so for all that was applied before it.
    const sender = new BatchSender({ link, calls, generation, wait: null, ...deciding });
    const { batches, ...found } = await this.#read(link, loss);
    try {
      const translation = new ReplayTranslation(loss, move);
      const outcomes = await replayBatches({ sender, clock, translation }, batches);
      return { ...found, outcomes: oncePerTransaction(outcomes) };
    } finally {
      await Promise.all([sender.close(), prefetch.close()]);
    }
  }

  async #read(link: RedisLink, loss: Loss): Promise<FoundLoss> {
    const fields = new Map<string, string>();
    const key = shopKey(this.#options.shop, 'lost');
    let cursor = '0';
    do {
      const reply = await link.sendWithin(this.#options.deadlineMs, 'HSCAN', [key, cursor, 'COUNT', SCAN_FIELDS]);
      const [next, found] = reply as [Buffer, Buffer[]];
      for (let index = 0; index < found.length; index += 2) fields.set(String(found[index]), String(found[index + 1]));
      cursor = String(next);
    } while (cursor !== '0');
    return knownLossIn(loss, fields);
  }

  /**
   * Runs `work` over a connection that is opened only once. If the connection is lost, `work` fails, and the caller may
   * repeat it as a whole.
   */
  async #connected<P, R>(
    prepare: (redis: Redis, now: number) => Promise<P>,
    work: (link: RedisLink, prepared: P) => Promise<R>,
  ): Promise<R> {
    const { opening, endpoint, deadlineMs } = this.#options;
    const prepared: P[] = [];
    const link = new RedisLink({
      ...endpoint,
      name: 'holdfast-recover',
      prepare: async (redis) => {
        if (prepared.length > 0) throw new StoreError('unavailable', 'the connection of a recovery was lost');
        const now = await opening.prepareRecovery(redis);
        prepared.push(await prepare(redis, now));
      },
    });
    try {
      await link.whenReady(deadlineMs);
      return await work(link, prepared[0] as P);
    } finally {
      await link.close();
    }
  }
}
