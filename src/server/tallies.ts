import type { Metric, Registry } from 'prom-client';

export interface SecondsTallyOptions {
  registry: Registry;
  name: string;
  help: string;
  /** Upper bounds in seconds, ascending. */
  buckets: readonly number[];
  /** The name of its one label; null: it has none. */
  label: string | null;
}

interface Row {
  /** By bucket, and after the last one those that are above it. */
  counts: number[];
  sum: number;
}

/**
 * A histogram for what happens with every request: prom-client's own looks its labels up by a text that it makes of them
 * each time, and checks their names. Shown as that one is.
 */
export class SecondsTally {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #buckets: readonly number[];
  readonly #label: string | null;
  readonly #rows = new Map<string, Row>();

  constructor({ registry, name, help, buckets, label }: SecondsTallyOptions) {
    this.name = name;
    this.help = help;
    this.#buckets = buckets;
    this.#label = label;
    if (label === null) this.#row('');
    registry.registerMetric(this as unknown as Metric);
  }

  /** `labelled` is the label's value, of a closed list; without a label, empty. */
  observe(labelled: string, seconds: number): void {
    const row = this.#rows.get(labelled) ?? this.#row(labelled);
    let bucket = 0;
    while (bucket < this.#buckets.length && seconds > (this.#buckets[bucket] as number)) bucket += 1;
    row.counts[bucket] = (row.counts[bucket] as number) + 1;
    row.sum += seconds;
  }

  /** As prom-client asks for it. */
  async get() {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: [...this.#rows].flatMap((row) => this.#values(...row)) };
  }

  #row(labelled: string): Row {
    const row = { counts: [...this.#buckets.map(() => 0), 0], sum: 0 };
    this.#rows.set(labelled, row);
    return row;
  }

  #values(labelled: string, { counts, sum }: Row) {
    const shared = this.#label === null ? {} : { [this.#label]: labelled };
    let count = 0;
    const buckets = [...this.#buckets, '+Inf'].map((le, index) => {
      count += counts[index] ?? 0;
      return { metricName: `${this.name}_bucket`, labels: { le, ...shared }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels: shared, value: sum },
      { metricName: `${this.name}_count`, labels: shared, value: count },
    ];
  }
}

/** Counts by two words of closed lists, such as a procedure and its outcome. */
export class PairTally {
  readonly #rows = new Map<string, Map<string, number>>();

  count(first: string, second: string): void {
    let row = this.#rows.get(first);
    if (!row) this.#rows.set(first, (row = new Map()));
    row.set(second, (row.get(second) ?? 0) + 1);
  }

  *[Symbol.iterator](): Generator<readonly [first: string, second: string, count: number]> {
    for (const [first, row] of this.#rows) {
      for (const [second, count] of row) yield [first, second, count];
    }
  }
}
