import { hash } from 'node:crypto';
import type { AccessKey } from '../../contract/access-key.ts';
import { systemCaller } from '../../contract/call.ts';
import { withImplied } from '../../contract/scope-names.ts';
import { type Log, OutageLog } from '../../transact/log.ts';
import type { Read } from '../stock/stock-reader.ts';
import { KEYS_KEY, keysIn, statusOfKey, type StoredKey } from './key-documents.ts';

/** While keys are in use they are read again this often, without delaying a call. */
const REFRESH_MS = 500;
/** A call with a key waits for a read if the last one began longer ago. A revocation has to be in force in a second. */
const STALE_MS = 900;
/** A call with an unknown key waits for a read that begins after it. This is the least time between such reads. */
const MISS_GAP_MS = 100;

const KEY_PREFIX = 'hf_live_';
const KEY_PATTERN = /^hf_live_[\w-]{43}$/;

/** Returns a key of 32 random bytes. */
export const keyOf = (random: Buffer): string => KEY_PREFIX + random.toString('base64url');
export const hashOfKey = (key: string): string => hash('sha256', key, 'base64url');

interface Known {
  stored: StoredKey;
  access: AccessKey;
}

/**
 * The keys of a shop in the memory of a process. A look-up costs one hash and one entry of a map, whose time does not
 * depend on the characters that a guess has in common with a key. There is no timer: a process whose keys are not in
 * use reads nothing.
 */
export class KeyRegistry {
  readonly #read: Read;
  readonly #onUse: (keyId: string, at: number) => void;
  readonly #clock: () => number;
  readonly #outages: OutageLog;
  #known: ReadonlyMap<string, Known> = new Map();
  #version: number | 'absent' | null = null;
  /** When the last successful read began, and when the last read began, by the clock of the process. */
  #asOf = -Infinity;
  #lastBegan = -Infinity;
  /** Shop time minus the clock of the process. */
  #offset = 0;
  #reading: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(parts: {
    read: Read;
    log: Log;
    onUse: (keyId: string, at: number) => void;
    clock?: () => number;
  }) {
    this.#read = parts.read;
    this.#onUse = parts.onUse;
    this.#clock = parts.clock ?? (() => performance.now());
    const lines = {
      failed: 'the keys cannot be read; those of the last read count',
      recovered: 'the keys are read again',
    };
    this.#outages = new OutageLog(parts.log, lines);
  }

  get isUncertain(): boolean {
    return this.#outages.isFailing();
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
    if (!this.#known.has(hashOfKey(key))) return this.refresh(MISS_GAP_MS);
    const age = this.#clock() - this.#asOf;
    if (age >= STALE_MS) return this.refresh();
    if (age >= REFRESH_MS && !this.#reading) void this.#begin();
    return null;
  }

  /** Resolves after a read of the keys that begins now, or `gapMs` after the last one. Never rejects. */
  refresh(gapMs = 0): Promise<void> {
    this.#next ??= this.#readNext(gapMs);
    return this.#next;
  }

  async #readNext(gapMs: number): Promise<void> {
    await this.#reading;
    const restMs = this.#lastBegan + gapMs - this.#clock();
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    // From here on another call needs another read.
    this.#next = null;
    await this.#begin();
  }

  #begin(): Promise<void> {
    const began = this.#clock();
    this.#lastBegan = began;
    const reading = this.#outages
      .attempt(() => this.#load(began))
      .then(() => {
        if (this.#reading === reading) this.#reading = null;
      });
    this.#reading = reading;
    return reading;
  }

  async #load(began: number): Promise<void> {
    const view = await this.#read({ documents: [KEYS_KEY] });
    const { value, version } = keysIn(view);
    if (version !== this.#version) this.#known = new Map(value.map((stored) => [stored.hash, knownKey(stored)]));
    this.#version = version;
    this.#asOf = began;
    this.#offset = view.at - this.#clock();
  }
}

function knownKey(stored: StoredKey): Known {
  const { keyId, name, scopes, ratePerMinute = null } = stored;
  const access = { keyId, name, scopes: withImplied(scopes), ratePerMinute, caller: systemCaller(`key:${name}`) };
  return { stored, access };
}
