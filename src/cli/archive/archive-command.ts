import type { LedgerFollower } from '../../contract/outputs/ledger-outputs.ts';
import {
  type CliCommand,
  EVENT_REASON,
  type Explained,
  nameLike,
  UsageError,
  wholeNumber,
} from '../context/cli-context.ts';
import { shownTime, type TableRow } from '../context/table.ts';

const followerName = nameLike(/^[A-Za-z0-9._-]{1,64}$/, '1 to 64 letters, digits, dots, dashes and underscores');

const ARCHIVE_HELP = `
The database is ARCHIVE_DATABASE_URL in the environment, such as postgres://user:password@host/database. The key needs
the scope ledger:read. The archive may be ended at any time, and continues where it was. docs/archive.md has the tables.`;

interface ArchiveOptions {
  follower: string;
  once?: boolean;
  every: number;
  acceptGap?: boolean;
}

export function addArchiveCommand(program: CliCommand): void {
  program
    .command('archive')
    .description('copy the ledger into PostgreSQL, and follow it')
    .option(
      '--follower <name>',
      'the name under which the shop keeps entries that are not archived yet',
      followerName,
      'archive',
    )
    .option('--once', 'end as soon as everything is archived')
    .option('--every <ms>', 'how often to look for more entries', wholeNumber, 1_000)
    .option('--accept-gap', 'continue although the shop has trimmed entries that are not archived')
    .addHelpText('after', ARCHIVE_HELP)
    .action(async (options: ArchiveOptions, command: CliCommand) => {
      const { env, out } = command.environment;
      const databaseUrl = env['ARCHIVE_DATABASE_URL'];
      if (!databaseUrl)
        throw new UsageError('ARCHIVE_DATABASE_URL is not set: set it to a URL like postgres://user@host/database');
      const { loadArchivePackages } = await import('./archive-packages.ts');
      const packages = await loadArchivePackages();
      const { followLedger } = await import('./follow-ledger.ts');
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      const { follower, once = false, every: everyMs, acceptGap = false } = options;
      const { signal } = stop;
      const server = command.server();
      await followLedger({ server, databaseUrl, packages, follower, once, everyMs, acceptGap, log: out, signal });
    });
}

export function addLedgerCommands(program: CliCommand): void {
  const ledger = program.command('ledger').description('show and remove the followers of the ledger: docs/archive.md');
  ledger
    .command('followers')
    .description('show the followers for which the ledger is kept, as this server has last read them')
    .run(async ({ client, show }) => {
      const { followers } = await client.admin.status.query();
      show(followers, followers.map(followerRow));
    });
  ledger
    .command('remove-follower <follower>')
    .description('remove a follower that is gone, so that the ledger is not kept for it')
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, follower: string, { reason }: Explained) => {
      const input = { follower, ...(reason === undefined ? {} : { reason }) };
      const { followers } = await client.ledger.removeFollower.mutate(input);
      show(followers, followers.map(followerRow));
    });
}

const followerRow = ({ follower, after, at }: LedgerFollower): TableRow => ({
  follower,
  after: after ?? null,
  at: shownTime(at),
});
