import type { Command } from 'commander';
import type { Outputs } from '../client/client.ts';
import type { Use } from './cli-context.ts';
import { type TableRow, shownTime } from './table.ts';

type Clock = Outputs['admin']['clock'];

const clockRow = ({ at, wallAt, offsetMs, slewing }: Clock): TableRow => ({
  shopTime: shownTime(at),
  wallClock: shownTime(wallAt),
  offsetSeconds: offsetMs / 1_000,
  slewing: slewing ? 'yes' : 'no',
});

/**
 * Adds `clock`, which shows shop time and the wall clock of the store, and `clock accept`, which accepts the wall
 * clock.
 */
export function addClockCommand(program: Command, use: Use): void {
  const clock = program
    .command('clock')
    .description('show shop time, the wall clock of the store and their difference');
  clock.action(async (_options: unknown, command: Command) => {
    const { client, show } = use(command);
    const reading = await client.admin.clock.query();
    show(reading, [clockRow(reading)], adviceOn(reading));
  });
  clock
    .command('accept')
    .description(
      'accept the wall clock: shop time moves ahead to it at once, or slows down until the wall clock has caught up',
    )
    .action(async (_options: unknown, command: Command) => {
      const { client, show } = use(command);
      const reading = await client.admin.acceptClock.mutate({});
      show(reading, [clockRow(reading)], adviceOn(reading));
    });
}

function adviceOn({ offsetMs, slewing }: Clock): string | undefined {
  if (offsetMs === 0) return undefined;
  if (slewing) return 'shop time slows down by 6 s per minute until both agree';
  if (offsetMs < 0)
    return 'if the wall clock is right: `clock accept` moves shop time ahead and ends the holds overdue by then';
  return 'if the wall clock is right: `clock accept` slows shop time down until both agree';
}
