import { once } from 'node:events';
import type { Client as PgClient } from 'pg';
import type { EndLine, LedgerLine } from '../../contract/outputs/ledger-lines.ts';
import { Failed } from '../context/cli-context.ts';
import { type LedgerAnswer, Interrupted } from './archive-feed.ts';
import type { ArchivePackages } from './archive-packages.ts';
import { movementRow, orderRow, ledgerPlaceOf, statusRow } from './archive-rows.ts';
import { migrate } from './archive-schema.ts';

/** Rows are sent to COPY in pieces of about this many characters. */
const PIECE_CHARS = 64 * 1_024;

const STAGED = ['movements', 'order_statuses', 'orders'] as const;
type Staged = (typeof STAGED)[number];

/** The entries that one transaction has archived. */
export interface Archived {
  entries: number;
  end: EndLine;
}

export interface GapChoice {
  /** Whether to continue after a gap, where entries are missing. */
  acceptGap: boolean;
}

/** The tables of the archive, over one connection. */
export class ArchiveDatabase implements AsyncDisposable {
  readonly #client: PgClient;
  readonly #packages: ArchivePackages;

  private constructor(client: PgClient, packages: ArchivePackages) {
    this.#client = client;
    this.#packages = packages;
  }

  /** Connects, and brings the tables to this version. Rejects with the errors of `pg`, and with `NewerSchema`. */
  static async open(url: string, packages: ArchivePackages): Promise<ArchiveDatabase> {
    const client = new packages.Client({ connectionString: url, application_name: 'holdfast archive' });
    // The next query rejects as well. Without a listener, the error would end the process.
    client.on('error', () => undefined);
    await client.connect();
    const database = new ArchiveDatabase(client, packages);
    try {
      await migrate(client);
      for (const table of STAGED) {
        await client.query(`CREATE TEMP TABLE staged_${table} (LIKE holdfast.${table}) ON COMMIT DELETE ROWS`);
      }
    } catch (error) {
      await database[Symbol.asyncDispose]();
      throw error;
    }
    return database;
  }

