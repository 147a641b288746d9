import { hash, randomBytes } from 'node:crypto';
import { jsonString } from '../domain/json-text.ts';

/** 64 characters in the order of their codes, so that encoded numbers sort as the numbers do. */
const ALPHABET = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const TIME_CHARS = 8;
const RANDOM_CHARS = 11;
/** Random bytes for 512 ids at once: a draw costs the same however many bytes it gives. A multiple of 3, so that all are used. */
const POOLED_BYTES = (512 * RANDOM_CHARS * 3) / 4;
let pool = '';
let poolUsed = 0;

/**
 * `prefix` and 19 characters: 48 bits of milliseconds, then 66 random bits. Ids sort by the time they were made at,
 * since random ones scatter the writes of a tree-shaped store.
 */
export function newId(prefix: string, nowMs: number): string {
  if (nowMs !== timeMs) {
    timeMs = nowMs;
    timeChars = encodeTime(nowMs);
  }
  return prefix + timeChars + randomChars();
}

/** Many ids are made in one millisecond. */
let timeMs = Number.NaN;
let timeChars = '';

function encodeTime(nowMs: number): string {
  let time = '';
  for (let rest = nowMs, char = 0; char < TIME_CHARS; char += 1, rest = Math.floor(rest / 64)) {
    time = ALPHABET.charAt(rest % 64) + time;
  }
  return time;
}

/** Characters that are given once. Base64url has the characters of `ALPHABET`, in another order. */
function randomChars(): string {
  if (poolUsed === pool.length) {
    pool = randomBytes(POOLED_BYTES).toString('base64url');
    poolUsed = 0;
  }
  poolUsed += RANDOM_CHARS;
  return pool.slice(poolUsed - RANDOM_CHARS, poolUsed);
}

/** 22 base64url characters of a SHA-256: 132 bits, enough that nobody finds two inputs with one hash. */
export function shortHash(...parts: string[]): string {
  let text = '';
  // Length first, so that no two lists of parts are hashed as the same text.
  for (const part of parts) text += `${part.length}:${part}`;
  return hash('sha256', text, 'base64url').slice(0, 22);
}

const GENERATED_KEY_PATTERN = /^gen_[-\w]{19}$/;
const GENERATED_KEY_PREFIX_CHARS = 4;
const SHORT_NAME = /^[-\w]{1,22}$/;

/**
 * The id of a principal's request under a key. Those of generated keys begin with the key's time, so that they sort by
 * it: measured, the embedded store does half as many transactions again with ids that grow. A generated key is random
 * enough to stand as it is, and a hash would only take time.
 */
export function requestId(principal: string, key: string): string {
  if (!GENERATED_KEY_PATTERN.test(key)) return shortHash(principal, key);
  return key.slice(GENERATED_KEY_PREFIX_CHARS) + (SHORT_NAME.test(principal) ? principal : shortHash(principal));
}

/** Without a prototype: a field named `constructor` has no default. */
const NO_DEFAULTS: Readonly<Record<string, unknown>> = Object.create(null);

/**
 * Returns JSON with sorted keys, without `undefined` and without fields that have their default: equal inputs give equal
 * text. `defaults` are those of the outermost object.
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
