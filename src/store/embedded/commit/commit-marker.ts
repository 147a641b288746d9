import { type MetaRows, metaRow } from '../tables/meta-rows.ts';

const COMMIT_KEY = 'commit';

/** Stores the numbers of the last committed group and of the one before, which show whether a commit took place. */
export class CommitMarker {
  readonly #meta: MetaRows;

  constructor(meta: MetaRows) {
    this.#meta = meta;
  }

  /** Every group calls this, so that its transaction is not empty: LMDB does not flush an empty transaction. */
  put(group: number): void {
    this.#meta.put(COMMIT_KEY, [group, this.last()]);
  }

  last(): number {
    return this.#read()[0];
  }

  /**
   * Returns whether a group whose commit failed has written nothing: the last commit is an earlier group, or it is the
   * next group and names an earlier one as its predecessor. At most two groups are in flight, so there is no third
   * case.
   */
  lacks(group: number): boolean {
    const [last, previous] = this.#read();
    return last < group || (last === group + 1 && previous < group);
  }

  #read(): [last: number, previous: number] {
    const row = metaRow(this.#meta, COMMIT_KEY);
    return [Number(row?.[0] ?? 0), Number(row?.[1] ?? 0)];
  }
}
