import type { ServerResponse } from 'node:http';
import type { WatchSink, StockUpdate } from '../../shop/watch/watched-sku.ts';

const PING = Buffer.from('event: ping\ndata: \n\n\n');

/** An answer that sends server-sent events to one subscriber. */
export class EventStream implements WatchSink {
  readonly #outgoing: ServerResponse;
  readonly #frameOf: (update: StockUpdate) => Buffer;
  /** The subscriber had not read everything at the last ping. */
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

  /** Ends without tRPC's event for a finished subscription, so that clients reconnect, to another process. */
  end(): void {
    if (this.#outgoing.writableNeedDrain) this.#outgoing.destroy();
    else this.#outgoing.end();
  }

  /** Disconnects a subscriber that has read nothing between two pings. It may reconnect. */
  ping(): void {
    if (!this.#outgoing.writableNeedDrain) {
      this.#outgoing.write(PING);
      this.#isStuck = false;
    } else if (this.#isStuck) this.#outgoing.destroy();
    else this.#isStuck = true;
  }
}
