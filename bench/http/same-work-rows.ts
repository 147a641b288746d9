import { DatabaseError, type Pool } from 'pg';

/** One request, as the functions of `same-work-schema.ts` accept it. */
export interface Adding {
  request: string;
  fingerprint: string;
  cart: string;
  sku: string;
  quantity: number;
  hold: string;
  /** The cart's line, as JSON in an array. */
  line: string;
}

/** The cart after the request; `lines` is JSON. */
export interface Kept {
  version: string;
  lines: string;
}

export class InsufficientStock extends Error {}

/** `mismatch`: the request's key was used before, for another request. */
type Outcome = Kept | 'mismatch';

interface Waiting {
  adding: Adding;
  resolve: (outcome: Outcome | Promise<Outcome>) => void;
}

const BATCH_MAX = 64;
const UNIQUE_VIOLATION = '23505';
const NO_DATA_FOUND = 'P0002';
/** Two requests of one cart in a batch. */
const CARDINALITY_VIOLATION = '21000';
const SEPARABLE: ReadonlySet<string> = new Set([UNIQUE_VIOLATION, NO_DATA_FOUND, CARDINALITY_VIOLATION]);
const ONE = 'SELECT cart_add($1, $2, $3, $4, $5, $6, $7) AS answer';
const MANY = 'SELECT cart, answer FROM cart_add_many($1, $2, $3, $4, $5, $6, $7)';
const REPEATED = 'SELECT fingerprint, version, lines::text FROM requests, carts WHERE request_id = $1 AND cart_id = $2';

const codeOf = (error: unknown): string | undefined => (error instanceof DatabaseError ? error.code : undefined);

/** A version and JSON, with a space between them. */
function keptOf(answer: string): Kept {
  const end = answer.indexOf(' ');
  return { version: answer.slice(0, end), lines: answer.slice(end + 1) };
}

/** Adds to carts in PostgreSQL, exactly once by the request's id. */
export class CartRows {
  readonly #pool: Pool;
  /** The maximum number of calls under way. */
  readonly #callsMax: number;
  #waiting: Waiting[] = [];
  #calls = 0;
  #isDue = false;

  constructor(pool: Pool, callsMax: number) {
    this.#pool = pool;
    this.#callsMax = callsMax;
  }

  readonly addSingly = async (adding: Adding): Promise<Outcome> => {
    const { request, fingerprint, cart, sku, quantity, hold, line } = adding;
    const values = [request, fingerprint, cart, sku, quantity, hold, line];
    try {
      const { rows } = await this.#pool.query<{ answer: string }>({ name: 'one', text: ONE, values });
      return keptOf(rows[0]?.answer ?? '');
    } catch (error) {
      if (codeOf(error) === NO_DATA_FOUND) throw new InsufficientStock(sku);
      if (codeOf(error) === UNIQUE_VIOLATION) return this.#repeated(adding);
      throw error;
    }
  };

  async #repeated({ request, fingerprint, cart }: Adding): Promise<Outcome> {
    const query = { name: 'repeated', text: REPEATED, values: [request, cart] };
    const { rows } = await this.#pool.query<Kept & { fingerprint: string }>(query);
    const [first] = rows;
    if (!first) throw new Error(`the record of ${request} is missing`);
    return first.fingerprint === fingerprint ? first : 'mismatch';
  }

  /** Requests that arrive in one turn of the event loop, or while all calls are under way, are sent together. */
  readonly addBatched = (adding: Adding): Promise<Outcome> =>
    new Promise((resolve) => {
      this.#waiting.push({ adding, resolve });
      if (this.#isDue || this.#calls >= this.#callsMax) return;
      this.#isDue = true;
      setImmediate(() => {
        this.#isDue = false;
        this.#send();
      });
    });

  #send(): void {
    while (this.#waiting.length > 0 && this.#calls < this.#callsMax) {
      const batch = this.#waiting.splice(0, BATCH_MAX);
      this.#calls += 1;
      void this.#addTogether(batch).finally(() => {
        this.#calls -= 1;
        this.#send();
      });
    }
  }

  async #addTogether(batch: readonly Waiting[]): Promise<void> {
    const columns = Array.from({ length: 7 }, (): (string | number)[] => []);
    for (const { adding } of batch) {
      const { request, fingerprint, cart, sku, quantity, hold, line } = adding;
      for (const [index, value] of [request, fingerprint, cart, sku, quantity, hold, line].entries())
        columns[index]?.push(value);
    }
    try {
      const query = { name: 'many', text: MANY, values: columns };
      const { rows } = await this.#pool.query<{ cart: string; answer: string }>(query);
      const answers = new Map(rows.map(({ cart, answer }) => [cart, answer]));
      for (const { adding, resolve } of batch) resolve(keptOf(answers.get(adding.cart) ?? ''));
    } catch (error) {
      // Where one request prevents the others, each is sent alone and has its own outcome.
      const isSeparable = SEPARABLE.has(codeOf(error) ?? '');
      for (const { adding, resolve } of batch) resolve(isSeparable ? this.addSingly(adding) : Promise.reject(error));
    }
  }
}
