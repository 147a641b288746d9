import { expect, test } from 'vitest';
import { shortHash } from '../../src/transact/documents/ids.ts';
import * as names from '../../src/transact/documents/names.ts';

const { isCart, isEvent, isOrder, isOwned, isReservation, isReservedAs, isTemporary, isTransfer } = names;

/** The names of documents. They are stored, so a changed one would lose its document. */
const STORED: [expected: string, name: () => string, ...kinds: ((name: string) => boolean)[]][] = [
  ['cart:crt_s', () => names.cartKey(names.cartIdOfSession('s')), isCart],
  ['order:ord_1', () => names.orderKey('ord_1'), isOrder],
  ['reservation:rsv_1', () => names.reservationKey('rsv_1'), isReservation],
  ['transfer:trf_1', () => names.transferKey('trf_1'), isTransfer],
  [`reserved-as:${shortHash('reservation', 'ref')}`, () => names.reservedAsKey('ref'), isReservedAs],
  ['own:hash:ord_1', () => names.ownedKey('hash', 'ord_1'), isOwned],
  [`paid:${shortHash('payment', 'pi_1')}:ord_1`, () => names.paidKey('pi_1', 'ord_1'), isOwned],
  ['merge:m', () => names.mergeKey('m'), isTemporary],
  [`admission:${shortHash('admission', 'name')}`, () => names.admissionKey('name'), isTemporary],
  ['admission:given:crt_1', () => names.givenKey('crt_1'), isTemporary],
  ['import:imp_1', () => names.importKey('imp_1'), isTemporary],
  ['quota:session:1', () => names.quotaKey('session:1'), isTemporary],
  ['webhook:stock:whk_1:A.b:c-1', () => names.stockMemoryKey('whk_1', 'A.b:c-1'), isTemporary],
  [`webhook:stock:whk_1:#${shortHash('sku', 'a b')}`, () => names.stockMemoryKey('whk_1', 'a b'), isTemporary],
  ['sessions:denied:3', () => names.denialsKey(3), isTemporary],
  ['event:evt_1', () => names.eventKey('evt_1'), isEvent, isTemporary],
  [`archived:${shortHash('sku', 'A')}`, () => names.archiveKey('A')],
  ['cursor:expiry', () => names.cursorKey('expiry')],
  ['detached:ref', () => names.detachedOwner('ref')],
  [`customer:${shortHash('customer', 'c')}`, () => names.customerOwner('c')],
  ['sessions:denials', () => names.DENIALS_KEY],
  ['locations', () => names.LOCATIONS_KEY],
  ['shops', () => names.SHOPS_KEY],
];

const KINDS = [isCart, isEvent, isOrder, isOwned, isReservation, isReservedAs, isTemporary, isTransfer];

test.each(STORED)('a document has the name %s, and no other kind than its own', (expected, nameOf, ...kinds) => {
  const name = nameOf();
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
