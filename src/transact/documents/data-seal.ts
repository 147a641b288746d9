import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { shortHash } from './ids.ts';

/** `sealed:1:<key id>:<nonce, tag and ciphertext in base64url>`. The number is the version of the form. */
const SEALED_PREFIX = 'sealed:1:';
const ALGORITHM = 'aes-256-gcm';
const SEAL_KEY_BYTES = 32;
const KEY_ID_CHARS = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

interface SealingKey {
  id: string;
  key: Buffer;
}

export interface DataSealOptions {
  /** The keys of several shops differ even if they are derived from the same `key`. */
  shop: string;
  /** 32 bytes. Absent: texts are stored as they are. */
  key?: Buffer | undefined;
  /** The previous key: 32 bytes. It opens texts and never seals one. */
  previousKey?: Buffer | undefined;
  /** Called once for each key id whose texts cannot be opened. */
  onUnreadable?: (keyId: string) => void;
}

/**
 * Encrypts texts for the store with AES-256-GCM and a random nonce. `about` names the place of a text in the store, for
 * example the key of its document. It is authenticated, so a text that was copied to another place does not open there.
 */
export class DataSeal {
  readonly #current: SealingKey | null;
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #onUnreadable: (keyId: string) => void;
  readonly #unreadable = new Set<string>();

  constructor({ shop, key, previousKey, onUnreadable = () => undefined }: DataSealOptions) {
    const given = [key, previousKey].map((one) => one && derived(shop, one));
    this.#current = given[0] ?? null;
    this.#keys = new Map(given.flatMap((one) => (one ? [[one.id, one.key]] : [])));
    this.#onUnreadable = onUnreadable;
  }

  /** Returns the text in the form for the store. */
  seal(text: string, about: string): string {
    if (!this.#current) return text;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#current.key, nonce).setAAD(Buffer.from(about));
    const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
    const payload = Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    return `${SEALED_PREFIX}${this.#current.id}:${payload.toString('base64url')}`;
  }

  /** Returns the text; null if it was changed or moved, or if its key is unknown. A plain text is returned as it is. */
  open(stored: string, about: string): string | null {
    if (!stored.startsWith(SEALED_PREFIX)) return stored;
    const id = keyIdOf(stored);
    const key = this.#keys.get(id);
    const text = key === undefined ? null : decrypted(stored.slice(SEALED_PREFIX.length + id.length + 1), key, about);
    if (text === null) this.#noteUnreadable(id);
    return text;
  }

  /** Returns a stored text under the current key. A text that cannot be opened stays as it is. */
  renew(stored: string, about: string): string {
    const isCurrent = isSealed(stored) && keyIdOf(stored) === this.#current?.id;
    const text = isCurrent ? null : this.open(stored, about);
    return text === null ? stored : this.seal(text, about);
  }

  #noteUnreadable(id: string): void {
    if (this.#unreadable.has(id)) return;
    this.#unreadable.add(id);
    this.#onUnreadable(id);
  }
}

/** The seal of a shop without keys. */
export const NO_SEAL = new DataSeal({ shop: '' });

export const isSealed = (stored: string): boolean => stored.startsWith(SEALED_PREFIX);

const keyIdOf = (stored: string): string => stored.slice(SEALED_PREFIX.length, SEALED_PREFIX.length + KEY_ID_CHARS);

function derived(shop: string, key: Buffer): SealingKey {
  if (key.length !== SEAL_KEY_BYTES) throw new RangeError(`a data key has ${SEAL_KEY_BYTES} bytes`);
  const own = Buffer.from(hkdfSync('sha256', key, '', `holdfast data ${shop}`, SEAL_KEY_BYTES));
  return { id: shortHash('data key', own.toString('base64')).slice(0, KEY_ID_CHARS), key: own };
}

function decrypted(payload: string, key: Buffer, about: string): string | null {
  const bytes = Buffer.from(payload, 'base64url');
  const [nonce, tag] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)];
  if (tag.length !== TAG_BYTES) return null;
  const decipher = createDecipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(about)).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
