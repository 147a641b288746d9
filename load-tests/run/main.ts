import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Arguments, readArguments, USAGE, UsageError } from './arguments.ts';
import { wordsOf } from './report.ts';
import { runLoad } from './run-load.ts';
import { EXIT, exitCodeOf } from './verdict.ts';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

process.exitCode = await main();

async function main(): Promise<number> {
  const given = process.argv.slice(2);
  if (given[0] === '--help' || given[0] === '-h') {
    console.log(USAGE);
    return EXIT.sound;
  }
  let args: Arguments;
  try {
    args = readArguments(given);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // The error comes last, because the usage is longer than a screen.
    say(`${USAGE}\n\nload: ${error.message}`);
    return EXIT.usage;
  }
  const ending = new AbortController();
  const interrupt = (): void => ending.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await load(args, ending.signal);
  } catch (error) {
    if (ending.signal.aborted) return EXIT.interrupted;
    say(`load: ${(error as Error).message}`);
    return EXIT.unsound;
  }
}

async function load(args: Arguments, signal: AbortSignal): Promise<number> {
  const { definition, options, store, at } = args;
  // Paths are relative to the project's root, where scripts/load runs, because the compiled file is in another folder.
  const root = join(process.cwd(), 'load-tests');
  const reports = process.env['HOLDFAST_LOAD_REPORTS'] ?? join(root, 'reports');
  await mkdir(reports, { recursive: true });
  const time = new Date().toISOString().replace(/[:.]/g, '-');
  const file = join(reports, `${definition.name}-${time}`);
  say(
    `${definition.name} against ${at ? at.url : `a server on the ${store} store`}, about ${definition.seconds(options)} s:`,
  );
  const places = { scripts: join(root, 'scenarios'), htmlFile: `${file}.html` };
  const report = await runLoad(args, places, signal);
  console.log(wordsOf(report));
  await writeFile(`${file}.json`, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\n  ${file}.html\n  ${file}.json`);
  return exitCodeOf(report, args.strictLatency);
}
