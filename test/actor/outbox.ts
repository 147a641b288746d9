/** A batch that was sent and has not been answered. */
export interface Sent<Item, Answer> {
  readonly items: readonly Item[];
  answer(answers: readonly Answer[]): void;
  fail(error: unknown): void;
}

/** The far end of a batcher, for tests that decide themselves when and how each batch ends. */
export class Outbox<Item, Answer = Item> {
  /** Everything that was ever sent, in the order of sending. */
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

  /** Answers the oldest open batch, each item with what `answerOf` makes of it, and lets the batcher go on. */
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

/** Lets everything happen that needs no more than a turn or two of the event loop. */
export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
