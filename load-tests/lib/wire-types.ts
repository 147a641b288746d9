// What travels, as the contract names it. k6 has none of Node's types, and so cannot take those of the server's router;
// test/load/wire-types.test.ts compares the two.

export interface Money {
  amount: number;
  currency: string;
}

export interface StockLevel {
  sku: string;
  title?: string | undefined;
  unitPrice?: Money | undefined;
  onHand: number;
  reserved: number;
  available: number;
  safetyStock: number;
  limitPerCustomer?: number | undefined;
  version: number;
  updatedAt: number;
}

export interface CartLine {
  sku: string;
  quantity: number;
  unitPrice?: Money | undefined;
  repriced?: true | undefined;
  holdId: string;
  expiresAt: number;
}

export interface Cart {
  cartId: string;
  version: number;
  serverTime: number;
  expiresAt: number;
  total: Money | null;
  expired: { sku: string; quantity: number; at: number }[];
  lines: CartLine[];
}

export type OrderStatus = 'awaiting_payment' | 'placed' | 'cancelled' | 'expired' | 'refund_due';

export interface OrderLine {
  sku: string;
  quantity: number;
  returned: number;
  unitPrice?: Money | undefined;
  repriced?: true | undefined;
}

export interface Order {
  orderId: string;
  status: OrderStatus;
  createdAt: number;
  payBefore?: number | undefined;
  paymentReference?: string | undefined;
  total: Money | null;
  lines: OrderLine[];
}

/** What an operator accepts as gone. */
export interface LostWrites {
  kept: number;
  first: number;
  last: number;
  count: number;
  since: number | null;
  until: number;
}

/** A number up to 2^53 - 1, beyond that its decimal digits. */
export type UnitTotal = number | string;

export interface Audit {
  ok: boolean;
  checkedAt: number;
  skus: number;
  liveHolds: number;
  totals: {
    onHand: UnitTotal;
    reserved: UnitTotal;
    available: UnitTotal;
    received: UnitTotal;
    sold: UnitTotal;
    returned: UnitTotal;
  };
  violations: {
    rule: string;
    sku?: string | undefined;
    holdId?: string | undefined;
    found: string;
    expected: string;
  }[];
}

export interface Clock {
  at: number;
  wallAt: number;
  offsetMs: number;
  slewing: boolean;
}

export interface Page {
  cursor?: string;
  limit?: number;
}

export interface Availability {
  sku: string;
  available: number;
  status: 'in_stock' | 'low' | 'out_of_stock' | 'unknown';
}

interface Keyed {
  idempotencyKey?: string;
}

interface Checkout {
  idempotencyKey: string;
  contact?: { name?: string; email?: string; phone?: string };
  expectedTotal?: Money;
}

interface Definition {
  sku: string;
  title?: string | null;
  unitPrice?: Money | null;
  safetyStock?: number;
  limitPerCustomer?: number | null;
}

interface Endpoint {
  endpointId: string;
  url: string;
  enabled: boolean;
}

/** Every call that a scenario makes: what it takes, and what it answers. */
export interface Calls {
  'session.create': [(Keyed & { customerId?: string }) | undefined, { sessionId: string; expiresAt: number }];
  'stock.define': [Keyed & Definition, StockLevel];
  'stock.receive': [Keyed & { sku: string; quantity: number; reason?: string; reference?: string }, StockLevel];
  'stock.adjust': [Keyed & { sku: string; delta: number; reason: string; reference?: string }, StockLevel];
  'stock.count': [Keyed & { sku: string; onHand: number; expectedOnHand?: number; reason?: string }, StockLevel];
  'stock.archive': [Keyed & { sku: string; reason: string }, StockLevel];
  'stock.level': [{ sku: string }, StockLevel];
  'stock.list': [Page | undefined, { items: StockLevel[]; nextCursor?: string | undefined }];
  'stock.history': [Page & { sku: string }, { movements: { movementId: string; sku: string; kind: string }[] }];
  'stock.importStatus': [{ key: string }, { done: boolean; rows: number } | null];
  'stock.availability': [{ skus: string[] }, Availability[]];
  'holds.list': [(Page & { sku?: string }) | undefined, { items: { holdId: string; sku: string }[] }];
  'holds.release': [Keyed & { holdId: string; reason: string }, StockLevel];
  'cart.get': [undefined, Cart];
  'cart.add': [Keyed & { sku: string; quantity: number; mode?: 'exact' | 'best_effort' }, Cart & { granted: number }];
  'cart.setQuantity': [Keyed & { sku: string; quantity: number }, Cart];
  'cart.remove': [Keyed & { sku: string }, Cart];
  'cart.clear': [Keyed | undefined, Cart];
  'cart.extend': [Keyed | undefined, Cart];
  'cart.merge': [Keyed & { fromSessionId: string }, { cart: Cart }];
  'checkout.place': [Checkout & { items?: { sku: string; quantity: number }[] }, Order];
  'checkout.begin': [Checkout & { paymentWindowMs?: number; paymentReference?: string }, Order];
  'checkout.attachPayment': [Keyed & { orderId: string; paymentReference: string }, Order];
  'checkout.confirm': [Keyed & { orderId: string; paymentReference: string }, Order];
  'checkout.cancel': [Keyed & { orderId: string; reason?: string; restoreCart?: boolean }, Order];
  'orders.get': [{ orderId: string }, Order];
  'orders.list': [(Page & { status?: OrderStatus }) | undefined, { items: Order[]; nextCursor?: string | undefined }];
  'orders.mine': [Page | undefined, { items: Order[]; nextCursor?: string | undefined }];
  'orders.return': [
    {
      orderId: string;
      lines: { sku: string; quantity: number }[];
      restock: boolean;
      reason: string;
      idempotencyKey: string;
    },
    Order,
  ];
  'admin.audit': [undefined, Audit];
  'admin.clock': [undefined, Clock];
  'admin.acceptClock': [Keyed | undefined, Clock];
  'admin.repairIndexes': [Keyed | undefined, { mended: number }];
  'admin.recover': [Keyed & { acceptSequence: number }, LostWrites];
  'webhooks.create': [Keyed & { url: string; events?: 'order.refund_due'[] }, Endpoint & { secret: string }];
  'webhooks.list': [undefined, { items: Endpoint[] }];
  'webhooks.update': [Keyed & { endpointId: string; enabled?: boolean }, Endpoint];
  'webhooks.rotateSecret': [Keyed & { endpointId: string }, Endpoint & { secret: string }];
  'webhooks.delete': [Keyed & { endpointId: string }, { endpointId: string }];
  'webhooks.deadLetters': [Page & { endpointId: string }, { items: { eventId: string }[] }];
  'webhooks.replay': [Keyed & { endpointId: string }, { replayed: number; deadLetters: number }];
}

export type Path = keyof Calls;
export type InputOf<P extends Path> = Calls[P][0];
export type OutputOf<P extends Path> = Calls[P][1];
