import { type Command, CommanderError } from 'commander';
import { CliCommand, type CliEnvironment, EXIT, explain, URL_DEFAULT } from './context/cli-context.ts';
import { addArchiveCommand, addLedgerCommands } from './archive/archive-command.ts';
import { addConsoleCommand } from './serve/console-command.ts';
import { addClockCommand, addStatusCommand } from './commands/admin-commands.ts';
import { addLocationCommands } from './commands/location-commands.ts';
import { addOrderCommands } from './commands/order-commands.ts';
import { addAuditCommand, addHoldCommands, addRepairCommand } from './commands/audit-commands.ts';
import { addDemoCommand } from './serve/demo-command.ts';
import { addRecoverCommand } from './commands/recover-command.ts';
import { addReservationCommands } from './commands/reservation-commands.ts';
import { addServerCommands } from './serve/server-commands.ts';
import { addSessionCommands } from './commands/session-commands.ts';
import { addDataCommands } from './data/data-commands.ts';
import { addShopCommands } from './commands/shop-commands.ts';
import { addEventsCommand, addKeyCommands } from './commands/key-commands.ts';
import { addCustomerCommands } from './commands/privacy-commands.ts';
import { addStockCommands } from './commands/stock-commands.ts';
import { addWebhookCommands } from './commands/webhook-commands.ts';
import { addTransferCommands } from './commands/transfer-commands.ts';
import { packageVersion } from '../server/observability/package-version.ts';

interface CliOptions extends CliEnvironment {
  /** The arguments without the program's name. */
  args: readonly string[];
  err: (text: string) => void;
}

/** Runs one command line. Resolves with the exit code, one of `EXIT`. `serve` and `dev` go on after that. */
export async function runCli(options: CliOptions): Promise<number> {
  const { args, env, err } = options;
  const program = programOf(options);
  await addCommands(program, args);
  refuseContradictions(program);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return EXIT.done;
  } catch (error) {
    // Commander has already printed its own errors, and help, which has exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const url = program.opts<{ url?: string }>().url ?? (env.HOLDFAST_URL || URL_DEFAULT);
    const { line, code } = await explain(error, url);
    err(`holdfast: ${line}`);
    return code;
  }
}

function programOf(options: CliOptions): CliCommand {
  const { out, err } = options;
  return new CliCommand(options, 'holdfast')
    .description('Runs and operates a Holdfast server. Operating one needs its key as OPERATOR_KEY in the environment.')
    .option('--url <url>', `the URL of the server (default: HOLDFAST_URL, else ${URL_DEFAULT})`)
    .option('--of-shop <name>', 'the shop, where the server has several (default: HOLDFAST_SHOP)')
    .option('--json', 'print JSON instead of a table')
    .version(packageVersion(), '--version', 'print the version')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('Add --help to the command to see its usage.')
    .configureOutput({
      writeOut: (text) => out(text.trimEnd()),
      writeErr: (text) => err(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, 'holdfast: ')),
    })
    .exitOverride();
}

async function addCommands(program: CliCommand, args: readonly string[]): Promise<void> {
  program.commandsGroup('Run a server:');
  await addServerCommands(program, args);
  addDemoCommand(program);
  program.commandsGroup('Operate a server:');
  addConsoleCommand(program);
  addStatusCommand(program);
  addAuditCommand(program);
  addClockCommand(program);
  addRepairCommand(program);
  addRecoverCommand(program);
  addStockCommands(program);
  addLocationCommands(program);
  addTransferCommands(program);
  addHoldCommands(program);
  addOrderCommands(program);
  addReservationCommands(program);
  addCustomerCommands(program);
  addWebhookCommands(program);
  addKeyCommands(program);
  addShopCommands(program);
  addEventsCommand(program);
  addLedgerCommands(program);
  addArchiveCommand(program);
  addSessionCommands(program);
  program.commandsGroup('Data of the embedded store:');
  addDataCommands(program);
}

const EXIT_CODES = `
Exit codes: 0 done, 1 refused or something is wrong, 2 wrong usage, 3 no answer from the server or data that is not
sound, 4 nothing was done because it had been done before. "serve" and "dev" have their own: see their help.`;

/**
 * Makes a command and its subcommands refuse an option together with its negation, such as `--price` with `--no-price`.
 * Commander alone would silently use the last one.
 */
function refuseContradictions(command: Command): void {
  for (const { name, long } of negations(command)) {
    const given = new Set<string>();
    const note = (flag: string) => (): void => {
      given.add(flag);
      if (given.size > 1) command.error(`error: --${name} and ${long} contradict each other: use only one of them`);
    };
    command.on(`option:${name}`, note(`--${name}`));
    command.on(`option:no-${name}`, note(long));
  }
  for (const part of command.commands) refuseContradictions(part);
}

function negations({ options }: Command): { name: string; long: string }[] {
  return options.flatMap(({ negate, long }) => (negate && long ? [{ name: long.replace(/^--no-/, ''), long }] : []));
}
