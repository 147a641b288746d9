/** The network side of webhooks. The service decides what is sent and when; the sender sends it. */

export interface Delivery {
  url: string;
  /** The `webhook-id`, by which receivers recognize a repeated event. */
  id: string;
  body: string;
  /** The span that the receiver's work belongs to. Absent: none is known. */
  traceparent?: string | undefined;
  /** Every secret signs: during a rotation receivers may know either one. */
  secrets: readonly string[];
}

export type Delivered =
  | { outcome: 'delivered'; status: string }
  /** `status` is the HTTP status, or a word for the failure. */
  | { outcome: 'failed'; status: string; retryAfterMs: number | null }
  /** The receiver answered 410, so it gets no more events. */
  | { outcome: 'gone'; status: string }
  /** The signal ended the attempt. It does not count. */
  | { outcome: 'aborted' };

export interface WebhookSender {
  /** Sends one event. Never rejects. Settles within a bounded time, and at once when the signal aborts. */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<Delivered>;
  /**
   * Resolves with the reason why this URL is refused, as a sentence without the URL; null if it is allowed. Looks up
   * its name.
   */
  problemOf(url: string): Promise<string | null>;
}
