import type { CliCommand } from '../context/cli-context.ts';

/**
 * Adds the commands that run a server. Their flags come from the settings of the server, whose modules take several
 * times as long to load as the rest of this program. So they are loaded only if the command line names such a command.
 */
export async function addServerCommands(program: CliCommand, args: readonly string[]): Promise<void> {
  const serve = program.command('serve').description('run a server in this process; its settings are flags, too');
  const dev = program
    .command('dev')
    .description('run a server with goods and a clock that you can move, for development');
  if (args.includes('serve')) (await import('./serve-command.ts')).completeServe(serve);
  if (args.includes('dev')) (await import('./dev-command.ts')).completeDev(dev);
}
