import { InvalidArgumentError } from 'commander';
import type { Audit, Violation } from '../../contract/outputs/admin-outputs.ts';
import { CLIENT_FORM, CLIENT_PATTERN, HOLDER_FORM, HOLDER_PATTERN } from '../../contract/caller-names.ts';
import type { Hold } from '../../contract/outputs/stock-outputs.ts';
import {
  EVENT_REASON,
  type Explained,
  type CliCommand,
  Failed,
  nameLike,
  REASON,
  wholeNumber,
  collectText,
} from '../context/cli-context.ts';
import { type TableRow, shownTime } from '../context/table.ts';

const holdRow = (hold: Hold): TableRow => ({
  holdId: hold.holdId,
  sku: hold.sku,
  quantity: hold.quantity,
  state: hold.state,
  expiresAt: hold.expiresAt === null ? '-' : shownTime(hold.expiresAt),
  owner: hold.owner,
});

/** Adds `audit`, which checks that the shop is sound. */
export function addAuditCommand(program: CliCommand): void {
  program
    .command('audit')
    .description('check that the ledger, the holds and the counters agree; exit 1 if they do not')
    .run(async ({ client, show }) => {
      const audit = await client.admin.audit.query();
      show(audit, auditRows(audit), audit.ok ? 'audit: ok' : undefined);
      if (!audit.ok) throw new Failed(`audit: ${audit.violations.length} violations`);
    });
}

/** Adds `repair --indexes`, which rebuilds the indexes from the records. */
export function addRepairCommand(program: CliCommand): void {
  program
    .command('repair')
    .description('rebuild wrong index entries from the records, while the shop is running')
    .requiredOption('--indexes', 'rebuild the index entries and the counts of customers')
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, { reason }: Explained) => {
      const repair = await client.admin.repairIndexes.mutate({ reason });
      const rows = repair.entries.map(violationRow);
      const more = repair.mended > rows.length ? `; the first ${rows.length} are listed` : '';
      show(repair, rows, `repair: ${repair.mended} mended${more}`);
    });
}

function auditRows({ ok, checkedAt, skus, liveHolds, totals, violations }: Audit): TableRow[] {
  if (ok) return [{ checkedAt: shownTime(checkedAt), skus, liveHolds, ...totals }];
  return violations.map(violationRow);
}

const violationRow = ({ rule, sku, holdId, found, expected }: Violation): TableRow => ({
  rule,
  sku,
  holdId,
  found,
  expected,
});

interface ReleaseConditions {
  sku?: string;
  session?: string;
  client?: string;
  olderThan?: number;
  hold?: string[];
  reason: string;
}

function parseHolderKind(text: string): 'session' | 'client' {
  if (text === 'session' || text === 'client') return text;
  throw new InvalidArgumentError('Expected session or client.');
}

export function addHoldCommands(program: CliCommand): void {
  const holds = program.command('holds').description('show and release holds');
  holds
    .command('list')
    .description('show live holds')
    .option('--sku <sku>', 'only the holds of this SKU')
    .option('--limit <n>', 'the most holds to show', wholeNumber, 100)
    .run(async ({ client, list }, { sku, limit }: { sku?: string; limit: number }) => {
      await list(limit, (page) => client.holds.list.query({ sku, ...page }), holdRow);
    });
  holds
    .command('top <sku>')
    .description('show the holders with the most units of a SKU')
    .option('--by <kind>', 'session or client', parseHolderKind, 'session')
    .option('--limit <n>', 'the most holders to show', wholeNumber, 20)
    .run(async ({ client, show }, sku: string, { by, limit }: { by: 'session' | 'client'; limit: number }) => {
      const top = await client.holds.top.query({ sku, by, limit });
      show(
        top,
        top.items.map(({ holder, units, holds: count, since }) => ({
          holder,
          units,
          holds: count,
          since: shownTime(since),
        })),
      );
    });
  addReleaseWhere(holds);
  holds
    .command('release <holdId>')
    .description('release a hold, so that its units are available again')
    .requiredOption('--reason <text>', REASON)
    .run(async ({ client, show }, holdId: string, { reason }: { reason: string }) => {
      const level = await client.holds.release.mutate({ holdId, reason });
      const { sku, onHand, reserved, available } = level;
      show(level, [{ sku, onHand, reserved, available }]);
    });
}

const SESSION_HELP = 'only the holds of this session or customer, as `holds top` names it';

function addReleaseWhere(holds: CliCommand): void {
  holds
    .command('release-where')
    .description('release all holds that meet the conditions; orders that await payment only by --session or --client')
    .option('--sku <sku>', 'only the holds of this SKU')
    .option('--session <session>', SESSION_HELP, nameLike(HOLDER_PATTERN, HOLDER_FORM))
    .option('--client <client>', 'only the holds of this client', nameLike(CLIENT_PATTERN, CLIENT_FORM))
    .option('--older-than <ms>', 'only the holds that are older than this many milliseconds', wholeNumber)
    .option('--hold <id>', 'only this hold; may be given up to 500 times', collectText)
    .requiredOption('--reason <text>', REASON)
    .run(async ({ client, show }, { olderThan, hold: holdIds, ...conditions }: ReleaseConditions) => {
      const age = olderThan === undefined ? {} : { olderThanMs: olderThan };
      const answer = await client.holds.releaseWhere.mutate({ ...conditions, ...age, holdIds });
      const { released, unreleased = [] } = answer;
      show(answer, [{ released }], unreleased.length > 0 ? `not released: ${unreleased.join(', ')}` : undefined);
    });
}
