import type { Contact } from '../../../contract/outputs/order-outputs.ts';
import type { DataSeal } from '../../../transact/documents/data-seal.ts';
import { orderKey } from '../../../transact/documents/names.ts';

/** A contact as an order's body has it: sealed, or plain in a shop without a data key. */
export type StoredContact = Contact | string;

/** Returns the contact under the current key. A contact that cannot be opened stays as it is. */
export const renewContact = (seal: DataSeal, orderId: string, stored: StoredContact): StoredContact =>
  plainOr(seal.renew(typeof stored === 'string' ? stored : JSON.stringify(stored), orderKey(orderId)));

/** Returns the contact; undefined if it cannot be opened. The order is then shown without it. */
export function openContact(seal: DataSeal, orderId: string, stored: StoredContact): Contact | undefined {
  if (typeof stored !== 'string') return stored;
  const text = seal.open(stored, orderKey(orderId));
  return text === null ? undefined : (JSON.parse(text) as Contact);
}

const plainOr = (text: string): StoredContact => (text.startsWith('{') ? (JSON.parse(text) as Contact) : text);
