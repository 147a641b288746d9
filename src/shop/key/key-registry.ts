import { hash, randomBytes } from 'node:crypto';
import type { AccessKey } from '../../contract/calls/access-key.ts';
import { systemCaller } from '../../contract/calls/call.ts';
import { withImplied } from '../../contract/scope-names.ts';
import { shopTag } from '../../transact/documents/ids.ts';
import type { Log } from '../../transact/log.ts';
import { PolledRead, type PollClock } from '../../transact/polled-read.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import { KEYS_KEY, keysIn, statusOfKey, type StoredKey } from './key-documents.ts';

const KEY_PREFIX = 'hf_live_';
const SECRET_PART_CHARS = 37;
const SECRET_PART_BYTES = 28;
const KEY_PATTERN = /^hf_live_[\w-]{43}$/;

/** Returns a key, of 6 characters that name the shop and 37 random ones. */
export const newKeyText = (shop: string): string =>
  KEY_PREFIX + shopTag(shop) + randomBytes(SECRET_PART_BYTES).toString('base64url').slice(0, SECRET_PART_CHARS);
export const hashOfKey = (key: string): string => hash('sha256', key, 'base64url');

interface Known {
  stored: StoredKey;
  access: AccessKey;
}

/**
 * The keys of a shop in the memory of a process. A look-up costs one hash and one entry of a map, whose time does not
 * depend on the characters that a guess has in common with a key.
 */
export class KeyRegistry {
  readonly #read: Read;
  readonly #onUse: (keyId: string, at: number) => void;
  readonly #clock: () => number;
  readonly #poll: PolledRead;
  #known: ReadonlyMap<string, Known> = new Map();
  #version: number | 'absent' | null = null;
  /** Shop time minus the clock of the process. */
  #offset = 0;

  constructor(parts: {
    read: Read;
    log: Log;
    onUse: (keyId: string, at: number) => void;
    runtime: PollClock;
  }) {
    const { read, log, onUse, runtime } = parts;
    this.#read = read;
    this.#onUse = onUse;
    this.#clock = () => runtime.nowMs();
    const lines = {
      failed: 'the keys cannot be read; those of the last read count',
      recovered: 'the keys are read again',
    };
    this.#poll = new PolledRead({ load: () => this.#load(), log, lines, runtime });
  }

  get isUncertain(): boolean {
    return this.#poll.isFailing;
  }

  find(key: string): AccessKey | null {
    const known = KEY_PATTERN.test(key) ? this.#known.get(hashOfKey(key)) : undefined;
    const at = Math.round(this.#clock() + this.#offset);
    if (!known || statusOfKey(known.stored, at) !== 'active') return null;
    this.#onUse(known.stored.keyId, at);
    return known.access;
  }

  prepare(key: string): Promise<void> | null {
    if (!KEY_PATTERN.test(key)) return null;
    return this.#known.has(hashOfKey(key)) ? this.#poll.prepare() : this.#poll.refreshOnMiss();
  }

  /** Resolves after a read of the keys that begins from now on. Never rejects. */
  refresh(): Promise<void> {
    return this.#poll.refresh();
  }

  async #load(): Promise<void> {
    const view = await this.#read({ documents: [KEYS_KEY] });
    const { value, version } = keysIn(view);
    if (version !== this.#version) this.#known = new Map(value.map((stored) => [stored.hash, knownKey(stored)]));
    this.#version = version;
    this.#offset = view.at - this.#clock();
  }
}

function knownKey(stored: StoredKey): Known {
  const { keyId, name, scopes, expiresAt = null, ratePerMinute = null } = stored;
  const caller = systemCaller(`key:${name}`);
  const access = { keyId, name, scopes: withImplied(scopes), expiresAt, ratePerMinute, caller };
  return { stored, access };
}
