import type { Metric, Registry } from 'prom-client';

interface SecondsTallyOptions {
  registry: Registry;
  name: string;
  help: string;
  /** Upper bounds of the buckets in seconds, ascending. */
  buckets: readonly number[];
  /** The name of the only label; null for a histogram without labels. */
  label: string | null;
}

interface TallyRow {
  /** The counts by bucket, then the count above the last one. */
  counts: number[];
  sum: number;
}

/**
 * A histogram for every request, with the same output as prom-client's. prom-client checks the names of the labels and
 * builds a text of them for each observation. Its two counters and two histograms take 3.2 us of a `cart.add` of 100
 * us.
 */
export class SecondsTally {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #buckets: readonly number[];
  readonly #label: string | null;
  readonly #rows = new Map<string, TallyRow>();

  constructor({ registry, name, help, buckets, label }: SecondsTallyOptions) {
    this.name = name;
    this.help = help;
    this.#buckets = buckets;
    this.#label = label;
    if (label === null) this.#row('');
    registry.registerMetric(this as unknown as Metric);
  }

  /** `labelled` is the label's value from a closed list, or empty for a histogram without labels. */
  observe(labelled: string, seconds: number): void {
    const row = this.#rows.get(labelled) ?? this.#row(labelled);
    let bucket = 0;
    while (bucket < this.#buckets.length && seconds > (this.#buckets[bucket] as number)) bucket += 1;
    row.counts[bucket] = (row.counts[bucket] as number) + 1;
    row.sum += seconds;
  }

  /** Called by prom-client's registry. */
  async get() {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: [...this.#rows].flatMap((row) => this.#values(...row)) };
  }

  #row(labelled: string): TallyRow {
    const row = { counts: [...this.#buckets.map(() => 0), 0], sum: 0 };
    this.#rows.set(labelled, row);
    return row;
  }

  #values(labelled: string, { counts, sum }: TallyRow) {
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

/** Counts by two values of closed lists, such as a procedure and its outcome. */
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