  /** Resolves with the last archived position once no other process archives the shop; null for none. */
  async claim(shop: string, onWait: () => void): Promise<string | null> {
    const key = `hashtextextended($1, 0)`;
    const name = [`holdfast archive of ${shop}`];
    const { rows } = await this.#client.query<{ free: boolean }>(`SELECT pg_try_advisory_lock(${key}) AS free`, name);
    if (!rows[0]?.free) {
      onWait();
      await this.#client.query(`SELECT pg_advisory_lock(${key})`, name);
    }
    await this.#client.query('INSERT INTO holdfast.marks (shop) VALUES ($1) ON CONFLICT DO NOTHING', [shop]);
    const found = await this.#client.query<{ mark: string | null }>(
      `SELECT sequence || '-' || index AS mark FROM holdfast.marks WHERE shop = $1`,
      [shop],
    );
    return found.rows[0]?.mark ?? null;
  }

  /**
   * Archives an answer that begins after `after`, and moves the mark, in one transaction: all of it, or nothing.
   * Rejects with `Failed` for a gap that is not accepted, and if another process has moved the mark.
   */
  async archive({ shop, lines }: LedgerAnswer, after: string | null, choice: GapChoice): Promise<Archived> {
    const client = this.#client;
    await client.query('BEGIN');
    try {
      const archived = await this.#stage(shop, after, lines, choice);
      if (archived.entries > 0) {
        await this.#insert();
        await this.#move(shop, after, archived.end.after);
      }
      await client.query('COMMIT');
      return archived;
    } catch (error) {
      // On a lost connection PostgreSQL rolls back by itself. The error that led here is the one to report.
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** Copies movements while they arrive. The other rows wait, because a connection has one COPY at a time. */
  async #stage(shop: string, after: string | null, lines: AsyncIterable<LedgerLine>, choice: GapChoice) {
    const waiting: Record<Exclude<Staged, 'movements'>, string> = { order_statuses: '', orders: '' };
    const movements = this.#copyInto('movements');
    let [entries, end]: [number, EndLine | null] = [0, null];
    const gaps: string[] = [];
    try {
      for await (const line of lines) {
        if (line.type === 'movement') await movements.write(movementRow(shop, line));
        else if (line.type === 'orderStatus') waiting.order_statuses += statusRow(shop, line);
        else if (line.type === 'order') waiting.orders += orderRow(shop, line);
        else if (line.type === 'gap') gaps.push(demandAccepted(line.through, after, choice));
        else end = line;
        if ('position' in line) entries += 1;
      }
      if (!end) throw new Interrupted('the answer of the server was cut');
    } catch (error) {
      movements.fail(error as Error);
      throw error;
    }
    await movements.end();
    for (const table of ['order_statuses', 'orders'] as const) {
      if (waiting[table] === '') continue;
      const rows = this.#copyInto(table);
      await rows.write(waiting[table]);
      await rows.end();
    }
    for (const through of new Set(gaps)) await this.#noteGap(shop, after, through);
    return { entries, end };
  }

  #copyInto(table: Staged): CopyRows {
    return new CopyRows(this.#client.query(this.#packages.copyFrom(`COPY staged_${table} FROM STDIN`)));
  }

  /** Inserts the staged rows. An archived entry stays as it is. An order is updated if the row has a newer version. */
  async #insert(): Promise<void> {
    for (const table of ['movements', 'order_statuses'] as const) {
      await this.#client.query(`INSERT INTO holdfast.${table} SELECT * FROM staged_${table} ON CONFLICT DO NOTHING`);
    }
    await this.#client.query(`
      INSERT INTO holdfast.orders AS kept
      SELECT DISTINCT ON (shop, order_id) * FROM staged_orders ORDER BY shop, order_id, version DESC
      ON CONFLICT (shop, order_id) DO UPDATE SET version = excluded.version, status = excluded.status,
        amount = excluded.amount, currency = excluded.currency, document = excluded.document
      WHERE kept.version < excluded.version`);
  }

  async #move(shop: string, before: string | null, after: string | null): Promise<void> {
    const place = (position: string | null) => (position === null ? [null, null] : ledgerPlaceOf(position));
    const { rowCount } = await this.#client.query(
      `UPDATE holdfast.marks SET sequence = $4, index = $5, archived_at = now()
       WHERE shop = $1 AND sequence IS NOT DISTINCT FROM $2 AND index IS NOT DISTINCT FROM $3`,
      [shop, ...place(before), ...place(after)],
    );
    if (rowCount !== 1) throw new Failed('another process archives this shop into the same database: end one of them');
  }

  async #noteGap(shop: string, after: string | null, through: string): Promise<void> {
    await this.#client.query('INSERT INTO holdfast.gaps (shop, after, through) VALUES ($1, $2, $3)', [
      shop,
      after,
      through,
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A failure to end the connection loses nothing: each batch is committed, or its error was reported.
    await this.#client.end().catch(() => undefined);
  }
}

/** Throws `Failed` for a gap that is not accepted. Entries from before the first archived one are not a gap. */
function demandAccepted(through: string, after: string | null, { acceptGap }: GapChoice): string {
  if (after === null || acceptGap) return through;
  throw new Failed(
    `the shop has trimmed entries after ${after}, up to ${through}, that the archive does not have: ` +
      'run it once with --accept-gap to continue after them',
  );
}

/** One COPY. Its rows are sent in pieces, and no faster than the database reads them. */
class CopyRows {
  readonly #stream: ReturnType<ArchivePackages['copyFrom']>;
  #piece = '';
  #error: Error | null = null;

  constructor(stream: ReturnType<ArchivePackages['copyFrom']>) {
    this.#stream = stream;
    stream.on('error', (error: Error) => {
      this.#error = error;
    });
  }

  async write(rows: string): Promise<void> {
    this.#piece += rows;
    if (this.#piece.length < PIECE_CHARS) return;
    await this.#send();
  }

  async end(): Promise<void> {
    await this.#send();
    const finished = once(this.#stream, 'finish');
    this.#stream.end();
    await finished;
  }

  /** Ends the COPY, so that the connection can roll back. */
  fail(error: Error): void {
    this.#stream.destroy(error);
  }

  async #send(): Promise<void> {
    if (this.#error) throw this.#error;
    const piece = this.#piece;
    this.#piece = '';
    if (piece !== '' && !this.#stream.write(piece)) await once(this.#stream, 'drain');
  }
}
