import type { Call, Nothing } from './inputs.ts';
import type { Result } from './refusals.ts';
import type { Page } from './views.ts';
import type { DisabledReason, WebhookEventType } from './webhook-records.ts';

export interface WebhookCreateInput {
  url: string;
  /** Absent: all, those of later versions too. */
  events?: readonly WebhookEventType[] | undefined;
  description?: string | undefined;
}

export interface WebhookUpdateInput {
  endpointId: string;
  url?: string | undefined;
  /** Null: all. */
  events?: readonly WebhookEventType[] | null | undefined;
  description?: string | null | undefined;
  enabled?: boolean | undefined;
}

export interface WebhookDeadLettersInput {
  endpointId: string;
  cursor?: string | undefined;
  limit?: number | undefined;
}

export interface WebhookReplayInput {
  endpointId: string;
  /** Absent: all dead letters, the oldest first, as far as they fit. */
  eventIds?: readonly string[] | undefined;
}

export interface WebhookEndpoint {
  endpointId: string;
  url: string;
  events: WebhookEventType[];
  description?: string;
  enabled: boolean;
  disabledReason?: DisabledReason;
  createdAt: number;
}

export type WebhookSecret = WebhookEndpoint & { /** `whsec_...`; shown here only. */ secret: string };
export type WebhookStatus = WebhookEndpoint & {
  /** Events that wait for another attempt. */ waiting: number;
  deadLetters: number;
};

export interface WebhookDeadLetter {
  /** The `webhook-id`. */
  eventId: string;
  type: WebhookEventType;
  at: number;
  /** The order's id or the SKU. */
  subject: string;
  attempts: number;
  lastStatus: string;
  diedAt: number;
}

export interface WebhookService {
  /** Looks the URL's name up. Refused `invalid_input` for a target that is not allowed, and for an endpoint too many. */
  create(input: WebhookCreateInput, call: Call): Promise<Result<WebhookSecret>>;
  list(input: Nothing): Promise<Result<{ items: WebhookStatus[] }>>;
  update(input: WebhookUpdateInput, call: Call): Promise<Result<WebhookEndpoint>>;
  /** The old secret signs beside the new one for a day. */
  rotateSecret(input: { endpointId: string }, call: Call): Promise<Result<WebhookSecret>>;
  delete(input: { endpointId: string }, call: Call): Promise<Result<{ endpointId: string }>>;
  /** The oldest first. */
  deadLetters(input: WebhookDeadLettersInput): Promise<Result<Page<WebhookDeadLetter>>>;
  /** Dead letters wait for a first attempt again. */
  replay(input: WebhookReplayInput, call: Call): Promise<Result<{ replayed: number; deadLetters: number }>>;
  /** Tells all that is to be told now; resolves when that is done. The leading process does it by itself. */
  deliverNow(): Promise<void>;
}
