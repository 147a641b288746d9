import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { formatProblem, migrationsFrom, RECORD_FORMAT } from '../record-format.ts';
import { type LossAcceptance, StoreError } from '../store.ts';
import type { ClockNotice } from '../time/clock-notices.ts';
import { library, script } from './scripts/lua-scripts.ts';
import { learnTime } from './clock/opening-clock.ts';
import { demandPermissions } from './permissions.ts';
import { shopKey } from './link/redis-keys.ts';
import { REDIS_MIGRATIONS } from './redis-migrations.ts';
import {
  type Durability,
  judgeMoment,
  judgeServer,
  readServerFacts,
  RequirementError,
  serverRun,
} from './link/requirements.ts';
import type { LossGuard } from './loss/loss-guard.ts';
import { msOfTime, type StoreClock } from './clock/store-clock.ts';

export interface OpeningOptions {
  shop: string;
  db: number;
  durability: Durability;
  clock: StoreClock;
  /** Epoch milliseconds of this process's own wall clock. */
  ownClock: () => number;
  notify: (notice: ClockNotice) => void;
  guard: LossGuard;
  warn: (line: string) => void;
}

/**
 * What happens on each new connection before it serves, the first and those after a loss alike: a failover may have led to
 * a server with other settings, or to an empty one. Both are refused, again and again, until an operator has seen to it.
 */
export class ShopOpening {
  readonly #options: OpeningOptions;
  readonly #warned = new Set<string>();
  /** Drawn when the shop was made; '' until it is known. A shop whose incarnation changed is not the same shop. */
  incarnation = '';
  server = '';

  constructor(options: OpeningOptions) {
    this.#options = options;
  }

  /** `mayWrite`: whether the connection is for batches, which begins an epoch where one has to begin. */
  async prepare(redis: Redis, { mayWrite }: { mayWrite: boolean }): Promise<void> {
    await this.#selectDatabase(redis);
    const run = await this.#checkServer(redis);
    await demandPermissions(redis, this.#options);
    await this.#loadLibrary(redis);
    const now = await this.#checkShop(redis, run, mayWrite);
    await this.#options.guard.admit(redis, { incarnation: this.incarnation, server: run, now, mayWrite });
  }

  /** As `Store.acceptLoss`, for a shop that does not serve. */
  async acceptLoss(redis: Redis, kept: number): Promise<LossAcceptance> {
    await this.#selectDatabase(redis);
    await this.#loadLibrary(redis);
    return this.#options.guard.accept(redis, kept, msOfTime(await redis.time()));
  }

  /** ioredis goes on in database 0 where SELECT was refused. */
  async #selectDatabase(redis: Redis): Promise<void> {
    if (this.#options.db !== 0) await redis.select(this.#options.db);
  }

  /** Returns what the server calls its present run. */
  async #checkServer(redis: Redis): Promise<string> {
    const facts = await readServerFacts((command, ...args) => redis.call(command, ...args));
    const moment = judgeMoment(facts);
    if (moment !== null) throw new StoreError('unavailable', moment, { problem: moment });
    const { problems, warnings } = judgeServer(facts, this.#options.durability);
    for (const warning of warnings) this.#warnOnce(warning);
    if (problems.length > 0) throw new RequirementError(problems.join('; '));
    this.server = `${facts.product} ${facts.version}`;
    return serverRun(facts);
  }

  /** It is kept with the data, and loading is a write: where it is there already, a full Redis can still be read. */
  async #loadLibrary(redis: Redis): Promise<void> {
    const { name, text } = library();
    const found = (await redis.call('FUNCTION', 'LIST', 'LIBRARYNAME', name)) as unknown[];
    if (found.length === 0) await redis.call('FUNCTION', 'LOAD', 'REPLACE', text);
  }

  /** Returns the server's time. */
  async #checkShop(redis: Redis, run: string, mayWrite: boolean): Promise<number> {
    const { shop } = this.#options;
    if (this.incarnation === '') await this.#makeShop(redis, run);
    const [incarnation, format] = await redis.hmget(shopKey(shop, 'meta'), 'incarnation', 'format');
    if (!incarnation || (this.incarnation !== '' && incarnation !== this.incarnation)) {
      const problem = `the records of shop ${shop} were deleted or replaced: restart Holdfast to accept that`;
      throw new StoreError('unavailable', problem, { problem });
    }
    const problem = formatProblem(`shop ${shop} on Redis`, format, REDIS_MIGRATIONS);
    if (problem !== null) throw new RequirementError(problem);
    await this.#migrate(redis, format, mayWrite);
    this.incarnation = incarnation;
    await learnTime(redis, this.#options);
    return msOfTime(await redis.time());
  }

  async #migrate(redis: Redis, format: string | null | undefined, mayWrite: boolean): Promise<void> {
    const migrations = migrationsFrom(format, REDIS_MIGRATIONS) ?? [];
    if (migrations.length > 0 && !mayWrite) throw new StoreError('unavailable', 'the shop has an older format as yet');
    for (const migrate of migrations) await migrate(redis, this.#options.shop);
  }

  /** Only where there is none; and only when the store opens, since a shop that is gone later on was deleted. */
  async #makeShop(redis: Redis, run: string): Promise<void> {
    const meta = shopKey(this.#options.shop, 'meta');
    if ((await redis.exists(meta)) === 1) return;
    const incarnation = randomBytes(9).toString('base64url');
    await redis.fcall(script('open').functionName, 1, meta, incarnation, RECORD_FORMAT, run);
  }

  #warnOnce(line: string): void {
    if (this.#warned.has(line)) return;
    this.#warned.add(line);
    this.#options.warn(line);
  }
}
