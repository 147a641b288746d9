import { shortHash } from './ids.ts';

/** What documents and owners are called. An owner and the document that refers to its holds have the same name. */

const CART = 'cart:';
const ORDER = 'order:';
const DETACHED = 'detached:';
const OWNED = 'own:';
const MERGE = 'merge:';
const STOCK_MEMORY = 'webhook:stock:';
const IMPORT = 'import:';

export const cartKey = (cartId: string): string => CART + cartId;
export const orderKey = (orderId: string): string => ORDER + orderId;
/** The entry of an order in the list of its owner's. An owner is a session's hash or `customer:<hash>`. */
export const ownedKey = (owner: string, orderId: string): string => `${OWNED}${owner}:${orderId}`;
/** What a merge changed, kept for as long as the call can be repeated. */
export const mergeKey = (mergeId: string): string => MERGE + mergeId;
/** How far the import of a file has come, kept for as long as the file can be sent again. */
export const importKey = (importId: string): string => IMPORT + importId;
/** What an endpoint of webhooks was told of a SKU. A SKU that no document's key can hold is named by its hash. */
export const stockMemoryKey = (endpointId: string, sku: string): string =>
  `${STOCK_MEMORY}${endpointId}:${/^[\w.:-]{1,64}$/.test(sku) ? sku : `#${shortHash('sku', sku)}`}`;
/** Written when a SKU is archived; in force while the SKU has not changed since. */
export const archiveKey = (sku: string): string => `archived:${shortHash('sku', sku)}`;
export const cursorKey = (name: string): string => `cursor:${name}`;
export const detachedOwner = (reference: string): string => DETACHED + reference;

export const isCart = (name: string): boolean => name.startsWith(CART);
export const isOrder = (name: string): boolean => name.startsWith(ORDER);
export const isOwned = (name: string): boolean => name.startsWith(OWNED);
export const isMerge = (name: string): boolean => name.startsWith(MERGE);
export const isImport = (name: string): boolean => name.startsWith(IMPORT);
export const isStockMemory = (name: string): boolean => name.startsWith(STOCK_MEMORY);
/** Documents that are of use for a while only. */
export const isTemporary = (name: string): boolean => isMerge(name) || isImport(name) || isStockMemory(name);
export const isDetached = (name: string): boolean => name.startsWith(DETACHED);

export const cartIdOf = (key: string): string => key.slice(CART.length);
/** The order that an entry of `ownedKey` names: generated ids have no colon. */
export const ownedOrderId = (key: string): string => key.slice(key.lastIndexOf(':') + 1);
export const orderIdOf = (key: string): string => key.slice(ORDER.length);
