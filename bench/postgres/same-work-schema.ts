import type { Client } from 'pg';

/**
 * The records of a `cart.add` in PostgreSQL when it does the work of Holdfast: the SKU's counters, a hold with an
 * indexed deadline, the cart with its line, a ledger entry with the counters before and after, and a record of the
 * request. There are no foreign keys, because checking them would lock the SKU's row once more. A movement's key is its
 * SKU's version, so one index serves both the history of a SKU and the proof that no movement is missing.
 */
const TABLES = `
  DROP TABLE IF EXISTS stock, holds, carts, ledger, requests CASCADE;
  CREATE TABLE stock (
    sku text PRIMARY KEY,
    on_hand bigint NOT NULL,
    reserved bigint NOT NULL DEFAULT 0,
    safety bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    CHECK (reserved >= 0 AND reserved <= on_hand)
  ) WITH (fillfactor = 30);
  CREATE TABLE holds (
    hold_id text PRIMARY KEY,
    sku text NOT NULL,
    quantity int NOT NULL,
    state smallint NOT NULL,
    cart_id text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
  );
  CREATE INDEX holds_due ON holds (sku, expires_at) WHERE state = 1;
  CREATE TABLE carts (
    cart_id text PRIMARY KEY,
    version bigint NOT NULL,
    expires_at timestamptz NOT NULL,
    lines jsonb NOT NULL
  );
  CREATE INDEX carts_due ON carts (expires_at);
  CREATE TABLE ledger (
    sku text NOT NULL,
    version bigint NOT NULL,
    at timestamptz NOT NULL,
    kind smallint NOT NULL,
    quantity int NOT NULL,
    on_hand bigint NOT NULL,
    reserved_before bigint NOT NULL,
    reserved_after bigint NOT NULL,
    hold_id text NOT NULL,
    cart_id text NOT NULL,
    PRIMARY KEY (sku, version)
  );
  CREATE TABLE requests (
    request_id text PRIMARY KEY,
    fingerprint text NOT NULL,
    at timestamptz NOT NULL,
    hold_id text NOT NULL
  )`;

/**
 * One request in one call. The SKU comes last, so that its row is locked for the shortest time. A repeated request
 * fails on the key of its record. The service then answers with the result of the first one.
 */
const ADD_ONE = `
  CREATE OR REPLACE FUNCTION cart_add(
    p_request text, p_fingerprint text, p_cart text, p_sku text, p_quantity int, p_hold text, p_line text
  ) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE
    v_at timestamptz := clock_timestamp();
    v_answer text;
  BEGIN
    INSERT INTO requests VALUES (p_request, p_fingerprint, v_at, p_hold);
    INSERT INTO holds VALUES (p_hold, p_sku, p_quantity, 1, p_cart, v_at, v_at + interval '15 minutes');
    INSERT INTO carts AS c VALUES (p_cart, 1, v_at + interval '1 hour', p_line::jsonb)
      ON CONFLICT (cart_id) DO UPDATE
        SET version = c.version + 1, expires_at = excluded.expires_at, lines = c.lines || excluded.lines
      RETURNING c.version || ' ' || c.lines::text INTO v_answer;
    WITH taken AS (
      UPDATE stock SET reserved = reserved + p_quantity, version = version + 1
        WHERE sku = p_sku AND on_hand - safety - reserved >= p_quantity
        RETURNING version, on_hand, reserved
    )
    INSERT INTO ledger
      SELECT p_sku, version, v_at, 4, p_quantity, on_hand, reserved - p_quantity, reserved, p_hold, p_cart FROM taken;
    IF NOT FOUND THEN RAISE 'insufficient_stock' USING ERRCODE = 'P0002'; END IF;
    RETURN v_answer;
  END $$`;

/**
 * Many requests in one call, as sets. Two requests of one cart, a repeated one or insufficient stock fail the whole
 * call, and the service then sends each alone. The rows of the SKUs are locked in order, so that no two calls deadlock.
 */
