import { type CliCommand, UsageError } from '../context/cli-context.ts';
import { addSettingFlags, configOf } from './setting-flags.ts';

const SERVE_HELP = `
Each flag is also a variable of the environment: --redis-url is REDIS_URL. A flag wins over its variable. The command
line of a process is visible to all users of the machine, so give secrets in the environment or as files.

Exit codes: 0 ended by a signal, 1 an uncaught error, 2 a setting is wrong, 3 it cannot start, such as a used port.
docs/operating.md has the details.`;

/** Adds the flags and the work of `serve`, which runs a server in this process. */
export function completeServe(serve: CliCommand): void {
  addSettingFlags(serve);
  serve.addHelpText('after', SERVE_HELP).action(async (_options: unknown, command: CliCommand) => {
    refuseClientOptions(command);
    // Help does not need the modules of the server.
    const { runServer } = await import('../../server/run-server.ts');
    await runServer(() => configOf(command, command.environment.env));
  });
}

/** Throws `UsageError` for options of the commands that call a server. */
function refuseClientOptions(command: CliCommand): void {
  const { url, json } = command.optsWithGlobals<{ url?: string; json?: boolean }>();
  const name = command.name();
  if (url !== undefined)
    throw new UsageError(`${name} does not accept --url, because it calls no server: see --host and --port`);
  if (json) throw new UsageError(`${name} does not accept --json: its log is JSON`);
}
