import type { Connection } from '../actor/batcher-options.ts';

const clients = new WeakMap<Connection, string | null>();

/** Stores the client of the current request on a connection. Behind a proxy it differs between requests. */
export const noteClient = (connection: Connection, client: string | null): void => void clients.set(connection, client);

/** Returns the client of a connection's current request, or null if it is unknown, as in calls from this process. */
export const clientOn = (connection: Connection | null): string | null =>
  (connection && clients.get(connection)) ?? null;
