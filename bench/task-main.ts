import type { TaskMessage } from './core/fork-task.ts';
import { runBench } from './core/run-bench.ts';
import { ROUND_MS, SMOKE_ROUND_MS } from './core/tasks.ts';
import type { Plan, Ratio, ReportResult } from './core/types.ts';
import { BENCHES, REPORTS } from './keys/registry.ts';

interface Order {
  key: string;
  rounds: number;
  smoke: boolean;
}

const send = (message: TaskMessage): Promise<void> =>
  new Promise((resolve, reject) => {
    if (!process.send) throw new Error('runs only as a child of main');
    process.send(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });

function perform({ key, rounds, smoke }: Order): Promise<Ratio | ReportResult> {
  const plan: Plan = {
    roundMs: smoke ? SMOKE_ROUND_MS : ROUND_MS,
    smoke,
    say: (line) => void send({ line }),
  };
  const bench = BENCHES.find((candidate) => candidate.key === key);
  if (bench) return runBench(bench, plan, rounds);
  const report = REPORTS.find((candidate) => candidate.key === key);
  if (!report) throw new Error(`there is no ${key}`);
  return report.run(plan);
}

// The process that waits for the result has ended.
const onOrphaned = (): never => process.exit(1);
process.once('disconnect', onOrphaned);
try {
  await send({ result: await perform(JSON.parse(process.argv[2] ?? '') as Order) });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  await send({ error: error instanceof Error ? error.message : String(error) });
}
// Handles that a task left open must not keep the run waiting.
process.off('disconnect', onOrphaned);
process.disconnect();
process.exit();
