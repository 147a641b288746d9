/**
 * What is left to send again of batches that failed as a whole, as pieces that each go as a batch of their own.
 *
 * A failed piece is halved until the item that fails stands alone: one bad item among 256 costs 16 more sends, where
 * sending each alone costs 256. Within one failed batch the order of the items is kept.
 */
export class BatchSplitter<T> {
  /** Last to be sent first, so that taking a piece and putting its halves in its place are both O(1). */
  #pieces: T[][] = [];
  #items = 0;

  /** Items in all pieces. */
  get items(): number {
    return this.#items;
  }

  /** Adds the halves of a batch, of two items or more, that failed when it was first sent: they go last. */
  addBatch(batch: readonly T[]): void {
    const [front, rear] = halves(batch);
    this.#pieces.unshift(rear, front);
    this.#items += batch.length;
  }

  /** Puts the halves of a piece, of two items or more, that failed again back where the piece was: they go next. */
  addPiece(piece: readonly T[]): void {
    const [front, rear] = halves(piece);
    this.#pieces.push(rear, front);
    this.#items += piece.length;
  }

  /** Takes the piece that is to be sent next. */
  take(): T[] | undefined {
    const piece = this.#pieces.pop();
    this.#items -= piece?.length ?? 0;
    return piece;
  }

  /** Takes everything. */
  takeAll(): T[] {
    const items = this.#pieces.reverse().flat();
    this.#pieces = [];
    this.#items = 0;
    return items;
  }
}

function halves<T>(items: readonly T[]): [T[], T[]] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}
