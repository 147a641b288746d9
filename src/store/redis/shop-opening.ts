import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { formatProblem, migrationNotice, migrationsFrom, RECORD_FORMAT } from '../record-format.ts';
import { type LossAcceptance, StoreError } from '../store.ts';
import type { ClockNotice } from '../time/clock-notices.ts';
import { library, script } from './scripts/lua-scripts.ts';
import { learnTime } from './clock/opening-clock.ts';
import { assertPermissions } from './permissions.ts';
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

interface OpeningOptions {
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
 * Prepares each new connection before it serves, the first one and every reconnection: a failover may have led to a
 * server with other settings, or to an empty one. Both are refused until an operator has fixed that.
 */
export class ShopOpening {
  readonly #options: OpeningOptions;
  readonly #warned = new Set<string>();
  /** A random id from the shop's creation; '' until it is known. A shop with another generation is another shop. */
  generation = '';
  server = '';

  constructor(options: OpeningOptions) {
    this.#options = options;
  }

  /** `mayWrite`: the connection is for batches, and begins a new epoch where that is necessary. */
  async prepare(redis: Redis, { mayWrite }: { mayWrite: boolean }): Promise<void> {
    await this.#selectDatabase(redis);
    const run = await this.#checkServer(redis);
    await assertPermissions(redis, this.#options);
    await this.#loadLibrary(redis);
    const now = await this.#checkShop(redis, run, mayWrite);
    await this.#options.guard.admit(redis, { generation: this.generation, server: run, now, mayWrite });
  }

  /** See `Store.acceptLoss`; for a shop that does not serve. */
  async acceptLoss(redis: Redis, kept: number): Promise<LossAcceptance> {
    await this.#selectDatabase(redis);
    await this.#loadLibrary(redis);
    return this.#options.guard.accept(redis, kept, msOfTime(await redis.time()));
  }

  /** ioredis continues in database 0 if SELECT was refused. */
  async #selectDatabase(redis: Redis): Promise<void> {
    if (this.#options.db !== 0) await redis.select(this.#options.db);
  }

  /** Returns the id of the server's present run. */
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

  /** Loads the library unless Redis has it. Loading is a write, so a full Redis that has it can still be read. */
  async #loadLibrary(redis: Redis): Promise<void> {
    const { name, text } = library();
    const found = (await redis.call('FUNCTION', 'LIST', 'LIBRARYNAME', name)) as unknown[];
    if (found.length === 0) await redis.call('FUNCTION', 'LOAD', 'REPLACE', text);
  }

  /** Returns the server's time. */
  async #checkShop(redis: Redis, run: string, mayWrite: boolean): Promise<number> {
    const { shop } = this.#options;
    if (this.generation === '') await this.#createShop(redis, run);
    const [generation, format] = await redis.hmget(shopKey(shop, 'meta'), 'incarnation', 'format');
    if (!generation || (this.generation !== '' && generation !== this.generation)) {
      const problem = `the records of shop ${shop} were deleted or replaced: restart Holdfast to accept that`;
      throw new StoreError('unavailable', problem, { problem });
    }
    const problem = formatProblem(`shop ${shop} on Redis`, format, REDIS_MIGRATIONS);
    if (problem !== null) throw new RequirementError(problem);
    await this.#migrate(redis, format, mayWrite);
    this.generation = generation;
    await learnTime(redis, this.#options);
    return msOfTime(await redis.time());
  }

  async #migrate(redis: Redis, format: string | null | undefined, mayWrite: boolean): Promise<void> {
    const migrations = migrationsFrom(format, REDIS_MIGRATIONS) ?? [];
    if (migrations.length > 0 && !mayWrite) throw new StoreError('unavailable', 'the shop has an older format as yet');
    for (const migrate of migrations) await migrate(redis, this.#options.shop);
    if (migrations.length > 0) this.#options.warn(migrationNotice(Number(format)));
  }

  /** Creates the shop if it is missing. Only the first opening may, because a shop that vanishes later was deleted. */
  async #createShop(redis: Redis, run: string): Promise<void> {
    const meta = shopKey(this.#options.shop, 'meta');
    if ((await redis.exists(meta)) === 1) return;
    const generation = randomBytes(9).toString('base64url');
    await redis.fcall(script('open').functionName, 1, meta, generation, RECORD_FORMAT, run);
  }

  #warnOnce(line: string): void {
    if (this.#warned.has(line)) return;
    this.#warned.add(line);
    this.#options.warn(line);
  }
}
