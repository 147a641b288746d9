import { expect, test } from 'vitest';
import { shortHash } from '../../src/transact/documents/ids.ts';
import * as names from '../../src/transact/documents/names.ts';

const { isCart, isEvent, isOrder, isOwned, isReservation, isReservedAs, isTemporary, isTransfer } = names;

/** The names of documents. They are stored, so a changed one would lose its document. */
const STORED: [name: string, expected: string, ...kinds: ((name: string) => boolean)[]][] = [
  [names.cartKey(names.cartIdOfSession('s')), 'cart:crt_s', isCart],
  [names.orderKey('ord_1'), 'order:ord_1', isOrder],
  [names.reservationKey('rsv_1'), 'reservation:rsv_1', isReservation],
  [names.transferKey('trf_1'), 'transfer:trf_1', isTransfer],
  [names.reservedAsKey('ref'), `reserved-as:${shortHash('reservation', 'ref')}`, isReservedAs],
  [names.ownedKey('hash', 'ord_1'), 'own:hash:ord_1', isOwned],
  [names.paidKey('pi_1', 'ord_1'), `paid:${shortHash('payment', 'pi_1')}:ord_1`, isOwned],
  [names.mergeKey('m'), 'merge:m', isTemporary],
  [names.admissionKey('name'), `admission:${shortHash('admission', 'name')}`, isTemporary],
  [names.givenKey('crt_1'), 'admission:given:crt_1', isTemporary],
  [names.importKey('imp_1'), 'import:imp_1', isTemporary],
  [names.quotaKey('session:1'), 'quota:session:1', isTemporary],
  [names.stockMemoryKey('whk_1', 'A.b:c-1'), 'webhook:stock:whk_1:A.b:c-1', isTemporary],
  [names.stockMemoryKey('whk_1', 'a b'), `webhook:stock:whk_1:#${shortHash('sku', 'a b')}`, isTemporary],
  [names.denialsKey(3), 'sessions:denied:3', isTemporary],
  [names.eventKey('evt_1'), 'event:evt_1', isEvent, isTemporary],
  [names.archiveKey('A'), `archived:${shortHash('sku', 'A')}`],
  [names.cursorKey('expiry'), 'cursor:expiry'],
  [names.detachedOwner('ref'), 'detached:ref'],
  [names.customerOwner('c'), `customer:${shortHash('customer', 'c')}`],
  [names.DENIALS_KEY, 'sessions:denials'],
  [names.LOCATIONS_KEY, 'locations'],
  [names.SHOPS_KEY, 'shops'],
];

const KINDS = [isCart, isEvent, isOrder, isOwned, isReservation, isReservedAs, isTemporary, isTransfer];

test.each(STORED)('%s is %s, and of no other kind than its own', (name, expected, ...kinds) => {
  expect(name).toBe(expected);
  expect(KINDS.filter((isKind) => isKind(name))).toEqual(KINDS.filter((isKind) => kinds.includes(isKind)));
});

test('the id of a document is what follows its kind', () => {
  expect(names.cartIdOf('cart:crt_s')).toBe('crt_s');
  expect(names.orderIdOf('order:ord_1')).toBe('ord_1');
  expect(names.transferIdOf('transfer:trf_1')).toBe('trf_1');
  expect(names.reservationIdOf('reservation:rsv_1')).toBe('rsv_1');
  expect(names.ownedOrderId('own:customer:hash:ord_1')).toBe('ord_1');
});
