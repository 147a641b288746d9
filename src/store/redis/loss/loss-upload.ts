import type { Redis } from 'ioredis';
import type { LostWrites } from '../../loss-recovery.ts';
import type { ScriptCalls } from '../scripts/script-calls.ts';
import type { Loss, Raise } from './lost-writes.ts';
import type { KnownBatch, RecentWrites } from './recent-writes.ts';

/** The characters of one command, so that it does not delay other shops on the server. */
const CHUNK_CHARACTERS = 256 * 1_024;

interface UploadOptions {
  shop: string;
  calls: ScriptCalls;
  recent: RecentWrites;
  error: (line: string) => void;
}

/** Writes the lost writes that this process knows into the frozen shop, where a recovery finds them. */
export class LossUpload {
  readonly #options: UploadOptions;
  /** What was written, and the batches of it that are in the store. */
  #sent = { name: '', batches: 0, isDone: false };
  #hasFailed = false;

  constructor(options: UploadOptions) {
    this.#options = options;
  }

  /**
   * Call it on each connection that finds the shop frozen. It continues where an earlier call stopped, and begins again
   * on another run of the server, which may have lost this as well. A failure is logged, and tried again.
   */
  async send(redis: Redis, { loss, server, raises }: { loss: Loss; server: string; raises: readonly Raise[] }) {
    const { shop, recent, error } = this.#options;
    const name = `${server} ${loss.kept} ${loss.last}`;
    if (this.#sent.name !== name) this.#sent = { name, batches: 0, isDone: false };
    if (this.#sent.isDone) return;
    const known = [...skippedSequences(raises, loss), ...recent.after(loss.kept)];
    try {
      while (this.#sent.batches < known.length) await this.#sendChunk(redis, known);
      this.#sent.isDone = true;
    } catch (reason) {
      if (!this.#hasFailed)
        error(`the lost writes of shop ${shop} that this process knows cannot be stored: ${reason}`);
      this.#hasFailed = true;
    }
  }

  async #sendChunk(redis: Redis, known: readonly KnownBatch[]): Promise<void> {
    const fields: string[] = [];
    let characters = 0;
    let { batches } = this.#sent;
    for (; batches < known.length && characters < CHUNK_CHARACTERS; batches += 1) {
      const batch = known[batches];
      const text = JSON.stringify(batch);
      fields.push(String(batch?.through), text);
      characters += text.length;
    }
    await this.#options.calls.run(redis, 'keep-lost', fields);
    this.#sent.batches = batches;
  }
}

/**
 * Returns the sequences that an epoch within the loss has skipped. No process knows a write for them. The epoch that
 * the loss itself has begun is above it: what that one has skipped are the lost writes.
 */
export const skippedSequences = (raises: readonly Raise[], loss: LostWrites): KnownBatch[] =>
  raises
    .filter(({ first, kept }) => kept >= loss.kept && first <= loss.last)
    .map(({ first, kept }) => ({ after: kept, through: first, at: 0, bounds: null, writes: [] }));
