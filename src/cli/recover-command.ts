import type { Command } from 'commander';
import { type CliContext, Failed, wholeNumber } from './cli-context.ts';
import { isRefusal } from '../client/client.ts';
import { time } from './table.ts';

/** `recover`: lets a shop go on whose store has lost writes. */
export function addRecoverCommand(program: Command, use: (command: Command) => CliContext): void {
  program
    .command('recover')
    .description('let a frozen shop go on without the acknowledged writes that its store has lost')
    .requiredOption('--accept <sequence>', 'the sequence that the error line in the log names', wholeNumber)
    .action(async ({ accept }: { accept: number }, command: Command) => {
      const { client, show } = use(command);
      const lost = await client.admin.recover.mutate({ acceptSequence: accept }).catch(explainMismatch);
      const { count, first, last, since, until } = lost;
      const row = { lost: count, first, last, from: since === null ? '-' : time(since), to: time(until) };
      show(lost, [row], `recover: the shop goes on from sequence ${accept}; these writes are gone`);
    });
}

function explainMismatch(error: unknown): never {
  if (!isRefusal(error, 'recovery_mismatch')) throw error;
  const { acceptable } = error.data.meta;
  throw new Failed(
    acceptable === null
      ? 'recover: the shop is not frozen, so there is nothing to accept'
      : `recover: the store has lost what came after sequence ${acceptable}; read the error line in the log, then use --accept ${acceptable}`,
  );
}
