import { hash, randomFillSync } from 'node:crypto';

/** 64 characters in the order of their codes, so that encoded numbers sort as the numbers do. */
const ALPHABET = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const TIME_CHARS = 8;
const RANDOM_CHARS = 11;
/** Random bytes are drawn for this many ids at once: a draw costs the same however many bytes it gives. */
const POOLED_IDS = 512;
const pool = new Uint8Array(POOLED_IDS * RANDOM_CHARS);
let poolUsed = pool.length;

/**
 * `prefix` and 19 characters: 48 bits of milliseconds, then 66 random bits. Ids sort by the time they were made at,
 * since random ones scatter the writes of a tree-shaped store.
 */
export function newId(prefix: string, nowMs: number): string {
  if (nowMs !== timeMs) {
    timeMs = nowMs;
    timeChars = encodeTime(nowMs);
  }
  let random = '';
  for (const byte of randomChars()) random += ALPHABET.charAt(byte & 63);
  return prefix + timeChars + random;
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

/** Bytes that are given once; read them before anything else can draw. */
function randomChars(): Uint8Array {
  if (poolUsed === pool.length) {
    randomFillSync(pool);
    poolUsed = 0;
  }
  poolUsed += RANDOM_CHARS;
  return pool.subarray(poolUsed - RANDOM_CHARS, poolUsed);
}

/** 22 base64url characters of a SHA-256: 132 bits, enough that nobody finds two inputs with one hash. */
export function shortHash(...parts: string[]): string {
  let text = '';
  // Length first, so that no two lists of parts are hashed as the same text.
  for (const part of parts) text += `${part.length}:${part}`;
  return hash('sha256', text, 'base64url').slice(0, 22);
}

const GENERATED_KEY = /^gen_([-\w]{19})$/;
const SHORT_NAME = /^[-\w]{1,22}$/;

/**
 * The id of a principal's request under a key. Those of generated keys begin with the key's time, so that they sort by
 * it: measured, the embedded store does half as many transactions again with ids that grow. A generated key is random
 * enough to stand as it is, and a hash would only take time.
 */
export function requestId(principal: string, key: string): string {
  const generated = GENERATED_KEY.exec(key)?.[1];
  if (generated === undefined) return shortHash(principal, key);
  return generated + (SHORT_NAME.test(principal) ? principal : shortHash(principal));
}

/** Without a prototype: a field named `constructor` has no default. */
const NONE: Readonly<Record<string, unknown>> = Object.create(null);

/**
 * Returns JSON with sorted keys, without `undefined` and without fields that have their default: equal inputs give equal
 * text. `defaults` are those of the outermost object.
 */
export function canonicalJson(value: unknown, defaults: Readonly<Record<string, unknown>> = NONE): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  const fields = value as Record<string, unknown>;
  let text = '';
  for (const name of Object.keys(fields).sort()) {
    const field = fields[name];
    if (field !== undefined && field !== defaults[name])
      text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}
