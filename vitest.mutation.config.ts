import { defineConfig, mergeConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { keptThreads } from './test/support/kept-thread.ts';
import base from './vitest.base.config.ts';

const filesIn = (folder: string, names: readonly string[]) => names.map((name) => `test/${folder}/${name}.test.ts`);
const services = (...names: string[]): string[] => filesIn('service', names);

/**
 * The tests that run on each mutant of a folder, in this order: on the memory store alone, without processes and
 * servers. The first failure ends the run of a mutant, so the tests that find most of them come first.
 */
const TESTS: Record<string, readonly string[]> = {
  actor: [
    'test/actor/batcher.test.ts',
    'test/actor/queues.test.ts',
    'test/actor/fair-queue.test.ts',
    'test/actor/linked-list.test.ts',
    'test/actor/batch-cost.test.ts',
    'test/actor/batch-filler.test.ts',
    'test/actor/batcher-failure.test.ts',
    'test/actor/batcher-reads.test.ts',
    'test/actor/batcher-property.test.ts',
  ],
  domain: [
    ...filesIn('domain', ['assumptions', 'grant-assumptions', 'hold-rules', 'kit-rules', 'released-units']),
    ...filesIn('domain', ['held-counts', 'overdue-holds', 'run-batch', 'corrupt-records', 'field-checks']),
    ...filesIn('domain', ['transaction-shape', 'identifiers', 'order-states', 'sku-settings', 'batch-terms']),
    ...filesIn('store', ['epoch', 'kit-components', 'record-codes', 'record-format']),
    ...services('json-text'),
    ...filesIn('domain', ['cases']),
  ],
  transact: [
    ...filesIn('transact', ['call-transaction', 'core-refusals', 'deadline-timers', 'documents', 'names']),
    ...filesIn('transact', ['outage-log', 'reclaimer', 'sweep-pace', 'tracing', 'batched-reads', 'begun-calls']),
    ...filesIn('transact', ['transactor', 'transactor-store', 'waiting-mutations', 'traced-calls']),
    ...services('ids', 'keyed-mutex', 'awaited-later', 'call-deadlines', 'data-seal', 'polled-read'),
    ...services('once', 'waiting-calls', 'stock', 'payments', 'lifecycle', 'reservations', 'carts', 'privacy'),
    ...services('own-orders', 'extend', 'hold-streaks', 'order-races', 'reservation-life'),
    'test/simulation/simulation.test.ts',
  ],
};

/** `npm run test:mutation` sets the folder of `src` that is mutated. */
const { HOLDFAST_MUTATED = '' } = process.env;
const FILES = TESTS[HOLDFAST_MUTATED] ?? Object.values(TESTS).flat();

class ListedOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => FILES.findIndex((file) => moduleId.endsWith(file));
    return files.toSorted((one, other) => place(one) - place(other));
  }
}

export default mergeConfig(
  base,
  defineConfig({
    // To load all modules again takes most of the time, so the files share one thread, and so do the mutants.
    plugins: [keptThreads],
    test: {
      isolate: false,
      setupFiles: ['test/support/mutation-setup.ts'],
      include: [...FILES],
      env: { HOLDFAST_ENGINES: 'memory', HOLDFAST_SEEDS: '10' },
      // Ends the run of a mutant whose calls are never answered.
      testTimeout: 10_000,
      sequence: { sequencer: ListedOrder },
    },
  }),
);
