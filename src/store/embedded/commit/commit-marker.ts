import { type MetaRows, metaRow } from '../tables/meta-rows.ts';

const KEY = 'commit';

/** The number of the group that was committed last, and of the one before: what tells whether a commit took place. */
export class CommitMarker {
  readonly #meta: MetaRows;

  constructor(meta: MetaRows) {
    this.#meta = meta;
  }

  /** Written by every group, so that none is an empty transaction: LMDB flushes nothing for such. */
  put(group: number): void {
    this.#meta.put(KEY, [group, this.last()]);
  }

  last(): number {
    return this.#read()[0];
  }

  /**
   * Whether a group whose commit failed has left nothing behind: the last commit is from before it, or is the next one
   * and says that it followed an earlier one. At most two groups are ever under way, so there is no third case to know.
   */
  lacks(group: number): boolean {
    const [last, previous] = this.#read();
    return last < group || (last === group + 1 && previous < group);
  }

  #read(): [last: number, previous: number] {
    const row = metaRow(this.#meta, KEY);
    return [Number(row?.[0] ?? 0), Number(row?.[1] ?? 0)];
  }
}
