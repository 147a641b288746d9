import type { Client } from 'pg';

/** A way to reserve one unit of a SKU in PostgreSQL without overselling. */
export interface Scheme {
  name: string;
  /** Creates the tables and `units` of the SKU. */
  prepare(client: Client, sku: string, units: number): Promise<void>;
  /** Reserves one unit for `owner`. False: there was none. Each is durable when it is answered. */
  reserve(client: Client, sku: string, owner: string): Promise<boolean>;
  /** Units taken, and holds for them. Throws where a count is below 0 or above the initial units. */
  taken(client: Client): Promise<{ units: number; holds: number }>;
}

/** No index but the keys, and room on a row's page for its next versions: the fastest setup for PostgreSQL here. */
const STOCK_TABLES = `
  DROP TABLE IF EXISTS stock, holds;
  CREATE TABLE stock (
    sku text PRIMARY KEY,
    on_hand bigint NOT NULL,
    reserved bigint NOT NULL DEFAULT 0
  ) WITH (fillfactor = 30);
  CREATE TABLE holds (
    hold_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku text NOT NULL,
    quantity bigint NOT NULL,
    owner text NOT NULL,
    expires_at timestamptz NOT NULL
  )`;

const INSERT_HOLD = `INSERT INTO holds (sku, quantity, owner, expires_at)`;
const DEADLINE = `now() + interval '15 minutes'`;

/** One statement: takes the units where there are enough, and inserts the hold for them. */
export const CONDITIONAL_UPDATE = `
  WITH taken AS (
    UPDATE stock SET reserved = reserved + $2 WHERE sku = $1 AND on_hand - reserved >= $2 RETURNING sku
  )
  ${INSERT_HOLD} SELECT sku, $2, $3, ${DEADLINE} FROM taken RETURNING hold_id`;

export async function prepareStock(client: Client, skus: readonly string[], units: number): Promise<void> {
  await client.query(STOCK_TABLES);
  await client.query('INSERT INTO stock (sku, on_hand) SELECT unnest($1::text[]), $2', [skus, units]);
  await client.query('VACUUM ANALYZE stock');
}

export async function stockTaken(client: Client): Promise<{ units: number; holds: number }> {
  const { rows } = await client.query<{ units: string; held: string; wrong: string }>(`
    SELECT (SELECT sum(reserved) FROM stock) AS units,
           (SELECT coalesce(sum(quantity), 0) FROM holds) AS held,
           (SELECT count(*) FROM stock WHERE reserved < 0 OR reserved > on_hand) AS wrong`);
  const { units, held, wrong } = rows[0] ?? { units: '0', held: '0', wrong: '1' };
  if (wrong !== '0') throw new Error(`PostgreSQL: ${wrong} SKUs with counts that cannot be`);
  return { units: Number(units), holds: Number(held) };
}

const rowLock: Scheme = {
  name: 'SELECT ... FOR UPDATE',
  prepare: (client, sku, units) => prepareStock(client, [sku], units),
  async reserve(client, sku, owner) {
    await client.query('BEGIN');
    const { rows } = await client.query<{ free: string }>({
      name: 'lock',
      text: 'SELECT on_hand - reserved AS free FROM stock WHERE sku = $1 FOR UPDATE',
      values: [sku],
    });
    if (Number(rows[0]?.free ?? 0) < 1) {
      await client.query('ROLLBACK');
      return false;
    }
    await client.query({
      name: 'take',
      text: 'UPDATE stock SET reserved = reserved + $2 WHERE sku = $1',
      values: [sku, 1],
    });
    await client.query({
      name: 'hold',
      text: `${INSERT_HOLD} VALUES ($1, $2, $3, ${DEADLINE})`,
      values: [sku, 1, owner],
    });
    await client.query('COMMIT');
    return true;
  },
  taken: stockTaken,
};

const oneStatement: Scheme = {
  name: 'one conditional UPDATE with a CTE',
  prepare: (client, sku, units) => prepareStock(client, [sku], units),
  async reserve(client, sku, owner) {
    const { rowCount } = await client.query({ name: 'reserve', text: CONDITIONAL_UPDATE, values: [sku, 1, owner] });
    return rowCount === 1;
  },
  taken: stockTaken,
};

/**
 * One row for each unit, which is its own hold, so that clients do not wait for each other. Each connection starts at a
 * position of its own and continues from the last unit that it found. If all connections searched for the first free
 * unit, each search would pass all taken ones, and the rate fell by half within four seconds.
 */
const unitRows: Scheme = {
  name: 'SKIP LOCKED unit rows',
  async prepare(client, sku, units) {
    await client.query(`
      DROP TABLE IF EXISTS units;
      CREATE TABLE units (
        unit_id bigint PRIMARY KEY,
        sku text NOT NULL,
        owner text,
        expires_at timestamptz
      ) WITH (fillfactor = 50)`);
    await client.query('INSERT INTO units SELECT n, $1, NULL, NULL FROM generate_series(1, $2::bigint) n', [
      sku,
      Math.min(units, UNIT_ROWS_MAX),
    ]);
    await client.query('CREATE INDEX units_free ON units (sku, unit_id) WHERE owner IS NULL');
    await client.query('VACUUM ANALYZE units');
  },
  async reserve(client, sku, owner) {
    const after = lastUnit.get(client) ?? Math.floor(Math.random() * UNIT_ROWS_MAX);
    const unit = (await takeUnit(client, sku, owner, after)) ?? (await takeUnit(client, sku, owner, 0));
    if (unit !== undefined) lastUnit.set(client, unit);
    return unit !== undefined;
  },
  async taken(client) {
    const { rows } = await client.query<{ taken: string }>(
      'SELECT count(*) AS taken FROM units WHERE owner IS NOT NULL',
    );
    const taken = Number(rows[0]?.taken);
    return { units: taken, holds: taken };
  },
};

/** Enough for several runs. More would only take longer to create. */
const UNIT_ROWS_MAX = 400_000;

const lastUnit = new WeakMap<Client, number>();

const TAKE_UNIT = `
  UPDATE units SET owner = $2, expires_at = ${DEADLINE}
  WHERE unit_id = (
    SELECT unit_id FROM units WHERE sku = $1 AND owner IS NULL AND unit_id > $3
    ORDER BY unit_id LIMIT 1 FOR UPDATE SKIP LOCKED
  ) RETURNING unit_id`;

async function takeUnit(client: Client, sku: string, owner: string, after: number): Promise<number | undefined> {
  const query = { name: 'unit', text: TAKE_UNIT, values: [sku, owner, after] };
  const { rows } = await client.query<{ unit_id: string }>(query);
  return rows[0] && Number(rows[0].unit_id);
}

export const SCHEMES: readonly Scheme[] = [rowLock, oneStatement, unitRows];
