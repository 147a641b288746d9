import { InvalidArgumentError, Option } from 'commander';
import { type CliCommand, Failed, UsageError, wholeNumber } from '../context/cli-context.ts';
import { BUYERS_MAX, DEMO_STORES, type DemoOptions, DEMO_SHOPS_MAX, UNITS_MAX } from '../demo/demo-options.ts';

const BUYERS = 10_000;
const UNITS_ON_SALE = 500;

const upTo = (max: number) => (text: string) => {
  const value = wholeNumber(text);
  if (value < 1 || value > max) throw new InvalidArgumentError(`Expected a whole number from 1 to ${max}.`);
  return value;
};

/** Adds `demo`, which runs a flash sale. */
export function addDemoCommand(program: CliCommand): void {
  program
    .command('demo')
    .description('run a flash sale against a server of its own, and audit every unit; exit 1 if anything is wrong')
    .addOption(new Option('--store <store>', 'the store').choices(DEMO_STORES).default('embedded'))
    .option('--buyers <n>', 'the number of shoppers', upTo(BUYERS_MAX), BUYERS)
    .option('--units <n>', 'the units on sale, in each shop', upTo(UNITS_MAX), UNITS_ON_SALE)
    .option('--shops <n>', 'the shops of the server, which share the shoppers', upTo(DEMO_SHOPS_MAX), 1)
    .option('--console', 'open the operator console, and begin the sale when somebody has signed in', false)
    .action(async (options: Omit<DemoOptions, 'json'>, command: CliCommand) => {
      const { url, json = false } = command.optsWithGlobals<{ url?: string; json?: boolean }>();
      if (url !== undefined) throw new UsageError('demo does not accept --url, because it starts a server of its own');
      const { runDemo } = await import('../demo/demo.ts');
      const problems = await runDemo({ ...options, json });
      if (problems.length > 0) throw new Failed(`demo: ${problems.join('; ')}`);
    });
}
