/** What the keys of operators may do. A key has only the scopes that it was created with. */
export const SCOPES = {
  'stock:read': 'levels, lists, movements and exports of SKUs; locations; transfers',
  'stock:write': 'create and change SKUs, their prices and the units on hand; locations; transfers; imports',
  'orders:read': 'orders without contacts',
  'orders:read:contact': 'orders with the contacts of the buyers',
  'orders:write': 'place, cancel and return orders',
  'reservations:read': 'reservations',
  'reservations:write': 'create, change, dispatch and release reservations',
  'payments:confirm': 'confirm that an order was paid',
  'sessions:issue': 'issue sessions of a customer; revoke and block sessions, customers and clients',
  'holds:read': 'live holds',
  'holds:release': 'release holds',
  'webhooks:manage': 'webhook endpoints and their secrets',
  'keys:manage': 'create keys, with at most the scopes of the own key, and revoke any key',
  'audit:read': 'the audit and the events',
  'ledger:read': 'the ledger with its orders, without contacts; it is kept for followers that read it',
  'admin:manage': 'the clock, repairs and the recovery after lost writes',
  'metrics:read': 'metrics, the status of a process, and the details of readiness, where they are not public',
  'backup:read': 'a copy of all data, contacts and secrets included',
} as const;

export type Scope = keyof typeof SCOPES;
export const SCOPE_NAMES = Object.keys(SCOPES) as Scope[];

/** Who may change something may read it. */
const IMPLIED: { readonly [S in Scope]?: Scope } = {
  'stock:write': 'stock:read',
  'orders:write': 'orders:read',
  'orders:read:contact': 'orders:read',
  'reservations:write': 'reservations:read',
  'holds:release': 'holds:read',
};

export const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPE_NAMES);

/** Returns the scopes and those that they imply. */
export function withImplied(scopes: readonly Scope[]): ReadonlySet<Scope> {
  return new Set(scopes.flatMap((scope) => [scope, IMPLIED[scope] ?? scope]));
}
