import { acceptedLoss, lossReport } from './recovery-outputs.ts';
import { z } from 'zod';
import { adminEvent, customerExport, audit, clock, indexRepair, sessionBlock } from './admin-outputs.ts';
import { cartAddition, cartMerge, cartOutput } from './cart-outputs.ts';
import type { ProcedureName } from '../inputs/inputs.ts';
import { createdKey, keyHolder, accessKeyOutput } from './key-outputs.ts';
import { ledgerFollowers } from './ledger-outputs.ts';
import { location } from './location-outputs.ts';
import { order } from './order-outputs.ts';
import { pageOf, string, moment, natural } from '../output-fields.ts';
import { reservation } from './reservation-outputs.ts';
import {
  availability,
  importReport,
  movementPage,
  releasedHolds,
  shownHold,
  stockLevel,
  writtenOff,
  topHoldersOutput,
} from './stock-outputs.ts';
import { listedShop, shownShop } from './shop-outputs.ts';
import { shopStatus } from './status-outputs.ts';
import { transfer } from './transfer-outputs.ts';
import {
  deadLetter,
  endpointSecret,
  endpointStatus,
  shownEndpoint,
  waitingEvent,
  webhookDelivery,
} from './webhook-outputs.ts';

/**
 * The output of every procedure. The server imports only the types, because validating each answer would slow down
 * every call (docs/rest.md). The OpenAPI document is generated from the schemas, and tests validate real answers with
 * them.
 */

const countAnswer = z.strictObject({ count: natural.meta({ description: 'The orders that were changed.' }) });

export const OUTPUTS = {
  'session.create': z.strictObject({
    sessionId: string,
    expiresAt: moment,
    /** Names the session in admission tokens, and to operators. It is not a secret. */
    subject: string,
  }),
  'session.revoke': z.strictObject({ revoked: z.literal(true) }),
  'sessions.block': z.strictObject({ blocked: z.literal(true), until: moment }),
  'sessions.unblock': z.strictObject({ blocked: z.literal(false) }),
  'sessions.blocks': pageOf(sessionBlock),
  'stock.define': stockLevel,
  'stock.receive': stockLevel,
  'stock.adjust': stockLevel,
  'stock.count': stockLevel,
  'stock.archive': stockLevel,
  'stock.writeOff': writtenOff,
  'stock.level': stockLevel,
  'stock.list': pageOf(stockLevel),
  'stock.history': movementPage,
  'stock.availability': z.array(availability),
  'stock.importStatus': importReport.nullable(),
  'locations.define': location,
  'locations.list': z.strictObject({ items: z.array(location) }),
  'transfers.create': transfer,
  'transfers.dispatch': transfer,
  'transfers.receive': transfer,
  'transfers.cancel': transfer,
  'transfers.get': transfer,
  'transfers.list': pageOf(transfer),
  'holds.list': pageOf(shownHold),
  'holds.release': stockLevel,
  'holds.releaseWhere': releasedHolds,
  'holds.top': topHoldersOutput,
  'cart.get': cartOutput,
  'cart.add': cartAddition,
  'cart.setQuantity': cartOutput,
  'cart.remove': cartOutput,
  'cart.clear': cartOutput,
  'cart.extend': cartOutput,
  'cart.merge': cartMerge,
  'checkout.place': order,
  'checkout.begin': order,
  'checkout.confirm': order,
  'checkout.attachPayment': order,
  'checkout.cancel': order,
  'orders.get': order,
  'orders.list': pageOf(order),
  'orders.mine': pageOf(order),
  'orders.return': order,
  'orders.fulfil': order,
  'orders.cancelLine': order,
  'orders.setLineQuantity': order,
  'orders.purge': countAnswer,
  'orders.redact': countAnswer,
  'reservations.create': reservation,
  'reservations.get': reservation,
  'reservations.list': pageOf(reservation),
  'reservations.extend': reservation,
  'reservations.resize': reservation,
  'reservations.commit': reservation,
  'reservations.fulfil': reservation,
  'reservations.release': reservation,
  'reservations.transfer': reservation,
  'customers.export': customerExport,
  'admin.audit': audit,
  'admin.events': pageOf(adminEvent),
  'admin.status': shopStatus,
  'admin.clock': clock,
  'admin.acceptClock': clock,
  'admin.repairIndexes': indexRepair,
  'admin.loss': lossReport,
  'admin.recover': acceptedLoss,
  'ledger.removeFollower': ledgerFollowers,
  'webhooks.create': endpointSecret,
  'webhooks.list': z.strictObject({ items: z.array(endpointStatus) }),
  'webhooks.update': shownEndpoint,
  'webhooks.rotateSecret': endpointSecret,
  'webhooks.delete': z.strictObject({ endpointId: string }),
  'webhooks.waiting': pageOf(waitingEvent),
  'webhooks.deliveries': z.strictObject({ items: z.array(webhookDelivery) }),
  'webhooks.deadLetters': pageOf(deadLetter),
  'webhooks.replay': z.strictObject({ replayed: natural, deadLetters: natural }),
  'keys.create': createdKey,
  'keys.list': z.strictObject({ items: z.array(accessKeyOutput) }),
  'keys.revoke': z.strictObject({ keyId: string }),
  'keys.whoami': keyHolder,
  'shops.create': shownShop,
  'shops.suspend': shownShop,
  'shops.resume': shownShop,
  'shops.list': z.strictObject({ items: z.array(listedShop) }),
} satisfies { [P in Exclude<ProcedureName, 'stock.watch'>]: z.ZodType };

/** The name of a query or a mutation: `stock.watch` is a subscription. */
export type Path = keyof typeof OUTPUTS;

export type OutputOf<P extends Path> = z.output<(typeof OUTPUTS)[P]>;
