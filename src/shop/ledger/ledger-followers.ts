import { type Call, invalid, ok, type Result, systemCaller } from '../../contract/calls/call.ts';
import type { RemoveFollowerInput } from '../../contract/inputs/ledger-inputs.ts';
import type { LedgerFollower } from '../../contract/outputs/ledger-outputs.ts';
import { compareMovements } from '../../domain/movement-ids.ts';
import type { MovementId } from '../../domain/records.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Snapshot } from '../../store/store.ts';
import { documentIn, putDocument, type StoredDocument } from '../../transact/documents/json-document.ts';
import type { Transactor } from '../../transact/transactor.ts';
import { type EventParts, eventStep } from '../event/event-document.ts';
import type { Read } from '../stock/units/stock-reader.ts';

const FOLLOWERS_KEY = 'ledger:followers';
/** The most followers. There are few, because each of them keeps entries from being trimmed. */
const FOLLOWERS_MAX = 16;
/** The time of a read is written again only after this long, because an idle follower reads each second. */
const NOTED_MS = 60_000;
/** A position before every entry. */
const BEGINNING: MovementId = '0-0';

export interface FollowerParts extends EventParts {
  read: Read;
  transactor: Transactor;
  runtime: Pick<Runtime, 'nowMs'>;
}

const followersIn = (view: Snapshot): StoredDocument<LedgerFollower[]> => documentIn(view, FOLLOWERS_KEY, []);

/** The readers of the ledger for which it is kept. A document has the last entry that each of them has. */
export class LedgerFollowers {
  readonly #parts: FollowerParts;
  #seen: { followers: readonly LedgerFollower[]; at: number; seenAt: number } | null = null;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  /** The followers that this process has read last. */
  get known(): readonly LedgerFollower[] {
    return this.#seen?.followers ?? [];
  }

  /** The time since the last read of the follower that has not read for the longest time; 0 without followers. */
  get silentMs(): number {
    if (!this.#seen || this.#seen.followers.length === 0) return 0;
    const { followers, at, seenAt } = this.#seen;
    const now = at + this.#parts.runtime.nowMs() - seenAt;
    return Math.max(0, Math.round(now - Math.min(...followers.map((each) => each.at))));
  }

  /** Notes that a follower has all entries up to `after`. Refused `invalid_input` for one follower too many. */
  async note(follower: string, after: MovementId | null): Promise<Result<null>> {
    const view = await this.#read();
    const noted = followersIn(view).value.find((each) => each.follower === follower);
    if (noted && (noted.after ?? null) === after && view.at - noted.at < NOTED_MS) return ok(null);
    const result = await this.#parts.transactor.run({
      procedure: 'ledger.follow',
      input: { follower },
      lockKeys: FOLLOWERS_KEY,
      call: { caller: systemCaller('follower') },
      reads: () => ({ documents: [FOLLOWERS_KEY] }),
      compose: (now) => {
        const stored = followersIn(now);
        const others = stored.value.filter((each) => each.follower !== follower);
        if (others.length >= FOLLOWERS_MAX)
          return invalid('follower', `is one too many: a shop has at most ${FOLLOWERS_MAX}, see ledger.removeFollower`);
        const own = { follower, ...(after === null ? {} : { after }), at: now.at };
        return { steps: [putDocument(FOLLOWERS_KEY, stored, [...others, own])], address: null };
      },
      answer: () => Promise.resolve(ok(null)),
    });
    if (result.ok) await this.#read();
    return result;
  }

  /** Resolves with the position up to which all followers have the ledger; null without followers. */
  async reached(): Promise<MovementId | null> {
    const { value } = followersIn(await this.#read());
    const positions = value.map(({ after = BEGINNING }) => after);
    return positions.sort(compareMovements)[0] ?? null;
  }

  /** Removes a follower, so that the ledger is not kept for it any more. An absent one is not an error. */
  async remove(
    { follower, reason }: RemoveFollowerInput,
    call: Call,
  ): Promise<Result<{ followers: LedgerFollower[] }>> {
    const result = await this.#parts.transactor.run({
      procedure: 'ledger.removeFollower',
      lockKeys: FOLLOWERS_KEY,
      input: { follower, reason },
      call,
      reads: () => ({ documents: [FOLLOWERS_KEY] }),
      compose: (view) => {
        const stored = followersIn(view);
        const before = stored.value.find((each) => each.follower === follower);
        const others = stored.value.filter((each) => each !== before);
        const event = eventStep(this.#parts, call, {
          what: 'ledger.removeFollower',
          before: before ?? { follower },
          reason,
        });
        return { steps: [putDocument(FOLLOWERS_KEY, stored, others), event], address: null };
      },
      answer: () => Promise.resolve(ok(null)),
    });
    return result.ok ? ok({ followers: [...followersIn(await this.#read()).value] }) : result;
  }

  async #read(): Promise<Snapshot> {
    const { read, runtime } = this.#parts;
    const view = await read({ documents: [FOLLOWERS_KEY] });
    this.#seen = { followers: followersIn(view).value, at: view.at, seenAt: runtime.nowMs() };
    return view;
  }
}
