/** The changes of the database, in their order. An entry is never changed, because databases have it already. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE holdfast.marks (
    shop text PRIMARY KEY,
    sequence bigint,
    index int,
    archived_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE holdfast.gaps (
    shop text,
    after text,
    through text,
    noticed_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE holdfast.movements (
    shop text,
    sequence bigint,
    index int,
    at timestamptz NOT NULL,
    sku text NOT NULL,
    location text NOT NULL,
    kind text NOT NULL,
    quantity bigint NOT NULL,
    on_hand_before bigint NOT NULL,
    on_hand_after bigint NOT NULL,
    reserved_before bigint NOT NULL,
    reserved_after bigint NOT NULL,
    committed_before bigint NOT NULL,
    committed_after bigint NOT NULL,
    backordered_before bigint NOT NULL,
    backordered_after bigint NOT NULL,
    hold_id text,
    order_id text,
    reservation_id text,
    caused_by text NOT NULL,
    reason text,
    reference text,
    request_id text,
    PRIMARY KEY (shop, sequence, index)
  );
  CREATE INDEX movements_at ON holdfast.movements USING brin (at);
  CREATE INDEX movements_order ON holdfast.movements (order_id) WHERE order_id IS NOT NULL;
  CREATE TABLE holdfast.order_statuses (
    shop text,
    sequence bigint,
    index int,
    at timestamptz NOT NULL,
    order_id text NOT NULL,
    status text,
    caused_by text NOT NULL,
    reason text,
    request_id text,
    PRIMARY KEY (shop, sequence, index)
  );
  CREATE TABLE holdfast.orders (
    shop text,
    order_id text,
    version bigint NOT NULL,
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    amount bigint,
    currency text,
    document jsonb NOT NULL,
    PRIMARY KEY (shop, order_id)
  );
  CREATE VIEW holdfast.stock_levels AS
    SELECT DISTINCT ON (shop, sku, location) shop, sku, location, on_hand_after AS on_hand, reserved_after AS reserved,
      committed_after AS committed, backordered_after AS backordered, at AS changed_at
    FROM holdfast.movements ORDER BY shop, sku, location, sequence DESC, index DESC;
  CREATE VIEW holdfast.sold_by_day AS
    SELECT shop, (at AT TIME ZONE 'UTC')::date AS day, sku, location,
      coalesce(sum(quantity) FILTER (WHERE kind IN ('consumed', 'committed', 'recommitted')), 0)
        - coalesce(sum(quantity) FILTER (WHERE kind = 'uncommitted'), 0) AS sold,
      coalesce(sum(quantity) FILTER (WHERE kind = 'returned'), 0) AS returned
    FROM holdfast.movements WHERE kind IN ('consumed', 'committed', 'recommitted', 'uncommitted', 'returned')
    GROUP BY 1, 2, 3, 4;
  CREATE VIEW holdfast.orders_by_day AS
    SELECT shop, (created_at AT TIME ZONE 'UTC')::date AS day, status, currency, count(*) AS orders,
      sum(amount) AS amount
    FROM holdfast.orders GROUP BY 1, 2, 3, 4;
  CREATE VIEW holdfast.shrinkage_by_day AS
    SELECT shop, (at AT TIME ZONE 'UTC')::date AS day, sku, location, kind, reason,
      -coalesce(sum(quantity) FILTER (WHERE quantity < 0), 0) AS lost,
      coalesce(sum(quantity) FILTER (WHERE quantity > 0), 0) AS found
    FROM holdfast.movements
    WHERE kind IN ('adjusted', 'counted') AND (reference IS NULL OR reference NOT LIKE 'trf\\_%')
    GROUP BY 1, 2, 3, 4, 5, 6;
  CREATE VIEW holdfast.reserved_by_hour AS
    SELECT DISTINCT ON (shop, sku, location, hour) shop, hour, sku, location, reserved_after AS reserved,
      max(reserved_after) OVER (PARTITION BY shop, sku, location, hour) AS reserved_max,
      committed_after AS committed, on_hand_after AS on_hand
    FROM (SELECT *, date_trunc('hour', at) AS hour FROM holdfast.movements) AS m
    ORDER BY shop, sku, location, hour, sequence DESC, index DESC;
  `,
];

/** The part of a client of PostgreSQL that migrations use. */
interface Queries {
  query(text: string): Promise<{ rows: Record<string, unknown>[] }>;
}

/** Thrown for a database that a newer version has changed. */
export class NewerSchema extends Error {
  override readonly name = 'NewerSchema';
}

/**
 * The key of the lock by which processes that start at the same time migrate one after the other. It is arbitrary, and
 * the same in all versions.
 */
const MIGRATION_LOCK = 8_467_229;

/** Migrates the database to this version. Does nothing if it has this version. Rejects with `NewerSchema`. */
export async function migrate(client: Queries): Promise<void> {
  await client.query('BEGIN');
  await client.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
  await client.query('CREATE SCHEMA IF NOT EXISTS holdfast');
  await client.query('CREATE TABLE IF NOT EXISTS holdfast.versions (version int PRIMARY KEY)');
  const { rows } = await client.query('SELECT coalesce(max(version), 0) AS version FROM holdfast.versions');
  const version = Number(rows[0]?.['version']);
  if (version > MIGRATIONS.length) throw new NewerSchema(`the archive has version ${version} of its tables`);
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue;
    await client.query(sql);
    await client.query(`INSERT INTO holdfast.versions VALUES (${index + 1})`);
  }
  await client.query('COMMIT');
}
