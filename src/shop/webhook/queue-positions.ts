import type { MovementId } from '../../domain/records.ts';

/** A cursor that has passed only events without a subscriber is saved after this many entries or this long. */
const UNSAVED_ENTRIES_MAX = 5_000;
const UNSAVED_MS_MAX = 30_000;

/** How far this process has read the ledger for a queue. It can be ahead of the saved cursor. */
export interface Position {
  saved: MovementId;
  reached: MovementId;
  unsaved: number;
  savedAtMs: number;
}

export class QueuePositions {
  readonly #positions = new Map<string, Position>();

  /** Returns the position of a queue. It starts at the saved cursor if another process has moved that. */
  of(key: string, cursor: MovementId): Position {
    const known = this.#positions.get(key);
    if (known?.saved === cursor) return known;
    const position = { saved: cursor, reached: cursor, unsaved: 0, savedAtMs: performance.now() };
    this.#positions.set(key, position);
    return position;
  }

  /** Returns the last ledger entry that a queue with this saved cursor no longer needs. */
  reached(key: string, cursor: MovementId): MovementId {
    const known = this.#positions.get(key);
    return known?.saved === cursor ? known.reached : cursor;
  }

  forget(key: string): void {
    this.#positions.delete(key);
  }
}

export const isTimeToSave = ({ unsaved, savedAtMs }: Position): boolean =>
  unsaved >= UNSAVED_ENTRIES_MAX || (unsaved > 0 && performance.now() - savedAtMs >= UNSAVED_MS_MAX);
