import { parseArgs } from 'node:util';
import { forkTask } from './core/fork-task.ts';
import { machine, versions } from './core/machine.ts';
import { runAll } from './core/run-all.ts';
import { chooseTasks, type Choice } from './core/tasks.ts';
import { isFailed } from './core/types.ts';
import { writeResults } from './output/write-results.ts';
import { BENCHES, REPORTS } from './keys/registry.ts';

const USAGE = 'usage: npm run bench -- --json FILE [--only KEY,KEY] [--rounds N] [--smoke] [--list]';
const say = (line: string): boolean => process.stderr.write(`${line}\n`);

function readArguments(): (Choice & { json: string }) | null {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      only: { type: 'string' },
      rounds: { type: 'string' },
      smoke: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  if (values.list) {
    for (const { key, about } of [...BENCHES, ...REPORTS]) console.log(`${key}: ${about}`);
    return null;
  }
  const rounds = Number(values.rounds ?? (values.smoke ? 1 : 7));
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new TypeError('--rounds takes a whole number from 1');
  if (values.json === undefined) throw new TypeError('--json is missing');
  return { json: values.json, rounds, smoke: values.smoke, only: values.only?.split(',') ?? null };
}

async function main(): Promise<void> {
  const choice = readArguments();
  if (!choice) return;
  const tasks = chooseTasks(BENCHES, REPORTS, choice);
  const before = { machine: await machine(), versions: await versions() };
  const done = await runAll(tasks, (task, onLine) => forkTask(task, choice, onLine), say);
  const results = { ...before, ...done };
  for (const file of await writeResults(choice.json, results)) say(`wrote ${file}`);
  const failed = Object.entries({ ...results.ratios, ...results.reports }).filter(([, result]) => isFailed(result));
  for (const [key] of failed) say(`${key} has no result`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

try {
  await main();
} catch (error) {
  const isUsage = error instanceof TypeError;
  say(isUsage ? `${error.message}\n${USAGE}` : String(error instanceof Error ? error.stack : error));
  process.exitCode = isUsage ? 2 : 1;
}
