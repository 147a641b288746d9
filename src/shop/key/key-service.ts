import type { KeyCreateInput, KeyRevokeInput } from '../../contract/inputs/inputs.ts';
import type { CreatedKey, ShownKey } from '../../contract/outputs/key-outputs.ts';
import { type Call, invalid, ok, type Refusal, type Result } from '../../contract/calls/call.ts';
import type { Store } from '../../store/store.ts';
import { putDocument } from '../../transact/documents/json-document.ts';
import type { Log } from '../../transact/log.ts';
import type { PollClock } from '../../transact/polled-read.ts';
import type { BegunCall } from '../../transact/begun-call.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import { type EventParts, eventStep } from '../event/event-document.ts';
import type { KeyService } from './key-api.ts';
import { KEYS_KEY, KEYS_MAX, KEY_USES_KEY, keysIn, keyUsesIn, statusOfKey, type StoredKey } from './key-documents.ts';
import { hashOfKey, KeyRegistry, newKeyText } from './key-registry.ts';
import { KeyUses } from './key-uses.ts';

export interface KeyParts extends EventParts {
  store: Pick<Store, 'shop'>;
  read: Read;
  transactor: Transactor;
  log: Log;
  runtime: PollClock;
}

export function createKeyService(parts: KeyParts): KeyService {
  const uses = new KeyUses(parts.transactor, parts.log);
  const registry = new KeyRegistry({ ...parts, onUse: (keyId, at) => uses.note(keyId, at) });
  /** A change of the keys is in force in this process before the answer. */
  const { waits } = parts.transactor;
  const known = async <T>(call: Call, change: (begun: BegunCall) => Promise<Result<T>>): Promise<Result<T>> => {
    const begun = waits.begun(call);
    const result = await change(begun);
    if (result.ok) await waits.after(begun, registry.refresh());
    return result;
  };
  return {
    create: (input, call) => known(call, (begun) => createKey(parts, input, begun)),
    list: () => listKeys(parts),
    revoke: (input, call) => known(call, (begun) => revokeKey(parts, input, begun)),
    find: (key) => registry.find(key),
    prepare: (key) => registry.prepare(key),
    get isUncertain() {
      return registry.isUncertain;
    },
    stop: () => uses.stop(),
  };
}

/** The key's text exists in this call alone, so a call that repeats an earlier one cannot return it. */
function createKey(parts: KeyParts, input: KeyCreateInput, call: Call): Promise<Result<CreatedKey>> {
  const { transactor, ids } = parts;
  const key = newKeyText(parts.store.shop);
  const own = ids.newId('key_');
  return transactor.run({
    procedure: 'keys.create',
    lockKeys: KEYS_KEY,
    input,
    call,
    reads: () => ({ documents: [KEYS_KEY] }),
    compose: (view) => {
      if (input.expiresAt !== undefined && input.expiresAt <= view.at) {
        return invalid('expiresAt', 'must be a time in the future, in epoch milliseconds');
      }
      const stored = keysIn(view);
      const others = withRoom(stored.value, view.at);
      if (!others) return invalid('name', `is one too many: a shop has at most ${KEYS_MAX} valid keys`);
      const created = newKey(input, {
        keyId: own,
        hash: hashOfKey(key),
        createdAt: view.at,
        createdBy: call.caller.principal,
      });
      const event = eventStep(parts, call, { what: 'keys.create', after: describedKey(created), reason: input.reason });
      return {
        steps: [putDocument(KEYS_KEY, stored, [...others, created]), event],
        address: null,
        effectReference: own,
      };
    },
    answer: async ({ reference }) => {
      const keyId = reference ?? '';
      return ok(keyId === own ? { keyId, key } : { keyId });
    },
  });
}

const newKey = (
  { name, scopes, expiresAt, ratePerMinute }: KeyCreateInput,
  fixed: Pick<StoredKey, 'keyId' | 'hash' | 'createdAt' | 'createdBy'>,
): StoredKey => ({
  ...fixed,
  name,
  scopes: [...new Set(scopes)],
  ...(expiresAt === undefined ? {} : { expiresAt }),
  ...(ratePerMinute === undefined ? {} : { ratePerMinute }),
});

/** Returns the keys without the oldest ended one if there is no room for another; null if all are valid. */
function withRoom(keys: readonly StoredKey[], at: number): readonly StoredKey[] | null {
  if (keys.length < KEYS_MAX) return keys;
  const ended = keys.find((key) => statusOfKey(key, at) !== 'active');
  return ended ? keys.filter((key) => key !== ended) : null;
}

/** Returns the fields of a key that events show. */
const describedKey = ({ keyId, name, scopes, expiresAt }: StoredKey) => ({
  keyId,
  name,
  scopes,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

const unknownKey = (keyId: string): Refusal => ({ reason: 'unknown_key', meta: { keyId } });

/** Revoking a key again changes nothing. */
function revokeKey(parts: KeyParts, input: KeyRevokeInput, call: Call): Promise<Result<{ keyId: string }>> {
  const { keyId, reason } = input;
  return parts.transactor.run({
    procedure: 'keys.revoke',
    lockKeys: KEYS_KEY,
    input,
    call,
    reads: () => ({ documents: [KEYS_KEY] }),
    compose: (view) => {
      const stored = keysIn(view);
      const found = stored.value.find((one) => one.keyId === keyId);
      if (!found) return { refusal: unknownKey(keyId) };
      if (found.revokedAt !== undefined) {
        return { unchanged: { keyId }, noopStep: { kind: 'put', key: KEYS_KEY, expect: 'present' } };
      }
      const keys = stored.value.map((one) => (one === found ? { ...one, revokedAt: view.at } : one));
      const event = eventStep(parts, call, { what: 'keys.revoke', before: describedKey(found), reason });
      return { steps: [putDocument(KEYS_KEY, stored, keys), event], address: null, effectReference: keyId };
    },
    answer: () => Promise.resolve(ok({ keyId })),
  });
}

async function listKeys({ read }: KeyParts): Promise<Result<{ items: ShownKey[] }>> {
  const view = await read({ documents: [KEYS_KEY, KEY_USES_KEY] });
  const uses = new Map(keyUsesIn(view).value.map(({ keyId, at }) => [keyId, at]));
  const items = keysIn(view).value.map((stored): ShownKey => {
    const { hash: _, scopes, ...shown } = stored;
    const lastUsedAt = uses.get(stored.keyId);
    return {
      ...shown,
      scopes: [...scopes],
      status: statusOfKey(stored, view.at),
      ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
    };
  });
  return ok({ items });
}
