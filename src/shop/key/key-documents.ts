import type { Scope } from '../../contract/scope-names.ts';
import type { Snapshot } from '../../store/store.ts';
import { documentIn, type StoredDocument } from '../../transact/documents/json-document.ts';

/** All keys of a shop are in one document, which each process keeps in memory. */
export const KEYS_KEY = 'keys:registry';
/** The last uses are in a document of their own, because they change far more often than the keys. */
export const KEY_USES_KEY = 'keys:uses';
/** This many keys fit into a document, even with the longest names and all scopes. */
export const KEYS_MAX = 400;

/** A key as it is stored. The key itself is not: `hash` is its SHA-256. */
export interface StoredKey {
  keyId: string;
  name: string;
  scopes: readonly Scope[];
  hash: string;
  createdAt: number;
  createdBy: string;
  expiresAt?: number;
  revokedAt?: number;
  ratePerMinute?: number;
}

/** The last use of a key, in shop time. */
export interface KeyUse {
  keyId: string;
  at: number;
}

export const keysIn = (view: Snapshot): StoredDocument<StoredKey[]> => documentIn(view, KEYS_KEY, []);
export const keyUsesIn = (view: Snapshot): StoredDocument<KeyUse[]> => documentIn(view, KEY_USES_KEY, []);

/** Returns whether a key is valid at `at`, in shop time. */
export function statusOfKey({ expiresAt, revokedAt }: StoredKey, at: number): 'active' | 'expired' | 'revoked' {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt <= at ? 'expired' : 'active';
}
