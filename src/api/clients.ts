import type { Connection } from '../actor/batcher-options.ts';

const clients = new WeakMap<Connection, string | null>();

/** Notes which client the present request of a connection comes from. Behind a proxy this differs between requests. */
export const noteClient = (connection: Connection, client: string | null): void => void clients.set(connection, client);

/** Returns the client of a connection's present request; null where it is unknown, as in calls from this process. */
export const clientOn = (connection: Connection | null): string | null =>
  (connection && clients.get(connection)) ?? null;
