import type { WebhookCreateInput } from '../../contract/inputs/inputs.ts';
import type {
  WebhookDeadLetter,
  WebhookDelivery,
  WebhookStatus,
  WebhookWaiting,
} from '../../contract/outputs/webhook-outputs.ts';
import { type CliCommand, EVENT_REASON, type Explained, wholeNumber } from '../context/cli-context.ts';
import { type TableRow, shownTime } from '../context/table.ts';

type WebhookCreateOptions = Pick<WebhookCreateInput, 'events' | 'description' | 'reason'>;

const endpointRow = ({
  endpointId,
  url,
  enabled,
  disabledReason,
  waiting,
  deadLetters,
  problems,
}: WebhookStatus): TableRow => ({
  endpointId,
  url,
  state: enabled ? 'enabled' : (disabledReason ?? 'disabled'),
  waiting,
  deadLetters,
  problems: problems.map(({ lastStatus }) => lastStatus).join(' ') || null,
});

const waitingRow = ({ eventId, type, subject, at, attempts, lastStatus, nextAt }: WebhookWaiting): TableRow => ({
  eventId,
  type,
  subject,
  at: shownTime(at),
  attempts,
  lastStatus: lastStatus ?? null,
  nextAt: shownTime(nextAt),
});

const deliveryRow = ({ sentAt, type, subject, attempt, status, tookMs, eventId }: WebhookDelivery): TableRow => ({
  sentAt: shownTime(sentAt),
  type,
  subject,
  attempt,
  status,
  tookMs,
  eventId,
});

const letterRow = ({ eventId, type, subject, at, attempts, lastStatus }: WebhookDeadLetter): TableRow => ({
  eventId,
  type,
  subject,
  at: shownTime(at),
  attempts,
  lastStatus,
});

export function addWebhookCommands(program: CliCommand): void {
  const webhooks = program.command('webhooks').description('manage webhook endpoints and their dead letters');
  webhooks
    .command('list')
    .description('show the endpoints')
    .run(async ({ client, show }) => {
      const { items } = await client.webhooks.list.query();
      show(items, items.map(endpointRow));
    });
  webhooks
    .command('create <url>')
    .description('create an endpoint and show its secret, which is not shown again')
    .option('--events <events...>', 'only these events, such as order.placed (default: all)')
    .option('--description <text>', 'a description for operators')
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, url: string, options: WebhookCreateOptions) => {
      const endpoint = await client.webhooks.create.mutate({ url, ...options });
      show(endpoint, [{ endpointId: endpoint.endpointId, secret: endpoint.secret }]);
    });
  webhooks
    .command('rotate-secret <endpointId>')
    .description('replace the secret and show the new one; for one day, events are signed with the old one too')
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, endpointId: string, { reason }: Explained) => {
      const { secret } = await client.webhooks.rotateSecret.mutate({ endpointId, reason });
      show({ endpointId, secret }, [{ endpointId, secret }]);
    });
  webhooks
    .command('delete <endpointId>')
    .description('delete an endpoint')
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, endpointId: string, { reason }: Explained) => {
      show(await client.webhooks.delete.mutate({ endpointId, reason }), [{ endpointId }]);
    });
  addLetterCommands(webhooks);
}

function addLetterCommands(webhooks: CliCommand): void {
  webhooks
    .command('waiting <endpointId>')
    .description('show the events that wait for another attempt, the next one first')
    .option('--limit <n>', 'the most events to show', wholeNumber, 100)
    .run(async ({ client, list }, endpointId: string, { limit }: { limit: number }) => {
      await list(limit, (page) => client.webhooks.waiting.query({ endpointId, ...page }), waitingRow);
    });
  webhooks
    .command('deliveries <endpointId>')
    .description('show the last attempts to deliver, the newest first')
    .run(async ({ client, show }, endpointId: string) => {
      const { items } = await client.webhooks.deliveries.query({ endpointId });
      show(items, items.map(deliveryRow));
    });
  webhooks
    .command('dead-letters <endpointId>')
    .description('show the events that could not be delivered, oldest first')
    .option('--limit <n>', 'the most events to show', wholeNumber, 100)
    .run(async ({ client, list }, endpointId: string, { limit }: { limit: number }) => {
      await list(limit, (page) => client.webhooks.deadLetters.query({ endpointId, ...page }), letterRow);
    });
  webhooks
    .command('replay <endpointId> [eventIds...]')
    .description('redeliver dead letters: all, or only the given ids')
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, endpointId: string, eventIds: string[], { reason }: Explained) => {
      const chosen = eventIds.length > 0 ? { eventIds } : {};
      const { replayed, deadLetters } = await client.webhooks.replay.mutate({ endpointId, reason, ...chosen });
      show({ replayed, deadLetters }, [{ replayed, deadLetters }]);
    });
}
