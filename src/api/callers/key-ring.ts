import { hash } from 'node:crypto';
import { type AccessKey, ROOT_KEY } from '../../contract/calls/access-key.ts';
import type { KeyService } from '../../shop/key/key-api.ts';

const BEARER = /^bearer +(\S+)$/i;

export interface KeyRingOptions {
  /** `OPERATOR_KEY`, and `OPERATOR_KEY_PREVIOUS` while it is replaced. */
  rootKeys: readonly string[];
  /** The keys that were created by `keys.create`. */
  issued: Pick<KeyService, 'find' | 'prepare' | 'isUncertain'>;
}

/** Finds the key of an `Authorization` header. Keys are compared by their hashes, so the time reveals nothing. */
export class KeyRing {
  readonly #rootHashes: ReadonlySet<string>;
  readonly #issued: KeyRingOptions['issued'];

  constructor({ rootKeys, issued }: KeyRingOptions) {
    this.#rootHashes = new Set(rootKeys.map(tokenHash));
    this.#issued = issued;
  }

  /** Returns the valid key of a header; null for a wrong, expired or revoked one. `prepare` has to come before. */
  of(authorization: string): AccessKey | null {
    const token = tokenOf(authorization);
    if (token === undefined) return null;
    return this.#rootHashes.has(tokenHash(token)) ? ROOT_KEY : this.#issued.find(token);
  }

  /** Returns null if `of` may decide now, and otherwise a promise that never rejects. */
  prepare(authorization: string): Promise<void> | null {
    const token = tokenOf(authorization);
    return token === undefined ? null : this.#issued.prepare(token);
  }

  /** Whether a key that is not found may be valid, because the keys could not be read. */
  get isUncertain(): boolean {
    return this.#issued.isUncertain;
  }
}

/** Returns the key of an `Authorization` header; undefined for a header of another kind. */
export const tokenOf = (authorization: string): string | undefined => BEARER.exec(authorization)?.[1];
const tokenHash = (token: string): string => hash('sha256', token, 'base64url');
