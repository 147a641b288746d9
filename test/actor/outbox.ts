/** A batch that was sent and is not answered yet. */
export interface Sent<Item, Answer> {
  readonly items: readonly Item[];
  answer(answers: readonly Answer[]): void;
  fail(error: unknown): void;
}

/** The receiving side of a batcher, for tests that decide when and how each batch ends. */
export class Outbox<Item, Answer = Item> {
  /** All batches that were sent, in order. */
  readonly log: (readonly Item[])[] = [];
  readonly open: Sent<Item, Answer>[] = [];
  openMost = 0;

  readonly send = (items: readonly Item[]): Promise<readonly Answer[]> =>
    new Promise((resolve, reject) => {
      this.log.push(items);
      const sent: Sent<Item, Answer> = {
        items,
        answer: (answers) => this.#end(sent, () => resolve(answers)),
        fail: (error) => this.#end(sent, () => reject(error as Error)),
      };
      this.open.push(sent);
      this.openMost = Math.max(this.openMost, this.open.length);
    });

  /** Answers each item of the oldest open batch with `answerOf`, and lets the batcher continue. */
  async answerOldest(answerOf: (item: Item) => Answer): Promise<void> {
    const sent = this.open[0];
    sent?.answer(sent.items.map(answerOf));
    await turns();
  }

  async failOldest(error: unknown): Promise<void> {
    this.open[0]?.fail(error);
    await turns();
  }

  #end(sent: Sent<Item, Answer>, end: () => void): void {
    this.open.splice(this.open.indexOf(sent), 1);
    end();
  }
}

/** Waits for a few turns of the event loop, so that all pending work of the batcher is done. */
export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
