import { Command, CommanderError } from 'commander';
import { type CliEnvironment, contextOf, EXIT, explain, URL_DEFAULT } from './cli-context.ts';
import { addClockCommand } from './clock-command.ts';
import { refuseContradictions } from './contradictions.ts';
import {
  addAuditCommand,
  addHoldCommands,
  addOrderCommands,
  addRepairCommand,
  addSessionCommand,
} from './shop-commands.ts';
import { addDataCommands } from './data-commands.ts';
import { addRecoverCommand } from './recover-command.ts';
import { addStockCommands } from './stock-commands.ts';
import { addWebhookCommands } from './webhook-commands.ts';

export interface CliOptions extends CliEnvironment {
  /** Without the program's own name. */
  args: readonly string[];
  err: (text: string) => void;
}

/** Runs one command line against a server; resolves with the code to exit with, one of `EXIT`. */
export async function runCli(options: CliOptions): Promise<number> {
  const { args, env, out, err } = options;
  const program = new Command('holdfast')
    .description('Asks a Holdfast server, as its operator. OPERATOR_KEY in the environment is the key.')
    .option('--url <url>', `the server (default: HOLDFAST_URL, else ${URL_DEFAULT})`)
    .option('--json', 'answer in JSON')
    .configureOutput({ writeOut: (text) => out(text.trimEnd()), writeErr: (text) => err(text.trimEnd()) })
    .exitOverride();
  const use = (command: Command) => contextOf(command, options);
  addAuditCommand(program, use);
  addClockCommand(program, use);
  addRepairCommand(program, use);
  addRecoverCommand(program, use);
  addStockCommands(program, use, options);
  addHoldCommands(program, use);
  addOrderCommands(program, use);
  addWebhookCommands(program, use);
  addSessionCommand(program, use);
  addDataCommands(program, use, options);
  refuseContradictions(program);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return EXIT.done;
  } catch (error) {
    // Commander has told of its own errors already; asking for help is none.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { line, code } = explain(error, program.opts<{ url?: string }>().url ?? (env.HOLDFAST_URL || URL_DEFAULT));
    err(`holdfast: ${line}`);
    return code;
  }
}
