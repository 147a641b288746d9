import type { Command } from 'commander';
import { Failed, wholeNumber, type Use } from './cli-context.ts';
import { isRefusal } from '../client/client.ts';
import { shownTime } from './table.ts';

/** Adds `recover`, which unfreezes a shop whose store has lost writes. */
export function addRecoverCommand(program: Command, use: Use): void {
  program
    .command('recover')
    .description('unfreeze a shop, without the acknowledged writes that its store has lost')
    .requiredOption('--accept <sequence>', 'the sequence in the error line of the log', wholeNumber)
    .action(async ({ accept }: { accept: number }, command: Command) => {
      const { client, show } = use(command);
      const lost = await client.admin.recover.mutate({ acceptSequence: accept }).catch(explainMismatch);
      const { count, first, last, since, until } = lost;
      const row = { lost: count, first, last, from: since === null ? '-' : shownTime(since), to: shownTime(until) };
      show(lost, [row], `recover: the shop continues from sequence ${accept}; these writes are gone`);
    });
}

function explainMismatch(error: unknown): never {
  if (!isRefusal(error, 'recovery_mismatch')) throw error;
  const { acceptable } = error.data.meta;
  throw new Failed(
    acceptable === null
      ? 'recover: the shop is not frozen, so there is nothing to accept'
      : `recover: the store has lost all writes after sequence ${acceptable}; read the error line in the log, then use --accept ${acceptable}`,
  );
}
