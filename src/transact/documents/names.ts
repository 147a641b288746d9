import { KNOWN_CUSTOMER_PREFIX } from '../../domain/limits.ts';
import { shortHash } from './ids.ts';

/** Keys of documents and names of owners. An owner has the same name as the document that refers to its holds. */

const CART = 'cart:';
const ORDER = 'order:';
const DETACHED = 'detached:';
const RESERVATION = 'reservation:';
const TRANSFER = 'transfer:';
const RESERVED_AS = 'reserved-as:';
const OWNED = 'own:';
const PAID = 'paid:';
const MERGE = 'merge:';
const STOCK_MEMORY = 'webhook:stock:';
const IMPORT = 'import:';
const DENIALS = 'sessions:denied:';
const ADMISSION = 'admission:';
const QUOTA = 'quota:';
const EVENT = 'event:';

/** Documents that are kept for a limited time only. */
const TEMPORARY: readonly string[] = [MERGE, STOCK_MEMORY, IMPORT, DENIALS, ADMISSION, QUOTA, EVENT];

/** Returns the id of a session's cart. Each session has exactly one. */
export const cartIdOfSession = (hash: string): string => `crt_${hash}`;
export const cartKey = (cartId: string): string => CART + cartId;
export const orderKey = (orderId: string): string => ORDER + orderId;
export const reservationKey = (reservationId: string): string => RESERVATION + reservationId;
export const transferKey = (transferId: string): string => TRANSFER + transferId;
/** Key of the document that names the reservation which has a reference, or had it last. */
export const reservedAsKey = (reference: string): string => RESERVED_AS + shortHash('reservation', reference);
/** Returns the owner of the orders of a customer: `customer:<hash>`. */
export const customerOwner = (customerId: string): string => KNOWN_CUSTOMER_PREFIX + shortHash('customer', customerId);
/** Key of an order's entry in the list of its owner. An owner is a session's hash or `customer:<hash>`. */
export const ownedKey = (owner: string, orderId: string): string => `${OWNED}${owner}:${orderId}`;
/** Key of the entry with which an order is found by the reference of its payment. */
export const paidKey = (paymentReference: string, orderId: string): string =>
  `${PAID}${shortHash('payment', paymentReference)}:${orderId}`;
/** Key of the result of a cart merge, kept for as long as the call can be repeated. */
export const mergeKey = (mergeId: string): string => MERGE + mergeId;
/** Key of the use of an admission, kept until it expires. Names are chosen outside, so only their hash is kept. */
export const admissionKey = (name: string): string => ADMISSION + shortHash('admission', name);
/** Key of the mark of a cart whose units of a protected SKU went to another session: see `admissionSteps`. */
export const givenKey = (cartId: string): string => `${ADMISSION}given:${cartId}`;
/** Key of the progress of a file's import, kept for as long as the file can be sent again. */
export const importKey = (importId: string): string => IMPORT + importId;
/** Key of the counted orders of a session, a customer or a network client. */
export const quotaKey = (holder: string): string => QUOTA + holder;
/**
 * Key of the last stock state sent to a webhook endpoint. A SKU that cannot be part of a key is replaced by its hash.
 */
export const stockMemoryKey = (endpointId: string, sku: string): string =>
  `${STOCK_MEMORY}${endpointId}:${/^[\w.:-]{1,64}$/.test(sku) ? sku : `#${shortHash('sku', sku)}`}`;
/** Key of the mark of an archived SKU. The mark is in force until the SKU changes. */
export const archiveKey = (sku: string): string => `archived:${shortHash('sku', sku)}`;
/** Key of the document that counts the changes of each page of the denied sessions. */
export const DENIALS_KEY = 'sessions:denials';
export const denialsKey = (page: number): string => DENIALS + page;
/** Key of the locations of the shop. */
export const LOCATIONS_KEY = 'locations';
/** Key of the names of the shops that a process serves beside this one. */
export const SHOPS_KEY = 'shops';
/** Key of the record of something that an operator did. Ids are time-ordered. */
export const eventKey = (eventId: string): string => EVENT + eventId;
export const cursorKey = (name: string): string => `cursor:${name}`;
export const detachedOwner = (reference: string): string => DETACHED + reference;

export const isCart = (name: string): boolean => name.startsWith(CART);
export const isOrder = (name: string): boolean => name.startsWith(ORDER);
export const isReservation = (name: string): boolean => name.startsWith(RESERVATION);
export const isTransfer = (name: string): boolean => name.startsWith(TRANSFER);
export const isReservedAs = (name: string): boolean => name.startsWith(RESERVED_AS);
/** Whether the owner of a hold is a document: a cart, an order or a reservation. */
export const hasDocument = (owner: string): boolean => isCart(owner) || isOrder(owner) || isReservation(owner);
/** Whether the document is an entry by which an order is found. */
export const isOwned = (name: string): boolean => name.startsWith(OWNED) || name.startsWith(PAID);
export const isEvent = (name: string): boolean => name.startsWith(EVENT);
/** Whether the document is kept for a limited time only. */
export const isTemporary = (name: string): boolean => TEMPORARY.some((prefix) => name.startsWith(prefix));

export const cartIdOf = (key: string): string => key.slice(CART.length);
/** Returns the order id of a key of `ownedKey` or `paidKey`. Generated ids have no colon. */
export const ownedOrderId = (key: string): string => key.slice(key.lastIndexOf(':') + 1);
export const orderIdOf = (key: string): string => key.slice(ORDER.length);
export const transferIdOf = (key: string): string => key.slice(TRANSFER.length);
export const reservationIdOf = (key: string): string => key.slice(RESERVATION.length);
