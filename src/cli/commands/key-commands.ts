import type { AdminEvent } from '../../contract/outputs/admin-outputs.ts';
import type { KeyCreateInput } from '../../contract/inputs/inputs.ts';
import type { ShownKey } from '../../contract/outputs/key-outputs.ts';
import { type CliCommand, EVENT_REASON, type Explained, parsedTime, wholeNumber } from '../context/cli-context.ts';
import { shownTime, type TableRow } from '../context/table.ts';

const keyRow = ({ keyId, name, status, scopes, expiresAt, lastUsedAt }: ShownKey): TableRow => ({
  keyId,
  name,
  status,
  scopes: scopes.join(' '),
  expiresAt: expiresAt === undefined ? null : shownTime(expiresAt),
  lastUsedAt: lastUsedAt === undefined ? null : shownTime(lastUsedAt),
});

interface KeyCreateOptions extends Pick<KeyCreateInput, 'expiresAt' | 'ratePerMinute' | 'reason'> {
  scope?: KeyCreateInput['scopes'];
}

/** Adds `events`, which shows the actions of operators. */
export function addEventsCommand(program: CliCommand): void {
  program
    .command('events')
    .description('show the actions of operators, newest first: docs/keys.md')
    .option('--limit <n>', 'the most events to show', wholeNumber, 50)
    .run(({ client, list }, { limit }: { limit: number }) =>
      list(limit, (page) => client.admin.events.query(page), eventRow),
    );
}

const eventRow = ({ at, by, what, reason, before, after, from }: AdminEvent): TableRow => ({
  at: shownTime(at),
  by,
  what,
  reason: reason ?? null,
  before: before === undefined ? null : JSON.stringify(before),
  after: after === undefined ? null : JSON.stringify(after),
  from: from ?? null,
});

export function addKeyCommands(program: CliCommand): void {
  const keys = program.command('keys').description('manage the keys of operators: docs/keys.md');
  keys
    .command('create <name>')
    .description('create a key and show it; it is not shown again')
    .option('--scope <scopes...>', 'what the key may do, such as stock:read orders:write (default: nothing)')
    .option('--expires-at <time>', 'when the key expires, such as 2027-01-31T00:00:00Z (default: never)', parsedTime)
    .option('--rate-per-minute <n>', 'the most calls per minute', wholeNumber)
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, name: string, { scope = [], ...options }: KeyCreateOptions) => {
      const created = await client.keys.create.mutate({ name, scopes: scope, ...options });
      show(created, [{ keyId: created.keyId, key: created.key }]);
    });
  keys
    .command('list')
    .description('show the keys, with their scopes and last uses')
    .run(async ({ client, show }) => {
      const { items } = await client.keys.list.query();
      show(items, items.map(keyRow));
    });
  keys
    .command('revoke <keyId>')
    .description('revoke a key; within a second no server accepts it')
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, keyId: string, { reason }: Explained) => {
      show(await client.keys.revoke.mutate({ keyId, reason }), [{ keyId }]);
    });
  keys
    .command('whoami')
    .description('show the name and the scopes of the key in OPERATOR_KEY')
    .run(async ({ client, show }) => {
      const { name, scopes, keyId } = await client.keys.whoami.query();
      show({ name, keyId, scopes }, [{ name, keyId, scopes: scopes.join(' ') }]);
    });
}
