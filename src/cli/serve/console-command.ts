import { type CliCommand, UsageError, wholeNumber } from '../context/cli-context.ts';

const PORT = 3080;
const CONSOLE_HELP = `
The page and its calls go through a small server on 127.0.0.1. The key is typed into the page, and stays in its tab.
Ctrl-C ends it.`;

/** Adds `console`, which serves the operator console of a remote server. */
export function addConsoleCommand(program: CliCommand): void {
  program
    .command('console')
    .description('serve the operator console on this computer, for the server of --url')
    .option('--port <n>', 'the port on 127.0.0.1; 0: a free one', wholeNumber, PORT)
    .addHelpText('after', CONSOLE_HELP)
    .action(async ({ port }: { port: number }, command: CliCommand) => {
      if (port < 0 || port > 65_535) throw new UsageError('--port must be a whole number from 0 to 65535');
      const { url: shopUrl } = command.server();
      const { startConsoleServer } = await import('../../server/console-server.ts');
      const server = await startConsoleServer({ shopUrl, port }).catch((error: Error) => {
        throw new UsageError(`console: cannot listen on port ${port} (${error.message}): see --port`);
      });
      const close = (): void => void server.close().finally(() => process.exit(0));
      process.once('SIGINT', close).once('SIGTERM', close);
      command.environment.out(`The console of ${shopUrl}: ${server.url}/console`);
    });
}
