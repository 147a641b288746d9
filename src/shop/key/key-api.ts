import type { AccessKey } from '../../contract/calls/access-key.ts';
import type { Mutation, Query } from '../../contract/calls/call.ts';
import type { KeyCreateInput, KeyRevokeInput, Nothing } from '../../contract/inputs/inputs.ts';
import type { CreatedKey, ShownKey } from '../../contract/outputs/key-outputs.ts';

export interface KeyService {
  /**
   * Creates a key. Its text is in this answer only. Refused `invalid_input` for an `expiresAt` in the past, and above
   * the maximum number of valid keys.
   */
  create: Mutation<KeyCreateInput, CreatedKey>;
  /** Returns all keys, the oldest first, with those that are revoked or expired. */
  list: Query<Nothing, { items: ShownKey[] }>;
  /** Revokes a key: at once in this process, and within a second in all others. Refused `unknown_key`. */
  revoke: Mutation<KeyRevokeInput, { keyId: string }>;
  /** Returns the valid key of a text such as `hf_live_...`; null for any other text. `prepare` has to come before. */
  find(key: string): AccessKey | null;
  /**
   * Returns null if `find` may decide now. Otherwise returns a promise that resolves when the keys have been read
   * again. It never rejects.
   */
  prepare(key: string): Promise<void> | null;
  /** Whether the last read of the keys has failed, so that `find` may not know a new key. */
  readonly isUncertain: boolean;
  /** Writes the last uses that wait, and ends the timer. Idempotent. */
  stop(): Promise<void>;
}
