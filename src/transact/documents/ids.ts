import { hash } from 'node:crypto';
import { jsonString } from '../../domain/json-text.ts';
import type { Runtime } from '../../runtime/runtime.ts';

/** 64 characters in the order of their codes, so that encoded numbers sort like the numbers. */
const ALPHABET = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const TIME_CHARS = 8;
const RANDOM_CHARS = 11;
/**
 * Random bytes for 512 ids: the cost of a draw hardly depends on its size. A multiple of 3, so that all bytes are used.
 */
const POOLED_BYTES = (512 * RANDOM_CHARS * 3) / 4;

interface IdsParts extends Pick<Runtime, 'random'> {
  /** Epoch milliseconds. */
  now: () => number;
}

/** Generates the ids of one shop in this process. */
export class Ids {
  readonly #now: IdsParts['now'];
  readonly #random: IdsParts['random'];
  #pool = '';
  #poolUsed = 0;
  #lastId = '';
  /** The encoded time is cached, because many ids are created in one millisecond. */
  #timeMs = Number.NaN;
  #timeChars = '';

  constructor({ now, random }: IdsParts) {
    this.#now = now;
    this.#random = random;
  }

  /**
   * Returns `prefix` and 19 characters: 48 bits of milliseconds, then 66 random bits. Ids sort by their creation time,
   * because random ids scatter the writes of a tree-shaped store.
   */
  newId(prefix: string, nowMs = this.#now()): string {
    if (nowMs !== this.#timeMs) {
      this.#timeMs = nowMs;
      this.#timeChars = encodeTime(nowMs);
    }
    return prefix + this.#timeChars + this.#randomChars();
  }

  /**
   * Returns an id like `newId` that also sorts after the one before it of the same millisecond and this process. The
   * next id can be guessed from an id, so these ids must not be secrets.
   */
  nextId(prefix: string): string {
    const id = this.newId(prefix);
    const last = this.#lastId;
    const isSameTime = id.slice(0, -RANDOM_CHARS) === last.slice(0, -RANDOM_CHARS);
    this.#lastId = isSameTime && id <= last ? successor(last) : id;
    return this.#lastId;
  }

  /** Returns characters that were not returned before. Base64url has the characters of `ALPHABET` in another order. */
  #randomChars(): string {
    if (this.#poolUsed === this.#pool.length) {
      this.#pool = this.#random(POOLED_BYTES).toString('base64url');
      this.#poolUsed = 0;
    }
    this.#poolUsed += RANDOM_CHARS;
    return this.#pool.slice(this.#poolUsed - RANDOM_CHARS, this.#poolUsed);
  }
}

/** Returns the text that comes next in the order of `ALPHABET`. */
function successor(text: string): string {
  const lastChar = ALPHABET.indexOf(text.slice(-1));
  return lastChar < ALPHABET.length - 1
    ? text.slice(0, -1) + ALPHABET.charAt(lastChar + 1)
    : successor(text.slice(0, -1)) + ALPHABET.charAt(0);
}

function encodeTime(nowMs: number): string {
  let time = '';
  for (let rest = nowMs, char = 0; char < TIME_CHARS; char += 1, rest = Math.floor(rest / 64)) {
    time = ALPHABET.charAt(rest % 64) + time;
  }
  return time;
}

/** Returns 22 base64url characters of a SHA-256: 132 bits, enough to make a collision infeasible. */
export function shortHash(...parts: string[]): string {
  let text = '';
  // The length comes first, so that different lists of parts are never hashed as the same text.
  for (const part of parts) text += `${part.length}:${part}`;
  return hash('sha256', text, 'base64url').slice(0, 22);
}

const TAG_CHARS = 6;

/** Returns the 6 characters by which keys and sessions name their shop. */
export const shopTag = (shop: string): string => shortHash('shop', shop).slice(0, TAG_CHARS);

const GENERATED_KEY_PATTERN = /^gen_[-\w]{19}$/;
const GENERATED_KEY_PREFIX_CHARS = 4;
const SHORT_NAME = /^[-\w]{1,22}$/;

/**
 * Returns the id of a principal's request under a key. For a generated key it begins with the key's time, so that ids
 * grow: measured, the embedded store then applies 1.5 times as many transactions. A generated key is random enough to
 * be used without a hash.
 */
export function requestId(principal: string, key: string): string {
  if (!GENERATED_KEY_PATTERN.test(key)) return shortHash(principal, key);
  return key.slice(GENERATED_KEY_PREFIX_CHARS) + (SHORT_NAME.test(principal) ? principal : shortHash(principal));
}

/** Has no prototype, so that a field named `constructor` has no default. */
const NO_DEFAULTS: Readonly<Record<string, unknown>> = Object.create(null);

/**
 * Returns JSON with sorted keys, without `undefined` and without fields that have their default, so that equal inputs
 * have equal text. `defaults` apply to the outermost object.
 */
export function canonicalJson(value: unknown, defaults: Readonly<Record<string, unknown>> = NO_DEFAULTS): string {
  if (typeof value === 'string') return jsonString(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  const fields = value as Record<string, unknown>;
  let text = '';
  for (const name of Object.keys(fields).sort()) {
    const field = fields[name];
    if (field !== undefined && field !== defaults[name])
      text += `${text === '' ? '' : ','}${jsonString(name)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}