const ADD_MANY = `
  CREATE OR REPLACE FUNCTION cart_add_many(
    p_requests text[], p_fingerprints text[], p_carts text[], p_skus text[], p_quantities int[], p_holds text[],
    p_lines text[]
  ) RETURNS TABLE (cart text, answer text) LANGUAGE plpgsql AS $$
  DECLARE
    v_at timestamptz := clock_timestamp();
    v_moved bigint;
  BEGIN
    INSERT INTO requests SELECT r, f, v_at, h FROM unnest(p_requests, p_fingerprints, p_holds) AS u(r, f, h);
    INSERT INTO holds SELECT h, s, q, 1, c, v_at, v_at + interval '15 minutes'
      FROM unnest(p_holds, p_skus, p_quantities, p_carts) AS u(h, s, q, c);
    RETURN QUERY INSERT INTO carts AS t
      SELECT c, 1, v_at + interval '1 hour', l::jsonb FROM unnest(p_carts, p_lines) AS u(c, l)
      ON CONFLICT (cart_id) DO UPDATE
        SET version = t.version + 1, expires_at = excluded.expires_at, lines = t.lines || excluded.lines
      RETURNING t.cart_id, t.version || ' ' || t.lines::text;
    PERFORM 1 FROM stock WHERE sku = ANY (p_skus) ORDER BY sku FOR UPDATE;
    WITH asked AS (
      SELECT s AS sku, sum(q) AS units, count(*) AS n FROM unnest(p_skus, p_quantities) AS u(s, q) GROUP BY s
    ), taken AS (
      UPDATE stock SET reserved = reserved + units, version = version + n FROM asked
        WHERE stock.sku = asked.sku AND on_hand - safety - reserved >= units
        RETURNING stock.sku, on_hand, reserved - units AS before, version - n AS version
    )
    INSERT INTO ledger
      SELECT sku, version + row_number() OVER w, v_at, 4, q, on_hand, before + sum(q) OVER w - q, before + sum(q) OVER w, h, c
      FROM unnest(p_skus, p_quantities, p_holds, p_carts) WITH ORDINALITY AS u(s, q, h, c, n) JOIN taken ON sku = s
      WINDOW w AS (PARTITION BY s ORDER BY n);
    GET DIAGNOSTICS v_moved = ROW_COUNT;
    IF v_moved <> cardinality(p_skus) THEN RAISE 'insufficient_stock' USING ERRCODE = 'P0002'; END IF;
  END $$`;

/** Creates the tables, the two functions, and `units` of each SKU. */
export async function prepareSameWork(client: Client, skus: readonly string[], units: number): Promise<void> {
  for (const text of [TABLES, ADD_ONE, ADD_MANY]) await client.query(text);
  await client.query('INSERT INTO stock (sku, on_hand) SELECT unnest($1::text[]), $2', [skus, units]);
  await client.query('VACUUM ANALYZE stock');
}

/** Each counts the rows that contradict another table. */
const CONTRADICTIONS = {
  'SKUs whose counters are impossible': 'SELECT count(*) FROM stock WHERE reserved < 0 OR reserved > on_hand - safety',
  'SKUs whose holds are not what is reserved': `
    SELECT count(*) FROM stock LEFT JOIN (SELECT sku, sum(quantity) AS held FROM holds WHERE state = 1 GROUP BY sku) h
      USING (sku) WHERE reserved <> coalesce(held, 0)`,
  'SKUs whose ledger does not end with what is reserved': `
    SELECT count(*) FROM stock s LEFT JOIN ledger l USING (sku, version)
      WHERE s.reserved <> coalesce(l.reserved_after, 0)`,
  'movements that do not follow from the one before': `
    SELECT count(*) FROM (
      SELECT *, lag(version, 1, 0::bigint) OVER w AS v, lag(reserved_after, 1, 0::bigint) OVER w AS r
      FROM ledger WINDOW w AS (PARTITION BY sku ORDER BY version)
    ) m WHERE version <> v + 1 OR reserved_before <> r OR reserved_after <> r + quantity`,
  'holds without their movement': `
    SELECT count(*) FROM holds h LEFT JOIN ledger l ON l.hold_id = h.hold_id AND l.sku = h.sku
      AND l.quantity = h.quantity AND l.cart_id = h.cart_id WHERE l.sku IS NULL`,
  'lines of carts without their hold': `
    SELECT count(*) FROM carts c CROSS JOIN jsonb_to_recordset(c.lines) AS l("holdId" text, sku text, quantity int)
      LEFT JOIN holds h ON h.hold_id = l."holdId" AND h.cart_id = c.cart_id AND h.sku = l.sku AND h.quantity = l.quantity
      WHERE h.hold_id IS NULL`,
  'requests without their hold': 'SELECT count(*) FROM requests LEFT JOIN holds USING (hold_id) WHERE sku IS NULL',
};

/** Each has to be the number of requests that were acknowledged. */
const COUNTS = {
  'units reserved': 'SELECT sum(reserved) AS count FROM stock',
  holds: 'SELECT count(*) FROM holds WHERE state = 1',
  'lines of carts': 'SELECT coalesce(sum(jsonb_array_length(lines)), 0) AS count FROM carts',
  movements: 'SELECT count(*) FROM ledger',
  requests: 'SELECT count(*) FROM requests',
};

/** Throws unless the tables agree with each other and with the acknowledged requests, each of one unit. */
export async function checkSameWork(client: Client, acknowledged: number): Promise<void> {
  const count = async (query: string): Promise<number> => {
    const { rows } = await client.query<{ count: string }>(query);
    return Number(rows[0]?.count);
  };
  for (const [what, query] of Object.entries(CONTRADICTIONS)) {
    const found = await count(query);
    if (found !== 0) throw new Error(`PostgreSQL: ${found} ${what}`);
  }
  for (const [what, query] of Object.entries(COUNTS)) {
    const found = await count(query);
    if (found !== acknowledged) throw new Error(`PostgreSQL: ${acknowledged} acknowledged, ${found} ${what}`);
  }
}
