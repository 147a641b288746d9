import type { Command } from 'commander';
import type { Inputs, Outputs } from '../client/client.ts';
import { readPages, wholeNumber, type Use } from './cli-context.ts';
import { type TableRow, shownTime } from './table.ts';

type Events = NonNullable<Inputs['webhooks']['create']['events']>;
type Status = Outputs['webhooks']['list']['items'][number];
type Letter = Outputs['webhooks']['deadLetters']['items'][number];

const endpointRow = ({ endpointId, url, enabled, disabledReason, waiting, deadLetters }: Status): TableRow => ({
  endpointId,
  url,
  state: enabled ? 'enabled' : (disabledReason ?? 'disabled'),
  waiting,
  deadLetters,
});

const letterRow = ({ eventId, type, subject, at, attempts, lastStatus }: Letter): TableRow => ({
  eventId,
  type,
  subject,
  at: shownTime(at),
  attempts,
  lastStatus,
});

/** Adds `webhooks ...`. */
export function addWebhookCommands(program: Command, use: Use): void {
  const webhooks = program.command('webhooks').description('manage webhook endpoints and their dead letters');
  webhooks
    .command('list')
    .description('show the endpoints')
    .action(async (_options: unknown, command: Command) => {
      const { client, show } = use(command);
      const { items } = await client.webhooks.list.query();
      show(items, items.map(endpointRow));
    });
  webhooks
    .command('create <url>')
    .description('create an endpoint and show its secret, which is not shown again')
    .option('--events <events...>', 'only these events, such as order.placed (default: all)')
    .option('--description <text>', 'a description for operators')
    .action(async (url: string, options: { events?: Events; description?: string }, command: Command) => {
      const { client, show } = use(command);
      const endpoint = await client.webhooks.create.mutate({ url, ...options });
      show(endpoint, [{ endpointId: endpoint.endpointId, secret: endpoint.secret }]);
    });
  webhooks
    .command('delete <endpointId>')
    .description('delete an endpoint')
    .action(async (endpointId: string, _options: unknown, command: Command) => {
      const { client, show } = use(command);
      show(await client.webhooks.delete.mutate({ endpointId }), [{ endpointId }]);
    });
  addLetterCommands(webhooks, use);
}

function addLetterCommands(webhooks: Command, use: Use): void {
  webhooks
    .command('dead-letters <endpointId>')
    .description('show the events that could not be delivered, oldest first')
    .option('--limit <n>', 'the most events to show', wholeNumber, 100)
    .action(async (endpointId: string, { limit }: { limit: number }, command: Command) => {
      const { client, show } = use(command);
      const read = (page: { cursor?: string; limit: number }) =>
        client.webhooks.deadLetters.query({ endpointId, ...page });
      const { items, hasMore } = await readPages(limit, read);
      show(items, items.map(letterRow), hasMore ? '... and more: use --limit' : undefined);
    });
  webhooks
    .command('replay <endpointId> [eventIds...]')
    .description('redeliver dead letters: all, or only the given ids')
    .action(async (endpointId: string, eventIds: string[], _options: unknown, command: Command) => {
      const { client, show } = use(command);
      const chosen = eventIds.length > 0 ? { eventIds } : {};
      const { replayed, deadLetters } = await client.webhooks.replay.mutate({ endpointId, ...chosen });
      show({ replayed, deadLetters }, [{ replayed, deadLetters }]);
    });
}
