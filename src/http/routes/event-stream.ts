import type { ServerResponse } from 'node:http';
import type { WatchSink } from '../../shop/watch/subscriber.ts';
import type { StockUpdate } from '../../shop/watch/watched-sku.ts';

const PING = Buffer.from('event: ping\ndata: \n\n\n');

/** An answer that goes on: server-sent events to one subscriber. */
export class EventStream implements WatchSink {
  readonly #outgoing: ServerResponse;
  readonly #frameOf: (update: StockUpdate) => Buffer;
  /** It was stuck at the last ping, and nothing has moved since. */
  #isStuck = false;

  constructor(outgoing: ServerResponse, frameOf: (update: StockUpdate) => Buffer) {
    this.#outgoing = outgoing;
    this.#frameOf = frameOf;
  }

  update(updates: readonly StockUpdate[]): boolean {
    const frames = updates.map(this.#frameOf);
    this.#isStuck = false;
    return this.#outgoing.write(frames.length === 1 && frames[0] ? frames[0] : Buffer.concat(frames));
  }

  /** Without the event by which tRPC says that nothing more will ever come: clients connect anew, to another process. */
  end(): void {
    if (this.#outgoing.writableNeedDrain) this.#outgoing.destroy();
    else this.#outgoing.end();
  }

  /** Who has not read a byte from one ping to the next is let go, and may come again. */
  ping(): void {
    if (!this.#outgoing.writableNeedDrain) {
      this.#outgoing.write(PING);
      this.#isStuck = false;
    } else if (this.#isStuck) this.#outgoing.destroy();
    else this.#isStuck = true;
  }
}
