import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { formatProblem, migrationNotice, migrationsFrom, RECORD_FORMAT } from '../record-format.ts';
import { StoreError } from '../store.ts';
import type { ClockNotice } from '../time/clock-notices.ts';
import type { ScriptCalls } from './scripts/script-calls.ts';
import { learnTime } from './clock/opening-clock.ts';
import { permittedMode, type ScriptChoice } from './permissions.ts';
import { shopKey } from './link/redis-keys.ts';
import { REDIS_MIGRATIONS } from './redis-migrations.ts';
import { reachedAddress } from './link/server-address.ts';
import {
  type Durability,
  formerHistory,
  judgeMoment,
  judgeServer,
  readServerFacts,
  RequirementError,
  type ServerFacts,
  serverRun,
  waitsForFlush,
  type WaitPolicy,
} from './link/requirements.ts';
import type { LossGuard } from './loss/loss-guard.ts';
import { msOfTime, type StoreClock } from './clock/store-clock.ts';

interface OpeningOptions {
  shop: string;
  calls: ScriptCalls;
  scripts: ScriptChoice | undefined;
  db: number;
  durability: Durability;
  wait: WaitPolicy | null;
  clock: StoreClock;
  /** Epoch milliseconds of this process's own wall clock. */
  ownClock: () => number;
  notify: (notice: ClockNotice) => void;
  guard: LossGuard;
  warn: (line: string) => void;
}

const SLOWER =
  'this Redis user may not use FUNCTION, so the scripts run by EVALSHA, which takes Redis longer: see REDIS_SCRIPTS';

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
    const facts = await this.#checkServer(redis);
    const run = serverRun(facts);
    if (this.#options.wait) this.#options.wait.isFlushed = waitsForFlush(facts);
    await this.#loadScripts(redis);
    const now = await this.#checkShop(redis, run, mayWrite);
    const place = { address: reachedAddress(redis), formerHistory: formerHistory(facts) };
    await this.#options.guard.admit(redis, { generation: this.generation, server: run, ...place, now, mayWrite });
  }

  /** Prepares a connection to a shop that may be frozen. Resolves with the server's time. */
  async prepareRecovery(redis: Redis): Promise<number> {
    await this.#selectDatabase(redis);
    await this.#loadScripts(redis);
    return msOfTime(await redis.time());
  }

  /** ioredis continues in database 0 if SELECT was refused. */
  async #selectDatabase(redis: Redis): Promise<void> {
    if (this.#options.db !== 0) await redis.select(this.#options.db);
  }

  async #checkServer(redis: Redis): Promise<ServerFacts> {
    const facts = await readServerFacts((command, args) => redis.call(command, ...args));
    const moment = judgeMoment(facts);
    if (moment !== null) throw new StoreError('unavailable', moment, { problem: moment });
    const { problems, warnings } = judgeServer(facts, this.#options.durability, this.#options.wait);
    for (const warning of warnings) this.#warnOnce(warning);
    if (problems.length > 0) throw new RequirementError(problems.join('; '));
    this.server = `${facts.product} ${facts.version}`;
    return facts;
  }

  /** Checks the user's rights, which decide how the scripts are called. */
  async #loadScripts(redis: Redis): Promise<void> {
    const { shop, db, calls, wait, scripts = 'auto' } = this.#options;
    calls.mode = await permittedMode(redis, { shop, db, scripts, wait });
    if (calls.mode === 'evalsha' && scripts === 'auto') this.#warnOnce(SLOWER);
    await calls.load((command, args) => redis.call(command, ...args));
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
    if (migrations.length > 0 && !mayWrite) throw new StoreError('unavailable', 'the shop still has an older format');
    const { shop, calls } = this.#options;
    for (const migrate of migrations) await migrate(redis, shop, calls);
    if (migrations.length > 0) this.#options.warn(migrationNotice(Number(format)));
  }

  /** Creates the shop if it is missing. Only the first opening may, because a shop that vanishes later was deleted. */
  async #createShop(redis: Redis, run: string): Promise<void> {
    const meta = shopKey(this.#options.shop, 'meta');
    if ((await redis.exists(meta)) === 1) return;
    const generation = randomBytes(9).toString('base64url');
    await this.#options.calls.run(redis, 'open', [generation, RECORD_FORMAT, run]);
  }

  #warnOnce(line: string): void {
    if (this.#warned.has(line)) return;
    this.#warned.add(line);
    this.#options.warn(line);
  }
}
