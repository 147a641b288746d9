import { createHoldfastClient, type HoldfastClient, isRefusal } from '../../../src/client/client.ts';
import { scopeOf } from '../../../src/contract/calls/scopes.ts';
import type { Scope } from '../../../src/contract/scope-names.ts';
import type { ProcedureName } from '../../../src/contract/inputs/inputs.ts';
import { SHOP_URL } from '../places.ts';
import { learnShopTime } from '../shop-time.ts';

/** The key lives as long as the tab. No cookie has it, so another page cannot make the browser send it. */
const STORED_AT = 'holdfast.key';

/** The person at the console: what their key is called, and what it may do. */
export interface Operator {
  client: HoldfastClient;
  name: string;
  scopes: ReadonlySet<Scope>;
  /** Whether the server would admit the key to a procedure. A screen shows no button that would be refused. */
  may: (procedure: ProcedureName) => boolean;
}

export const storedKey = (): string | null => sessionStorage.getItem(STORED_AT);
export const forgetKey = (): void => sessionStorage.removeItem(STORED_AT);

/** Only keys that exist for a moment may be in an address: browsers remember addresses. */
const KEY_IN_ADDRESS = /^#key=((?:dev|demo)_[\w-]+)$/;

/** Takes the key of a shop for development or of a demo out of the address, so that its link signs in. */
export function takeKeyOfAddress(): void {
  const { hash, pathname, search } = location;
  const [, key] = KEY_IN_ADDRESS.exec(hash) ?? [];
  if (key === undefined) return;
  sessionStorage.setItem(STORED_AT, key);
  history.replaceState(null, '', pathname + search);
}

/** A person waits for the answer, so retries end sooner than those of a program. */
const RETRY = { attemptsMax: 3, totalMsMax: 6_000 };

/** Signs in with a key, and keeps it for this tab. Rejects with the error of the call if the server refuses the key. */
export async function signIn(key: string): Promise<Operator> {
  const client = createHoldfastClient({ url: SHOP_URL, operatorKey: key, retry: RETRY });
  const { name, scopes: list } = await learnShopTime(() => client.keys.whoami.query());
  sessionStorage.setItem(STORED_AT, key);
  const scopes = new Set(list);
  const may = (procedure: ProcedureName): boolean => {
    const scope = scopeOf(procedure);
    return scope === null || scopes.has(scope);
  };
  return { client, name, scopes, may };
}

/** Whether the server no longer accepts the key at all, so that the operator has to sign in again. */
export const isKeyRefused = (error: unknown): boolean =>
  isRefusal(error, 'not_authorized') && error.data.meta.scope === undefined;
