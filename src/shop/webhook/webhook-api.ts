import type { Mutation, Query } from '../../contract/calls/call.ts';
import type {
  Nothing,
  WebhookCreateInput,
  WebhookDeadLettersInput,
  WebhookReplayInput,
  WebhookUpdateInput,
  WebhookWaitingInput,
} from '../../contract/inputs/inputs.ts';
import type { Page } from '../../contract/output-fields.ts';
import type {
  WebhookDeadLetter,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookSecret,
  WebhookStatus,
  WebhookWaiting,
} from '../../contract/outputs/webhook-outputs.ts';

export interface WebhookService {
  /**
   * Creates an endpoint after a DNS lookup of its URL. Refused `invalid_input` for a target that is not allowed, and
   * above the maximum number of endpoints.
   */
  create: Mutation<WebhookCreateInput, WebhookSecret>;
  list: Query<Nothing, { items: WebhookStatus[] }>;
  update: Mutation<WebhookUpdateInput, WebhookEndpoint>;
  /** Creates a new secret. The old one signs beside it for a day. */
  rotateSecret: Mutation<{ endpointId: string; reason?: string | undefined }, WebhookSecret>;
  delete: Mutation<{ endpointId: string; reason?: string | undefined }, { endpointId: string }>;
  /** Returns the events that wait for another attempt, the next one first. */
  waiting: Query<WebhookWaitingInput, Page<WebhookWaiting>>;
  /** Returns the last attempts to deliver, the newest first: at most 50 of each class of events. */
  deliveries: Query<{ endpointId: string }, { items: WebhookDelivery[] }>;
  /** Returns dead letters, the oldest first. */
  deadLetters: Query<WebhookDeadLettersInput, Page<WebhookDeadLetter>>;
  /** Queues dead letters for a new first attempt. */
  replay: Mutation<WebhookReplayInput, { replayed: number; deadLetters: number }>;
  /** Delivers all due events and resolves when that is done. The leading process does it by itself. */
  deliverNow(): Promise<void>;
}
