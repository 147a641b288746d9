import { type Result, systemCaller } from '../../contract/calls/call.ts';
import { putDocument } from '../../transact/documents/json-document.ts';
import { type Log, OutageLog } from '../../transact/log.ts';
import type { Transactor } from '../../transact/transactor.ts';
import { KEY_USES_KEY, KEYS_KEY, keysIn, type KeyUse, keyUsesIn } from './key-documents.ts';

/** The first use of a key is written soon, and later ones once a minute. */
const FIRST_MS = 1_000;
const AGAIN_MS = 60_000;
const WRITER = { caller: systemCaller('keys') };

/**
 * Remembers when each key was last used, and writes it in the background: for each key at most once a minute, by all
 * processes together.
 */
export class KeyUses {
  readonly #transactor: Transactor;
  readonly #outages: OutageLog;
  readonly #used = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  #hasWritten = false;
  #writing: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(transactor: Transactor, log: Log) {
    this.#transactor = transactor;
    const lines = { failed: 'the last uses of keys cannot be written', recovered: 'the last uses of keys are written' };
    this.#outages = new OutageLog(log, lines);
  }

  note(keyId: string, at: number): void {
    this.#used.set(keyId, at);
    if (this.#timer || this.#isStopped) return;
    this.#timer = setTimeout(() => this.#writeSoon(), this.#hasWritten ? AGAIN_MS : FIRST_MS);
    this.#timer.unref();
  }

  /** Writes the uses that wait. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#writeSoon();
    await this.#writing;
  }

  #writeSoon(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#used.size === 0) return;
    this.#hasWritten = true;
    const used = [...this.#used].map(([keyId, at]): KeyUse => ({ keyId, at }));
    this.#used.clear();
    this.#writing = this.#outages.attempt(() => this.#write(used));
  }

  #write(used: readonly KeyUse[]): Promise<Result<null>> {
    return this.#transactor.run<null>({
      procedure: 'keys.uses',
      lockKeys: KEY_USES_KEY,
      input: { used },
      call: WRITER,
      reads: () => ({ documents: [KEYS_KEY, KEY_USES_KEY] }),
      compose: (view) => {
        const stored = keyUsesIn(view);
        const uses = new Map(stored.value.map(({ keyId, at }) => [keyId, at]));
        const later = used.filter(({ keyId, at }) => at - (uses.get(keyId) ?? 0) >= AGAIN_MS);
        if (later.length === 0)
          return { unchanged: null, noopStep: { kind: 'put', key: KEY_USES_KEY, expect: 'present' } };
        for (const { keyId, at } of later) uses.set(keyId, at);
        const kept = keysIn(view).value.flatMap(({ keyId }): KeyUse[] => {
          const at = uses.get(keyId);
          return at === undefined ? [] : [{ keyId, at }];
        });
        return {
          steps: [putDocument(KEY_USES_KEY, stored, kept)],
          address: null,
          answerFromCommit: () => null,
        };
      },
      answer: () => Promise.resolve({ ok: true, value: null }),
    });
  }
}
