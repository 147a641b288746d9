/**
 * The pieces of batches that failed as a whole. Each piece is sent again as a batch of its own.
 *
 * A piece that fails again is halved until the failing item is alone. So one bad item among 256 costs 16 more sends,
 * and not 256. The items of a failed batch keep their order.
 */
export class BatchSplitter<T> {
  /** In reverse sending order, so that taking a piece and putting back its halves are both O(1). */
  #pieces: T[][] = [];
  #items = 0;

  get items(): number {
    return this.#items;
  }

  /**
   * Adds the halves of a batch that failed at its first sending. They are sent last. The batch has two items or more.
   */
  addBatch(batch: readonly T[]): void {
    const [front, rear] = halves(batch);
    this.#pieces.unshift(rear, front);
    this.#items += batch.length;
  }

  /** Puts back the halves of a piece that failed again. They are sent next. The piece has two items or more. */
  addPiece(piece: readonly T[]): void {
    const [front, rear] = halves(piece);
    this.#pieces.push(rear, front);
    this.#items += piece.length;
  }

  /** Removes and returns the piece to send next. */
  take(): T[] | undefined {
    const piece = this.#pieces.pop();
    this.#items -= piece?.length ?? 0;
    return piece;
  }

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
