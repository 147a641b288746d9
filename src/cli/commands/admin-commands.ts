import { type CliCommand, EVENT_REASON, type Explained, Failed } from '../context/cli-context.ts';
import type { Outputs } from '../../client/client.ts';
import { shownTime, type TableRow } from '../context/table.ts';

type Status = Outputs['admin']['status'];

const serverStatusRow = ({ ready, engine, durability, sequence, fill, queue, lastAudit }: Status): TableRow => ({
  ready: ready ? 'yes' : 'no',
  engine,
  durability,
  sequence,
  full: `${Math.round(fill * 100)} %`,
  waiting: queue.waiting,
  lastAudit: lastAudit && `${shownTime(lastAudit.at)} ${lastAudit.ok ? 'ok' : 'violations'}`,
});

/** Adds `status`, which shows the state of the shop and of the process that answers. */
export function addStatusCommand(program: CliCommand): void {
  program
    .command('status')
    .description('show the state of the shop and of the process that answers; exit 1 if it is not ready')
    .run(async ({ client, show }) => {
      const status = await client.admin.status.query();
      show(status, [serverStatusRow(status)], [...status.reasons, ...status.notes].join('\n') || undefined);
      if (!status.ready) throw new Failed('status: the server is not ready');
    });
}

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
export function addClockCommand(program: CliCommand): void {
  const clock = program
    .command('clock')
    .description('show shop time, the wall clock of the store and their difference');
  clock.run(async ({ client, show }) => {
    const reading = await client.admin.clock.query();
    show(reading, [clockRow(reading)], adviceOn(reading));
  });
  clock
    .command('accept')
    .description(
      'accept the wall clock: shop time moves ahead to it at once, or slows down until the wall clock has caught up',
    )
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, { reason }: Explained) => {
      const reading = await client.admin.acceptClock.mutate({ reason });
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
