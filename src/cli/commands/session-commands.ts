import type { SessionBlock } from '../../contract/outputs/admin-outputs.ts';
import { CLIENT_FORM, CLIENT_PATTERN } from '../../contract/caller-names.ts';
import {
  type CliCommand,
  EVENT_REASON,
  type Explained,
  nameLike,
  REASON,
  wholeNumber,
} from '../context/cli-context.ts';
import { shownTime, type TableRow } from '../context/table.ts';

const MS_PER_MINUTE = 60_000;
const SESSION_HASH_HELP = 'the hash of a session, as in the ledger';
const CLIENT_HELP = 'the name of a client, clt_...';
const clientName = nameLike(CLIENT_PATTERN, CLIENT_FORM);

interface Barred {
  session?: string;
  client?: string;
}

interface RevokeOptions extends Explained {
  id?: string;
  customer?: string;
  client?: string;
}

/** Adds `session create|revoke|block|unblock|blocks`; `sessions` is the same as `session`. */
export function addSessionCommands(program: CliCommand): void {
  const session = program
    .command('session')
    .alias('sessions')
    .description('create, revoke and block sessions of shoppers');
  session
    .command('create')
    .description('create a session id, which is a secret')
    .option('--customer <id>', 'bind the session to this customer')
    .run(async ({ client, show }, { customer }: { customer?: string }) => {
      const created = await client.session.create.mutate(customer === undefined ? {} : { customerId: customer });
      show(created, [{ sessionId: created.sessionId, expiresAt: shownTime(created.expiresAt) }]);
    });
  session
    .command('revoke')
    .description('end a session, or all earlier sessions of a customer or a client')
    .option('--id <sessionId>', 'the session id')
    .option('--customer <id>', 'the customer')
    .option('--client <client>', CLIENT_HELP, clientName)
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client: server, show }, options: RevokeOptions) => {
      const { id: sessionId, customer: customerId, client, reason } = options;
      show(await server.session.revoke.mutate({ sessionId, customerId, client, reason }), [{ revoked: 'yes' }]);
    });
  addBlocks(session);
}

const blockRow = ({ session, client, reason, at, until, by }: SessionBlock): TableRow => ({
  blocked: session ?? client ?? '',
  reason,
  since: shownTime(at),
  until: shownTime(until),
  by,
});

function addBlocks(session: CliCommand): void {
  session
    .command('block')
    .description('refuse all calls of a session or a client')
    .option('--session <hash>', SESSION_HASH_HELP)
    .option('--client <client>', CLIENT_HELP, clientName)
    .option('--minutes <n>', 'unblock after this many minutes', wholeNumber)
    .requiredOption('--reason <text>', REASON)
    .run(async ({ client: server, show }, options: Barred & { minutes?: number; reason: string }) => {
      const { session: hash, client, minutes, reason } = options;
      const untilMs = minutes === undefined ? undefined : Date.now() + minutes * MS_PER_MINUTE;
      const blocked = await server.sessions.block.mutate({ session: hash, client, reason, untilMs });
      show(blocked, [{ blocked: 'yes', until: shownTime(blocked.until) }]);
    });
  session
    .command('unblock')
    .description('end a block')
    .option('--session <hash>', SESSION_HASH_HELP)
    .option('--client <client>', CLIENT_HELP, clientName)
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client: server, show }, { session: hash, client, reason }: Barred & Explained) => {
      show(await server.sessions.unblock.mutate({ session: hash, client, reason }), [{ blocked: 'no' }]);
    });
  session
    .command('blocks')
    .description('list the blocks in force, newest first')
    .option('--limit <n>', 'the most blocks to show', wholeNumber, 50)
    .run(({ client: server, list }, { limit }: { limit: number }) =>
      list(limit, (page) => server.sessions.blocks.query(page), blockRow),
    );
}
